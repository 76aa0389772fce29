from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from healer.models.evidence import CaseOutcome, Failure, Rule
from healer.models.outcome import Outcome
from healer.models.proof import GradedBy
from healer.models.spectra import Hits, Spectra, Watch
from healer.reproduction import Ended, own_modules, reproduce
from healer.verification.grading import SUITE
from tests.fakes import FakeRepository, FakeSource, run_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from healer.models.proof import SuiteRun

A, B = "tests/test_a.py::a", "tests/test_a.py::b"
REPOSITORY = FakeRepository(FakeSource({"calc.py": b"", "tests/test_a.py": b""}))


@dataclass
class Scripted:
    """A suite that gives prepared runs in order, and fails when it is run more often."""

    runs: list[SuiteRun]
    asked: list[frozenset[str] | None] = field(default_factory=list)
    ordered: list[list[str]] = field(default_factory=list)
    watched: list[Watch] = field(default_factory=list)

    def run(
        self, tree: str | None = None, *, only: Collection[str] | None = None, in_order: bool = False,
        time_limit: float | None = None, watch: Watch = Watch.NO,
    ) -> SuiteRun:  # fmt: skip
        assert tree is None
        assert time_limit is None
        self.watched.append(watch)
        if in_order:
            self.ordered.append(list(only or ()))
        self.asked.append(None if only is None else frozenset(only))
        return self.runs.pop(0)


def ignore(_stage: str, _message: str) -> None:
    """Progress is for people."""


def end_of(runs: Sequence[SuiteRun], reported: Sequence[Failure] = ()) -> Ended:
    with pytest.raises(Ended) as ended:
        reproduce(reported, REPOSITORY, Scripted(list(runs)), reruns=2, progress=ignore)
    return ended.value


def reported(test: str) -> Failure:
    return Failure(test, test.rsplit("::", maxsplit=1)[-1], CaseOutcome.FAILED)


def test_failures_that_repeat_become_targets_and_are_run_again_alone() -> None:
    suite = Scripted([run_of({A: "failed", B: "passed"}), run_of({A: "failed"}), run_of({A: "error"})])

    baseline = reproduce((), REPOSITORY, suite, reruns=2, progress=ignore)

    assert baseline.targets == {A}
    assert suite.asked == [None, {A, B}, {A}]
    assert suite.watched == [Watch.IF_CHEAP, Watch.YES, Watch.NO]


def test_flaky_failures_are_set_aside_and_named() -> None:
    red = run_of({A: "failed", B: "failed"})

    baseline = reproduce(
        (), REPOSITORY, Scripted([red, red, run_of({A: "failed", B: "passed"}), run_of({})]), reruns=2, progress=ignore
    )

    assert baseline.targets == {A}
    assert baseline.flaky == {B: "failed 2 of 3 runs on the same commit"}


def test_only_reported_failures_become_targets() -> None:
    red = run_of({A: "failed", B: "failed"})

    baseline = reproduce([reported(B)], REPOSITORY, Scripted([red, red, red]), reruns=2, progress=ignore)

    assert baseline.targets == {B}


def test_a_failing_validator_is_a_target_beside_the_reported_failures() -> None:
    red = run_of({A: "failed", "check: lint": "error", B: "failed"})

    baseline = reproduce([reported(A)], REPOSITORY, Scripted([red, red, red]), reruns=2, progress=ignore)

    assert baseline.targets == {A, "check: lint"}


def test_a_report_that_spells_its_tests_otherwise_is_matched_by_name() -> None:
    red = run_of({A: "failed"})

    baseline = reproduce([reported("Suite::a")], REPOSITORY, Scripted([red, red, red]), reruns=2, progress=ignore)

    assert baseline.targets == {A}


NOTHING_RAN = Failure(SUITE, SUITE, CaseOutcome.ERROR, message="no test case ran")
MISSING = Failure("t.py", "t.py", CaseOutcome.ERROR, type="ModuleNotFoundError", message="No module named 'yaml'")


