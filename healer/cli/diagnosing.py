"""What `self-heal diagnose` finds out: by reports and logs alone, or by running the tests."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.repository import PrivateRepository
from healer.bisection import Experiment, blame
from healer.cli.clients import LiveClients
from healer.cli.composition import commits_since, read_evidence, workbench
from healer.errors import SuiteError
from healer.localization.locate import MOST_LOCATIONS
from healer.models.proof import GradedBy
from healer.models.spectra import Watch
from healer.pipeline import diagnose
from healer.redaction import Redactor
from healer.trials import Limits
from healer.verification.grading import SUITE
from healer.verification.verdict import judge_targets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal
    from healer.models.code import Diagnosis
    from healer.models.proof import SuiteRun
    from healer.models.spectra import Spectra
    from healer.pipeline import Tools
    from healer.ports import Repository


@dataclass(frozen=True, slots=True)
class Known:
    """What was found out, and the open repository that it is about."""

    diagnosis: Diagnosis
    repository: Repository
    redact: Redactor
    spectra: Spectra | None
    left_out: tuple[str, ...]


@contextmanager
def found_out(settings: Settings, terminal: Terminal, *, bisect: bool) -> Iterator[Known]:
    """Yield what fails on the base and where to look: by the reports and logs given, or else by running the tests.

    With `bisect`, a run also looks for the change that broke what fails. Raises UsageError for reports that cannot be
    read, SuiteError where the test command says nothing about the code.
    """
    lent = (terminal.environment.get(name, "") for name in settings.variables)
    redact = Redactor((*settings.keys.secrets, *filter(None, lent)))
    if settings.command or not (settings.reports or settings.logs):
        with workbench(settings, None, terminal, LiveClients(settings)) as (tools, _):
            yield _by_running(tools, redact, bisect=bisect)
        return
    failures = [
        replace(failure, message=redact(failure.message), text=redact(failure.text))
        for failure in read_evidence(settings.reports, settings.logs, settings.repository, terminal, required=True)
    ]
    checkout = Checkout.at(settings.repository, Git.find(terminal.environment.get("PATH", "")))
    with PrivateRepository(checkout, checkout.resolve(settings.base)) as repository:
        commits = commits_since(checkout, repository.base, settings.last_green)
        diagnosis = diagnose(failures, repository, None, commits=commits, progress=terminal.progress)
        untold = (
            "which lines the tests ran, and which change broke them: reports do not tell; give the test command "
            "behind -- instead to have the tests run"
        )
        is_of_tests = any(failure.rule is None for failure in failures)
        left_out = (*([untold] if is_of_tests else []), *_cut(diagnosis, repository))
        yield Known(diagnosis, repository, redact, None, left_out)


def _by_running(tools: Tools, redact: Redactor, *, bisect: bool) -> Known:
    run = tools.suite.run(watch=Watch.YES)
    _refuse_unusable(run)
    failures, repository = run.failures, tools.repository
    diagnosis = diagnose(failures, repository, run.spectra, commits=tools.limits.commits, progress=tools.progress)
    left_out = [*_unwatched(run)] if failures else []
    if failures and bisect:
        diagnosis, untold = _blamed(diagnosis, _Search(tools, run), run.spectra, tools)
        left_out += untold
    return Known(diagnosis, repository, redact, run.spectra, (*left_out, *_cut(diagnosis, repository)))


def _blamed(known: Diagnosis, search: _Search, spectra: Spectra | None, tools: Tools) -> tuple[Diagnosis, list[str]]:
    """Return what is known with the change that broke it, where one is found, and what that change does not explain."""
    unsteady = search.unsteady()
    if unsteady:
        others = " and others" if len(unsteady) > 1 else ""
        sentence = (
            f"the change that broke it: {unsteady[0]}{others} passed when the failing test cases were run again on "
            "their own, so the failure may be flaky, or depend on the order of test cases"
        )
        return known, [sentence]
    experiment = Experiment(search.targets, search.passing)
    found = blame(known, spectra, tools.repository, experiment, clock=tools.clock, progress=tools.progress)
    hopeless = search.targets - found.culprit.explained if found.culprit else frozenset()
    if not hopeless:
        return found, []
    others = f" and {len(hopeless) - 1} more" if len(hopeless) > 1 else ""
    sentence = f"the change that broke {min(hopeless)}{others}: that fails with all earlier code that was tried"
    return found, [f"{sentence}; the change that is told broke the rest"]


class _Search:
    """Runs of what fails, narrowed to it where the runner's record names test cases."""

    def __init__(self, tools: Tools, run: SuiteRun) -> None:
        self._suite, self._graded_by = tools.suite, run.graded_by
        self.targets = run.failing

    def unsteady(self) -> list[str]:
        """Run the base once more, and return what does not fail again: no experiment can be made with it."""
        return sorted(self.targets - self._run(None).failing)

    def passing(self, tree: str) -> frozenset[str]:
        """Return the targets that pass on a tree."""
        run = self._run(tree)
        return frozenset(test for test in self.targets if judge_targets(run, {test}, self._graded_by).is_verified)

    def _run(self, tree: str | None) -> SuiteRun:
        is_whole = self._graded_by is not GradedBy.RECORD or SUITE in self.targets
        return self._suite.run(tree, only=None if is_whole else self.targets)


def _refuse_unusable(run: SuiteRun) -> None:
    """Raise SuiteError where the command ended without a word on the code."""
    has_run_nothing = run.failing == {SUITE} or (run.could_not_start and len(run.failures) == 1)
    if has_run_nothing and not run.passed and not run.failures[0].frames:
        last = run.failures[0].text.strip().splitlines()[-1:] or ["nothing"]
        raise SuiteError(
            f"the test command ran no test: {run.failures[0].message}; the last that it printed is {last[0][:300]!r}. "
            "Check the command and its environment (`self-heal doctor` tells what a run would find)"
        )
    if not run.failures and not run.complete:
        ending = "was stopped at its time limit" if run.timed_out else "ended early"
        raise SuiteError(
            f"the test command {ending} and reported no failing test case; run it by hand to see why, "
            "or give its report with --report"
        )


def _unwatched(run: SuiteRun) -> Iterator[str]:
    """Tell of test cases whose lines are not known."""
    if run.foreign_modules:
        yield (
            f"the code of {', '.join(run.foreign_modules[:3])} as it is in the commit: the suite imported another copy "
            "of it, so what failed may not be what is shown"
        )
    if run.spectra is None:
        is_ours = run.graded_by is GradedBy.RECORD
        why = "no test got to run, or something else traces them" if is_ours else "only pytest and unittest tell"
        yield f"which lines the tests ran: {why}"
    elif run.spectra.passed < run.tally.passed:
        unknown = run.tally.passed - run.spectra.passed
        yield f"which lines were run by {unknown} of {run.tally.passed} passing test cases"


def _cut(diagnosis: Diagnosis, repository: Repository) -> Iterator[str]:
    """Tell of code and history that was not looked at."""
    if not diagnosis.clusters:
        return
    unread = len(repository.names - repository.source.paths)
    if unread:
        yield f"{unread} entries of the commit that are links, submodules or larger than 2 MiB"
    if len(diagnosis.locations) >= MOST_LOCATIONS:
        yield f"places less suspicious than the first {MOST_LOCATIONS}"
    if len(diagnosis.commits) >= Limits().commits:
        yield f"changes older than the last {len(diagnosis.commits)} commits"
