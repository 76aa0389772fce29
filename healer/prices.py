"""What models cost, and the most that one call can cost before it is made.

List prices in dollars per million tokens as of November 2026, from the models and pricing pages of
platform.claude.com/docs; cache writes are those that last 5 minutes. A change here is a minor version.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

AS_OF = "2026-11"
_MILLION = 1_000_000
_DATED = re.compile(r"-20\d{6}$")


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


FREE = Price(0.0, 0.0, 0.0, 0.0)

_PRICES = {
    "claude-haiku-5-5": Price(0.10, 0.50, 0.01, 0.125, long_prompt=100_000, long_factor=5.0),
    # Since 7 October 2026; some pages still give 0.20 for a cache read.
    "claude-sonnet-5-5": Price(2.0, 10.0, 0.10, 2.50),
    "claude-opus-5-5": Price(4.0, 20.0, 0.20, 5.0),
    # No price of a cache write is published: 1.25 times the input, as everywhere else.
    "claude-fable-5-1": Price(10.0, 50.0, 0.25, 12.50),
    "claude-opus-5": Price(5.0, 25.0, 0.50, 6.25),
}


def price(model: str) -> Price | None:
    """Return the list price of a model by its id, with or without a date at its end; None when it is not known."""
    return _PRICES.get(model) or _PRICES.get(_DATED.sub("", model))


def token_bound(texts: Iterable[str]) -> int:
    """Return a number of tokens that the texts cannot exceed, in whatever vocabulary.

    Vocabularies of byte-level pairs spend at most one token on each UTF-8 byte; some normalise (NFKC) first, which
    can lengthen a text. Each text also gets 64 for the turn it stands in.
    """
    return sum(64 + max(_size(text), _size(unicodedata.normalize("NFKC", text))) for text in texts)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
