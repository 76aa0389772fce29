"""What was tried and what came of it, as the difference it made: what passes now, what fails as before, anew, or newly.

Everything is told against the original tree, which every attempt starts from again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.engines.model.fencing import cut_middle
from healer.engines.model.naming import folded
from healer.engines.model.sections import TRACE_LIMIT
from healer.engines.model.traces import condensed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.engines.model.fencing import Fence
    from healer.models.evidence import Failure, FailureCluster
    from healer.models.outcome import Attempt

MAX_ATTEMPTS = 4
MAX_CHANGED = 3
DIFF_LIMIT = 2_400
WHY_LIMIT = 1_600
ACCOUNT_LIMIT = 900
NOT_RUN = frozenset({"refused", "blocked"})
"""Verdicts that say nothing about the fault."""
_UNTOLD = frozenset({"unavailable", "budget", "pending"})


def shown(tried: Sequence[Attempt], engine: str) -> tuple[Attempt, ...]:
    """Return the attempts that a question tells of: this engine's last ones, then others'."""
    made = [attempt for attempt in tried if attempt.verdict not in _UNTOLD]
    own = [attempt for attempt in made if attempt.engine == engine]
    others = [attempt for attempt in made if attempt.engine != engine and attempt.diff]
    return (*own[-MAX_ATTEMPTS:], *others[: max(0, 2 - len(own))])


def attempts(tried: Sequence[Attempt], clusters: Sequence[FailureCluster], engine: str, fence: Fence) -> str:
    """Return this engine's attempts, then others'; each with its change and what it did to the failures."""
    made = [attempt for attempt in tried if attempt.verdict not in _UNTOLD]
    told = shown(tried, engine)
    # An analyser's findings are no test cases: what has to pass is the command that ends their cause.
    known = {failure.id: failure for cluster in clusters for failure in cluster.failures if failure.rule is None}
    blocks = []
    for number, attempt in enumerate(told, start=1):
        by = "you" if attempt.engine == engine else f"another engine, {fence.line(attempt.engine, 40)}"
        lines = [f"[attempt {number}, by {by}]"]
        if attempt.diff:
            lines.append(fence.clean(without_headers(attempt.diff), DIFF_LIMIT))
        effects = list(_effects(attempt, known, fence))
        result = f"result: {fence.line(attempt.verdict, 40)}"
        lines.append(f"{result}:" if effects else f"{result}. {fence.clean(attempt.why, WHY_LIMIT)}")
        blocks.append("\n".join([*lines, *effects]))
    if blocks and len(made) > len(told):
        blocks.append(f"{len(made) - len(told)} other attempts failed too")
    return "\n\n".join(blocks)


def without_headers(diff: str) -> str:
    """Return a diff without what only git reads."""
    return "\n".join(line for line in diff.split("\n") if not line.startswith(("diff --git ", "index ")))


def _effects(attempt: Attempt, known: dict[str, Failure], fence: Fence) -> Iterator[str]:
    """Yield what the attempt changed, the same things in a line, different ones with what they say now."""
    failing = attempt.still_failing
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
        yield f"- {what}: {folded(tests, fence)}"


def _told(what: str, failures: Sequence[Failure], fence: Fence) -> Iterator[str]:
    """Yield one failure in full for each different thing that is said, with the names of the others that say it."""
    alike: dict[str, list[Failure]] = {}
    for failure in failures:
        alike.setdefault(failure.headline, []).append(failure)
    for headline, group in list(alike.items())[:MAX_CHANGED]:
        yield f"- {what}: {folded([failure.id for failure in group], fence)}"
        said = fence.clean(condensed(group[0].text[-TRACE_LIMIT:]) or headline, ACCOUNT_LIMIT)
        first = fence.clean(group[0].message or headline, ACCOUNT_LIMIT // 2)
        if first.partition("\n")[0] not in said:
            said = f"{first}\n{cut_middle(said, ACCOUNT_LIMIT // 2)}"
        yield from ("    " + line for line in said.split("\n"))
    rest = [failure.id for group in list(alike.values())[MAX_CHANGED:] for failure in group]
    yield from _named(f"{what}, in other ways", rest, fence)
