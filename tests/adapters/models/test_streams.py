"""Answers in events: every end that a stream can come to, over real HTTP, in both wire formats."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from healer.adapters.models import transport
from healer.adapters.models.anthropic import AnthropicClient
from healer.adapters.models.exchange import RETRIES
from healer.adapters.models.openai import OpenAIClient
from healer.budget import Budget
from healer.errors import ModelUnavailable
from healer.models.change import Usage
from healer.ports import Message, ModelRequest
from tests import model_server as servers
from tests.model_server import Drips, Raw, Says, Streams, anthropic_events, event, openai_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.ports import ModelClient

model_server = functools.partial(servers.model_server, counting=False)
QUESTION = ModelRequest("You repair.", (Message("user", "Repair this."),), 1_000)
TEXT = "Root cause: \N{SNOWMAN} a typo\n"


@dataclass(frozen=True)
class Format:
    """One wire format: its client, and the events of an answer."""

    name: str

    def client(self, url: str, **options: Any) -> ModelClient:
        usual = {"model": "claude-sonnet-5-5", "budget": Budget(5.0, 50), "api_key": "k" * 20, "sleep": lambda _: None}
        made: ModelClient = {"messages": AnthropicClient, "chat": OpenAIClient}[self.name](
            base_url=url, **{**usual, **options}
        )
        return made

    def events(self) -> list[bytes]:
        if self.name == "messages":
            usage = {"input_tokens": 20, "output_tokens": 7}
            content = [{"type": "text", "text": TEXT}]
            return [*anthropic_events({"content": content, "stop_reason": "end_turn", "usage": usage})]
        choice = {"finish_reason": "stop", "message": {"content": TEXT}}
        usage = {"prompt_tokens": 20, "completion_tokens": 7}
        return [*openai_events({"id": "c", "model": "m", "choices": [choice], "usage": usage})]


BOTH = pytest.mark.parametrize("form", [Format("messages"), Format("chat")], ids=lambda form: form.name)


def failure(client: ModelClient) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as raised:
        client.complete(QUESTION)
    return raised.value


@BOTH
@pytest.mark.parametrize("size", [1, 7, 10_000], ids=lambda size: f"pieces of {size} bytes")
def test_a_stream_amounts_to_the_answer_however_it_is_cut(form: Format, size: int) -> None:
    stream = b"".join(form.events())
    pieces = tuple(stream[at : at + size] for at in range(0, len(stream), size))
    with model_server(Streams(pieces)) as server:
        reply = form.client(server.url).complete(QUESTION)
    assert (reply.text, reply.truncated, reply.refused) == (TEXT, False, False)
    assert reply.usage == Usage(20, 7, cost_usd=reply.usage.cost_usd)
    assert reply.usage.cost_usd == pytest.approx((20 * 2 + 7 * 10) / 1e6)


@BOTH
def test_a_stream_that_ends_early_may_have_been_billed_and_is_asked_for_again(form: Format) -> None:
    whole = form.events()
    early = [Streams(tuple(whole[:count])) for count in (0, 1, 3)]
    budget = Budget(5.0, 50)
    with model_server(*early, Streams(tuple(whole))) as server:
        assert form.client(server.url, budget=budget).complete(QUESTION).text == TEXT
        assert len(server.requests) == 4
    assert budget.usage.cost_usd > 3 * 0.01


@BOTH
def test_streams_that_always_end_early_are_a_lost_connection(form: Format) -> None:
    with model_server(Streams(tuple(form.events()[:2]))) as server:
        assert failure(form.client(server.url)).code == "connection_lost"
        assert len(server.requests) == 1 + RETRIES


@BOTH
def test_a_stream_that_stalls_is_given_up_when_the_time_is_up(form: Format) -> None:
    with model_server(Streams(tuple(form.events()[:3]), hangs=True)) as server:
        error = failure(form.client(server.url, timeout=0.4))
    assert error.code == "timeout"


ENDLESS = {
    "messages": {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x" * 60_000}},
    "chat": {"choices": [{"index": 0, "delta": {"content": "x" * 60_000}, "finish_reason": None}]},
}


@BOTH
def test_a_stream_without_end_is_cut_off_by_its_bytes(form: Format) -> None:
    first = b"".join(form.events()[:3])
    with model_server(Drips(event(ENDLESS[form.name]), first)) as server:
        error = failure(form.client(server.url))
    assert error.code == "bad_response"
    assert "too long" in error.sentence


@BOTH
def test_a_stream_of_pings_alone_is_given_up_when_the_time_is_up(form: Format) -> None:
    with model_server(Drips(b": still here\n\n")) as server:
        error = failure(form.client(server.url, timeout=0.4))
    assert error.code in {"timeout", "bad_response"}  # by whichever limit comes first on this machine


def started(*rest: bytes) -> tuple[bytes, ...]:
    message = {"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 20, "output_tokens": 1}}}
    return (event(message), *rest)


def block(kind: str, **facts: object) -> bytes:
    return event({"type": f"content_block_{kind}", "index": 0, **facts})


START = block("start", content_block={"type": "text", "text": ""})
DELTA = block("delta", delta={"type": "text_delta", "text": "x"})
STOP = block("stop")
END = event({"type": "message_stop"})


def chunk(**choice: object) -> bytes:
    return event({"choices": [{"index": 0, "delta": {}, "finish_reason": None, **choice}]})


@pytest.mark.parametrize(
    ("form", "pieces", "why"),
    [
        ("messages", (DELTA, END), "does not begin with message_start"),
        ("messages", (END,), "does not begin with message_start"),
        ("messages", (*started(), *started()), "begins twice"),
        ("messages", started(START, START), "block 0 begins twice"),
        ("messages", started(DELTA, END), "goes on when it is not open"),
        ("messages", started(START, STOP, DELTA), "goes on when it is not open"),
        ("messages", started(START, STOP, STOP), "goes on when it is not open"),
        ("messages", started(START, block("delta")), "content_block_delta has no delta"),
        (
            "messages",
            started(START, block("delta", delta={"type": "text_delta", "text": 7})),
            "a piece of text is none",
        ),
        ("messages", started(event({"type": "content_block_start", "index": "0"})), "no index"),
        ("messages", (event({"type": "message_start"}),), "message_start has no message"),
        ("messages", started(b"data: {\n\n"), "not a JSON object"),
        ("messages", (b"data: \xff\xfe\n\n",), "not UTF-8"),
        ("chat", (event({"object": "chunk"}),), "no choices"),
        ("chat", (event({"choices": [7]}),), "not what was asked for"),
        ("chat", (event({"choices": [{"index": 1, "delta": {"content": "x"}}]}),), "not what was asked for"),
        ("chat", (event({"choices": [{"index": 0}]}),), "not what was asked for"),
        ("chat", (chunk(finish_reason="stop"), chunk(delta={"content": "x"})), "goes on after its end"),
        ("chat", (event("[DONE]"),), "holds no choice"),
        ("chat", (event("[]"),), "not a JSON object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_events_that_cannot_be_are_no_answer(form: str, pieces: Sequence[bytes], why: str) -> None:
    budget = Budget(5.0, 50)
    with model_server(Streams(tuple(pieces))) as server:
        error = failure(Format(form).client(server.url, budget=budget))
        assert len(server.requests) == 1
    assert (error.code, why in error.sentence) == ("bad_response", True), error.sentence
    assert budget.usage.cost_usd > 0


@pytest.mark.parametrize(
    ("form", "pieces", "text"),
    [
        ("messages", started(event({"type": "ping"}), START, DELTA, DELTA, STOP, END), "xx"),
        (
            "messages",
            started(b": a comment\n\n", START, event({"type": "not_known_yet"}), DELTA, STOP, END, DELTA),
            "x",
        ),
        ("messages", started(START, block("delta", delta={"type": "thinking_delta", "thinking": "y"}), STOP, END), ""),
        ("messages", started(START, DELTA, END), "x"),
        ("messages", started(END), ""),
        ("chat", (chunk(delta={"content": "x"}), chunk(finish_reason="stop")), "x"),
        ("chat", (chunk(delta={"content": "x"}), event("[DONE]"), chunk(delta={"content": "y"})), "x"),
        ("chat", (event({"choices": []}), chunk(delta={"role": "assistant"}), event("[DONE]")), ""),
        (
            "chat",
            (chunk(delta={"content": None}), chunk(delta={"content": "x", "reasoning": "y"}), event("[DONE]")),
            "x",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_servers_do_beside_the_book_is_borne(form: str, pieces: Sequence[bytes], text: str) -> None:
    with model_server(Streams(tuple(pieces))) as server:
        assert Format(form).client(server.url).complete(QUESTION).text == text


@pytest.mark.parametrize(
    ("kind", "code", "requests"),
    [
        ("overloaded_error", "overloaded", 1 + RETRIES),
        ("rate_limit_error", "rate_limited", 1 + RETRIES),
        ("api_error", "endpoint_failed", 1 + RETRIES),
        ("timeout_error", "endpoint_failed", 1 + RETRIES),
        ("invalid_request_error", "request_refused", 1),
        ("authentication_error", "wrong_key", 1),
        ("permission_error", "no_permission", 1),
        ("billing_error", "no_credit", 1),
    ],
)
@BOTH
def test_an_error_in_the_midst_of_a_stream_is_told_and_charged_for(
    form: Format, kind: str, code: str, requests: int
) -> None:
    budget = Budget(5.0, 50)
    trouble = event({"type": "error", "error": {"type": kind, "message": "that was it"}}, "error")
    with model_server(Streams((*form.events()[:3], trouble))) as server:
        error = failure(form.client(server.url, budget=budget))
        assert len(server.requests) == requests
    assert (error.code, "that was it" in error.sentence) == (code, True)
    assert budget.usage.cost_usd > requests * 0.01
    assert budget.calls == requests


@pytest.mark.parametrize(
    ("stop", "truncated", "refused"),
    [
        ("end_turn", False, False),
        ("stop_sequence", False, False),
        ("tool_use", False, False),
        ("max_tokens", True, False),
        ("model_context_window_exceeded", True, False),
        ("pause_turn", True, False),
        ("something_new", True, False),
        ("refusal", False, True),
        (None, True, False),
    ],
)
def test_every_reason_to_stop_is_heard_at_the_end_of_a_stream(
    stop: str | None, *, truncated: bool, refused: bool
) -> None:
    with model_server(Says("part of a", stop=stop)) as server:
        reply = Format("messages").client(server.url).complete(QUESTION)
        assert server.requests[0].body["stream"]
    assert (reply.text, reply.truncated, reply.refused) == ("part of a", truncated, refused)


def test_tokens_are_counted_from_the_first_and_the_last_event_together() -> None:
    start = {"input_tokens": 9, "cache_read_input_tokens": 30, "cache_creation_input_tokens": 4, "output_tokens": 1}
    begin = event({"type": "message_start", "message": {"content": [], "usage": start}})
    late = {"output_tokens": 12, "cache_read_input_tokens": None}
    finish = event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": late})
    with model_server(Streams((begin, START, DELTA, STOP, finish, END))) as server:
        usage = Format("messages").client(server.url).complete(QUESTION).usage
    assert usage == Usage(9, 12, 30, 4, usage.cost_usd)


@BOTH
@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream", "text/plain; charset=utf-8"])
def test_an_answer_of_another_kind_is_named_by_its_kind(form: Format, kind: str) -> None:
    with model_server(Raw(b"<html>welcome to the hotel's wifi</html>", headers=(("content-type", kind),))) as server:
        error = failure(form.client(server.url))
    assert (error.code, f"it is {kind.partition(';')[0]}" in error.sentence) == ("bad_response", True)


@BOTH
def test_a_stream_that_is_said_to_be_json_is_not_read_as_one(form: Format) -> None:
    with model_server(Streams(tuple(form.events()), kind="application/json")) as server:
        assert failure(form.client(server.url)).code == "bad_response"


@BOTH
def test_a_long_answer_that_comes_slowly_by_the_token_is_read_whole(form: Format) -> None:
    whole = form.events()
    words = [f"word{number} " for number in range(3_000)]
    many = [event(_piece(form, word)) for word in words]
    at = 3 if form.name == "messages" else 1
    with model_server(Streams((*whole[:at], *many, *whole[at:]))) as server:
        reply = form.client(server.url).complete(ModelRequest("s", (Message("user", "u"),), 50_000))
    assert reply.text == "".join(words) + TEXT
    assert len(json.dumps(words)) < transport.STREAM_LIMIT


def _piece(form: Format, text: str) -> dict[str, Any]:
    if form.name == "messages":
        return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
