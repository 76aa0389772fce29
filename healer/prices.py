"""What models cost, and the most that one call can cost before it is made.

List prices in dollars per million tokens as of November 2026, from the models pages and
https://platform.claude.com/docs/en/about-claude/pricing; cache writes are those that last 5 minutes, a batch costs
half. A change here is a minor version.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

BATCH_FACTOR = 0.5
REGIONAL_FACTOR = 1.1
"""Bedrock and Google Cloud set prices of their own; a regional endpoint costs a tenth more than Anthropic's list."""

_MILLION = 1_000_000
_DATED = re.compile(r"[-@]20\d{6}$")
_PLATFORM = re.compile(r"^(?:[a-z]{2,6}\.)?anthropic\.|-v\d{1,2}(?::\d{1,2})?$")
"""What Bedrock puts around a model's id."""


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens. Above `long_prompt` tokens of prompt everything costs `long_factor` times as much."""

    input: float
    output: float
    cache_read: float
    cache_write: float
    long_prompt: int | None = None
    long_factor: float = 1.0

    def cost(self, *, input: int, output: int, cache_read: int = 0, cache_write: int = 0) -> float:  # noqa: A002 - the field's own word
        """Return the dollars of one call; `input` excludes what was read from or written to the cache."""
        prompt = input + cache_read + cache_write
        factor = self.long_factor if self.long_prompt is not None and prompt > self.long_prompt else 1.0
        dollars = (
            input * self.input + output * self.output + cache_read * self.cache_read + cache_write * self.cache_write
        )
        return factor * dollars / _MILLION

    def worst_case(self, prompt_tokens: int, output_tokens: int) -> float:
        """Return the most that a call of this size can cost, however the cache behaves."""
        dearest_input = max(self.input, self.cache_write, self.cache_read)
        factor = self.long_factor if self.long_prompt is not None and prompt_tokens > self.long_prompt else 1.0
        return factor * (prompt_tokens * dearest_input + output_tokens * self.output) / _MILLION

    def times(self, factor: float) -> Price:
        """Return the price of the same at a discount or a premium."""
        return Price(
            self.input * factor, self.output * factor, self.cache_read * factor, self.cache_write * factor,
            self.long_prompt, self.long_factor,
        )  # fmt: skip


FREE = Price(0.0, 0.0, 0.0, 0.0)

_OPUS_4_5 = Price(5.0, 25.0, 0.50, 6.25)
_SONNET_4_5 = Price(3.0, 15.0, 0.30, 3.75)
_FABLE_5 = Price(10.0, 50.0, 1.00, 12.50)
_FABLE_5_1 = Price(10.0, 50.0, 0.25, 12.50)

_PRICES = {
    "claude-haiku-5-5": Price(0.10, 0.50, 0.01, 0.125, long_prompt=100_000, long_factor=5.0),
    # Since 7 October 2026; some pages still give 0.20 for a cache read.
    "claude-sonnet-5-5": Price(2.0, 10.0, 0.10, 2.50),
    "claude-opus-5-5": Price(4.0, 20.0, 0.20, 5.0),
    "claude-fable-5-1": _FABLE_5_1,
    "claude-mythos-5-1": _FABLE_5_1,
    "claude-fable-5": _FABLE_5,
    "claude-mythos-5": _FABLE_5,
    "claude-opus-5": _OPUS_4_5,
    "claude-sonnet-5": Price(2.0, 10.0, 0.20, 2.50),
    "claude-opus-4-8": _OPUS_4_5,
    "claude-opus-4-7": _OPUS_4_5,
    "claude-opus-4-6": _OPUS_4_5,
    "claude-opus-4-5": _OPUS_4_5,
    "claude-sonnet-4-6": _SONNET_4_5,
    "claude-sonnet-4-5": _SONNET_4_5,
    "claude-haiku-4-5": Price(1.0, 5.0, 0.10, 1.25),
}

UNKNOWN = Price(
    *(
        max(getattr(known, part) for known in _PRICES.values())
        for part in ("input", "output", "cache_read", "cache_write")
    )
)
"""What a model of unknown price is counted at: the dearest of each, so that a cap in dollars caps its tokens."""

_CACHE_MINIMUM = {
    "claude-opus-4-5": 4_096, "claude-opus-4-6": 4_096, "claude-haiku-4-5": 4_096, "claude-opus-4-7": 2_048,
    "claude-opus-4-8": 1_024, "claude-sonnet-5": 1_024, "claude-sonnet-4-5": 1_024, "claude-sonnet-4-6": 1_024,
}  # fmt: skip
_LEAST_CACHE_MINIMUM = 512
"""Of any model. A breakpoint on less than a model's minimum is passed over by the endpoint and costs nothing."""


def price(model: str) -> Price | None:
    """Return the list price of a model by its id, with or without a date at its end; None when it is not known."""
    return _PRICES.get(_plain(model))


def cache_minimum(model: str) -> int:
    """Return how many tokens a beginning must have for this model to be cached; the least of any for others."""
    return _CACHE_MINIMUM.get(_plain(model), _LEAST_CACHE_MINIMUM)


def token_bound(texts: Iterable[str]) -> int:
    """Return a number of tokens that the texts cannot exceed, in whatever vocabulary.

    Vocabularies of byte-level pairs spend at most one token on each UTF-8 byte; some normalise (NFKC) first, which
    can lengthen a text. Each text also gets 64 for the turn it stands in.
    """
    return sum(64 + max(_size(text), _size(unicodedata.normalize("NFKC", text))) for text in texts)


def counted_bound(counted: int, bound: int) -> int:
    """Return a bound from an endpoint's own count, which it calls an estimate: a tenth and 64 are added for that."""
    return min(bound, counted + counted // 10 + 64)


def _plain(model: str) -> str:
    """Return a model's id as Anthropic lists it."""
    return _DATED.sub("", _PLATFORM.sub("", model))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
