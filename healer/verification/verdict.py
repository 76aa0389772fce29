"""The verdict on a candidate patch: red to green, shown by the same test ids, nothing lost, nothing newly failing.

Passing tests make a patch plausible, not correct; anything less than this is never called verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.models.evidence import CaseOutcome, Failure
from healer.models.proof import Baseline, Condition, GradedBy, SuiteRun, Verdict, VerdictStatus
from healer.verification.grading import SUITE

if TYPE_CHECKING:
    from collections.abc import Collection

_SHOWN = 5
_MESSAGE = 400


def judge_targets(run: SuiteRun, targets: Collection[str], graded_by: GradedBy | None = None) -> Verdict:
    """Judge a run that was narrowed to the targets: each of them must have run, and passed.

    `graded_by` is how the base was graded, if it was: a patch that silences the better witness is not believed.
    """
    return (
        _unsound(run, graded_by)
        or _still_failing(run, targets)
        or Verdict(VerdictStatus.VERIFIED, "every target passed")
    )


def judge_suite(run: SuiteRun, baseline: Baseline, excused: Collection[str] = ()) -> Verdict:
    """Judge a run of the whole suite on the patched tree against the run of the base.

    `excused` test cases were found to be unsteady on their own account: how they end says nothing of the patch.
    """
    return (
        _unsound(run, baseline.run.graded_by)
        or _still_failing(run, baseline.targets)
        or _newly_failing(run, baseline, excused)
        or _lost(run, baseline, excused)
        or Verdict(VerdictStatus.VERIFIED, _proved(run, baseline))
    )


def judge_reverted(run: SuiteRun, targets: Collection[str]) -> Verdict:
    """Judge a run of the base after those of the patched tree: its targets must fail again, as when reproduced."""
    reason = None
    if run.timed_out:
        reason = "the base, run once more, did not end within its time limit"
    elif green := sorted(set(targets) - run.failing):
        reason = f"{_listed(green)} no longer fails without the patch either: something else made the difference"
    if reason is None:
        return Verdict(VerdictStatus.VERIFIED, "every target fails again without the patch")
    return Verdict(VerdictStatus.INCONCLUSIVE, reason, condition=Condition.REVERTIBLE)


def _unsound(run: SuiteRun, graded_by: GradedBy | None) -> Verdict | None:
    """Refuse to judge a run that cannot prove anything."""
    reason = None
    if graded_by not in {None, run.graded_by} and not run.timed_out:
        reason = f"the base is known by {graded_by}, this run only by {run.graded_by}: the two cannot be compared"
    elif run.timed_out:
        reason = "the run did not end within its time limit"
    elif run.foreign_modules:
        names = _listed(run.foreign_modules)
        reason = f"the suite imported {names} from outside the tree under test, so the run says nothing about the patch"
    elif not run.complete and not run.failures:
        reason = "the runner never reported the end of its session"
    if reason is None:
        return None
    return Verdict(VerdictStatus.INCONCLUSIVE, reason, condition=Condition.COMPARABLE)


def _still_failing(run: SuiteRun, targets: Collection[str]) -> Verdict | None:
    red = [failure for failure in run.failures if failure.id in targets]
    if red:
        return Verdict(
            VerdictStatus.STILL_FAILING,
            _named("still fails", red),
            still_failing=tuple(red),
            condition=Condition.RED_TO_GREEN,
        )
    if not run.complete:
        reason = _named("the run broke off", run.failures)
        return Verdict(VerdictStatus.STILL_FAILING, reason, newly_failing=run.failures, condition=Condition.COMPARABLE)
    if run.graded_by in {GradedBy.RECORD, GradedBy.EXIT_STATUS}:
        missing = sorted(test for test in targets if not _has_passed(test, run))
    else:
        missing = sorted(targets) if run.tally.passed < len(targets) else []
    if missing:
        how = ", ".join(f"{test} ({run.outcomes.get(test, 'did not run')})" for test in missing[:_SHOWN])
        return Verdict(
            VerdictStatus.TESTS_LOST,
            f"a target must pass, not vanish: {how}",
            lost=tuple(missing),
            condition=_how_lost(missing, run),
        )
    return None


def _has_passed(test: str, run: SuiteRun) -> bool:
    """Whether a target passed; one that could not even be collected has passed when test cases below it do now."""
    if run.outcomes.get(test) is CaseOutcome.PASSED:
        return True
    if test in run.outcomes:
        return False
    return (
        bool(run.passed) if test == SUITE else any(other.startswith((f"{test}::", f"{test}/")) for other in run.passed)
    )


def _newly_failing(run: SuiteRun, baseline: Baseline, excused: Collection[str]) -> Verdict | None:
    new = newly_failing(run, baseline, excused)
    if new:
        return Verdict(
            VerdictStatus.REGRESSION,
            _named("newly fails", new),
            newly_failing=new,
            condition=Condition.NOTHING_NEWLY_FAILS,
        )
    return None


def newly_failing(run: SuiteRun, baseline: Baseline, excused: Collection[str] = ()) -> tuple[Failure, ...]:
    """Return what fails in a run of the patched tree and did not on the base."""
    known = baseline.run.failing | baseline.flaky.keys() | set(excused)
    return tuple(failure for failure in run.failures if failure.id not in known)


def _lost(run: SuiteRun, baseline: Baseline, excused: Collection[str]) -> Verdict | None:
    passed = run.passed
    lost = sorted(baseline.run.passed - passed - set(excused))
    if lost and run.graded_by is not GradedBy.OUTPUT:
        reason = f"{len(lost)} test cases that passed on the base did not pass: " + ", ".join(
            f"{test} ({run.outcomes.get(test, 'did not run')})" for test in lost[:_SHOWN]
        )
        return Verdict(VerdictStatus.TESTS_LOST, reason, lost=tuple(lost), condition=_how_lost(lost, run))
    # Where passing test cases have no names, the targets must show as that many more of them.
    counted = run.graded_by in {GradedBy.REPORT, GradedBy.OUTPUT}
    expected = baseline.run.tally.passed + (len(baseline.targets - {SUITE}) if counted else 0)
    expected -= len(baseline.run.passed & run.failing & set(excused))
    if run.tally.passed < expected:
        reason = f"only {run.tally.passed} test cases passed, {expected} should"
        return Verdict(VerdictStatus.TESTS_LOST, reason, condition=Condition.NOTHING_LOST)
    return None


def _how_lost(lost: Collection[str], run: SuiteRun) -> Condition:
    skipped = all(run.outcomes.get(test) is CaseOutcome.SKIPPED for test in lost)
    return Condition.NOTHING_SKIPPED if skipped else Condition.NOTHING_LOST


def _proved(run: SuiteRun, baseline: Baseline) -> str:
    targets = len(baseline.targets)
    before = baseline.run.tally
    return (
        f"{targets} of {targets} target test cases passed; whole suite {run.tally.passed} passed and "
        f"{run.tally.failing} failing (base: {before.passed} and {before.failing}), graded by {run.graded_by}"
    )


def _listed(names: Collection[str]) -> str:
    return ", ".join(list(names)[:_SHOWN])


def _named(what: str, failures: Collection[Failure]) -> str:
    listed = "; ".join(_account(failure) for failure in list(failures)[:_SHOWN])
    more = f" and {len(failures) - _SHOWN} more" if len(failures) > _SHOWN else ""
    return f"{what}: {listed}{more}"


def _account(failure: Failure) -> str:
    """Say what happened in one line: it is what the next round learns from."""
    message = " ".join(failure.message.split())[:_MESSAGE]
    return f"{failure.id}: {failure.type or failure.kind}" + (f": {message}" if message else "")
