"""What is held of the Test Anything Protocol while it comes in: a level of points for each subtest that is open."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.limits import FAILURES, ROSTER_NAMES
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.evidence.bounded import BoundedText
    from healer.evidence.formats.tap_points import Point
    from healer.evidence.gathered import Gathered
    from healer.models.evidence import Failure

_NOT_FAILING = (CaseOutcome.PASSED, CaseOutcome.SKIPPED)
_FAILING = (CaseOutcome.FAILED, CaseOutcome.ERROR)


@dataclass(slots=True)
class Level:
    """The points at one indentation, since its parent's last point."""

    name: str = ""
    plan: int | None = None
    points: int = 0
    last: int = 0
    counts: dict[CaseOutcome, int] = field(default_factory=lambda: dict.fromkeys(CaseOutcome, 0))
    failures: list[tuple[Failure, int]] = field(default_factory=list)
    """Those that are kept, and what names their points."""
    names: dict[CaseOutcome, array[int]] = field(default_factory=lambda: {one: array("q") for one in _NOT_FAILING})
    """What names the other points, as far as a roster has room."""
    opened_by: Point | None = None

    @property
    def failing(self) -> int:
        """How many points at this level or inside of it failed."""
        return self.counts[CaseOutcome.FAILED] + self.counts[CaseOutcome.ERROR]

    def excuse(self) -> None:
        """Take it that whatever failed here was expected to, and was as good as skipped."""
        self.counts[CaseOutcome.SKIPPED] += self.failing
        self.names[CaseOutcome.SKIPPED].extend(name for _, name in self.failures)
        self.counts[CaseOutcome.FAILED] = self.counts[CaseOutcome.ERROR] = 0
        self.failures.clear()

    def why_incomplete(self) -> str:
        """Return how the plan was not kept; empty if it was."""
        if self.plan is None:
            return "the run has no plan, so that it may have broken off" if self.points else ""
        if self.points != self.plan:
            return f"{self.plan} tests were planned, but {self.points} ran"
        return ""


@dataclass(slots=True)
class FailedPoint:
    """A point that failed, whose diagnostics are still coming."""

    point: Point
    depth: int
    kind: CaseOutcome
    sums_up: bool
    text: BoundedText
    before: str = ""
    """What was printed between the last point and this one."""
    has_yaml: bool = False
    name: str = ""


class Levels:
    """The levels that are open, outermost first; what the outermost one holds is counted into `gathered` at once."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self.open = [Level()]

    @property
    def kept(self) -> int:
        """How many failures wait for the points above them."""
        return sum(len(level.failures) for level in self.open)

    def names(self, depth: int) -> list[str]:
        """Return the names of the subtests around a point."""
        return [level.name for level in self.open[1 : depth + 1]]

    def count(self, depth: int, outcome: CaseOutcome, name: int) -> None:
        """Count a point that did not fail, of which no more is kept than what names it."""
        self._pass_on(depth, outcome, 1, (name,))

    def collapsed(self, depth: int) -> Level | None:
        """Fold all levels below a point into one."""
        while len(self.open) > depth + 2:
            innermost = self.open.pop()
            self.merge(innermost, len(self.open) - 1, is_excused=False)
        return self.open.pop() if len(self.open) > depth + 1 else None

    def merge(self, inner: Level, depth: int, *, is_excused: bool) -> None:
        """Count what stood below a point at its own level."""
        level = self.open[depth]
        if is_excused:
            inner.excuse()
        for outcome, names in inner.names.items():
            self._pass_on(depth, outcome, inner.counts[outcome], names)
        if depth:
            for outcome in _FAILING:
                level.counts[outcome] += inner.counts[outcome]
            level.failures.extend(inner.failures[: FAILURES - len(level.failures)])
            return
        for failure, name in inner.failures:
            self.add(0, failure.kind, failure, name)
        for outcome in _FAILING:
            unkept = inner.counts[outcome] - sum(failure.kind is outcome for failure, _ in inner.failures)
            self._gathered.count(outcome, max(0, unkept))
            level.counts[outcome] += max(0, unkept)

    def _pass_on(self, depth: int, outcome: CaseOutcome, number: int, names: Sequence[int]) -> None:
        """Count points that did not fail."""
        level = self.open[depth]
        level.counts[outcome] += number
        if not depth:
            self._gathered.count(outcome, number, names=names)
        elif len(level.names[outcome]) <= ROSTER_NAMES:
            level.names[outcome].extend(names)

    def add(self, depth: int, kind: CaseOutcome, failure: Failure, name: int | None) -> None:
        """Count a point that failed, and keep the failure while there is room; None names what is no point."""
        level = self.open[depth]
        level.counts[kind] += 1
        if not depth:
            self._gathered.add(kind, lambda: failure, name=name)
        elif len(level.failures) < FAILURES:
            level.failures.append((failure, name or 0))
