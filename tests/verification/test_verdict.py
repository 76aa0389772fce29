from __future__ import annotations

from dataclasses import replace

import pytest

from healer.models.evidence import Tally
from healer.models.proof import Baseline, GradedBy, SuiteRun, VerdictStatus
from healer.verification.grading import SUITE
from healer.verification.verdict import judge_suite, judge_targets
from tests.fakes import run_of

A, B, C = "tests/test_a.py::a", "tests/test_a.py::b", "tests/test_a.py::c"
BASELINE = Baseline(run_of({A: "failed", B: "passed", C: "skipped"}), frozenset({A}))


def test_red_to_green_with_nothing_lost_is_verified() -> None:
    verdict = judge_suite(run_of({A: "passed", B: "passed", C: "skipped"}), BASELINE)

    assert verdict.is_verified
    assert "1 of 1 target test cases passed" in verdict.reason


@pytest.mark.parametrize(
    ("run", "status"),
    [
        pytest.param(run_of({A: "failed", B: "passed"}), VerdictStatus.STILL_FAILING, id="a target still fails"),
        pytest.param(run_of({A: "error", B: "passed"}), VerdictStatus.STILL_FAILING, id="a target errors instead"),
        pytest.param(run_of({A: "skipped", B: "passed"}), VerdictStatus.TESTS_LOST, id="a target is skipped"),
        pytest.param(run_of({B: "passed"}), VerdictStatus.TESTS_LOST, id="a target vanished"),
        pytest.param(run_of({A: "passed", B: "failed"}), VerdictStatus.REGRESSION, id="a passing test fails"),
        pytest.param(
            run_of({A: "passed", B: "passed", "new": "failed"}), VerdictStatus.REGRESSION, id="a new one fails"
        ),
        pytest.param(run_of({A: "passed"}), VerdictStatus.TESTS_LOST, id="a passing test vanished"),
        pytest.param(run_of({A: "passed", B: "skipped"}), VerdictStatus.TESTS_LOST, id="a passing test is skipped"),
        pytest.param(run_of({}), VerdictStatus.TESTS_LOST, id="nothing ran"),
        pytest.param(run_of({A: "passed", B: "passed"}, exit_code=None), VerdictStatus.INCONCLUSIVE, id="time was up"),
        pytest.param(
            run_of({A: "passed", B: "passed"}, complete=False), VerdictStatus.INCONCLUSIVE, id="no end of session"
        ),
        pytest.param(
            run_of({A: "passed", B: "passed"}, foreign_modules=("calc",)),
            VerdictStatus.INCONCLUSIVE,
            id="other code ran",
        ),
        pytest.param(
            run_of({A: "passed", B: "passed", SUITE: "error"}), VerdictStatus.REGRESSION, id="the command ended badly"
        ),
    ],
)
def test_a_run_that_breaks_one_condition_is_not_verified(run: SuiteRun, status: VerdictStatus) -> None:
    assert judge_suite(run, BASELINE).status is status


@pytest.mark.parametrize("graded_by", [GradedBy.OUTPUT, GradedBy.REPORT, GradedBy.EXIT_STATUS])
def test_a_patch_that_silences_the_record_is_not_believed(graded_by: GradedBy) -> None:
    run = run_of({A: "passed", B: "passed", C: "skipped"}, graded_by=graded_by)

    assert judge_suite(run, BASELINE).status is VerdictStatus.INCONCLUSIVE
    assert judge_targets(run, {A}, GradedBy.RECORD).status is VerdictStatus.INCONCLUSIVE


def test_a_known_other_failure_and_a_flaky_one_do_not_count_against_the_patch() -> None:
    base = run_of({A: "failed", B: "passed", "old": "failed", "flaky": "passed"})
    baseline = Baseline(base, frozenset({A}), {"flaky": "failed 1 of 3"})

    verdict = judge_suite(run_of({A: "passed", B: "passed", "old": "failed", "flaky": "passed"}), baseline)

    assert verdict.is_verified


def test_what_still_fails_is_told_with_its_message_for_the_next_round() -> None:
    verdict = judge_targets(run_of({A: "failed"}, messages={A: "assert 3 ==\n  4"}), {A})

    assert verdict.reason == f"still fails: {A}: AssertionError: assert 3 == 4"


@pytest.mark.parametrize(
    ("target", "passing", "verified"),
    [
        pytest.param("tests/test_a.py", {"tests/test_a.py::x": "passed"}, True, id="a module collects again"),
        pytest.param("tests/test_a.py::T", {"tests/test_a.py::T::x": "passed"}, True, id="a class collects again"),
        pytest.param("tests", {"tests/test_a.py::x": "passed"}, True, id="a folder collects again"),
        pytest.param("tests/test_a.py", {"tests/test_ab.py::x": "passed"}, False, id="another module is no proof"),
        pytest.param("tests/test_a.py", {"tests/test_a.py::x": "skipped"}, False, id="only skipped cases are no proof"),
        pytest.param(SUITE, {"tests/test_a.py::x": "passed"}, True, id="the session ends well again"),
        pytest.param(SUITE, {"tests/test_a.py::x": "skipped"}, False, id="a session without a pass is no proof"),
    ],
)
def test_what_could_not_be_collected_is_repaired_when_test_cases_below_it_pass(
    target: str, passing: dict[str, str], *, verified: bool
) -> None:
    assert judge_targets(run_of(passing), {target}).is_verified is verified


def test_a_runner_known_by_its_report_only_is_compared_by_counts() -> None:
    base = run_of({A: "failed"}, graded_by=GradedBy.REPORT, tally=Tally(passed=9, failed=1))
    baseline = Baseline(base, frozenset({A}))
    green = run_of({}, graded_by=GradedBy.REPORT, tally=Tally(passed=10))

    assert judge_suite(green, baseline).is_verified
    for lost in (Tally(passed=8), Tally(passed=9, skipped=1)):
        assert judge_suite(replace(green, tally=lost), baseline).status is VerdictStatus.TESTS_LOST
