"""Questions put side by side over real HTTP: at once, in a fixed order of money and replies, ended with the run."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from healer.adapters.models.anthropic import AnthropicClient
from healer.adapters.models.asking import Calls
from healer.adapters.models.openai import OpenAIClient
from healer.adapters.models.recording import Recorder
from healer.adapters.spending import DailyLedger
from healer.adapters.stopping import Stopped
from healer.budget import Budget
from healer.errors import EngineError
from healer.models.change import Usage
from healer.ports import Message, ModelRequest
from tests.model_server import Fails, Hangs, Raw, Says, model_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from healer.ports import ModelClient
    from tests.model_server import ModelServer, Reply, Request


def asked(text: str = "repair", most: int = 1_000) -> ModelRequest:
    return ModelRequest("You repair.", (Message("user", text),), most)


def client(server: ModelServer, budget: Budget, model: str = "claude-sonnet-5-5") -> AnthropicClient:
    return AnthropicClient(api_key="made-up", model=model, base_url=server.url, budget=budget, sleep=lambda _: None)


def ends(put: Sequence[tuple[ModelClient, ModelRequest]], calls: Calls | None = None) -> list[str]:
    """Put all questions; return what was answered, or the code of the error."""
    calls = calls or Calls()
    found = []
    for one in [calls.start(to, request) for to, request in put]:
        try:
            found.append(one.result().text)
        except EngineError as error:
            found.append(error.code)
    return found


class Meeting:
    """A server's script in which nobody is answered before all have asked."""

    def __init__(self, count: int, *order: str) -> None:
        self.all_here = threading.Barrier(count)
        self.order = list(order)
        """By the text of the question: who is answered first, and so on."""
        self.turn = threading.Condition()

    def __call__(self, request: Request) -> Reply:
        self.all_here.wait()
        mine = next(text for text in self.order if request.prompt.endswith(text))
        with self.turn:
            self.turn.wait_for(lambda: self.order[0] == mine)
            self.order.remove(mine)
            self.order.append("nobody")
            self.turn.notify_all()
        return Says(f"answer to {mine}")


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "b", "a"), ("b", "c", "a")], ids="".join)
def test_all_are_asked_at_once_and_replies_come_in_the_order_of_the_questions(order: tuple[str, ...]) -> None:
    budget = Budget(5.0, 9)
    with model_server(Meeting(3, *order)) as server:
        asking = client(server, budget)
        assert ends([(asking, asked(text)) for text in "abc"]) == ["answer to a", "answer to b", "answer to c"]
    assert budget.calls == 3


def test_nothing_is_sent_before_a_reply_is_asked_for() -> None:
    with model_server(Says("x")) as server:
        calls = Calls()
        pending = calls.start(client(server, Budget(5.0, 9)), asked())
        assert server.requests == []
        assert pending.result().text == "x"
        assert pending.result().text == "x"
        assert len(server.requests) == 1


def test_different_providers_are_asked_side_by_side() -> None:
    budget = Budget(5.0, 9)
    with model_server(Meeting(2, "b", "a")) as server:
        other = OpenAIClient(model="claude-opus-5-5", budget=budget, base_url=server.url, sleep=lambda _: None)
        assert ends([(client(server, budget), asked("a")), (other, asked("b"))]) == ["answer to a", "answer to b"]


def test_one_that_fails_takes_nothing_from_the_others() -> None:
    def script(request: Request) -> Reply:
        return Fails(401) if request.prompt.endswith("b") else Says("fine")

    with model_server(script) as server:
        asking = client(server, Budget(5.0, 9))
        assert ends([(asking, asked(text)) for text in "abc"]) == ["fine", "wrong_key", "fine"]


DEAR, CHEAP = 5_000, 100
"""Limits of output; the worst case of the dear one is a little over $0.05, that of the cheap one $0.001."""


