"""What was tried and what came of it, as the difference it made: what passes now, what fails as before, anew, or newly.

Everything is told against the original tree, which every attempt starts from again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.engines.model.fencing import cut_middle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.engines.model.fencing import Fence
    from healer.models.evidence import Failure, FailureCluster
    from healer.models.outcome import Attempt

MAX_ATTEMPTS = 4
MAX_CHANGED = 3
MAX_NAMES = 5
DIFF_LIMIT = 2_400
WHY_LIMIT = 1_600
ACCOUNT_LIMIT = 900
_UNTOLD = frozenset({"unavailable", "budget"})


def attempts(tried: Sequence[Attempt], clusters: Sequence[FailureCluster], engine: str, fence: Fence) -> str:
    """Return this engine's attempts, then others'; each with its change and what it did to the failures."""
    made = [attempt for attempt in tried if attempt.verdict not in _UNTOLD]
    own = [attempt for attempt in made if attempt.engine == engine]
    others = [attempt for attempt in made if attempt.engine != engine and attempt.diff]
    shown = own[-MAX_ATTEMPTS:] + others[: max(0, 2 - len(own))]
    known = {failure.id: failure for cluster in clusters for failure in cluster.failures}
    blocks = []
    for number, attempt in enumerate(shown, start=1):
        by = "you" if attempt.engine == engine else f"another engine, {fence.line(attempt.engine, 40)}"
        lines = [f"[attempt {number}, by {by}]"]
        if attempt.diff:
            lines.append(fence.clean(attempt.diff, DIFF_LIMIT))
        lines.append(f"result: {fence.line(attempt.verdict, 40)}. {fence.clean(attempt.why, WHY_LIMIT)}")
        blocks.append("\n".join([*lines, *_effects(attempt, known, fence)]))
    if blocks and len(made) > len(shown):
        blocks.append(f"{len(made) - len(shown)} other attempts failed too")
    return "\n\n".join(blocks)


def _effects(attempt: Attempt, known: dict[str, Failure], fence: Fence) -> Iterator[str]:
    """Yield what the attempt changed, the same things in a line, different ones with what they say now."""
    failing = attempt.still_failing
    if not (failing or attempt.newly_failing or attempt.lost):
        return
    as_before = [one for one in failing if one.id in known and known[one.id].headline == one.headline]
    differently = [one for one in failing if one not in as_before]
    red = {failure.id for failure in failing}
    if failing:
        yield from _named("passes with it", [test for test in known if test not in red], fence)
    yield from _named("fails exactly as before", [failure.id for failure in as_before], fence)
    yield from _told("fails differently now", differently, fence)
    yield from _told("passed before, fails with it", attempt.newly_failing, fence)
    yield from _named("passed before, does not run with it", attempt.lost, fence)


def _named(what: str, tests: Sequence[str], fence: Fence) -> Iterator[str]:
    if tests:
        more = f" and {len(tests) - MAX_NAMES} more" if len(tests) > MAX_NAMES else ""
        yield f"- {what}: {', '.join(fence.line(test) for test in tests[:MAX_NAMES])}{more}"


def _told(what: str, failures: Sequence[Failure], fence: Fence) -> Iterator[str]:
    for failure in failures[:MAX_CHANGED]:
        yield f"- {what}: {fence.line(failure.id)}"
        said = fence.clean(failure.text or failure.headline, ACCOUNT_LIMIT)
        headline = fence.clean(failure.headline, ACCOUNT_LIMIT // 2)
        if headline.partition("\n")[0] not in said:
            said = f"{headline}\n{cut_middle(said, ACCOUNT_LIMIT // 2)}"
        yield from ("    " + line for line in said.split("\n"))
    yield from _named(f"{what}, too", [failure.id for failure in failures[MAX_CHANGED:]], fence)
