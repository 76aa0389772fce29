"""Message Batches over real HTTP: submitted once, waited for, picked up by a later run, paid for once."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from healer.adapters.models.asking import Calls
from healer.adapters.models.batched import Batching
from healer.adapters.models.batches import MessageBatches
from healer.adapters.models.sdk import KeyAccount
from healer.adapters.models.submitted import DOUBT_SECONDS, KEPT_SECONDS, Records, Submitted
from healer.adapters.spending import DailyLedger
from healer.budget import Budget
from healer.errors import AnswerPending, BudgetExhausted, EngineError, ModelUnavailable, UsageError
from healer.models.change import Usage
from healer.ports import Message, ModelReply, ModelRequest
from tests.batch_server import batch_server, said
from tests.model_server import Fails, HangsUp, Raw

if TYPE_CHECKING:
    from pathlib import Path

    from tests.batch_server import BatchServer, Result, Trouble

KEY = "sk-made-up-key-0123456789"
NEVER = float("inf")
MODEL = "claude-sonnet-5-5"
COST = 0.5 * (30 * 2 + 5 * 10) / 1e6
"""Of one answer of the server, at half the list price."""


def asked(text: str, context: str = "") -> ModelRequest:
    return ModelRequest("You repair.", (Message("user", text),), 500, context=context)


FIRST, SECOND = asked("first"), asked("second")


@dataclass
class Run:
    """One run that asks by batches."""

    server: BatchServer
    state: Path
    budget: Budget = field(default_factory=lambda: Budget(5.0, 9))
    base: str = "b" * 40
    marker: str = "0123456789abcdef"
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.batches = MessageBatches(
            account=KeyAccount(KEY, self.server.url), budget=self.budget, base_url=self.server.url,
            records=Records(self.state), **{"seconds": 60.0, "sleep": lambda _: None, **self.options},
        )  # fmt: skip
        self._batching = Batching(self.batches, self.base, self.marker)

    def ask(self, *requests: ModelRequest, model: str = MODEL) -> list[ModelReply | EngineError]:
        """Ask side by side, as an engine does."""
        calls, client = Calls(), self._batching.client(model)
        pending = [calls.start(client, request) for request in requests]
        ends: list[ModelReply | EngineError] = []
        for one in pending:
            try:
                ends.append(one.result())
            except EngineError as error:
                ends.append(error)
        return ends

    def ask_one(self, request: ModelRequest = FIRST) -> ModelReply:
        return self._batching.client(MODEL).complete(request)


def texts(ends: list[ModelReply | EngineError]) -> list[str]:
    return [end.text if isinstance(end, ModelReply) else end.code for end in ends]


def files(state: Path) -> list[str]:
    return sorted(path.name for path in state.glob("*") if path.name != "lock")


def test_questions_are_submitted_together_and_answered_each_for_half_the_price(tmp_path: Path) -> None:
    waits: list[float] = []
    with batch_server("one", said("two", "max_tokens"), polls=3) as server:
        run = Run(server, tmp_path, options={"sleep": waits.append})
        one, two = run.ask(FIRST, SECOND)
        (batch,) = server.batches.values()
    assert isinstance(one, ModelReply)
    assert isinstance(two, ModelReply)
    assert (one.text, one.truncated, two.text, two.truncated) == ("one", False, "two", True)
    assert server.asked == ["POST", *["GET /msgbatch_01"] * 4, "GET /msgbatch_01/results"]
    assert batch.requests[0]["params"] == {
        "model": MODEL, "max_tokens": 500, "system": [{"type": "text", "text": "You repair."}],
        "messages": [{"role": "user", "content": "first"}],
    }  # fmt: skip
    assert waits == [5.0, 10.0, 20.0]
    assert one.usage.cost_usd == pytest.approx(COST)
    assert run.budget.usage.cost_usd == pytest.approx(2 * COST)
    run.batches.conclude()
    assert files(tmp_path) == []


def test_what_is_waited_for_and_how_long_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    with batch_server("one", polls=NEVER) as server:
        Run(server, tmp_path, options={"tell": told.append}).ask(FIRST, SECOND)
        server.polls = 0
        Run(server, tmp_path, options={"tell": told.append}).ask(FIRST)
    assert told == [
        "msgbatch_01 holds 2 questions, submitted now",
        "waiting for msgbatch_01, 60 s at most",
        "msgbatch_01 holds a question, submitted by an earlier run",
    ]


def test_models_of_an_ensemble_share_a_batch_and_rounds_do_not(tmp_path: Path) -> None:
    with batch_server("x") as server:
        run = Run(server, tmp_path)
        batching, calls = Batching(run.batches, run.base, run.marker), Calls()
        clients = [batching.client(model) for model in (MODEL, "claude-opus-5-5")]
        pending = [calls.start(client, FIRST) for client in clients]
        assert [one.result().model for one in pending] == [MODEL, "claude-opus-5-5"]
        clients[0].complete(SECOND)
        assert [len(batch.requests) for batch in server.batches.values()] == [2, 1]
    assert [request["params"]["model"] for request in server.questions] == [MODEL, "claude-opus-5-5", MODEL]


def test_what_is_not_answered_in_time_is_picked_up_by_the_next_run_which_pays_nothing(tmp_path: Path) -> None:
    with batch_server("one", polls=NEVER) as server:
        first = Run(server, tmp_path, Budget(5.0, 9, DailyLedger(tmp_path / "day", 5.0)))
        with pytest.raises(AnswerPending, match="msgbatch_01 yet; run the same again later") as raised:
            first.ask_one()
        first.batches.conclude()
        worst = first.budget.usage.cost_usd
        assert (raised.value.code, worst > COST) == ("batch_pending", True)
        assert DailyLedger(tmp_path / "day", 5.0).spent_usd == worst, "reserved for the whole day"

        server.polls, server.asked = 0, []
        second = Run(server, tmp_path, Budget(5.0, 9, DailyLedger(tmp_path / "day", 5.0)), marker="fedcba9876543210")
        reply = second.ask_one()
        assert server.asked == ["GET /msgbatch_01", "GET /msgbatch_01/results"]
    assert (reply.text, reply.usage) == ("one", Usage(30, 5))
    assert second.budget.usage == Usage(30, 5)
    assert DailyLedger(tmp_path / "day", 5.0).spent_usd == pytest.approx(COST), "now it is known"
    assert len(files(tmp_path)) == 2, "the run has not come to its end"
    second.batches.conclude()
    assert files(tmp_path) == ["day"]


def test_a_run_that_is_interrupted_while_it_waits_is_gone_on_with_as_well(tmp_path: Path) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    ledger = DailyLedger(tmp_path / "day", 5.0)
    with batch_server("one", polls=1) as server:
        first = Run(server, tmp_path, Budget(5.0, 9, ledger), options={"sleep": interrupt})
        with pytest.raises(KeyboardInterrupt):
            first.ask_one()
        assert first.budget.usage.cost_usd == ledger.spent_usd > COST
        assert Run(server, tmp_path, Budget(5.0, 9, ledger)).ask_one().text == "one"
        assert len(server.batches) == 1
    assert ledger.spent_usd == pytest.approx(COST)


def test_all_that_a_run_asked_before_the_batch_that_is_pending_is_there_for_the_next_run_as_well(
    tmp_path: Path,
) -> None:
    with batch_server("round one", "round two") as server:
        first = Run(server, tmp_path)
        first.ask_one()
        server.polls = NEVER
        with pytest.raises(AnswerPending):
            first.ask_one(SECOND)
        first.batches.conclude()
        server.polls = 0
        second = Run(server, tmp_path)
        assert [second.ask_one(one).text for one in (FIRST, SECOND)] == ["round one", "round two"]
        assert (len(server.batches), second.budget.usage.cost_usd) == (2, 0.0)
        second.batches.conclude()
        assert Run(server, tmp_path).ask_one().text == "round two", "a run that came to its end is not repeated"
    assert len(server.batches) == 3


@pytest.mark.parametrize(
    ("then", "now", "is_the_same"),
    [
        ("took 0.31 s", "took 0.28 s", True),
        ("at <object 0x7f01>", "at <object 0x7f99>", True),
        ("in /tmp/run-a1/shop.py", "in /tmp/run-b2/shop.py", True),
        ("<<<0123456789abcdef x", "<<<fedcba9876543210 x", True),
        ("return a + b", "return a - c", False),
        ("total", "Total", False),
    ],
)
def test_what_changes_with_every_run_makes_no_other_question(
    tmp_path: Path, then: str, now: str, *, is_the_same: bool
) -> None:
    with batch_server("one", polls=NEVER) as server:
        with pytest.raises(AnswerPending):
            Run(server, tmp_path).ask_one(asked(then))
        with pytest.raises(AnswerPending):
            Run(server, tmp_path, marker="fedcba9876543210").ask_one(asked(now))
        assert (len(server.batches) == 1) == is_the_same


@pytest.mark.parametrize("other", [{"base": "c" * 40}, {"request": asked("first", "context")}], ids=["base", "context"])
def test_a_question_about_another_commit_or_context_is_another(tmp_path: Path, other: dict[str, Any]) -> None:
    with batch_server("one", polls=NEVER) as server:
        with pytest.raises(AnswerPending):
            Run(server, tmp_path).ask_one()
        request = other.pop("request", FIRST)
        with pytest.raises(AnswerPending):
            Run(server, tmp_path, **other).ask_one(request)
        assert len(server.batches) == 2


def test_the_same_question_twice_has_two_answers_and_the_next_run_gets_them_in_that_order(tmp_path: Path) -> None:
    with batch_server("one", "two", polls=NEVER) as server:
        assert texts(Run(server, tmp_path).ask(FIRST, FIRST)) == ["batch_pending", "batch_pending"]
        server.polls = 0
        assert texts(Run(server, tmp_path).ask(FIRST, FIRST)) == ["one", "two"]
        assert len(server.batches) == 1


def test_what_is_new_is_submitted_beside_what_is_pending(tmp_path: Path) -> None:
    with batch_server("one", "two", polls=NEVER) as server:
        Run(server, tmp_path).ask(FIRST)
        server.polls = 0
        assert texts(Run(server, tmp_path).ask(SECOND, FIRST)) == ["two", "one"]
        assert [len(batch.requests) for batch in server.batches.values()] == [1, 1]


ERRORED = {
    "type": "errored",
    "error": {"type": "error", "error": {"type": "overloaded_error", "message": f"busy {KEY}"}},
}


@pytest.mark.parametrize(
    ("second", "words", "is_paid"),
    [
        (ERRORED, "busy", False),
        ({"type": "expired"}, "expired", False),
        ({"type": "canceled"}, "canceled", False),
        (None, "missing", True),
        ({"type": "succeeded"}, "succeeded", True),
        ({"type": "succeeded", "message": {"content": 7}}, "succeeded", True),
        ({"type": "succeeded", "message": 7}, "succeeded", True),
        ({"type": ["x"]}, "x", True),
    ],
    ids=["errored", "expired", "canceled", "no line", "no message", "no content", "a number", "no type"],
)
def test_a_question_without_an_answer_is_told_takes_nothing_from_the_others_and_may_be_asked_anew(
    tmp_path: Path, second: Result, words: str, *, is_paid: bool
) -> None:
    with batch_server("one", second, "at last") as server:
        run = Run(server, tmp_path)
        one, two = run.ask(FIRST, SECOND)
        run.batches.conclude()
        assert Run(server, tmp_path).ask_one(SECOND).text == "at last"
    assert isinstance(one, ModelReply)
    assert isinstance(two, ModelUnavailable)
    assert (two.code, words in two.sentence, KEY in two.sentence) == ("batch_item", True, False)
    assert (run.budget.usage.cost_usd > 2 * COST) == is_paid


@pytest.mark.parametrize("end", [ERRORED, {"type": "expired"}, {"type": "canceled"}], ids=lambda one: one["type"])
def test_what_an_earlier_run_put_and_nobody_dealt_with_is_put_once_more(tmp_path: Path, end: Result) -> None:
    ledger = DailyLedger(tmp_path / "day", 5.0)
    with batch_server(end, "at last", polls=NEVER) as server:
        Run(server, tmp_path, Budget(5.0, 9, ledger)).ask(FIRST)
        server.polls = 0
        again = Run(server, tmp_path, Budget(5.0, 9, ledger))
        assert again.ask_one().text == "at last"
        assert len(server.batches) == 2
    assert again.budget.usage.cost_usd == pytest.approx(COST)
    assert ledger.spent_usd == pytest.approx(COST)


@pytest.mark.parametrize(
    "trouble",
    [HangsUp(), Raw(b"{}"), Raw(b'{"id": "../../v1/x"}'), Raw(b"[]"), Fails(500), Fails(504)],
    ids=["hangs up", "no id", "a path for an id", "no object", "fails", "a gateway gives up"],
)
def test_a_batch_that_may_have_been_taken_is_not_sent_again_for_a_day(tmp_path: Path, trouble: Trouble) -> None:
    budget = Budget(5.0, 9)
    with batch_server("one") as server:
        server.trouble = [trouble]
        for _ in range(2):
            run = Run(server, tmp_path, budget)
            with pytest.raises(ModelUnavailable, match="console") as raised:
                run.ask_one()
            run.batches.conclude()
            assert (raised.value.code, str(tmp_path) in raised.value.sentence) == ("batch_lost", True)
            assert server.asked == ["POST"]
        (record,) = tmp_path.glob("*.json")
        assert budget.usage.cost_usd > 0
        age(record, DOUBT_SECONDS + 60)
        assert Run(server, tmp_path).ask_one().text == "one"


def age(file: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(file, (then, then))


@pytest.mark.parametrize(
    ("trouble", "code", "posts"),
    [
        ([Fails(401, f"bad {KEY}")], "wrong_key", 1),
        ([Fails(404)], "no_batches", 1),
        ([Fails(400, "requests: too many")], "request_refused", 1),
        ([Fails(429, "later")] * 3, "rate_limited", 3),
        ([Fails(529)] * 3, "overloaded", 3),
    ],
    ids=["key", "no batches there", "refused", "rate", "overloaded"],
)
def test_a_batch_that_is_turned_down_costs_nothing_and_may_be_sent_again(
    tmp_path: Path, trouble: list[Trouble], code: str, posts: int
) -> None:
    budget = Budget(5.0, 9, DailyLedger(tmp_path / "day", 5.0))
    with batch_server("one") as server:
        server.trouble = list(trouble)
        run = Run(server, tmp_path, budget)
        with pytest.raises(ModelUnavailable) as raised:
            run.ask_one()
        assert (raised.value.code, budget.usage, server.asked) == (code, Usage(), ["POST"] * posts)
        assert KEY not in raised.value.sentence
        assert DailyLedger(tmp_path / "day", 5.0).spent_usd == 0
        assert Run(server, tmp_path, budget).ask_one().text == "one"


def test_what_was_turned_down_for_a_moment_is_sent_again(tmp_path: Path) -> None:
    with batch_server("one") as server:
        server.trouble = [Fails(529), Fails(429)]
        assert Run(server, tmp_path).ask_one().text == "one"


def test_polls_outlast_a_passing_fault_and_what_they_do_not_outlast_loses_nothing(tmp_path: Path) -> None:
    with batch_server("one", polls=NEVER) as server:
        Run(server, tmp_path).ask(FIRST)
        server.polls, server.trouble = 0, [Fails(500)] * 4
        broken = Run(server, tmp_path)
        with pytest.raises(ModelUnavailable, match="failed through all retries"):
            broken.ask_one()
        broken.batches.conclude()
        server.trouble = [Fails(529), HangsUp()]
        assert Run(server, tmp_path).ask_one().text == "one"
        assert len(server.batches) == 1


def test_a_batch_that_the_endpoint_does_not_know_is_told_and_forgotten(tmp_path: Path) -> None:
    with batch_server("one", polls=NEVER) as server:
        Run(server, tmp_path).ask(FIRST)
        server.batches.clear()
        server.polls = 0
        with pytest.raises(ModelUnavailable, match="knows no msgbatch_01 any more") as raised:
            Run(server, tmp_path).ask_one()
        assert raised.value.code == "batch_gone"
        assert Run(server, tmp_path).ask_one().text == "one"


def test_what_the_cap_does_not_allow_is_not_sent_and_keeps_nothing_from_the_rest(tmp_path: Path) -> None:
    long = asked("x" * 400_000)
    with batch_server("one") as server:
        first, second = Run(server, tmp_path, Budget(0.02, 9)).ask(long, SECOND)
        assert isinstance(first, BudgetExhausted)
        assert texts([second]) == ["one"]
        assert len(server.questions) == 1


def test_nothing_is_submitted_when_the_time_of_the_run_is_up(tmp_path: Path) -> None:
    with batch_server("one") as server:
        with pytest.raises(BudgetExhausted, match="--max-minutes") as raised:
            Run(server, tmp_path, options={"ends": time.monotonic() - 1}).ask_one()
        assert (raised.value.code, server.asked) == ("budget_time", [])


def test_the_waiting_ends_with_the_time_of_the_run_and_counts_for_all_batches_together(tmp_path: Path) -> None:
    now = [0.0]
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    clocks = {"sleep": sleep, "clock": lambda: now[0]}
    with batch_server("one", polls=NEVER) as server:
        run = Run(server, tmp_path, options={"seconds": 12.0, **clocks})
        assert texts(run.ask(FIRST)) == ["batch_pending"]
        assert texts(run.ask(SECOND)) == ["batch_pending"]
        assert pauses == [5.0, 7.0]
        pauses.clear()
        Run(server, tmp_path / "x", options={"seconds": 60.0, "ends": now[0] + 8.0, **clocks}).ask(FIRST)
    assert pauses == [5.0, 3.0]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"batch": "msgbatch_01"', b"[]", b"[" * 4_000, b'{"batch": "../x"}', b'{"batch": 7}', b"\xff"],
    ids=["empty", "a brace", "half", "a list", "deep", "a path", "a number", "no text"],
)
def test_a_record_that_was_torn_is_taken_for_one_that_nobody_can_tell_of(tmp_path: Path, content: bytes) -> None:
    with batch_server("one", polls=NEVER) as server:
        Run(server, tmp_path).ask(FIRST)
        (record,) = tmp_path.glob("*.json")
        record.write_bytes(content)
        assert texts(Run(server, tmp_path).ask(FIRST)) == ["batch_lost"]
        assert len(server.batches) == 1


def test_what_was_half_written_beside_a_record_does_not_matter(tmp_path: Path) -> None:
    with batch_server("one", polls=NEVER) as server:
        Run(server, tmp_path).ask(FIRST)
        (record,) = tmp_path.glob("*.json")
        half = tmp_path / f"{record.stem}.0a1b2c3d.new"
        half.write_text('{"batch": "msg', encoding="utf-8")
        server.polls = 0
        run = Run(server, tmp_path)
        assert run.ask_one().text == "one"
        age(half, KEPT_SECONDS + 60)
        run.batches.conclude()
    assert files(tmp_path) == []


def test_records_hold_no_word_of_what_was_asked_and_are_for_their_owner_alone(tmp_path: Path) -> None:
    with batch_server("the answer", polls=NEVER) as server:
        Run(server, tmp_path / "state").ask(FIRST)
    (record,) = (tmp_path / "state").glob("*.json")
    assert set(json.loads(record.read_text("utf-8"))) == {"batch", "entry"}
    assert (record.stat().st_mode & 0o777, record.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("entry", ["../../x", "2026-11-22/zz", 7, None], ids=repr)
def test_an_entry_of_the_ledger_that_is_none_is_passed_over(tmp_path: Path, entry: object) -> None:
    (tmp_path / "q-0.json").write_text(json.dumps({"batch": "msgbatch_01", "entry": entry}), "utf-8")
    assert Records(tmp_path).read("q-0") == Submitted("msgbatch_01")


def test_a_link_in_the_place_of_a_record_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text('{"batch": "msgbatch_01"}', "utf-8")
    (tmp_path / "q-0.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="--state"):
        Records(tmp_path).read("q-0")


def test_a_folder_that_cannot_be_used_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with batch_server("one") as server:
        with pytest.raises(UsageError, match="batches cannot be remembered"):
            Run(server, tmp_path / "file" / "state").ask_one()
        assert server.asked == []


def test_two_runs_at_once_submit_once_and_pay_once(tmp_path: Path) -> None:
    day = dt.datetime.now(dt.UTC).date
    ledger = DailyLedger(tmp_path / "day", 5.0, day)
    ends: list[str] = []
    with batch_server("one", polls=4) as server:
        runs = [Run(server, tmp_path / "state", Budget(5.0, 9, ledger)) for _ in range(4)]
        together = threading.Barrier(len(runs))

        def work(run: Run) -> None:
            together.wait()
            ends.extend(texts(run.ask(FIRST, SECOND)))

        threads = [threading.Thread(target=work, args=(run,)) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(server.batches), ends) == (1, ["one"] * 8)
    assert sum(run.budget.usage.cost_usd for run in runs) == pytest.approx(2 * COST)
    assert ledger.spent_usd == pytest.approx(2 * COST)
