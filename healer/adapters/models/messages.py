"""The wire format of the Messages API: a request with its cache breakpoints, an answer in one piece or in events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from healer.adapters.models.events import BadStream, Interrupted, Unfinished
from healer.models.change import Usage
from healer.prices import cache_minimum

if TYPE_CHECKING:
    from collections.abc import Iterable

    from healer.adapters.models.events import Event
    from healer.ports import ModelRequest

_BYTES_PER_TOKEN = 2
"""Source code has at least so many: a shorter text cannot reach a model's minimum for caching."""
_BREAKPOINT = {"cache_control": {"type": "ephemeral"}}
_WHOLE = frozenset({"end_turn", "stop_sequence", "tool_use", "refusal"})


def encodable(text: str) -> str:
    """Return the text without lone surrogates, which no request can carry."""
    return text.encode("utf-8", "replace").decode()


def texts(request: ModelRequest) -> list[str]:
    """Return all that the request says, as it is sent."""
    stable = (request.system, *([request.context] if request.context else []))
    return [encodable(text) for text in (*stable, *(turn.text for turn in request.messages))]


def request_body(request: ModelRequest, model: str, *, caching: bool = True) -> dict[str, Any]:
    """Return the body without its limit of output: what every model accepts, and no more.

    A breakpoint stands at the end of the system text and of the stable context, so that rounds, candidates and
    reviewers read what the first call wrote. None stands where the beginning is too short for this model to cache.
    """
    minimum = cache_minimum(model) * _BYTES_PER_TOKEN
    system, context = encodable(request.system), encodable(request.context)
    turns: list[dict[str, Any]] = [{"role": turn.role, "content": encodable(turn.text)} for turn in request.messages]
    ends = {"system": len(system.encode()), "context": len(system.encode()) + len(context.encode())}
    marks = {name: _BREAKPOINT if caching and size >= minimum else {} for name, size in ends.items()}
    if context:
        stable = {"type": "text", "text": context, **marks["context"]}
        if turns and turns[0]["role"] == "user":
            turns[0]["content"] = [stable, {"type": "text", "text": turns[0]["content"]}]
        else:
            turns.insert(0, {"role": "user", "content": [stable]})
    return {"model": model, "system": [{"type": "text", "text": system, **marks["system"]}], "messages": turns}


def text_of(answer: dict[str, Any]) -> str | None:
    """Return what the text blocks say together; None when the answer has no list of blocks."""
    blocks = answer.get("content")
    if not isinstance(blocks, list):
        return None
    said = (block.get("text") for block in blocks if isinstance(block, dict) and block.get("type") == "text")
    return "".join(text for text in said if isinstance(text, str))


def usage_of(answer: dict[str, Any]) -> Usage | None:
    """Return the reported tokens; None when they are no numbers of tokens."""
    reported = answer.get("usage")
    if not isinstance(reported, dict):
        return None
    fresh, written = count(reported.get("input_tokens")), count(reported.get("output_tokens"))
    cache_read = count(reported.get("cache_read_input_tokens") or 0)
    cache_write = count(reported.get("cache_creation_input_tokens") or 0)
    if fresh is None or written is None or cache_read is None or cache_write is None:
        return None
    return Usage(fresh, written, cache_read, cache_write)


def is_truncated(answer: dict[str, Any]) -> bool:
    """Whether the answer ended before the model had said all: at a limit, in a pause, or for no reason told."""
    return answer.get("stop_reason") not in _WHOLE


def is_refused(answer: dict[str, Any]) -> bool:
    """Whether the model declined."""
    return answer.get("stop_reason") == "refusal"


def count(value: object) -> int | None:
    """Return a number of tokens; None for anything else, a boolean or a negative one included."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def assembled(stream: Iterable[Event]) -> dict[str, Any]:
    """Return the answer that the events of a stream make up, in the form of an answer in one piece.

    Raises BadStream for events out of their order, Interrupted for an error that the endpoint reports, Unfinished for
    an end before `message_stop`. Events of kinds not known are passed over, as the API asks of its clients.
    """
    message: dict[str, Any] | None = None
    blocks: dict[int, dict[str, Any]] = {}
    pieces: dict[int, list[str]] = {}
    is_open: set[int] = set()
    for event in stream:
        if event.name == "ping":
            continue
        told = event.document
        kind = told.get("type")
        if kind == "error":
            raise Interrupted(told)
        if kind == "message_start":
            if message is not None:
                raise BadStream("it begins twice")
            message = _part(told, "message")
        elif kind in {"content_block_start", "content_block_delta", "content_block_stop", "message_delta"}:
            if message is None:
                raise BadStream("it does not begin with message_start")
            _take(told, message, blocks, pieces, is_open)
        elif kind == "message_stop":
            if message is None:
                raise BadStream("it does not begin with message_start")
            content = [{**block, "text": "".join(pieces[index])} for index, block in sorted(blocks.items())]
            return {**message, "content": content}
    raise Unfinished


def _take(
    told: dict[str, Any],
    message: dict[str, Any],
    blocks: dict[int, dict[str, Any]],
    pieces: dict[int, list[str]],
    is_open: set[int],
) -> None:
    if told["type"] == "message_delta":
        message.update(_part(told, "delta"))
        usage = told.get("usage")
        if isinstance(usage, dict):
            # What a later event leaves out, or sends as null, holds as the first one said.
            before = message.get("usage")
            later = {name: value for name, value in usage.items() if value is not None}
            message["usage"] = {**(before if isinstance(before, dict) else {}), **later}
        return
    index = count(told.get("index"))
    if index is None:
        raise BadStream("a block has no index")
    if told["type"] == "content_block_start":
        if index in blocks:
            raise BadStream(f"block {index} begins twice")
        blocks[index] = _part(told, "content_block")
        start = blocks[index].get("text")
        pieces[index] = [start] if isinstance(start, str) else []
        is_open.add(index)
        return
    if index not in is_open:
        raise BadStream(f"block {index} goes on when it is not open")
    if told["type"] == "content_block_stop":
        is_open.discard(index)
        return
    delta = _part(told, "delta")
    if delta.get("type") == "text_delta":
        text = delta.get("text")
        if not isinstance(text, str):
            raise BadStream("a piece of text is none")
        pieces[index].append(text)


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    part = told.get(name)
    if not isinstance(part, dict):
        raise BadStream(f"{told['type']} has no {name}")
    return dict(part)