@pytest.mark.parametrize(
    ("runs", "outcome", "reason"),
    [
        pytest.param([run_of({A: "passed"})], Outcome.NOTHING_TO_DO, "suite_green", id="green"),
        pytest.param(
            [run_of({A: "failed"}), run_of({A: "passed"}), run_of({A: "passed"}), run_of({A: "passed"})],
            Outcome.FLAKY, "failures_did_not_repeat", id="flaky",
        ),
        pytest.param([run_of({}, exit_code=None)], Outcome.ENVIRONMENT, "suite_timeout", id="no end in time"),
        pytest.param(
            [run_of({"make test": "failed"}, exit_code=127, graded_by=GradedBy.EXIT_STATUS, output="sh: no gcc\n")],
            Outcome.ENVIRONMENT, "command_not_run", id="a program that cannot be started",
        ),
        pytest.param(
            [run_of({A: "failed"}, foreign_modules=("calc",))], Outcome.ENVIRONMENT, "foreign_modules", id="other code"
        ),
        pytest.param(
            [run_of({SUITE: "error"}, failures=(NOTHING_RAN,))],
            Outcome.ENVIRONMENT, "no_tests", id="no tests",
        ),
        pytest.param(
            [run_of({"t.py": "error"}, failures=(MISSING,))] * 3,
            Outcome.ENVIRONMENT, "dependency_missing", id="dependency",
        ),
    ],
)  # fmt: skip
def test_what_is_not_the_codes_fault_ends_the_run(runs: Sequence[SuiteRun], outcome: Outcome, reason: str) -> None:
    ended = end_of(runs)

    assert (ended.outcome, ended.reason) == (outcome, reason)
    assert len(ended.sentence) > 20


def test_what_the_environment_lacks_is_set_aside_when_other_failures_remain() -> None:
    red = run_of({A: "failed", "t.py": "error"})
    red = replace(red, failures=(red.failures[0], MISSING))

    baseline = reproduce((), REPOSITORY, Scripted([red, red, red]), reruns=2, progress=ignore)

    assert baseline.targets == {A}
    assert baseline.environment == {"t.py": "the module yaml"}


def test_findings_alone_are_nothing_that_tests_could_prove_repaired() -> None:
    finding = replace(reported("pkg/a.py:3:1: F821"), rule=Rule("F821"))

    ended = end_of([run_of({A: "passed"})], [finding])

    assert (ended.outcome, ended.reason) == (Outcome.NOT_REPRODUCED, "findings_only")
    assert "--check" in ended.sentence


def test_a_finding_beside_a_failing_test_does_not_hide_it() -> None:
    red = run_of({A: "failed"})
    finding = replace(reported("pkg/a.py:3:1: F821"), rule=Rule("F821"))

    baseline = reproduce([finding, reported(A)], REPOSITORY, Scripted([red, red, red]), reruns=2, progress=ignore)

    assert baseline.targets == {A}


def test_reported_failures_in_a_green_suite_are_not_reproduced() -> None:
    ended = end_of([run_of({A: "passed"})], [reported(A)])

    assert (ended.outcome, ended.reason) == (Outcome.NOT_REPRODUCED, "suite_green_here")


def test_reported_failures_that_are_not_the_ones_here_are_not_reproduced() -> None:
    ended = end_of([run_of({A: "passed", B: "failed"})], [reported(A)])

    assert (ended.outcome, ended.reason) == (Outcome.NOT_REPRODUCED, "other_failures_here")
    assert A in ended.sentence
    assert B in ended.sentence


def test_a_repositorys_own_modules_are_its_folders_and_files() -> None:
    assert own_modules({"src/calc/core.py", "setup.py", "data/x.txt"}) == {"src", "calc", "core", "setup"}


C, D, E = (f"tests/test_a.py::{name}" for name in "cde")


@dataclass
class Shared:
    """A suite whose test cases share state: `polluted` fail after `polluters`, `brittle` without `setters`."""

    order: tuple[str, ...]
    polluters: frozenset[str] = frozenset()
    polluted: frozenset[str] = frozenset()
    setters: frozenset[str] = frozenset()
    brittle: frozenset[str] = frozenset()
    wrong: frozenset[str] = frozenset()
    calls: int = 0

    def run(
        self, tree: str | None = None, *, only: Collection[str] | None = None, in_order: bool = False,
        time_limit: float | None = None, watch: Watch = Watch.NO,
    ) -> SuiteRun:  # fmt: skip
        assert (tree, time_limit) == (None, None)
        assert watch is not Watch.YES or only is not None
        self.calls += 1
        chosen = [test for test in self.order if only is None or test in only]
        done: set[str] = set()
        outcomes = {}
        for test in only if in_order and only is not None else chosen:
            fails = (
                test in self.wrong
                or (test in self.polluted and self.polluters & done)
                or (test in self.brittle and not self.setters & done)
            )
            outcomes[test] = "failed" if fails else "passed"
            done.add(test)
        return run_of(outcomes)


