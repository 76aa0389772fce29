"""Message Batches over real HTTP: submitted once, waited for, resumed after a cut, paid for as used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from healer.adapters.models.batches import MessageBatches
from healer.adapters.models.sdk import KeyAccount
from healer.budget import Budget
from healer.errors import BudgetExhausted, ModelUnavailable
from healer.models.change import Usage
from healer.ports import Message, ModelReply, ModelRequest
from tests.model_server import Fails, HangsUp, Raw, model_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.model_server import ModelServer, Reply

QUESTIONS = {
    "a.py:1": ModelRequest("You repair.", (Message("user", "first"),), 500),
    "b.py:2": ModelRequest("You repair.", (Message("user", "second"),), 500),
}
KEY = "sk-made-up-key-0123456789"


def told(status: str = "ended") -> Raw:
    return Raw(json.dumps({"id": "msgbatch_01", "type": "message_batch", "processing_status": status}).encode())


def line(number: int, **result: object) -> bytes:
    return json.dumps({"custom_id": f"q{number}", "result": result}).encode() + b"\n"


def said(text: str, stop: str = "end_turn") -> dict[str, Any]:
    usage = {"input_tokens": 30, "output_tokens": 5}
    return {"content": [{"type": "text", "text": text}], "stop_reason": stop, "usage": usage}


def results(*lines: bytes) -> Raw:
    return Raw(b"".join(lines), headers=(("content-type", "application/x-jsonl"),))


BOTH = results(
    line(1, type="succeeded", message=said("two", "max_tokens")), line(0, type="succeeded", message=said("one"))
)


def batches(server: ModelServer, state: Path, budget: Budget | None = None, **options: Any) -> MessageBatches:
    return MessageBatches(
        account=KeyAccount(KEY, server.url), model="claude-sonnet-5-5", budget=budget or Budget(5.0, 9),
        base_url=server.url, state=state, **{"sleep": lambda _: None, **options},
    )  # fmt: skip


def test_questions_are_submitted_together_and_answered_by_name_for_half_the_price(tmp_path: Path) -> None:
    budget = Budget(5.0, 9)
    waits: list[float] = []
    with model_server(told("in_progress"), told("in_progress"), told("in_progress"), told(), BOTH) as server:
        answered = dict(batches(server, tmp_path, budget, sleep=waits.append).replies(QUESTIONS))
        paths = [request.path for request in server.requests]
        submitted = server.requests[0].body["requests"]
    one, two = answered["a.py:1"], answered["b.py:2"]
    assert isinstance(one, ModelReply)
    assert isinstance(two, ModelReply)
    assert (one.text, one.truncated, two.text, two.truncated) == ("one", False, "two", True)
    assert paths == [
        "/v1/messages/batches",
        *["/v1/messages/batches/msgbatch_01"] * 3,
        "/v1/messages/batches/msgbatch_01/results",
    ]
    assert [one["custom_id"] for one in submitted] == ["q0", "q1"]
    assert submitted[0]["params"] == {
        "model": "claude-sonnet-5-5", "max_tokens": 500, "system": [{"type": "text", "text": "You repair."}],
        "messages": [{"role": "user", "content": "first"}],
    }  # fmt: skip
    assert waits == [5.0, 10.0]
    assert budget.usage.cost_usd == pytest.approx(2 * 0.5 * (30 * 2 + 5 * 10) / 1e6)
    assert list(tmp_path.iterdir()) == []


def test_a_batch_that_was_cut_off_is_resumed_and_not_submitted_again(tmp_path: Path) -> None:
    times = iter(range(0, 10_000, 10))
    with model_server(told("in_progress")) as server:
        cut = batches(server, tmp_path, timeout=30.0, clock=lambda: float(next(times)))
        with pytest.raises(ModelUnavailable, match="run the same again later") as raised:
            list(cut.replies(QUESTIONS))
    assert raised.value.code == "batch_unfinished"
    with model_server(told(), BOTH) as server:
        answered = dict(batches(server, tmp_path).replies(QUESTIONS))
        assert [request.path.partition("/v1/messages/")[2] for request in server.requests] == [
            "batches/msgbatch_01", "batches/msgbatch_01/results",
        ]  # fmt: skip
    assert set(answered) == set(QUESTIONS)


def test_other_questions_are_another_batch(tmp_path: Path) -> None:
    (tmp_path / "batch-0123.json").write_text('{"id": "msgbatch_99"}', encoding="utf-8")
    with model_server(told(), told(), BOTH) as server:
        list(batches(server, tmp_path).replies(QUESTIONS))
        assert server.requests[0].path == "/v1/messages/batches"


@pytest.mark.parametrize("trouble", [HangsUp(), Raw(b"{}"), Raw(b'{"id": "../../v1/x"}'), Raw(b"[]")], ids=repr)
def test_a_batch_that_may_have_been_taken_is_never_sent_twice(tmp_path: Path, trouble: Reply) -> None:
    budget = Budget(5.0, 9)
    sent = []
    for _ in range(2):
        with model_server(trouble) as server:
            with pytest.raises(ModelUnavailable, match="console") as raised:
                list(batches(server, tmp_path, budget).replies(QUESTIONS))
            assert raised.value.code == "batch_lost"
            sent.append(len(server.requests))
    assert sent == [1, 0]
    assert budget.usage.cost_usd > 0


@pytest.mark.parametrize(
    ("trouble", "code"), [(Fails(401, f"bad {KEY}"), "wrong_key"), (Fails(429, "later"), "rate_limited")]
)
def test_a_batch_that_is_turned_down_costs_nothing_and_may_be_sent_again(
    tmp_path: Path, trouble: Fails, code: str
) -> None:
    budget = Budget(5.0, 9)
    with model_server(trouble, told(), told(), BOTH) as server:
        with pytest.raises(ModelUnavailable) as raised:
            list(batches(server, tmp_path, budget).replies(QUESTIONS))
        assert (raised.value.code, budget.usage) == (code, Usage())
        assert KEY not in raised.value.sentence
        assert len(list(batches(server, tmp_path, budget).replies(QUESTIONS))) == 2


def test_a_batch_that_the_cap_does_not_allow_is_not_sent(tmp_path: Path) -> None:
    with model_server(told()) as server:
        with pytest.raises(BudgetExhausted):
            list(batches(server, tmp_path, Budget(0.001, 9)).replies(QUESTIONS))
        assert server.requests == []


@pytest.mark.parametrize(
    ("second", "words", "is_paid"),
    [
        (
            line(1, type="errored", error={"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}),
            "busy",
            False,
        ),
        (line(1, type="expired"), "expired", False),
        (line(1, type="canceled"), "canceled", False),
        (b"", "missing", True),
        (b"not json\n", "missing", True),
        (b"[" * 9_999 + b"\n", "missing", True),
        (line(1, type="succeeded"), "succeeded", True),
        (line(1, type="succeeded", message={"content": 7}), "succeeded", True),
        (json.dumps({"custom_id": "q1", "result": 7}).encode(), "missing", True),
    ],
    ids=lambda value: value[:40].decode() if isinstance(value, bytes) else None,
)
def test_a_question_without_an_answer_is_told_and_takes_nothing_from_the_others(
    tmp_path: Path, second: bytes, words: str, *, is_paid: bool
) -> None:
    budget = Budget(5.0, 9)
    mixed = results(line(0, type="succeeded", message=said("one")), second)
    with model_server(told(), told(), mixed) as server:
        answered = dict(batches(server, tmp_path, budget).replies(QUESTIONS))
    one, two = answered["a.py:1"], answered["b.py:2"]
    assert isinstance(one, ModelReply)
    assert isinstance(two, ModelUnavailable)
    assert (two.code, words in two.sentence) == ("batch_item", True)
    assert (budget.usage.cost_usd > 0.001) == is_paid


def test_polls_outlast_a_passing_fault(tmp_path: Path) -> None:
    with model_server(told(), Fails(529), HangsUp(), told(), Fails(500), BOTH) as server:
        assert len(list(batches(server, tmp_path).replies(QUESTIONS))) == 2
