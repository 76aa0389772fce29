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
    from collections.abc import Collection, Iterator, Mapping, Sequence

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
_FORBIDDEN = (
    "test_file:",
    "test_configuration:",
    "protected_path:",
    "dependency_manifest:",
    "outside_source:",
    "mode:",
)
"""How refusals begin that have nothing to do with what was shown."""
_UNTOLD = frozenset({"unavailable", "budget", "pending"})


def depth(tried: Sequence[Attempt], number: int) -> int:
    """Return how much code a round is to show, as the number of a round: what was forbidden shows no want of code."""
    made: dict[int, list[Attempt]] = {}
    for attempt in tried:
        made.setdefault(attempt.round, []).append(attempt)
    idle = (
        all(one.verdict == "refused" and one.why.startswith(_FORBIDDEN) for one in group) for group in made.values()
    )
    return max(1, number - sum(idle))


def shown(tried: Sequence[Attempt], engine: str) -> tuple[Attempt, ...]:
    """Return the attempts that a question tells of: this engine's last ones, then others'."""
    made = [attempt for attempt in tried if not (attempt.verdict in _UNTOLD or attempt.lacks_code)]
    own = [attempt for attempt in made if attempt.engine == engine]
    others = [attempt for attempt in made if attempt.engine != engine and attempt.diff]
    return (*own[-MAX_ATTEMPTS:], *others[: max(0, 2 - len(own))])


def attempts(tried: Sequence[Attempt], clusters: Sequence[FailureCluster], engine: str, fence: Fence) -> str:
    """Return this engine's attempts, then others'; each with its change and what it did to the failures."""
    made = [attempt for attempt in tried if not (attempt.verdict in _UNTOLD or attempt.lacks_code)]
    told = shown(tried, engine)
    # An analyser's findings are no test cases: what has to pass is the command that ends their cause.
    known = {failure.id: failure for cluster in clusters for failure in cluster.failures if failure.rule is None}
    in_full = {cluster.representative.id for cluster in clusters}
    blocks = []
    for number, attempt in enumerate(told, start=1):
        by = "you" if attempt.engine == engine else f"another engine, {fence.line(attempt.engine, 40)}"
        lines = [f"[attempt {number}, by {by}]"]
        if attempt.diff:
            lines.append(fence.clean(without_headers(attempt.diff), DIFF_LIMIT))
        effects = list(_effects(attempt, known, in_full, fence))
        result = f"result: {fence.line(attempt.verdict, 40)}"
        lines.append(f"{result}:" if effects else f"{result}. {fence.clean(attempt.why, WHY_LIMIT)}")
        blocks.append("\n".join([*lines, *effects]))
    if blocks and len(made) > len(told):
        blocks.append(f"{len(made) - len(told)} other attempts failed too")
    return "\n\n".join(blocks)


def without_headers(diff: str) -> str:
    """Return a diff without what only git reads."""
    return "\n".join(line for line in diff.split("\n") if not line.startswith(("diff --git ", "index ")))


def _effects(attempt: Attempt, known: Mapping[str, Failure], in_full: Collection[str], fence: Fence) -> Iterator[str]:
    """Yield what the attempt changed, the same things in a line, different ones with what they say now."""
    failing = attempt.still_failing
    as_before = [one for one in failing if one.id in known and known[one.id].headline == one.headline]
    differently = [one for one in failing if one not in as_before]
    red = {failure.id for failure in failing}
    if failing:
        yield from _named("passes with it", [test for test in known if test not in red], fence)
    yield from _named("fails exactly as before", [failure.id for failure in as_before], fence)
    if any(test not in red for test in known):  # what is left of the fault is in those that a part did not repair
        yield from _said([failure for failure in as_before if failure.id not in in_full], fence)
    yield from _told("fails differently now", differently, fence)
    yield from _told("passed before, fails with it", attempt.newly_failing, fence)
    yield from _named("passed before, does not run with it", attempt.lost, fence)


def _said(failures: Sequence[Failure], fence: Fence) -> Iterator[str]:
    """Yield what some failures say that the prompt tells nowhere else: first one of each test, then more cases."""
    firsts = {failure.id.partition("[")[0]: failure for failure in reversed(failures)}
    several = [*reversed(firsts.values()), *(failure for failure in failures if failure not in firsts.values())]
    for failure in several[:MAX_CHANGED]:
        said = fence.clean(condensed(failure.text[-TRACE_LIMIT:]) or failure.headline, ACCOUNT_LIMIT // 2)
        yield f"    {fence.line(failure.id)}:"
        yield from ("        " + line for line in said.split("\n"))


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
