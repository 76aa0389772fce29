"""Printed logs of CI jobs, GitHub's and others', read step by step through the parsers of what tools print.

A log is no report: that it shows no failure means something only where it shows results. One without any is
unreadable, never a pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.evidence.conclusion import unreadable
from healer.evidence.failures import failure_of
from healer.evidence.gathered import Gathered
from healer.evidence.lines import read_blocks
from healer.evidence.logs import pytest_output
from healer.evidence.logs.condensing import condensed
from healer.evidence.logs.endings import ending, failed_step
from healer.evidence.logs.github_log import is_github, steps
from healer.evidence.logs.undressing import undressed
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.evidence.logs.console import Heard
    from healer.evidence.logs.github_log import Annotation, Step
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Failure, Report

FORMAT = "log"

NO_RESULT = "the file is plain text and shows no test result"
_CUT_OFF = "the log ends before the tests do: {test} was running"
_BINARY_SHARE = 10


def recognises(head: Head) -> bool:
    """Whether a file that begins so is text at all; asked last, after every format that has marks of its own."""
    return bool(head.text.strip()) and head.text.count("\N{REPLACEMENT CHARACTER}") <= len(head.text) // _BINARY_SHARE


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read a log of any length; what it names as failed, or else the steps that failed."""
    log = condensed(read_blocks(chunks))
    text = undressed(log.text)
    gathered = Gathered()
    if log.lines_left_out:
        gathered.warn(f"the log is long: {log.lines_left_out} lines far from any sign of failure were left out")
    known = is_github(text)
    reading = _Reading(gathered)
    del log
    for step in steps(text):
        reading.take(step, is_github=known)
    if not gathered.tally.failing:
        gathered.extend(reading.announced if reading.has_result else [*reading.announced, *reading.mentioned])
    if not gathered.tally.tests and not reading.has_result and not reading.cut_off:
        if _says_clean(text):
            return gathered.report(source, FORMAT, is_clean=True)
        return unreadable(source, NO_RESULT, FORMAT)
    return gathered.report(source, FORMAT, cut_off=reading.cut_off)


def shows_results(report: Report) -> bool:
    """Whether a test framework's results were found, not only signs of failing."""
    return report.tally is not None and report.tally.tests > report.tally.errors


def _heard(text: str, *, has_failed: bool | None = None) -> Heard:
    from healer.evidence.logs.console import hear  # noqa: PLC0415 - thirty parsers that no report needs

    return hear(text, has_failed=has_failed)


def _says_clean(text: str) -> bool:
    from healer.evidence.logs.linters import says_clean  # noqa: PLC0415 - as above

    return says_clean(text)


class _Reading:
    """What the steps read so far say."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self.has_result = False
        self.cut_off: str | None = None
        self.announced: list[Failure] = []
        """Errors that actions announced, which may be how they fail."""
        self.mentioned: list[Failure] = []
        """Errors that scripts announced and went on."""

    def take(self, step: Step, *, is_github: bool) -> None:
        """Read one step's output by itself: what another step says excuses nothing here."""
        text = "\n".join(step.lines)
        has_failed = _has_failed(step, text, is_github=is_github)
        heard = _heard(text, has_failed=has_failed)
        running = pytest_output.unfinished(text)
        failures = heard.failures
        if not failures and has_failed:
            failures = _of_step(step, running)
        elif not failures and running:
            self.cut_off = _CUT_OFF.format(test=running)
        self._count(heard, failures)
        if step.annotations and not failures:
            (self.mentioned if step.is_script else self.announced).extend(_announced(step))

    def _count(self, heard: Heard, failures: tuple[Failure, ...]) -> None:
        tally = heard.tally or Tally()
        self.has_result = self.has_result or heard.tally is not None
        self._gathered.count(CaseOutcome.PASSED, tally.passed)
        self._gathered.count(CaseOutcome.SKIPPED, tally.skipped)
        if tally.failing and not heard.failures:
            # The tool's own count stands; what is known beside it is which step failed.
            self._gathered.count(CaseOutcome.FAILED, tally.failed)
            self._gathered.count(CaseOutcome.ERROR, tally.errors)
            self._gathered.failures.extend(failures)
            self._gathered.warn(f"{tally.failing} failing test cases are counted in the log, but not named")
        else:
            self._gathered.extend(failures)
            self._count_unnamed(tally, failures)
        for failure in heard.forgiven:
            self._gathered.flaky(failure.id)

    def _count_unnamed(self, tally: Tally, failures: tuple[Failure, ...]) -> None:
        """Count what a tool counts beyond the failures that it names, such as each subtest of a test."""
        unnamed = max(0, tally.failing - len(failures))
        named_errors = sum(failure.kind is CaseOutcome.ERROR for failure in failures)
        errors = min(unnamed, max(0, tally.errors - named_errors))
        self._gathered.count(CaseOutcome.ERROR, errors)
        self._gathered.count(CaseOutcome.FAILED, unnamed - errors)


def _has_failed(step: Step, text: str, *, is_github: bool) -> bool | None:
    """Return whether a step failed, as far as the log tells."""
    if step.exit_code not in {None, 0} or step.was_stopped:
        return True
    if is_github:
        return False if step.has_ended and not step.annotations else None
    end = ending(text)
    if end is None:
        return None
    # A command that failed and was followed by a green result did not break the run.
    later = _heard(text[end:]) if end < len(text) else None
    return None if later and later.is_green else True


def _of_step(step: Step, running: str | None) -> tuple[Failure, ...]:
    if running and "::" in running:
        name = running.rpartition("::")[2] if "[" not in running else running.partition("::")[2]
        message = "the process ended while this test was running"
        text = "\n".join(step.lines[-40:])
        return (failure_of(CaseOutcome.ERROR, name=name, identity=running, message=message, text=text),)
    if placed := tuple(_of_annotation(one) for one in step.annotations if one.file):
        return placed
    announced = [one.message for one in step.annotations]
    return (failed_step(step.command, step.lines, announced, step.exit_code),)


def _announced(step: Step) -> list[Failure]:
    if placed := [_of_annotation(one) for one in step.annotations if one.file]:
        return placed
    return [failed_step(step.command, step.lines, [one.message for one in step.annotations], None)]


def _of_annotation(announced: Annotation) -> Failure:
    place = ":".join(str(part) for part in (announced.file, announced.line, announced.column) if part is not None)
    name = announced.title or announced.message.partition("\n")[0]
    return failure_of(
        CaseOutcome.ERROR,
        name=name,
        identity=f"{place}: {name}",
        file=announced.file,
        line=announced.line,
        message=announced.message,
        text=announced.message,
    )
