"""The search for test cases that make others fail, by running them in the recorded order: a few runs, never many."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from healer.models.evidence import CaseOutcome
from healer.models.proof import GradedBy
from healer.verification.ordering import OrderDependence, OutOfRuns, narrowed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from healer.models.proof import SuiteRun
    from healer.ports import Progress, Suite

MOST_RUNS = 32
_MOST_NAMED = 3
"""For how many test cases the culprits are searched for; what one culprit explains is not searched for again."""
_PATIENCE = 4.0
_LEAST_SECONDS = 120.0


class OrderSearch:
    """Asks the suite on the base how test cases fare after others, and remembers the time that this took."""

    def __init__(self, suite: Suite, whole: SuiteRun, progress: Progress) -> None:
        ran = {CaseOutcome.PASSED, CaseOutcome.FAILED, CaseOutcome.ERROR}
        self._suite = suite
        self._order = [test for test, outcome in whole.outcomes.items() if outcome in ran and "::" in test]
        self._can_order = whole.graded_by is GradedBy.RECORD and whole.complete
        self._progress = progress
        self._runs = MOST_RUNS
        self._seconds = max(_LEAST_SECONDS, _PATIENCE * whole.seconds)

    def _run(self, tests: Sequence[str]) -> SuiteRun:
        if not self._runs or self._seconds <= 0:
            raise OutOfRuns
        run = self._suite.run(only=tests, in_order=True)
        self._runs -= 1
        self._seconds -= run.seconds
        return run

    def victims(self, suspects: Collection[str]) -> dict[str, OrderDependence]:
        """Return those of the suspects that fail for what ran before them; they failed with the whole suite, not alone.

        One more run of all that came before them tells them from those that fail by chance.
        """
        places = {test: place for place, test in enumerate(self._order) if test in suspects}
        if not self._can_order or not places:
            return {}
        self._progress("reproduce", "running again what came before the failures, in the same order")
        again = self._run(self._order[: max(places.values()) + 1])
        found: dict[str, OrderDependence | None] = {
            test: OrderDependence(test) for test in places if test in again.failing and places[test]
        }
        with suppress(OutOfRuns):
            self._explain(found)
        return {test: dependence for test, dependence in found.items() if dependence}

    def _explain(self, found: dict[str, OrderDependence | None]) -> None:
        """Name the culprits of as many victims as there is time for; those that fail by chance become None."""
        culprits: tuple[str, ...] = ()
        searched = 0
        for test in found:
            if culprits and test in self._run([*culprits, test]).failing:
                found[test] = OrderDependence(test, culprits)
            elif searched < _MOST_NAMED:
                searched += 1
                found[test] = dependence = self._isolated(test, is_brittle=False)
                if dependence and len(dependence.after) <= _MOST_NAMED:
                    culprits = dependence.after

    def brittle(self, test: str) -> OrderDependence | None:
        """Return what a test case must run after, when it fails on its own and passed in the whole suite."""
        if not self._can_order or test not in self._order[1:]:
            return None
        try:
            return self._isolated(test, is_brittle=True) if test in self._run([test]).failing else None
        except OutOfRuns:
            return None

    def _isolated(self, test: str, *, is_brittle: bool) -> OrderDependence | None:
        """Name what makes the difference for a test case; None when that does not hold a second time."""
        before = self._order[: self._order.index(test)]

        def differs(predecessors: Sequence[str]) -> bool:
            run = self._run([*predecessors, test])
            return test in (run.passed if is_brittle else run.failing)

        after = narrowed(before, differs)
        try:
            holds = differs(after) and not differs(())
        except OutOfRuns:
            holds = True
        if not holds:
            return None
        dependence = OrderDependence(test, after, is_brittle)
        self._progress("reproduce", f"order-dependent: {test} {dependence.how}")
        return dependence
