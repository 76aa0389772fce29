"""From what a run left behind to how each test case ended: our own record first, the exit code never alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer.models.evidence import CaseOutcome, Failure, Tally
from healer.models.proof import GradedBy, SuiteRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from healer.evidence.record import Record

SUITE = "the suite as a whole"
"""The id under which a run fails that no test case accounts for."""
CHECK = "check: "
"""What the ids of validators begin with."""

_EXPLAINED_BY_FAILURES = frozenset({1, 2})
"""pytest: 1, test cases failed; 2, collection was interrupted by errors."""

_LAST_LINES = 400
_LAST_CHARACTERS = 32_000
"""Of what a validator printed: an analyser's findings may be many, and a script says at its start what it misses."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What the command's own report or output told, for runners that our recorder does not know."""

    graded_by: GradedBy
    failures: tuple[Failure, ...]
    tally: Tally
    outcomes: Mapping[str, CaseOutcome]


@dataclass(frozen=True, slots=True)
class CommandEnd:
    """How the command ended, whatever it ran."""

    command: str
    exit_code: int | None
    seconds: float
    output: str
    died: Failure | None = None
    """The traceback it died with, read from its output, where it printed one."""


def grade(ended: CommandEnd, record: Record, printed: Printed | None, *, narrowed: bool) -> SuiteRun:
    """Tell how each test case ended.

    `narrowed` runs were asked for some test cases only, so a complaint of the command about the rest (coverage, say)
    is no failure of theirs.
    """
    if record.sessions or (record.entered and printed is None):
        return _by_record(ended, record, narrowed=narrowed)
    return _by_print(ended, printed) if printed is not None else _by_exit_status(ended)


def _by_print(ended: CommandEnd, printed: Printed) -> SuiteRun:
    run = _run(ended, printed.graded_by, printed.outcomes, printed.failures, printed.tally)
    if printed.failures:
        return run
    if printed.tally.failing:
        message = f"{printed.tally.failing} test cases failed, which the runner does not name"
        counted = replace(run, tally=replace(run.tally, failed=0, errors=0))
        return with_failures(counted, [_suite_failure(ended, message, ended.died)])
    if not printed.tally.tests:
        return with_failures(run, [_suite_failure(ended, "no test case ran", None)])
    return _with_unexplained(run, ended)


def _by_record(ended: CommandEnd, record: Record, *, narrowed: bool) -> SuiteRun:
    run = SuiteRun(
        outcomes=record.outcomes,
        tally=tally_of(record.outcomes.values()),
        failures=record.failures,
        exit_code=ended.exit_code,
        complete=record.complete and ended.exit_code is not None,
        seconds=ended.seconds,
        output=ended.output,
        graded_by=GradedBy.RECORD,
        foreign_modules=record.foreign_modules,
        python=record.python,
        running=record.running if not record.complete else None,
        retried=record.retried,
    )
    if not run.complete and ended.exit_code is not None:
        return with_failures(run, [_crash(ended, record)])
    if narrowed or (run.failures and ended.exit_code in _EXPLAINED_BY_FAILURES):
        return run
    if run.complete and not run.outcomes:
        return with_failures(run, [_suite_failure(ended, "no test case ran", None)])
    return _with_unexplained(run, ended)


def _by_exit_status(ended: CommandEnd) -> SuiteRun:
    run = _run(ended, GradedBy.EXIT_STATUS, {}, (), Tally())
    if ended.exit_code == 0:
        return _with_outcomes(run, {ended.command: CaseOutcome.PASSED})
    return with_failures(run, [died_with(ended)])


def died_with(ended: CommandEnd) -> Failure:
    """Return the failure of a command that is its own and only test case."""
    last_words = "\n".join(ended.output.rstrip().splitlines()[-_LAST_LINES:])[-_LAST_CHARACTERS:]
    if ended.exit_code is None:
        return Failure(
            ended.command, ended.command, CaseOutcome.ERROR, message="it did not end in time", text=last_words
        )
    if ended.died is None:
        message = f"ended with exit code {ended.exit_code}"
        return Failure(ended.command, ended.command, CaseOutcome.ERROR, message=message, text=last_words)
    return replace(ended.died, id=ended.command, name=ended.command, kind=CaseOutcome.ERROR, suite="")


def _run(
    ended: CommandEnd, by: GradedBy, outcomes: Mapping[str, CaseOutcome], failures: tuple[Failure, ...], tally: Tally
) -> SuiteRun:
    complete = ended.exit_code is not None
    return SuiteRun(outcomes, tally, failures, ended.exit_code, complete, ended.seconds, ended.output, by)


def _with_unexplained(run: SuiteRun, ended: CommandEnd) -> SuiteRun:
    """Add a failure for a bad end of the command that no failing test case accounts for."""
    if ended.exit_code == 0 or ended.exit_code is None:
        return run
    message = f"the command ended with exit code {ended.exit_code}"
    if not run.failures:
        message += " although no test case failed"
    return with_failures(run, [_suite_failure(ended, message, ended.died)])


def _crash(ended: CommandEnd, record: Record) -> Failure:
    where = f" while running {record.running}" if record.running else ""
    message = f"the test process ended with exit code {ended.exit_code}{where}, before the end of its session"
    if record.stopped:
        message = f"the session was stopped before its end ({record.stopped}), with exit code {ended.exit_code}"
    return _suite_failure(ended, message, ended.died)


def _suite_failure(ended: CommandEnd, message: str, died: Failure | None) -> Failure:
    text = "\n".join(ended.output.rstrip().splitlines()[-40:])
    if died is None:
        return Failure(SUITE, SUITE, CaseOutcome.ERROR, message=message, text=text)
    return replace(died, id=SUITE, name=SUITE, kind=CaseOutcome.ERROR, suite="", message=died.message or message)


def with_failures(run: SuiteRun, failures: Sequence[Failure]) -> SuiteRun:
    """Return the run with further failing test cases in it."""
    outcomes = dict(run.outcomes) | {failure.id: failure.kind for failure in failures}
    added = tally_of(failure.kind for failure in failures)
    return replace(run, outcomes=outcomes, tally=run.tally + added, failures=(*run.failures, *failures))


def _with_outcomes(run: SuiteRun, outcomes: Mapping[str, CaseOutcome]) -> SuiteRun:
    merged = dict(run.outcomes) | dict(outcomes)
    return replace(run, outcomes=merged, tally=run.tally + tally_of(outcomes.values()))


def with_check(run: SuiteRun, check: CommandEnd) -> SuiteRun:
    """Return the run with the outcome of a further validator in it, as one more test case."""
    merged = replace(
        run,
        complete=run.complete and check.exit_code is not None,
        seconds=run.seconds + check.seconds,
        output=f"{run.output}\n{check.output}",
    )
    if check.exit_code == 0:
        return _with_outcomes(merged, {check.command: CaseOutcome.PASSED})
    return with_failures(merged, [died_with(check)])


def tally_of(outcomes: Iterable[CaseOutcome]) -> Tally:
    """Count outcomes."""
    counted = Counter(outcomes)
    return Tally(
        counted[CaseOutcome.PASSED],
        counted[CaseOutcome.FAILED],
        counted[CaseOutcome.ERROR],
        counted[CaseOutcome.SKIPPED],
    )
