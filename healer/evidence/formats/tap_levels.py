"""What is held of the Test Anything Protocol while it comes in: a level of points for each subtest that is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.limits import FAILURES
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from healer.evidence.bounded import BoundedText
    from healer.evidence.formats.tap_points import Point
    from healer.evidence.gathered import Gathered
    from healer.models.evidence import Failure


@dataclass(slots=True)
class Level:
    """The points at one indentation, since its parent's last point."""

    name: str = ""
    plan: int | None = None
    points: int = 0
    last: int = 0
    counts: dict[CaseOutcome, int] = field(default_factory=lambda: dict.fromkeys(CaseOutcome, 0))
    failures: list[Failure] = field(default_factory=list)
    opened_by: Point | None = None

    @property
    def failing(self) -> int:
        """How many points at this level or inside of it failed."""
        return self.counts[CaseOutcome.FAILED] + self.counts[CaseOutcome.ERROR]

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

    def count(self, depth: int, outcome: CaseOutcome) -> None:
        """Count a point of which nothing is kept."""
        self.open[depth].counts[outcome] += 1
        if not depth:
            self._gathered.count(outcome)

    def collapsed(self, depth: int) -> Level | None:
        """Fold all levels below a point into one."""
        while len(self.open) > depth + 2:
            innermost = self.open.pop()
            self.merge(innermost, len(self.open) - 1, is_excused=False)
        return self.open.pop() if len(self.open) > depth + 1 else None

    def merge(self, inner: Level, depth: int, *, is_excused: bool) -> None:
        """Count what stood below a point at its own level."""
        counts = dict(inner.counts)
        if is_excused:
            counts[CaseOutcome.SKIPPED] += inner.failing
            counts[CaseOutcome.FAILED] = counts[CaseOutcome.ERROR] = 0
        for outcome, number in counts.items():
            if not outcome.is_failing or depth:
                self.open[depth].counts[outcome] += number
            if not depth and not outcome.is_failing:
                self._gathered.count(outcome, number)
        if is_excused:
            return
        if depth:
            room = FAILURES - len(self.open[depth].failures)
            self.open[depth].failures.extend(inner.failures[:room])
            return
        for failure in inner.failures:
            self.add(0, failure.kind, failure)
        for outcome in (CaseOutcome.FAILED, CaseOutcome.ERROR):
            unkept = counts[outcome] - sum(failure.kind is outcome for failure in inner.failures)
            self._gathered.count(outcome, max(0, unkept))
            self.open[0].counts[outcome] += max(0, unkept)

    def add(self, depth: int, kind: CaseOutcome, failure: Failure) -> None:
        """Count a point that failed, and keep the failure while there is room."""
        level = self.open[depth]
        level.counts[kind] += 1
        if not depth:
            self._gathered.add(kind, lambda: failure)
        elif len(level.failures) < FAILURES:
            level.failures.append(failure)
