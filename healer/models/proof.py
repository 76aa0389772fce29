"""What a run of a suite showed, and what that proves about a candidate patch."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from healer.models.spectra import Spectra

_NOT_STARTED = frozenset({126, 127})
"""What shells, and dynamic linkers, end with when a program cannot be started (POSIX, 2.8.2)."""


class GradedBy(enum.StrEnum):
    """Where the outcomes of a run come from, the most trustworthy first."""

    RECORD = "our own record"
    REPORT = "the runner's report"
    OUTPUT = "what the runner printed"
    EXIT_STATUS = "the exit status"


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """One run of a test command on one tree, graded on our own record and not on its exit code.

    `outcomes` maps test ids to how they ended: all by our own record, only failing ones where a report or output was
    read (`graded_by`); `tally` counts all. `complete` says that the runner itself reported the end of its session:
    without it, test cases may be missing. `output` is what the command printed, its middle cut out when it is long.
    """

    outcomes: Mapping[str, CaseOutcome]
    tally: Tally
    failures: tuple[Failure, ...]
    exit_code: int | None
    """None when the run was stopped at its time limit."""
    complete: bool
    seconds: float
    output: str = ""
    graded_by: GradedBy = GradedBy.RECORD
    foreign_modules: tuple[str, ...] = ()
    """Modules of the repository that were imported from outside the tree under test; a run with any proves nothing."""
    python: tuple[int, int] | None = None
    """The version of the Python that test cases ran in, where our own record tells it."""
    running: str | None = None
    """The test case that a run which broke off, or was stopped at its time limit, was in."""
    retried: tuple[str, ...] = ()
    """Test cases that failed and then passed when the suite's own plugins ran them again: flaky by their own word."""
    spectra: Spectra | None = None
    """Which lines test cases ran, where that was asked for and the runner could tell."""

    @property
    def timed_out(self) -> bool:
        """Whether the run was stopped at its time limit."""
        return self.exit_code is None

    @property
    def could_not_start(self) -> bool:
        """Whether the command itself could not be started: it ended as shells do then, and told of no test case."""
        return self.graded_by is GradedBy.EXIT_STATUS and self.exit_code in _NOT_STARTED

    def with_outcome(self, *outcomes: CaseOutcome) -> frozenset[str]:
        """Ids of the test cases that ended so."""
        return frozenset(test for test, outcome in self.outcomes.items() if outcome in outcomes)

    @property
    def failing(self) -> frozenset[str]:
        """Ids of the test cases that failed or errored."""
        return self.with_outcome(CaseOutcome.FAILED, CaseOutcome.ERROR)

    @property
    def passed(self) -> frozenset[str]:
        """Ids of the test cases that passed."""
        return self.with_outcome(CaseOutcome.PASSED)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The reproduced failure: the whole suite on the base, and which of its failures are deterministic."""

    run: SuiteRun
    targets: frozenset[str]
    """Test cases that failed in every run of the base; a repair must make them pass."""
    flaky: Mapping[str, str] = field(default_factory=dict)
    """Test cases that both failed and passed on the same tree, with the count in words (`failed 1 of 3`)."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Test cases that fail for what the environment lacks, with what that is."""
    spectra: Spectra | None = None
    """Which lines the suite's test cases ran, or the targets and some of those that pass."""


class VerdictStatus(enum.StrEnum):
    """What verification established."""

    VERIFIED = "verified"
    STILL_FAILING = "still-failing"
    REGRESSION = "regression"
    TESTS_LOST = "tests-lost"
    INCONCLUSIVE = "inconclusive"
    """The run was cut short, or its record is missing: it proves nothing."""


class Condition(enum.StrEnum):
    """What a repair is proved by; a verdict that refuses one names the first that does not hold."""

    COMPARABLE = "the run can be compared with the run of the base"
    RED_TO_GREEN = "every target passes"
    REPEATABLE = "every target passes every time"
    NEIGHBOURS_KEPT = "what uses the changed code still passes"
    NOTHING_NEWLY_FAILS = "nothing newly fails"
    NOTHING_LOST = "no test case is lost"
    NOTHING_SKIPPED = "no test case is skipped instead"
    TESTS_KEPT = "tests and their configuration are those of the base"
    REVERTIBLE = "without the patch every target fails again"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The comparison of a patched run with the baseline."""

    status: VerdictStatus
    reason: str
    still_failing: tuple[Failure, ...] = ()
    newly_failing: tuple[Failure, ...] = ()
    lost: tuple[str, ...] = ()
    condition: Condition | None = None
    """The condition that does not hold; None when all do."""

    @property
    def is_verified(self) -> bool:
        """Whether red→green was shown with nothing lost and nothing newly failing."""
        return self.status is VerdictStatus.VERIFIED