@pytest.mark.parametrize("slow", ["a", "b", "c"])
def test_who_gets_the_money_does_not_depend_on_who_comes_first(slow: str) -> None:
    def script(request: Request) -> Reply:
        return Says(f"answer to {request.prompt[-1]}", usage={"input_tokens": 30, "output_tokens": 4_900})

    def counted(request: Request) -> None:
        if request.prompt.endswith(slow):
            time.sleep(0.15)

    budget = Budget(0.06, 9)
    with model_server(script) as server:
        server.before_counting = counted
        asking = client(server, budget)
        put = [(asking, asked("a", DEAR)), (asking, asked("b", DEAR)), (asking, asked("c", CHEAP))]
        assert ends(put) == ["answer to a", "budget_cost", "answer to c"]
    assert budget.usage.cost_usd <= 0.06


def test_what_does_not_fit_beside_the_others_is_asked_when_they_have_cost_less() -> None:
    budget = Budget(0.06, 9)
    with model_server(Says("fine")) as server:
        asking = client(server, budget)
        assert ends([(asking, asked(text, DEAR)) for text in "abc"]) == ["fine", "fine", "fine"]
        assert [request.prompt[-1] for request in server.requests] == ["a", "b", "c"]


def test_where_nothing_fits_nobody_is_asked_twice() -> None:
    with model_server(Says("fine")) as server:
        asking = client(server, Budget(0.01, 9))
        assert ends([(asking, asked(text, DEAR)) for text in "ab"]) == ["budget_cost", "budget_cost"]
        assert (server.requests, len(server.counted)) == ([], 2)


def test_eight_at_once_never_overshoot_a_cap_whatever_they_cost(tmp_path: Path) -> None:
    def script(request: Request) -> Reply:
        number = int(request.prompt[-1])
        lies = {"input_tokens": 10**9, "output_tokens": 10**9}
        replies: tuple[Reply, ...] = (Says("x"), Fails(529), Raw(b"<html>"), Says("x", usage=lies))
        return replies[number % 4]

    ledger = DailyLedger(tmp_path, 0.25)
    budget = Budget(0.2, 99, ledger)
    with model_server(script) as server:
        asking = client(server, budget)
        for _ in range(2):
            ends([(asking, asked(str(number), 2_000)) for number in range(8)])
    assert 0 < budget.usage.cost_usd <= 0.2
    assert budget.usage.cost_usd == pytest.approx(ledger.spent_usd)


def test_what_is_said_is_recorded_in_the_order_of_the_questions(tmp_path: Path) -> None:
    budget = Budget(5.0, 9)
    with model_server(Meeting(3, "c", "a", "b")) as server:
        recorder = Recorder(tmp_path / "kept.jsonl", {"base": "b"}, str)
        asking = recorder.client("anthropic:x", client(server, budget))
        ends([(asking, asked(text)) for text in "abc"])
        recorder.finish(Usage(), {})
        recorder.close()
    text = (tmp_path / "kept.jsonl").read_text("utf-8")
    assert sorted(range(3), key=lambda number: text.index(f"answer to {'abc'[number]}")) == [0, 1, 2]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Have SIGINT raise KeyboardInterrupt, as it does in a program."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_gives_all_calls_up_at_once_and_nothing_is_asked_after_it() -> None:
    budget, calls = Budget(5.0, 9), Calls()
    main = threading.get_ident()

    def script(_: Request) -> Reply:
        if len(server.requests) == 2:
            signal.pthread_kill(main, signal.SIGINT)
        return Hangs()

    with model_server(script) as server:
        asking = client(server, budget)
        with pytest.raises(KeyboardInterrupt):
            ends([(asking, asked("a")), (asking, asked("b"))], calls)
        for thread in threading.enumerate():
            if thread.name == "model-question":
                thread.join(10)
                assert not thread.is_alive()
        assert budget.usage.cost_usd > 0, "what may have been billed counts"
        with pytest.raises(Stopped):
            ends([(asking, asked("a")), (asking, asked("b"))], calls)
        assert (len(server.requests), budget.calls) == (2, 2)
