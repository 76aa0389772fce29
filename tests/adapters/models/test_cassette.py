"""Exchanges kept and played again: what a record holds, what is refused, what differs."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.models.cassette import LARGEST, digested, read_cassette
from healer.adapters.models.openai import OpenAIClient
from healer.adapters.models.recording import Recorder
from healer.adapters.models.replaying import Player
from healer.budget import Budget
from healer.errors import BudgetExhausted, ModelUnavailable, UsageError
from healer.models.change import Usage
from healer.ports import Message, ModelReply, ModelRequest
from healer.redaction import Redactor
from tests.model_server import Fails, Says, model_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "hunter2-of-the-suite"
RUN = {"base": "b" * 40, "seeds": {"marker": "0123456789abcdef"}}
NAME = "openai:local"


def asked(text: str, **facts: object) -> ModelRequest:
    usual = {"system": "You repair.", "messages": (Message("user", text),), "max_output_tokens": 100}
    return ModelRequest(**{**usual, **facts})  # type: ignore[arg-type] # a table of overrides


def record(path: Path, *requests: ModelRequest, cap: float = 9.0, script: tuple[Says | Fails, ...] = ()) -> Path:
    """Put requests to a real server, one after the other, and keep what was said."""
    recorder = Recorder(path, RUN, Redactor((SECRET,)))
    with model_server(*(script or (Says("first"), Says("second"), Says("third")))) as server:
        budget = Budget(cap, 20)
        live = OpenAIClient(model="local", budget=budget, base_url=server.url, sleep=lambda _: None)
        client = recorder.client(NAME, live)
        for request in requests:
            try:
                client.complete(request)
            except (ModelUnavailable, BudgetExhausted):
                continue
    recorder.finish(budget.usage, {"outcome": "fixed"})
    recorder.close()
    return recorder.path


def test_the_same_questions_get_the_same_answers_and_nobody_is_asked(tmp_path: Path) -> None:
    questions = [asked("one", context="c"), asked("two"), asked("one", context="c")]
    cassette = read_cassette(record(tmp_path / "c", *questions))
    player = Player(cassette)
    client = player.client(NAME, "local")
    replies = [client.complete(question) for question in questions]
    assert [reply.text for reply in replies] == ["first", "second", "third"]
    assert replies == [exchange.reply for exchange in cassette.exchanges]
    assert player.usage == sum((reply.usage for reply in replies), Usage())
    assert player.unasked is None
    assert player.marker == "0123456789abcdef"
    assert (client.model, client.cost_note) == ("local", None)


def test_threads_may_ask_in_another_order(tmp_path: Path) -> None:
    questions = [asked(f"question {'abc'[number]}") for number in range(3)]
    client = Player(read_cassette(record(tmp_path / "c", *questions))).client(NAME, "local")
    with ThreadPoolExecutor(3) as pool:
        texts = [reply.text for reply in pool.map(client.complete, reversed(questions))]
    assert texts == ["third", "second", "first"]


@pytest.mark.parametrize(
    ("script", "cap", "code"),
    [((Fails(401, "no"),), 9.0, "wrong_key"), ((Fails(500, "no"),), 9.0, "endpoint_failed")],
)
def test_an_error_is_played_as_it_was(tmp_path: Path, script: tuple[Fails, ...], cap: float, code: str) -> None:
    client = Player(read_cassette(record(tmp_path / "c", asked("x"), cap=cap, script=script))).client(NAME, "local")
    with pytest.raises(ModelUnavailable) as raised:
        client.complete(asked("x"))
    assert raised.value.code == code
    assert "127.0.0.1" in raised.value.sentence


def test_a_refusal_of_the_budget_is_played_as_one(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "c", RUN, Redactor())
    live = OpenAIClient(model="local", budget=Budget(1.0, 0), base_url="http://127.0.0.1:9")
    with pytest.raises(BudgetExhausted):
        recorder.client(NAME, live).complete(asked("x"))
    recorder.finish(Usage(), {})
    recorder.close()
    with pytest.raises(BudgetExhausted, match="all 0 model calls"):
        Player(read_cassette(recorder.path)).client(NAME, "local").complete(asked("x"))


def test_no_secret_is_kept_in_whatever_place(tmp_path: Path) -> None:
    token = "ghs_" + "a1B2" * 12
    kept = record(tmp_path / "c", asked(f"say {SECRET} {token}", context=SECRET), script=(Says(f"{SECRET} {token}"),))
    text = kept.read_text("utf-8")
    assert SECRET not in text
    assert token not in text
    assert text.count("[redacted]") == 5
    assert kept.stat().st_mode & 0o777 == 0o600
    # The question still finds its answer: what differs is what was taken out.
    said = (
        Player(read_cassette(kept))
        .client(NAME, "local")
        .complete(asked("say [redacted] [redacted]", context="[redacted]"))
    )
    assert said.text == "[redacted] [redacted]"


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("failed in 0.12 s", "failed in 3.4 s"),
        ("at 0x7f00deadbeef", "at 0x7f11feedbeef"),
        ("/srv/self-heal-abc/x.py", "/srv/self-heal-xyz/x.py"),
        ("2026-11-22 10:00:00 boom", "2026-11-23 11:30:01 boom"),
    ],
)
def test_what_changes_on_every_run_is_no_difference(tmp_path: Path, then: str, now: str) -> None:
    client = Player(read_cassette(record(tmp_path / "c", asked(then)))).client(NAME, "local")
    assert client.complete(asked(now)).text == "first"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (asked("line\nanother"), r"first in turn 1, line 3: recorded 'changed', now 'another'"),
        (asked("line\nchanged\nmore"), r"has 8 lines, and 7 were recorded|first in the limit|turn 1, line 4"),
        (asked("line\nchanged", system="You break."), r"first in the system text, line 1: recorded 'You repair.'"),
        (asked("line\nchanged", context="new"), r"first in the context, line 1: recorded '', now 'new'"),
        (asked("line\nchanged", messages=(Message("assistant", "line\nchanged"),)), r"first in turn 1, line 1"),
        (asked("line\nchanged", max_output_tokens=101), r"differs|limit"),
    ],
    ids=["text", "more", "system", "context", "role", "limit"],
)
def test_the_first_difference_is_told_in_words(tmp_path: Path, now: ModelRequest, words: str) -> None:
    client = Player(read_cassette(record(tmp_path / "c", asked("line\nchanged")))).client(NAME, "local")
    if now.max_output_tokens != 100:  # a number like any other
        assert client.complete(now).text == "first"
        return
    with pytest.raises(UsageError, match=words) as differs:
        client.complete(now)
    assert differs.value.code == "replay_differs"


def test_one_question_more_or_less_is_told(tmp_path: Path) -> None:
    player = Player(read_cassette(record(tmp_path / "c", asked("one"), asked("two"))))
    client = player.client(NAME, "local")
    client.complete(asked("one"))
    assert player.unasked == f"1 recorded exchanges were not asked for, the first with {NAME}"
    client.complete(asked("two"))
    with pytest.raises(UsageError, match="did not ask"):
        client.complete(asked("two"))


def test_a_model_that_the_recorded_run_did_not_ask_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="asked no anthropic:x"):
        Player(read_cassette(record(tmp_path / "c"))).client("anthropic:x", "x")


def test_a_record_is_never_written_over_and_a_folder_gets_a_name_of_its_own(tmp_path: Path) -> None:
    taken = record(tmp_path / "c")
    with pytest.raises(UsageError, match="is not written over"):
        Recorder(taken, RUN, Redactor())
    with pytest.raises(UsageError, match="nothing can be recorded"):
        Recorder(tmp_path / "no" / "such" / "folder", RUN, Redactor())
    assert record(tmp_path).name.endswith("-bbbbbbbbbb.cassette.jsonl")


def bytes_of(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return damage


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (bytes_of(lambda kept: kept.replace(b"second", b"sec0nd")), "line 4 is not as it was written"),
        (bytes_of(lambda kept: kept[:-200]), "cut off"),
        (bytes_of(lambda kept: b"".join(kept.splitlines(keepends=True)[:-1])), "ends before its end"),
        (bytes_of(lambda kept: b"".join(kept.splitlines(keepends=True)[1:])), "its version is None"),
        (bytes_of(lambda kept: b"".join(kept.splitlines(keepends=True)[i] for i in (0, 1, 3, 2, 4))), "line 3 is not"),
        (bytes_of(lambda kept: b"".join(kept.splitlines(keepends=True)[i] for i in (0, 1, 2, 4))), "line 4 is not"),
        (bytes_of(lambda kept: kept + kept.splitlines(keepends=True)[-1]), "line 6 is not"),
        (bytes_of(lambda _: b""), "it is empty"),
        (bytes_of(lambda _: b"\x00\xff\n"), "no JSON"),
        (bytes_of(lambda _: b"[" * 100_000 + b"\n"), "no JSON"),
        (bytes_of(lambda _: b"[]\n"), "no JSON objects"),
        (bytes_of(lambda _: b'{"cassette": 2}\n'), "its version is 2"),
        (bytes_of(lambda _: b"\n" * (LARGEST + 1)), "larger than 64 MB"),
        (lambda path: path.unlink(), "cannot be read"),
        (a_pipe, "no regular file"),
    ],
    ids=[
        "changed", "torn", "cut", "beheaded", "reordered", "one taken out", "one too many", "empty", "binary", "deep",
        "a list", "a later form", "huge", "gone", "a pipe",
    ],
)  # fmt: skip
def test_a_record_that_is_not_whole_is_refused_in_a_sentence(
    tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    kept = record(tmp_path / "c", asked("one"), asked("two"))
    damage(kept)
    with pytest.raises(UsageError, match=words):
        read_cassette(kept)


REPLY = {"text": "t", "model": "m", "usage": dict.fromkeys(Usage.__slots__, 0), "truncated": False, "refused": False}
ASKED = {"system": "", "context": "", "messages": [{"role": "user", "text": "x"}], "max_output_tokens": 1}
END = {"usage": dict.fromkeys(Usage.__slots__, 0), "document": {}}


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ({"request": {}, "client": "c", "reply": REPLY}, END),
        ({"request": ASKED, "client": 7, "reply": REPLY}, END),
        ({"request": ASKED, "client": "c"}, END),
        ({"request": ASKED, "client": "c", "error": {"kind": "X"}}, END),
        ({"request": ASKED, "client": "c", "reply": {**REPLY, "text": None}}, END),
        ({"request": ASKED, "client": "c", "reply": {**REPLY, "usage": {}}}, END),
        ({"request": {**ASKED, "messages": [7]}, "client": "c", "reply": REPLY}, END),
        ({"facts": None}, END),
        ({}, {}),
        ({}, {**END, "usage": dict.fromkeys(Usage.__slots__, float("inf"))}),
        ({}, {**END, "usage": dict.fromkeys(Usage.__slots__, -1)}),
        ({}, {**END, "document": 7}),
    ],
    ids=repr,
)
def test_a_well_digested_record_of_another_form_is_refused_as_well(
    tmp_path: Path, line: dict[str, object], end: dict[str, object]
) -> None:
    before, lines = "", []
    for one in ({"cassette": 1, "run": RUN}, line, {"end": end}):
        before = digested(one, before)
        lines.append(json.dumps({**one, "digest": before}))
    (tmp_path / "c").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match="does not have the form of one"):
        read_cassette(tmp_path / "c")


@given(st.text(st.characters(), max_size=200), st.text(st.characters(), max_size=200), st.integers(0, 10**6))
def test_any_text_survives_being_kept(question: str, answer: str, tokens: int) -> None:
    class Echo:
        model, cost_note = "m", None

        def complete(self, _: ModelRequest) -> ModelReply:
            return ModelReply(answer, "m", Usage(tokens, cost_usd=tokens / 3))

    import tempfile  # noqa: PLC0415 - hypothesis and tmp_path do not go together
    from pathlib import Path  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder) / "c", RUN, lambda text: text)
        kept = recorder.client(NAME, Echo()).complete(asked(question))
        recorder.finish(Usage(), {})
        recorder.close()
        assert read_cassette(recorder.path).exchanges[0].reply == kept
