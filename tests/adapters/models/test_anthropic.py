"""Claude behind the Messages API: what is particular to its wire format."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from healer.adapters.models.anthropic import AnthropicClient
from healer.budget import Budget
from healer.errors import BudgetExhausted, ModelUnavailable
from healer.models.change import Usage
from healer.ports import Message, ModelRequest
from healer.prices import Price
from tests.model_server import Fails, Raw, Says, model_server

KEY = "sk-made-up-key-0123456789"
QUESTION = ModelRequest(
    "You repair.", (Message("user", "Repair this."), Message("assistant", "Like so?"), Message("user", "No.")), 1_000
)


def client(base_url: str, **options: object) -> AnthropicClient:
    usual = {"api_key": KEY, "model": "claude-sonnet-5-5", "budget": Budget(5.0, 50), "sleep": lambda _: None}
    return AnthropicClient(base_url=base_url, **{**usual, **options})  # type: ignore[arg-type] # options of several types


def answer(*blocks: object, stop: str | None = "end_turn", **usage: int) -> Raw:
    counted = {"input_tokens": 20, "output_tokens": 3, **usage}
    return Raw(json.dumps({"content": blocks, "stop_reason": stop, "usage": counted}).encode())


def test_the_request_holds_what_every_model_accepts_and_nothing_else() -> None:
    with model_server(Says("fine")) as server:
        client(server.url).complete(QUESTION)
        (request,) = server.requests
        (counted,) = server.counted
    assert request.path == "/v1/messages"
    assert counted.body == {name: request.body[name] for name in ("model", "system", "messages")}
    assert request.body == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 1_000,
        "stream": True,
        "system": [{"type": "text", "text": "You repair."}],
        "messages": [
            {"role": "user", "content": "Repair this."},
            {"role": "assistant", "content": "Like so?"},
            {"role": "user", "content": "No."},
        ],
    }


BREAKPOINT = {"type": "ephemeral"}


@pytest.mark.parametrize(
    ("model", "system", "context", "marked"),
    [
        ("claude-sonnet-5-5", 1_024, 10, (True, True)),
        ("claude-sonnet-5-5", 600, 500, (False, True)),
        ("claude-sonnet-5-5", 500, 500, (False, False)),
        ("claude-opus-4-6", 8_000, 100, (False, False)),
        ("claude-opus-4-6", 8_000, 200, (False, True)),
        ("claude-opus-4-6", 8_192, 1, (True, True)),
    ],
)
def test_the_cache_is_asked_for_where_a_beginning_may_be_long_enough_for_the_model(
    model: str, system: int, context: int, marked: tuple[bool, bool]
) -> None:
    asked = ModelRequest("s" * system, (Message("user", "now"), Message("assistant", "a")), 10, context="c" * context)
    with model_server(Says("fine")) as server:
        client(server.url, model=model).complete(asked)
        body = server.requests[0].body
    (first,), (stable, volatile) = body["system"], body["messages"][0]["content"]
    assert (first.get("cache_control") == BREAKPOINT, stable.get("cache_control") == BREAKPOINT) == marked
    assert (stable["text"], volatile) == ("c" * context, {"type": "text", "text": "now"})
    assert body["messages"][1] == {"role": "assistant", "content": "a"}


def test_all_up_to_the_end_of_the_context_is_the_same_for_every_round() -> None:
    def asked(*turns: Message) -> ModelRequest:
        return ModelRequest("s" * 2_000, turns, 10, context="c" * 9_000)

    with model_server(Says("fine")) as server:
        asking = client(server.url)
        asking.complete(asked(Message("user", "round 1")))
        asking.complete(asked(Message("user", "round 2"), Message("assistant", "a"), Message("user", "b")))
        first, second = (json.dumps(request.body["messages"][0]["content"][0]) for request in server.requests)
        assert server.requests[0].body["system"] == server.requests[1].body["system"]
    assert first == second


def test_an_endpoint_without_caching_is_asked_once_more_and_then_never_again() -> None:
    asked = ModelRequest("s" * 2_000, (Message("user", "u"),), 10, context="c")
    refusal = Fails(400, "system.0.cache_control: Extra inputs are not permitted")
    with model_server(refusal, Says("fine")) as server:
        asking = client(server.url)
        assert asking.complete(asked).text == "fine"
        assert asking.complete(asked).text == "fine"
        marks = ["cache_control" in json.dumps(request.body) for request in server.requests]
    assert marks == [True, False, False]


def test_a_count_by_the_endpoint_lets_a_call_through_that_its_bytes_would_not() -> None:
    asked = ModelRequest("", (Message("user", "word " * 4_000),), 100)
    with model_server(Says("fine")) as server:
        assert client(server.url, budget=Budget(0.02, 5)).complete(asked).text == "fine"
        server.counting = False
        with pytest.raises(BudgetExhausted):
            client(server.url, budget=Budget(0.02, 5)).complete(asked)


def test_an_endpoint_that_cannot_count_is_asked_to_once() -> None:
    with model_server(Says("fine")) as server:
        server.counting = False
        asking = client(server.url)
        for _ in range(3):
            asking.complete(QUESTION)
        assert len(server.counted) == 1


def test_a_limit_of_output_above_the_model_s_own_is_lowered_to_what_the_endpoint_says() -> None:
    described = Raw(b'{"type": "model", "id": "claude-sonnet-5-5", "max_tokens": 64000}')
    refusal = Fails(400, "max_tokens: 100000 > 64000, which is the maximum for this model")
    with model_server(refusal, described, Says("fine")) as server:
        asking = client(server.url)
        assert asking.complete(ModelRequest("s", (Message("user", "u"),), 100_000)).text == "fine"
        assert server.requests[1].path == "/v1/models/claude-sonnet-5-5"
        assert asking.complete(ModelRequest("s", (Message("user", "u"),), 100_000)).text == "fine"
        assert [request.body.get("max_tokens") for request in server.requests] == [100_000, None, 64_000, 64_000]


def test_a_refused_limit_of_output_is_no_reason_to_ask_again_where_the_model_is_not_described() -> None:
    with model_server(Fails(400, "max_tokens: too large"), Fails(404)) as server:
        with pytest.raises(ModelUnavailable, match="too large"):
            client(server.url).complete(QUESTION)
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("blocks", "text"),
    [
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "ab"),
        ([{"type": "thinking", "thinking": "hm", "signature": "x"}, {"type": "text", "text": "so"}], "so"),
        ([{"type": "tool_use", "id": "t", "name": "bash", "input": {"command": "id"}}], ""),
        ([{"type": "text", "text": 7}, "odd", None, {"type": "text"}, {"type": "text", "text": "ok"}], "ok"),
        ([{"type": "text", "text": "x"}] * 1_000, "x" * 1_000),
        ([], ""),
    ],
    ids=["several", "thinking", "a tool nobody offered", "nonsense", "a thousand", "none"],
)
def test_only_text_blocks_are_read(blocks: list[object], text: str) -> None:
    with model_server(answer(*blocks)) as server:
        assert client(server.url).complete(QUESTION).text == text


def test_an_answer_without_a_reason_for_its_end_counts_as_truncated() -> None:
    with model_server(answer({"type": "text", "text": "half a"}, stop=None)) as server:
        assert client(server.url).complete(QUESTION).truncated


def test_the_cache_is_counted_at_its_own_prices() -> None:
    told = answer({"type": "text", "text": "x"}, cache_read_input_tokens=60, cache_creation_input_tokens=5)
    with model_server(told) as server:
        server.counting = False
        usage = client(server.url).complete(QUESTION).usage
    assert usage == Usage(20, 3, 60, 5, usage.cost_usd)
    assert usage.cost_usd == pytest.approx((20 * 2 + 3 * 10 + 60 * 0.1 + 5 * 2.5) / 1e6)


def test_a_price_of_ones_own_goes_before_the_list() -> None:
    with model_server(answer({"type": "text", "text": "x"})) as server:
        local = client(server.url, model="my-model", price=Price(1.0, 2.0, 0.0, 0.0))
        assert local.complete(QUESTION).usage.cost_usd == pytest.approx((20 * 1 + 3 * 2) / 1e6)
        assert local.cost_note is None


def test_the_sdk_is_not_imported_before_a_model_is_asked() -> None:
    code = (
        "import sys, healer.adapters.models.anthropic, healer.adapters.models.openai, healer.engines.model.engine;"
        "print(sorted({'anthropic', 'httpx2', 'requests', 'urllib3', 'pydantic'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
