from __future__ import annotations

import textwrap

import pytest

from healer.evidence.logs.gtest_output import failures, tally
from healer.models.evidence import CaseOutcome, Tally


def log(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


DEFAULT = log("""
    Running main() from ./googletest/src/gtest_main.cc
    [==========] Running 8 tests from 4 test suites.
    [----------] Global test environment set-up.
    [----------] 4 tests from Calc
    [ RUN      ] Calc.Good
    [       OK ] Calc.Good (0 ms)
    [ RUN      ] Calc.Bad
    user output
    [  FAILED  ] Calc.Fake (0 ms)
    [  PASSED  ] 7 tests.
    gt.cc:6: Failure
    Expected equality of these values:
      add(1, 1)
        Which is: 2
      3
    custom message
    gt.cc:7: Failure
    Value of: add(0, 0) == 1
      Actual: false
    Expected: true
    glued[  FAILED  ] Calc.Bad (0 ms)
    [ RUN      ] Calc.Throws
    unknown file: Failure
    C++ exception with description "boom" thrown in the test body.
    [  FAILED  ] Calc.Throws (0 ms)
    [ DISABLED ] Calc.DISABLED_Later
    [ RUN      ] Calc.Skips
    gt.cc:9: Skipped
    not here
    [  SKIPPED ] Calc.Skips (0 ms)
    [----------] 4 tests from Calc (0 ms total)

    [----------] 1 test from Ty/1, where TypeParam = char
    [ RUN      ] Ty/1.Size
    C:\\src\\gt.cc(16): error: Expected equality of these values:
      sizeof(TypeParam)
        Which is: 1
      4u
    [  FAILED  ] Ty/1.Size, where TypeParam = char (0 ms)
    [----------] 1 test from Ty/1 (0 ms total)

    [----------] 2 tests from Bad
    gt.cc:17: Failure
    Failed
    suite setup
    [ RUN      ] Bad.A
    gt.cc:18: Skipped

    [  SKIPPED ] Bad.A (0 ms)
    [ RUN      ] Bad.B
    gt.cc:19: Skipped

    [  SKIPPED ] Bad.B (0 ms)
    [----------] 2 tests from Bad (0 ms total)

    [----------] 1 test from Inst/P
    [ RUN      ] Inst/P.Less/1
    gt.cc:11: Failure
    Expected: (GetParam()) < (2), actual: 2 vs 2
    [  FAILED  ] Inst/P.Less/1, where GetParam() = 2 (0 ms)
    [----------] 1 test from Inst/P (0 ms total)

    [----------] Global test environment tear-down
    [==========] 8 tests from 4 test suites ran. (0 ms total)
    [  PASSED  ] 1 test.
    [  SKIPPED ] 3 tests, listed below:
    [  SKIPPED ] Calc.Skips
    [  SKIPPED ] Bad.A
    [  SKIPPED ] Bad.B
    [  FAILED  ] 4 tests, listed below:
    [  FAILED  ] Calc.Bad
    [  FAILED  ] Calc.Throws
    [  FAILED  ] Ty/1.Size, where TypeParam = char
    [  FAILED  ] Inst/P.Less/1, where GetParam() = 2

     4 FAILED TESTS
    [  FAILED  ] Bad: SetUpTestSuite or TearDownTestSuite

     1 FAILED TEST SUITE
      YOU HAVE 1 DISABLED TEST

""")

CRASH = log("""
    [==========] Running 3 tests from 1 test suite.
    [----------] Global test environment set-up.
    [----------] 3 tests from A
    [ RUN      ] A.Ok
    [       OK ] A.Ok (0 ms)
    [ RUN      ] A.Crash
    gcrash.cc:3: Failure
    Expected equality of these values:
      1
      2
    Segmentation fault (core dumped)
""")

BRIEF = log("""
    gt.cc:6: Failure
    Value of: add(0, 0) == 1
      Actual: false
    Expected: true
    [  FAILED  ] Calc.Bad (0 ms)
    [  FAILED  ] Calc.Fake (0 ms)
    [==========] 3 tests from 1 test suites ran. (0 ms total)
    [  PASSED  ] 2 tests.
""")

GREEN = log("""
    [==========] Running 1 test from 1 test suite.
    [----------] Global test environment set-up.
    [----------] 1 test from A
    [ RUN      ] A.Ok
    [       OK ] A.Ok (0 ms)
    [----------] 1 test from A (0 ms total)

    [----------] Global test environment tear-down
    [==========] 1 test from 1 test suite ran. (0 ms total)
    [  PASSED  ] 1 test.
""")

NONE = log("""
    Note: Google Test filter = None*
    [==========] Running 0 tests from 0 test suites.
    [==========] 0 tests from 0 test suites ran. (0 ms total)
    [  PASSED  ] 0 tests.
""")


@pytest.mark.parametrize(
    ("text", "expected", "counted"),
    [
        pytest.param(
            DEFAULT,
            ["Calc::Bad", "Calc::Throws", "Ty/1::Size", "Inst/P::Less/1", "Bad"],
            Tally(passed=1, failed=4, errors=1, skipped=4),
            id="the closing list is not counted again, and a suite that breaks is an error",
        ),
        pytest.param(CRASH, ["A::Crash"], Tally(errors=1), id="a test without an end"),
        pytest.param(BRIEF, ["Calc::Bad"], Tally(passed=2, failed=1), id="the brief form"),
        pytest.param(GREEN, [], Tally(passed=1), id="green"),
        pytest.param(NONE, [], Tally(), id="no test ran"),
        pytest.param(GREEN + CRASH, ["A::Crash"], Tally(passed=1, errors=1), id="several programs"),
    ],
)
def test_failing_tests_are_named_and_counted(text: str, expected: list[str], counted: Tally) -> None:
    assert [failure.id for failure in failures(text)] == expected
    told = tally(text)
    assert told is not None
    assert told[1] == counted


@pytest.mark.parametrize(
    ("text", "identity", "kind", "place", "message"),
    [
        (
            DEFAULT,
            "Calc::Bad",
            CaseOutcome.FAILED,
            ("gt.cc", 6),
            "Expected equality of these values:\nadd(1, 1)\nWhich is: 2\n3\ncustom message",
        ),
        (
            DEFAULT,
            "Calc::Throws",
            CaseOutcome.FAILED,
            (None, None),
            'C++ exception with description "boom" thrown in the test body.',
        ),
        (
            DEFAULT,
            "Inst/P::Less/1",
            CaseOutcome.FAILED,
            ("gt.cc", 11),
            "Expected: (GetParam()) < (2), actual: 2 vs 2",
        ),
        (DEFAULT, "Bad", CaseOutcome.ERROR, ("gt.cc", 17), "Failed\nsuite setup"),
        (
            CRASH,
            "A::Crash",
            CaseOutcome.ERROR,
            ("gcrash.cc", 3),
            "the test began and never ended: Segmentation fault (core dumped)",
        ),
    ],
)
def test_a_failure_tells_where_and_why(
    text: str, identity: str, kind: CaseOutcome, place: tuple[str | None, int | None], message: str
) -> None:
    failure = next(failure for failure in failures(text) if failure.id == identity)
    assert (failure.kind, (failure.file, failure.line), failure.message) == (kind, place, message)


def test_the_form_of_other_compilers_tells_file_and_line() -> None:
    failure = next(failure for failure in failures(DEFAULT) if failure.id == "Ty/1::Size")
    assert (failure.file, failure.line) == ("C:\\src\\gt.cc", 16)


def test_a_list_without_its_tests_still_names_them() -> None:
    assert [failure.id for failure in failures(DEFAULT[DEFAULT.index("[==========] 8 tests") :])][:4] == [
        "Calc::Bad",
        "Calc::Throws",
        "Ty/1::Size",
        "Inst/P::Less/1",
    ]
