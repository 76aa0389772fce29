"""Claude behind the Messages API: what is particular to its wire format."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from healer.adapters.anthropic import MAX_OUTPUT_TOKENS, AnthropicClient
from healer.budget import Budget
from healer.models.change import Usage
from healer.ports import Message, ModelRequest
from healer.prices import Price
from tests.model_server import Raw, Says, model_server

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
    assert request.path == "/v1/messages"
    assert request.body == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 1_000,
        "system": [{"type": "text", "text": "You repair.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": "Repair this."},
            {"role": "assistant", "content": "Like so?"},
            {"role": "user", "content": "No."},
        ],
    }


def test_no_more_output_is_asked_for_than_can_be_had_unstreamed() -> None:
    with model_server(Says("fine")) as server:
        client(server.url).complete(ModelRequest("s", (Message("user", "u"),), 100_000))
        assert server.requests[0].body["max_tokens"] == MAX_OUTPUT_TOKENS


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
    with model_server(
        answer({"type": "text", "text": "x"}, cache_read_input_tokens=100, cache_creation_input_tokens=50)
    ) as server:
        usage = client(server.url).complete(QUESTION).usage
    assert usage == Usage(20, 3, 100, 50, usage.cost_usd)
    assert usage.cost_usd == pytest.approx((20 * 2 + 3 * 10 + 100 * 0.1 + 50 * 2.5) / 1e6)


def test_a_price_of_ones_own_goes_before_the_list() -> None:
    with model_server(answer({"type": "text", "text": "x"})) as server:
        local = client(server.url, model="my-model", price=Price(1.0, 2.0, 0.0, 0.0))
        assert local.complete(QUESTION).usage.cost_usd == pytest.approx((20 * 1 + 3 * 2) / 1e6)
        assert local.cost_note is None


def test_the_sdk_is_not_imported_before_a_model_is_asked() -> None:
    code = (
        "import sys, healer.adapters.anthropic, healer.adapters.openai, healer.engines.model.engine;"
        "print(sorted({'anthropic', 'httpx2', 'requests', 'urllib3', 'pydantic'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