def test_a_test_case_that_fails_only_after_another_names_it() -> None:
    order = (*(f"tests/test_b.py::t{number}" for number in range(100)), A)
    suite = Shared(order, frozenset({"tests/test_b.py::t42"}), frozenset({A}))

    with pytest.raises(Ended) as ended:
        reproduce((), REPOSITORY, suite, reruns=2, progress=ignore)

    assert (ended.value.outcome, ended.value.reason) == (Outcome.FLAKY, "order_dependent")
    assert f"{A} fails only after tests/test_b.py::t42. " in ended.value.sentence
    assert suite.calls < 22


def test_victims_are_set_aside_and_what_fails_for_certain_is_repaired() -> None:
    suite = Shared((A, B, C, D, E), frozenset({B}), frozenset({C, D}), wrong=frozenset({E}))

    baseline = reproduce((), REPOSITORY, suite, reruns=2, progress=ignore)

    assert baseline.targets == {E}
    assert baseline.flaky == {C: f"fails only after {B}", D: f"fails only after {B}"}


def test_a_target_that_another_target_makes_fail_is_found_by_running_them_the_other_way_round() -> None:
    suite = Shared((A, B, C), frozenset({A}), frozenset({C}), wrong=frozenset({A}))

    baseline = reproduce((), REPOSITORY, suite, reruns=2, progress=ignore)

    assert baseline.targets == {A}
    assert baseline.flaky == {C: f"fails only after {A}"}


def test_a_reported_failure_that_passes_after_another_names_it() -> None:
    suite = Shared((A, B, C, D), setters=frozenset({B}), brittle=frozenset({D}))

    with pytest.raises(Ended) as ended:
        reproduce([reported(D)], REPOSITORY, suite, reruns=2, progress=ignore)

    assert (ended.value.outcome, ended.value.reason) == (Outcome.FLAKY, "order_dependent")
    assert f"{D} fails unless it runs after {B}. " in ended.value.sentence


def test_a_module_whose_name_the_code_misspelt_is_the_codes_fault() -> None:
    misspelt = replace(MISSING, message="No module named 'jsn'")
    red = run_of({"t.py": "error"}, failures=(misspelt,))
    repository = FakeRepository(FakeSource({"calc.py": b"import jsn\n", "t.py": b"import calc\n"}))

    baseline = reproduce((), repository, Scripted([red, red, red]), reruns=2, progress=ignore)

    assert baseline.targets == {"t.py"}
    assert not baseline.environment


def test_a_run_that_does_not_end_names_the_test_case_it_was_in() -> None:
    assert f"and was still in {A}" in end_of([run_of({}, exit_code=None, running=A)]).sentence


SPECTRA = Spectra(1, (A,), {"calc.py": {1: Hits(0, (0,))}})


def test_spectra_that_the_first_run_gives_are_not_asked_for_again() -> None:
    first = replace(run_of({A: "failed", B: "passed"}), spectra=SPECTRA)
    suite = Scripted([first, run_of({A: "failed"}), run_of({A: "failed"})])

    baseline = reproduce((), REPOSITORY, suite, reruns=2, progress=ignore)

    assert baseline.spectra is SPECTRA
    assert suite.asked == [None, {A}, {A}]
    assert suite.watched == [Watch.IF_CHEAP, Watch.NO, Watch.NO]


def test_spectra_of_a_costlier_run_are_kept() -> None:
    second = replace(run_of({A: "failed", B: "passed"}), spectra=SPECTRA)
    suite = Scripted([run_of({A: "failed", B: "passed"}), second, run_of({A: "failed"})])

    assert reproduce((), REPOSITORY, suite, reruns=2, progress=ignore).spectra is SPECTRA


def test_a_single_rerun_is_of_the_failing_test_cases_alone() -> None:
    suite = Scripted([run_of({A: "failed", B: "passed"}), run_of({A: "failed"})])

    reproduce((), REPOSITORY, suite, reruns=1, progress=ignore)

    assert suite.asked == [None, {A}]
