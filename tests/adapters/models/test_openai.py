"""Chat completions: what is particular to their wire format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from healer.adapters.models.openai import OpenAIClient
from healer.budget import Budget
from healer.errors import ModelUnavailable, UsageError
from healer.models.change import Usage
from healer.ports import Message, ModelRequest
from healer.prices import Price
from tests.model_server import Fails, Raw, Says, model_server

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = ModelRequest("You repair.", (Message("user", "Repair this."),), 1_000)


def client(base_url: str, **options: object) -> OpenAIClient:
    usual = {"model": "qwen3-coder", "budget": Budget(5.0, 50), "sleep": lambda _: None}
    return OpenAIClient(base_url=base_url, **{**usual, **options})  # type: ignore[arg-type] # options of several types


def answer(choice: object, usage: object = None) -> Raw:
    return Raw(json.dumps({"choices": [choice], "usage": usage}).encode())


def test_the_request_holds_what_every_server_accepts_and_nothing_else() -> None:
    with model_server(Says("fine")) as server:
        client(f"{server.url}/v1/").complete(QUESTION)
        (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.body == {
        "model": "qwen3-coder",
        "messages": [{"role": "system", "content": "You repair."}, {"role": "user", "content": "Repair this."}],
        "max_tokens": 1_000,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_the_stable_context_stands_before_what_varies() -> None:
    asked = ModelRequest("s", (Message("user", "now"), Message("assistant", "a")), 10, context="the repository")
    with model_server(Says("fine")) as server:
        client(server.url).complete(asked)
        turns = server.requests[0].body["messages"]
    assert [turn["content"] for turn in turns] == ["s", "the repository\n\nnow", "a"]


def test_a_server_on_loopback_needs_no_key_and_gets_none() -> None:
    with model_server(Says("fine")) as server:
        client(server.url).complete(QUESTION)
        assert "authorization" not in server.requests[0].headers


def test_a_netrc_in_the_home_directory_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password from-netrc\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with model_server(Says("fine")) as server:
        client(server.url).complete(QUESTION)
        assert "authorization" not in server.requests[0].headers


def test_any_other_server_needs_a_key() -> None:
    with pytest.raises(UsageError, match="needs a key") as refused:
        client("https://models.example/v1")
    assert refused.value.code == "no_key"


@pytest.mark.parametrize(
    ("refusals", "left"),
    [
        (["Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."], {"max_completion_tokens"}),
        (["Unknown field stream_options"], {"max_tokens", "stream"}),
        (["streaming is off: stream"], {"max_tokens"}),
        (["Unknown field stream_options", "no stream here", "max_tokens?"], {"max_completion_tokens"}),
        (["max_tokens?", "max_completion_tokens?"], set()),
    ],
    ids=lambda value: "; ".join(value) if isinstance(value, list) else None,
)
def test_an_optional_field_that_a_refusal_names_is_left_out_from_then_on(refusals: list[str], left: set[str]) -> None:
    with model_server(*(Fails(400, refusal) for refusal in refusals), Says("fine")) as server:
        asking = client(server.url)
        assert asking.complete(QUESTION).text == "fine"
        assert asking.complete(QUESTION).text == "fine"
        bodies = [set(request.body) - {"model", "messages"} for request in server.requests]
    assert len(bodies) == len(refusals) + 2
    assert bodies[-1] == bodies[-2]
    assert bodies[-1] - {"stream", "stream_options"} == left - {"stream"}
    assert ("stream" in bodies[-1]) == ("stream" in left or not any("stream" in refusal for refusal in refusals))


def test_a_refusal_that_goes_on_is_told() -> None:
    with model_server(Fails(400, "max_tokens, max_completion_tokens, stream: all wrong")) as server:
        with pytest.raises(ModelUnavailable, match="all wrong"):
            client(server.url).complete(QUESTION)
        assert len(server.requests) == 4


def test_a_model_named_like_a_field_is_no_refusal_of_that_field() -> None:
    with model_server(Fails(400, "no")) as server:
        with pytest.raises(ModelUnavailable):
            client(server.url, model="stream-max_tokens").complete(QUESTION)
        assert len(server.requests) == 1


def test_a_server_that_does_not_stream_is_heard_as_well() -> None:
    with model_server(Says("fine")) as server:
        server.streaming = False
        assert client(server.url).complete(QUESTION).text == "fine"


def test_an_unknown_model_is_told_with_those_that_there_are() -> None:
    listed = Raw(b'{"object": "list", "data": [{"id": "qwen3-coder:30b"}, {"id": "llama4"}]}')
    with model_server(Fails(404, "model not found"), listed) as server:
        with pytest.raises(ModelUnavailable, match=r"it offers qwen3-coder:30b, llama4$") as raised:
            client(server.url).complete(QUESTION)
        assert [request.path for request in server.requests] == ["/chat/completions", "/models"]
    assert raised.value.code == "unknown_model"


@pytest.mark.parametrize("listed", [Fails(500), Raw(b"{}"), Raw(b'{"data": [7]}'), Raw(b'{"data": []}')], ids=repr)
def test_a_server_that_tells_no_models_takes_nothing_from_the_sentence(listed: Raw) -> None:
    with (
        model_server(Fails(404, "model not found"), listed) as server,
        pytest.raises(ModelUnavailable, match="knows no model qwen3-coder") as raised,
    ):
        client(server.url).complete(QUESTION)
    assert "offers" not in raised.value.sentence


@pytest.mark.parametrize(
    ("choice", "text", "truncated", "refused"),
    [
        ({"message": {"content": "x"}, "finish_reason": "stop"}, "x", False, False),
        ({"message": {"content": "x"}, "finish_reason": "length"}, "x", True, False),
        ({"message": {"content": "x"}, "finish_reason": "content_filter"}, "x", False, True),
        ({"message": {"content": "x"}, "finish_reason": None}, "x", False, False),
        ({"message": {"content": "x"}}, "x", False, False),
        ({"message": {"content": "x"}, "finish_reason": "abort"}, "x", True, False),
        ({"message": {"content": None, "refusal": "I will not"}, "finish_reason": "stop"}, "", False, True),
        ({"message": {"content": None, "tool_calls": [{}]}, "finish_reason": "tool_calls"}, "", False, False),
        ({"message": {"content": ["x"]}, "finish_reason": "stop"}, "", False, False),
    ],
    ids=repr,
)
def test_every_reason_to_finish_is_told_apart(choice: object, text: str, *, truncated: bool, refused: bool) -> None:
    with model_server(answer(choice)) as server:
        reply = client(server.url).complete(QUESTION)
    assert (reply.text, reply.truncated, reply.refused) == (text, truncated, refused)


def test_tokens_from_the_cache_are_counted_apart() -> None:
    usage = {"prompt_tokens": 120, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 100}}
    choice = {"message": {"content": "x"}, "finish_reason": "stop"}
    with model_server(answer(choice, usage)) as server:
        used = client(server.url, price=Price(1.0, 2.0, 0.1, 0.0)).complete(QUESTION).usage
    assert used == Usage(20, 4, 100, 0, used.cost_usd)
    assert used.cost_usd == pytest.approx((20 + 4 * 2 + 100 * 0.1) / 1e6)
