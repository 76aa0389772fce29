"""The result of a run as text for a terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.models.outcome import HealResult

_SHOWN_ATTEMPTS = 5


def conclusion(result: HealResult) -> str:
    """Return how a run ended, the change and its proof, or what was tried and why each attempt fell."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: HealResult) -> Iterator[str]:
    yield f"{result.outcome.value}: {result.sentence}"
    if result.fix is not None:
        yield ""
        yield result.fix.diff.rstrip("\n")
        yield ""
        yield from (f"  {sentence}" for sentence in result.fix.proof)
        if result.fix.confidence is not None:
            yield f"  Confidence by the evidence: {result.fix.confidence.value:.2f} ({result.fix.confidence.standing})."
        yield "  Passing tests make a patch plausible, not correct: review it."
    elif result.attempts:
        verdicts = Counter(f"{attempt.engine} {attempt.verdict}" for attempt in result.attempts)
        yield "tried: " + ", ".join(f"{count} x {what}" for what, count in verdicts.most_common())
        yield from (f"  {attempt.engine}: {attempt.why}" for attempt in result.attempts[-_SHOWN_ATTEMPTS:])
    if result.usage.cost_usd or result.usage.input_tokens:
        tokens = result.usage.input_tokens + result.usage.output_tokens
        yield f"cost: ${result.usage.cost_usd:.4f} for {tokens} tokens"
    yield f"time: {result.seconds:.1f} s"
