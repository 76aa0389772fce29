"""The first half of the cycle: is the failure real on the base, is it deterministic, and is it the code's fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.evidence.identity import node_id
from healer.models.outcome import Outcome
from healer.models.proof import Baseline, SuiteRun
from healer.verification.grading import CHECK, SUITE
from healer.verification.triage import environmental, sort_out

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from healer.models.evidence import Failure
    from healer.ports import Progress, Repository, Suite

_SHOWN = 3


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

    Raises Ended when there is nothing to repair: green, flaky, not reproduced, or the environment's fault; SuiteError
    when the command cannot be started.
    """
    progress("reproduce", f"running the suite on {repository.base[:10]}")
    run = suite.run()
    progress("reproduce", _told(run))
    _refuse_unusable(run)
    targets = _targets(run, reported, repository.source.paths)
    again = [suite.run(only=targets) for _ in range(reruns)]
    sorted_out = sort_out(targets, again)
    for test, count in sorted_out.flaky.items():
        progress("reproduce", f"flaky: {test} {count}")
    if not sorted_out.deterministic:
        listed = "; ".join(f"{test} {count}" for test, count in list(sorted_out.flaky.items())[:_SHOWN])
        raise Ended(
            Outcome.FLAKY,
            "failures_did_not_repeat",
            f"the failures did not repeat, so no repair was tried: {listed}. Re-run the job, and repair the tests",
        )
    progress("reproduce", f"{len(sorted_out.deterministic)} of them failed again in {reruns} runs of their own")
    environment = _environmental(run, sorted_out.deterministic, repository.source.paths, progress)
    return Baseline(run, sorted_out.deterministic - environment.keys(), sorted_out.flaky, environment)


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
        raise Ended(
            Outcome.ENVIRONMENT,
            "suite_timeout",
            f"the suite did not end within its time limit ({run.seconds:.0f} s), so nothing could be reproduced; raise "
            "--time-limit, or narrow the test command",
        )
    if run.foreign_modules:
        raise Ended(
            Outcome.ENVIRONMENT,
            "foreign_modules",
            f"the suite imports {', '.join(run.foreign_modules[:_SHOWN])} from the checkout, not from the copy under "
            "test, so nothing could be proved; install the project so that PYTHONPATH comes first, or not at all",
        )
    if run.failing == {SUITE} and not run.passed and not run.failures[0].frames:
        last = run.failures[0].text.splitlines()[-1:] or [""]
        raise Ended(
            Outcome.ENVIRONMENT,
            "no_tests",
            f"{run.failures[0].message}, and nothing in its output points at the code (last words: {last[0][:200]!r}); "
            "check the test command and its environment",
        )


def _targets(run: SuiteRun, reported: Sequence[Failure], paths: frozenset[str]) -> frozenset[str]:
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


def _environmental(
    run: SuiteRun, targets: Collection[str], paths: Collection[str], progress: Progress
) -> dict[str, str]:
    """Return the targets that fail for what the environment lacks; end the run when that is all of them."""
    own = own_modules(paths)
    failures = [failure for failure in run.failures if failure.id in targets]
    lacking = {failure.id: what for failure in failures if (what := environmental(failure, own))}
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
