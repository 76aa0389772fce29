"""Claude behind Anthropic's Messages API, by its own SDK."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.adapters import anthropic_http
from healer.adapters.model_endpoint import (
    Endpoint,
    believed,
    checked,
    count,
    is_loopback,
)
from healer.models.change import Usage
from healer.ports import ModelReply
from healer.prices import FREE, Price, price, token_bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from healer.budget import Budget
    from healer.ports import ModelRequest

BASE_URL = "https://api.anthropic.com"
MAX_OUTPUT_TOKENS = 21_333
"""More must be streamed: the SDK refuses to wait for it."""


@dataclass(frozen=True, kw_only=True)
class AnthropicClient:
    """One Claude model; satisfies `ModelClient`.

    The request is the part that every model accepts: model, max_tokens, a cacheable system text, messages. No
    sampling parameters, no tools. Raises UsageError for an address that a key may not be sent to.
    """

    api_key: str = field(repr=False)
    model: str
    budget: Budget
    base_url: str | None = None
    timeout: float = 600.0
    price: Price | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        checked(self.base_url or BASE_URL)

    @property
    def cost_note(self) -> str | None:
        """What the reader must know of the dollars shown; None when the model's price is known."""
        if self._price is not FREE or is_loopback(self._endpoint.base_url):
            return None
        return f"the price of {self.model} is not known, so its calls are counted at $0 and limited by number only"

    def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once; see `ModelClient`."""
        asked = min(request.max_output_tokens, MAX_OUTPUT_TOKENS)
        system = _encodable(request.system)
        messages = [{"role": message.role, "content": _encodable(message.text)} for message in request.messages]
        prompt_bound = token_bound([system, *(message["content"] for message in messages)])
        body = {
            "model": self.model,
            "max_tokens": asked,
            "system": [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
            "messages": messages,
        }
        send = anthropic_http.sender(self.api_key, self._endpoint.base_url, body)
        answer, reservation = self._endpoint.exchange(send, self._price.worst_case(prompt_bound, asked))
        with reservation:
            text = _text(answer)
            if text is None:
                raise self._endpoint.malformed(reservation, "it holds no content")
            usage = believed(_usage(answer.get("usage")), text, prompt_bound, asked, self._price)
            charged = reservation.charge() if usage is None else reservation.commit(usage)
        stop = answer.get("stop_reason")
        return ModelReply(
            text=text,
            model=self.model,
            usage=charged,
            truncated=stop not in {"end_turn", "stop_sequence", "tool_use", "refusal"},
            refused=stop == "refusal",
        )

    @property
    def _price(self) -> Price:
        return self.price or price(self.model) or FREE

    @property
    def _endpoint(self) -> Endpoint:
        return Endpoint(
            base_url=checked(self.base_url or BASE_URL),
            model=self.model,
            budget=self.budget,
            timeout=self.timeout,
            secrets=(self.api_key,),
            sleep=self.sleep,
            clock=self.clock,
        )


def _encodable(text: str) -> str:
    """Return the text without lone surrogates, which no request can carry."""
    return text.encode("utf-8", "replace").decode()


def _text(answer: dict[str, Any]) -> str | None:
    """Return what the text blocks say together; None when the answer has no list of blocks."""
    blocks = answer.get("content")
    if not isinstance(blocks, list):
        return None
    texts = (block.get("text") for block in blocks if isinstance(block, dict) and block.get("type") == "text")
    return "".join(text for text in texts if isinstance(text, str))


def _usage(reported: object) -> Usage | None:
    """Return the reported tokens; None when they are no numbers of tokens."""
    if not isinstance(reported, dict):
        return None
    fresh, written = count(reported.get("input_tokens")), count(reported.get("output_tokens"))
    cache_read = count(reported.get("cache_read_input_tokens") or 0)
    cache_write = count(reported.get("cache_creation_input_tokens") or 0)
    if fresh is None or written is None or cache_read is None or cache_write is None:
        return None
    return Usage(fresh, written, cache_read, cache_write)
