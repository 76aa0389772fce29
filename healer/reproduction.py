"""The first half of the cycle: is the failure real on the base, is it deterministic, and is it the code's fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Required, TypedDict

from healer.evidence.identity import node_id
from healer.localization.sampling import sample
from healer.models.outcome import Outcome
from healer.models.proof import Baseline, GradedBy, SuiteRun
from healer.models.spectra import Watch
from healer.polluters import OrderSearch
from healer.verification.grading import CHECK, SUITE
from healer.verification.imports import imports_of
from healer.verification.triage import environmental, sort_out

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from healer.models.evidence import Failure
    from healer.ports import Progress, Repository, Suite

_SHOWN = 3
_COMMITS = 10


class _Narrowed(TypedDict, total=False):
    only: Required[Collection[str]]
    in_order: bool
    watch: Watch


class Ended(Exception):  # noqa: N818 - an end is not always an error
    """The run is over before or without a repair: which outcome, why, and what to do."""

    def __init__(self, outcome: Outcome, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.outcome = outcome
        self.reason = reason
        self.sentence = sentence


def reproduce(
    reported: Sequence[Failure], repository: Repository, suite: Suite, *, reruns: int, progress: Progress
) -> Baseline:
    """Run the suite on the base, then its failing test cases `reruns` times more; return what is worth repairing.

    Raises Ended when there is nothing to repair: green, flaky, dependent on the order of test cases, not reproduced, or
    the environment's fault; SuiteError when the command cannot be started.
    """
    progress("reproduce", f"running the suite on {repository.base[:10]}")
    run = suite.run(watch=Watch.IF_CHEAP)
    progress("reproduce", _told(run))
    for test in run.retried[:_SHOWN]:
        progress("reproduce", f"flaky: {test} failed, then passed when the suite itself ran it again")
    _refuse_unusable(run)
    search = OrderSearch(suite, run, progress)
    targets = _targets(run, reported, repository.source.paths, search)
    again = [suite.run(**_asked(run, targets, number, of=reruns)) for number in range(reruns)]
    sorted_out = sort_out(targets, again)
    deterministic, flaky = sorted_out.deterministic, sorted_out.flaky
    if flaky:
        dependent = {test: dependence.how for test, dependence in search.victims(flaky).items()}
        flaky = {test: dependent.get(test, count) for test, count in flaky.items()}
        for test in flaky.keys() - dependent.keys():
            progress("reproduce", f"flaky: {test} {flaky[test]}")
        if not deterministic:
            raise _not_deterministic(flaky, dependent)
    progress("reproduce", f"{len(deterministic)} of them failed again in {reruns} runs of their own")
    environment = _environmental(run, deterministic, repository, progress)
    spectra = run.spectra or next((rerun.spectra for rerun in again if rerun.spectra), None)
    return Baseline(run, deterministic - environment.keys(), flaky, environment, spectra)


def _asked(run: SuiteRun, targets: frozenset[str], number: int, *, of: int) -> _Narrowed:
    """Return how the failing test cases are run again: every other time in reverse, in case one makes another fail.

    Where telling which lines ran is costly, the first of several runs does it, with some passing test cases beside.
    """
    is_whole = SUITE in targets or run.graded_by is not GradedBy.RECORD
    if number == 0 and of > 1 and run.spectra is None and not is_whole:
        return {"only": targets | sample(run, targets), "watch": Watch.YES}
    if number % 2 == 0 or len(targets) == 1 or is_whole:
        return {"only": targets}
    return {"only": [test for test in reversed([*run.outcomes]) if test in targets], "in_order": True}


def _not_deterministic(flaky: Mapping[str, str], dependent: Mapping[str, str]) -> Ended:
    """Say that nothing failed for certain; the evidence for each test case, those that depend on others first."""
    first = sorted(flaky, key=lambda test: test not in dependent)
    listed = "; ".join(f"{test} {flaky[test]}" for test in first[:_SHOWN])
    if dependent:
        sentence = (
            f"the failures depend on the order in which test cases run, so no repair was tried: {listed}. Repair the "
            "tests: one of them leaves behind what another meets"
        )
        return Ended(Outcome.FLAKY, "order_dependent", sentence)
    sentence = f"the failures did not repeat, so no repair was tried: {listed}. Re-run the job, and repair the tests"
    return Ended(Outcome.FLAKY, "failures_did_not_repeat", sentence)


def _told(run: SuiteRun) -> str:
    tally = run.tally
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    noun = "test case" if tally.tests == 1 else "test cases"
    return (
        f"{tally.tests} {noun}: {tally.passed} passed, {tally.failing} failing{skipped} in {run.seconds:.1f} s "
        f"(by {run.graded_by})"
    )


def _refuse_unusable(run: SuiteRun) -> None:
    """End the run when what came back says nothing about the code under repair."""
    if run.timed_out:
        where = f" and was still in {run.running}" if run.running else ""
        raise Ended(
            Outcome.ENVIRONMENT,
            "suite_timeout",
            f"the suite did not end within its time limit ({run.seconds:.0f} s){where}, so nothing could be "
            "reproduced; raise --time-limit, or narrow the test command",
        )
    if run.could_not_start:
        raise Ended(
            Outcome.ENVIRONMENT,
            "command_not_run",
            f"the test command ended with exit code {run.exit_code}, as a shell does that cannot start a program (last "
            f"words: {_last_words(run.output)!r}); check that everything it needs is installed",
        )
    if run.foreign_modules:
        raise Ended(
            Outcome.ENVIRONMENT,
            "foreign_modules",
            f"the suite imports {', '.join(run.foreign_modules[:_SHOWN])} from the checkout, not from the copy under "
            "test, so nothing could be proved; install the project so that PYTHONPATH comes first, or not at all",
        )
    if run.failing == {SUITE} and not run.passed and not run.failures[0].frames:
        raise Ended(
            Outcome.ENVIRONMENT,
            "no_tests",
            f"{run.failures[0].message}, and nothing in its output points at the code (last words: "
            f"{_last_words(run.failures[0].text)!r}); check the test command and its environment",
        )


def _last_words(output: str) -> str:
    return next((line.strip()[:200] for line in reversed(output.splitlines()) if line.strip()), "")


def _targets(run: SuiteRun, reported: Sequence[Failure], paths: frozenset[str], search: OrderSearch) -> frozenset[str]:
    """Return the failing test cases to repair: those reported, where reports were given.

    An analyser's finding is no test case: it counts where the analyser itself is among the checks.
    """
    findings = [failure.id for failure in reported if failure.rule]
    reported = [failure for failure in reported if not failure.rule]
    if findings and not reported and not run.failing:
        raise Ended(
            Outcome.NOT_REPRODUCED,
            "findings_only",
            f"the reports hold analysers' findings ({', '.join(findings[:_SHOWN])}) and all tests pass here; give the "
            "analyser's command as --check, so that a repair of its findings can be proved",
        )
    if not run.failing:
        if reported:
            _refuse_brittle([node_id(failure, paths) for failure in reported[:_SHOWN]], search)
            names = ", ".join(failure.id for failure in reported[:_SHOWN])
            raise Ended(
                Outcome.NOT_REPRODUCED,
                "suite_green_here",
                f"the reported failures ({names}) do not occur here: the whole suite passes on this commit; the job's "
                "environment differs, or the failure is flaky",
            )
        raise Ended(
            Outcome.NOTHING_TO_DO,
            "suite_green",
            f"the suite is green: {run.tally.passed} test cases passed, none failed",
        )
    if not reported:
        return run.failing
    checks = frozenset(test for test in run.failing if test.startswith(CHECK))
    wanted = {node_id(failure, paths) for failure in reported}
    if matched := run.failing & wanted:
        return matched | checks
    bare = {failure.name for failure in reported if not (failure.file or failure.suite)}
    if matched := frozenset(failure.id for failure in run.failures if failure.name in bare):
        return matched | checks
    if checks:
        return checks
    listed, here = (", ".join(sorted(tests)[:_SHOWN]) for tests in (wanted, run.failing))
    raise Ended(
        Outcome.NOT_REPRODUCED,
        "other_failures_here",
        f"none of the reported failures ({listed}) occurs here; what fails here is {here}: report and commit do not "
        "belong together, or the environments differ",
    )


def _refuse_brittle(reported: Collection[str], search: OrderSearch) -> None:
    """End the run when what was reported passes here with the whole suite, and fails on its own."""
    if found := [dependence for test in reported if (dependence := search.brittle(test))]:
        listed = "; ".join(f"{dependence.test} {dependence.how}" for dependence in found)
        raise Ended(
            Outcome.FLAKY,
            "order_dependent",
            f"the whole suite passes on this commit, but {listed}. The job ran the test cases in another order, or in "
            "parts; repair the tests: one of them needs what another leaves behind",
        )


def _environmental(
    run: SuiteRun, targets: Collection[str], repository: Repository, progress: Progress
) -> dict[str, str]:
    """Return the targets that fail for what the environment lacks; end the run when that is all of them."""
    own = own_modules(repository.source.paths)
    failures = [failure for failure in run.failures if failure.id in targets and environmental(failure, own)]
    imports = imports_of(repository.source, repository.recent_commits(_COMMITS)) if failures else None
    lacking = {failure.id: what for failure in failures if (what := environmental(failure, own, imports))}
    listed = ", ".join(sorted(set(lacking.values()))[:_SHOWN])
    if lacking.keys() == set(targets):
        raise Ended(
            Outcome.ENVIRONMENT,
            "dependency_missing",
            f"the environment lacks {listed}, which every failure comes from; install the project's test dependencies "
            "(setup-command in the action) and run again",
        )
    if lacking:
        progress("reproduce", f"{len(lacking)} of them fail because the environment lacks {listed}; they are set aside")
    return lacking


def own_modules(paths: Collection[str]) -> frozenset[str]:
    """Return the names that a repository's own code can be imported by: of its folders and of its modules."""
    names = set()
    for path in paths:
        if path.endswith((".py", ".pyi")):
            *folders, name = path.split("/")
            names.update(folders)
            names.add(name.split(".", 1)[0])
    return frozenset(names)
