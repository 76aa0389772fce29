from __future__ import annotations

import pytest

from healer.evidence.record import Record
from healer.models.evidence import CaseOutcome, Failure, Tally
from healer.models.proof import GradedBy
from healer.verification.grading import SUITE, CommandEnd, Printed, grade, with_check

A = "tests/test_a.py::a"
FAILED = Failure(A, "a", CaseOutcome.FAILED, message="assert 1 == 2")
DIED = Failure("script", "script", CaseOutcome.ERROR, type="KeyError", message="'x'", file="job.py", line=3)


def ended(code: int | None, *, output: str = "", died: Failure | None = None) -> CommandEnd:
    return CommandEnd("python job.py", code, 0.1, output, died)


def record(outcomes: dict[str, CaseOutcome], *, complete: bool = True, failures: tuple[Failure, ...] = ()) -> Record:
    return Record(outcomes, failures, sessions=1, complete=complete, running=None if complete else A)


def test_the_record_outranks_what_was_printed() -> None:
    printed = Printed(GradedBy.OUTPUT, (), Tally(passed=5), {})

    run = grade(ended(0), record({A: CaseOutcome.PASSED}), printed, narrowed=False)

    assert (run.graded_by, run.outcomes, run.tally) == (GradedBy.RECORD, {A: CaseOutcome.PASSED}, Tally(passed=1))


@pytest.mark.parametrize("code", [0, -11, 3])
def test_a_session_that_never_ended_fails_as_a_whole_whatever_the_exit_code(code: int) -> None:
    run = grade(ended(code), record({}, complete=False), None, narrowed=False)

    assert run.failing == {SUITE}
    assert A in run.failures[0].message
    assert not run.complete


def test_a_session_without_test_cases_fails_although_it_ended_with_zero() -> None:
    assert grade(ended(0), record({}), None, narrowed=False).failing == {SUITE}


@pytest.mark.parametrize(
    ("code", "printed", "expected"),
    [
        pytest.param(127, None, True, id="no such program"),
        pytest.param(126, None, True, id="a program that may not be run"),
        pytest.param(1, None, False, id="it ran and failed"),
        pytest.param(None, None, False, id="it was stopped"),
        pytest.param(
            127,
            Printed(GradedBy.OUTPUT, (FAILED,), Tally(failed=1), {A: CaseOutcome.FAILED}),
            False,
            id="tests ran first",
        ),
    ],
)
def test_a_command_could_not_start_where_only_its_exit_code_tells_anything(
    code: int | None, printed: Printed | None, *, expected: bool
) -> None:
    assert grade(ended(code), Record({}, ()), printed, narrowed=False).could_not_start is expected


def test_a_bad_exit_code_that_no_test_case_explains_fails_the_suite() -> None:
    run = grade(ended(1), record({A: CaseOutcome.PASSED}), None, narrowed=False)

    assert run.failing == {SUITE}
    assert "although no test case failed" in run.failures[0].message


@pytest.mark.parametrize(("code", "narrowed"), [(1, False), (2, False), (1, True), (5, True)])
def test_a_bad_exit_code_is_explained_by_failures_or_by_narrowing(code: int, *, narrowed: bool) -> None:
    outcomes = {A: CaseOutcome.PASSED} if narrowed else {A: CaseOutcome.FAILED}
    failures = () if narrowed else (FAILED,)

    run = grade(ended(code), record(outcomes, failures=failures), None, narrowed=narrowed)

    assert SUITE not in run.outcomes


def test_a_command_that_no_runner_speaks_for_is_its_own_test_case() -> None:
    green = grade(ended(0), Record(), None, narrowed=False)
    red = grade(ended(1, output="boom\n", died=DIED), Record(), None, narrowed=False)

    assert green.passed == {"python job.py"}
    assert red.failing == {"python job.py"}
    assert (red.failures[0].type, red.failures[0].line) == ("KeyError", 3)
    assert red.graded_by is GradedBy.EXIT_STATUS


@pytest.mark.parametrize("code", [None, 2])
def test_a_script_that_hangs_or_dies_without_a_traceback_says_so(code: int | None) -> None:
    failure = grade(ended(code, output="a\nb\n"), Record(), None, narrowed=False).failures[0]

    assert ("in time" if code is None else "exit code 2") in failure.message
    assert failure.text == "a\nb"


def test_a_printed_pass_does_not_hide_a_bad_exit_code() -> None:
    printed = Printed(GradedBy.OUTPUT, (), Tally(passed=3), {})

    assert grade(ended(1), Record(), printed, narrowed=False).failing == {SUITE}
    assert not grade(ended(0), Record(), printed, narrowed=False).failing


def test_failures_that_are_counted_but_not_named_are_not_lost() -> None:
    printed = Printed(GradedBy.OUTPUT, (), Tally(passed=3, failed=2), {})

    run = grade(ended(1), Record(), printed, narrowed=False)

    assert run.failing == {SUITE}
    assert "2 test cases failed" in run.failures[0].message


def test_a_printed_end_without_a_test_case_is_no_pass() -> None:
    printed = Printed(GradedBy.OUTPUT, (), Tally(), {})

    assert grade(ended(0), Record(), printed, narrowed=False).failing == {SUITE}


def test_a_validator_counts_as_one_more_test_case() -> None:
    run = grade(ended(0), record({A: CaseOutcome.PASSED}), None, narrowed=False)

    passed = with_check(run, CommandEnd("check: lint", 0, 0.1, ""))
    failed = with_check(run, CommandEnd("check: lint", 1, 0.1, "E1 bad"))

    assert passed.passed == {A, "check: lint"}
    assert failed.failing == {"check: lint"}
    assert failed.tally == Tally(passed=1, errors=1)


def test_a_runner_that_was_entered_and_never_came_to_a_session_does_not_pass_by_its_exit_code() -> None:
    entered = Record(entered=True)

    run = grade(ended(0), entered, None, narrowed=False)

    assert (set(run.failing), run.complete, run.graded_by) == ({SUITE}, False, GradedBy.RECORD)
    printed = Printed(GradedBy.OUTPUT, (), Tally(passed=5), {})
    assert grade(ended(0), entered, printed, narrowed=False).tally == Tally(passed=5)


def test_a_session_that_was_stopped_fails_as_a_whole_and_says_why() -> None:
    stopped = Record({A: CaseOutcome.PASSED}, sessions=1, stopped="Exit: enough")

    run = grade(ended(0), stopped, None, narrowed=True)

    assert (set(run.failing), run.complete) == ({SUITE}, False)
    assert run.failures[0].message == "the session was stopped before its end (Exit: enough), with exit code 0"


def test_a_run_that_was_cut_off_names_the_test_case_that_it_was_in() -> None:
    assert grade(ended(None), record({}, complete=False), None, narrowed=False).running == A
    assert grade(ended(0), record({A: CaseOutcome.PASSED}), None, narrowed=False).running is None
