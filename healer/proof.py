"""The proof of a candidate that passes its targets: condition by condition, cheapest first, until one does not hold.

Its runs take place one after the other, with nothing beside them, as the run of the base did that they are compared
with.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.dependents import dependents
from healer.localization.pysource import SourceIndex
from healer.models.proof import Condition, GradedBy, Verdict, VerdictStatus
from healer.verification.flakiness import MOST_SUSPECTS, decided, regressed_alone, renamed, unsteady
from healer.verification.grading import CHECK, SUITE
from healer.verification.verdict import judge_reverted, judge_suite, judge_targets, newly_failing

if TYPE_CHECKING:
    from collections.abc import Collection

    from healer.models.proof import Baseline, SuiteRun
    from healer.ports import Progress, Repository, Suite

_LEAST_SECONDS = 30.0
_SLOWDOWN = 3.0
_SMALL_SHARE = 0.25
_RUNS_ALONE = 2


@dataclass(frozen=True, slots=True)
class Proved:
    """A verdict that every condition holds, and what a reader must know of how it came about, a sentence each."""

    verdict: Verdict
    targets_passed: int
    """In how many runs."""
    remarks: tuple[str, ...] = ()


@dataclass
class Prover:
    """Proves candidates against one baseline."""

    baseline: Baseline
    repository: Repository
    suite: Suite
    progress: Progress
    runs: int
    """How often every target must pass."""
    kept: frozenset[str] = frozenset()
    """Paths beside tests and their configuration that must be the base's."""
    worth_narrowing_seconds: float = 20.0
    """How long the whole suite takes before it pays to run a part of it first."""
    _base_alone: dict[frozenset[str], SuiteRun] = field(default_factory=dict)
    _base_whole: list[SuiteRun] = field(default_factory=list)

    @property
    def can_narrow(self) -> bool:
        """Whether the suite can be asked for some test cases only, and compared test by test."""
        return self.baseline.run.graded_by is GradedBy.RECORD

    @property
    def patience(self) -> float:
        """The seconds a patched run may take: a repair that makes the suite hang must not hang us."""
        return max(_LEAST_SECONDS, _SLOWDOWN * self.baseline.run.seconds)

    def run(self, tree: str | None, only: Collection[str] | None = None) -> SuiteRun:
        """Run the suite, narrowed where it can be."""
        narrowed = only if self.can_narrow else None
        return self.suite.run(tree, only=narrowed, time_limit=self.patience)

    def prove(self, tree: str, targets: frozenset[str]) -> Proved | Verdict:
        """Prove a tree whose targets passed once already; return the verdict on what does not hold."""
        baseline = replace(self.baseline, targets=targets)
        if broken := self._tests_kept(tree) or self._neighbours_kept(tree, targets):
            return broken
        self.progress("verify", f"{len(targets)} targets pass; running the whole suite on {tree[:10]}")
        verdict, remarks = self._judged(tree, baseline)
        if not verdict.is_verified:
            return verdict
        for _ in range(self.runs - 2):
            again = judge_targets(self.run(tree, targets), targets, baseline.run.graded_by)
            if not again.is_verified:
                reason = f"it passed twice, then not again: {again.reason}"
                return replace(again, reason=reason, condition=Condition.REPEATABLE)
        reverted = judge_reverted(self.run(None, targets), targets)
        return Proved(verdict, max(2, self.runs), remarks) if reverted.is_verified else reverted

    def _tests_kept(self, tree: str) -> Verdict | None:
        """Hold the entries of the tree against the base's, by object id."""
        changed = [
            change.path
            for change in self.repository.changes(tree)
            if change.path in self.kept
            or layout.is_test(change.path)
            or (layout.is_test_configuration(change.path) and not layout.is_dependency_manifest(change.path))
        ]
        if not changed:
            return None
        reason = f"{', '.join(changed[:3])} decides what the tests say, and is not as on the base"
        return Verdict(VerdictStatus.INCONCLUSIVE, reason, condition=Condition.TESTS_KEPT)

    def _neighbours_kept(self, tree: str, targets: frozenset[str]) -> Verdict | None:
        """Run what uses the changed code before everything, where that is much less and everything takes long."""
        base = self.baseline.run
        if base.seconds < self.worth_narrowing_seconds or not self.can_narrow:
            return None
        files = {test.partition("::")[0] for test in base.passed if "::" in test}
        changed = {change.path for change in self.repository.changes(tree)}
        touched = dependents(SourceIndex(self.repository.source), changed, files)
        chosen = frozenset(test for test in base.passed if test.partition("::")[0] in touched)
        if not chosen or len(chosen) > _SMALL_SHARE * len(base.outcomes):
            return None
        self.progress("verify", f"{len(targets)} targets pass; running {len(chosen)} test cases that use what changed")
        suspects = newly_failing(self.run(tree, chosen), self.baseline)
        broken = self._regressed(tree, frozenset(failure.id for failure in suspects))
        if not broken:
            return None
        failures = tuple(failure for failure in suspects if failure.id in broken)
        reason = f"what uses the changed code newly fails: {', '.join(sorted(broken)[:5])}: {failures[0].headline}"
        return Verdict(VerdictStatus.REGRESSION, reason, newly_failing=failures, condition=Condition.NEIGHBOURS_KEPT)

    def _judged(self, tree: str, baseline: Baseline) -> tuple[Verdict, tuple[str, ...]]:
        """Judge a run of the whole suite, what is unsteady by itself set aside; tell what was."""
        run = self.run(tree)
        verdict = judge_suite(run, baseline)
        excused: dict[str, str] = {}
        if verdict.condition is Condition.NOTHING_NEWLY_FAILS:
            excused = self._examined(tree, frozenset(failure.id for failure in verdict.newly_failing))
            verdict = judge_suite(run, baseline, excused)
        remarks = tuple(f"{test} failed once and was set aside: it {why}." for test, why in sorted(excused.items()))
        if verdict.condition is Condition.NOTHING_LOST and verdict.lost and self.can_narrow:
            changing = renamed(verdict.lost, self._whole_base(0))
            verdict = judge_suite(run, baseline, excused.keys() | changing)
        return verdict, remarks if verdict.is_verified else ()

    def _examined(self, tree: str, suspects: frozenset[str]) -> dict[str, str]:
        """Return the newly failing test cases that are unsteady by themselves; see `verification.flakiness`."""
        examinable = not any(test == SUITE or test.startswith(CHECK) for test in suspects)
        if not suspects or len(suspects) > MOST_SUSPECTS or not examinable or self._regressed(tree, suspects):
            return {}
        patched: list[SuiteRun] = []
        base: list[SuiteRun] = []
        for number in range(self.runs):
            self.progress("verify", f"{len(suspects)} newly failing: running the whole suite again to see how steadily")
            patched.append(self.run(tree))
            if any(test not in patched[-1].passed for test in suspects):
                base.append(self._whole_base(number))
            if decided(suspects, patched, base):
                break
        return unsteady(suspects, patched, base, needed=self.runs)

    def _regressed(self, tree: str, suspects: frozenset[str]) -> frozenset[str]:
        """Return the suspects that fail alone with the patch, every time, and not without it."""
        if not suspects or not self.can_narrow:
            return frozenset()
        patched = [self.run(tree, suspects)]
        if not suspects & patched[0].failing:
            return frozenset()
        if suspects not in self._base_alone:
            self._base_alone[suspects] = self.run(None, suspects)
        patched += [self.run(tree, suspects) for _ in range(_RUNS_ALONE - 1)]
        return regressed_alone(suspects, patched, [self._base_alone[suspects]])

    def _whole_base(self, number: int) -> SuiteRun:
        """Return a further run of the whole suite on the base; all candidates are held against the same ones."""
        while len(self._base_whole) <= number:
            self._base_whole.append(self.suite.run(time_limit=self.patience))
        return self._base_whole[number]
