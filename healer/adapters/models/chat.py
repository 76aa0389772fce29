"""The wire format of chat completions: the request, an answer in one piece or in events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.adapters.models.events import BadStream, Interrupted, Unfinished
from healer.adapters.models.messages import count, encodable
from healer.models.change import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from healer.adapters.models.events import Event
    from healer.ports import ModelRequest

_WHOLE = frozenset({"stop", "content_filter", "tool_calls", None})
"""Some servers leave the reason out; an unclosed fence is then noticed where the reply is read."""


def request_body(request: ModelRequest, model: str) -> dict[str, Any]:
    """Return the body: the stable texts first, for endpoints cache a common beginning by themselves."""
    turns = [(turn.role, turn.text) for turn in request.messages]
    if request.context:
        if turns and turns[0][0] == "user":
            turns[0] = ("user", f"{request.context}\n\n{turns[0][1]}")
        else:
            turns.insert(0, ("user", request.context))
    return {
        "model": model,
        "messages": [{"role": role, "content": encodable(text)} for role, text in [("system", request.system), *turns]],
    }


def first_choice(answer: dict[str, Any]) -> tuple[str, str | None] | None:
    """Return the text and the reason for its end; None when the answer has another shape."""
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return None
    content, stop = message.get("content"), choice.get("finish_reason")
    if message.get("refusal") and not content:
        stop = "content_filter"
    return (content if isinstance(content, str) else ""), (stop if isinstance(stop, str) else None)


def is_truncated(stop: str | None) -> bool:
    """Whether a reason for the end means that not all was said."""
    return stop not in _WHOLE


def usage_of(answer: dict[str, Any]) -> Usage | None:
    """Return the reported tokens; None when they are no numbers of tokens."""
    reported = answer.get("usage")
    if not isinstance(reported, dict):
        return None
    prompt, written = count(reported.get("prompt_tokens")), count(reported.get("completion_tokens"))
    details = reported.get("prompt_tokens_details")
    cached = count((details.get("cached_tokens") if isinstance(details, dict) else None) or 0)
    if prompt is None or written is None or cached is None or cached > prompt:
        return None
    return Usage(prompt - cached, written, cached)


def assembled(stream: Iterable[Event]) -> dict[str, Any]:
    """Return the answer that the events of a stream make up, in the form of an answer in one piece.

    Ends with `[DONE]`, or with the stream once a reason to finish was told: not every server sends the word. Raises
    BadStream, Interrupted or Unfinished, see `messages.assembled`.
    """
    choice = _Choice()
    usage: object = None
    for event in stream:
        if event.data.strip() == "[DONE]":
            break
        told = event.document
        if told.get("error"):
            raise Interrupted(told)
        usage = told.get("usage") or usage
        if not isinstance(told.get("choices"), list):
            raise BadStream("an event has no choices")
        for piece in told["choices"]:
            choice.take(piece)
    else:
        if choice.stop is None:
            raise Unfinished
    if not choice.has_begun:
        raise BadStream("it holds no choice")
    message = {"role": "assistant", "content": "".join(choice.said), "refusal": "".join(choice.refusals) or None}
    return {"choices": [{"index": 0, "message": message, "finish_reason": choice.stop}], "usage": usage}


@dataclass(slots=True)
class _Choice:
    """What the events of the one choice say so far."""

    said: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    stop: str | None = None
    has_begun: bool = False

    def take(self, piece: object) -> None:
        delta = piece.get("delta") if isinstance(piece, dict) else None
        if not isinstance(piece, dict) or not isinstance(delta, dict) or piece.get("index", 0) != 0:
            raise BadStream("a choice is not what was asked for")
        self.has_begun = True
        for name, pieces in (("content", self.said), ("refusal", self.refusals)):
            text = delta.get(name)
            if isinstance(text, str) and text:
                if self.stop is not None:
                    raise BadStream("it goes on after its end")
                pieces.append(text)
        stop = piece.get("finish_reason")
        self.stop = stop if isinstance(stop, str) else self.stop
