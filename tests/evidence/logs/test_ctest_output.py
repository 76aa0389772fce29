from __future__ import annotations

import textwrap

import pytest

from healer.evidence.logs import gtest_output
from healer.evidence.logs.console import printed_tally, read_output
from healer.evidence.logs.ctest_output import failures, tally
from healer.models.evidence import CaseOutcome, Tally

GTEST = """[==========] Running 1 test from 1 test suite.
[----------] Global test environment set-up.
[----------] 1 test from Calc
[ RUN      ] Calc.Bad
gt.cc:6: Failure
Value of: add(0, 0) == 1
  Actual: false
Expected: true
[  FAILED  ] Calc.Bad (0 ms)
[----------] 1 test from Calc (0 ms total)

[----------] Global test environment tear-down
[==========] 1 test from 1 test suite ran. (0 ms total)
[  PASSED  ] 0 tests.
[  FAILED  ] 1 test, listed below:
[  FAILED  ] Calc.Bad

 1 FAILED TEST
"""


def log(inner: str = "") -> str:
    head = textwrap.dedent("""\
        Test project /home/dev/build
              Start  1: gtests
         1/7 Test  #1: gtests ...........................***Failed    0.00 sec
        @INNER@
              Start  2: good
         2/7 Test  #2: good .............................   Passed    0.00 sec
              Start  3: two words
         3/7 Test  #3: two words ........................***Failed    0.00 sec
        some output
              Start  4: slow
         4/7 Test  #4: slow .............................***Timeout   1.00 sec
              Start  5: missing
        Could not find executable ./not_there
        Unable to find executable: ./not_there
         5/7 Test  #5: missing ..........................***Not Run   0.00 sec
              Start  6: crash
         6/7 Test  #6: crash ............................***Exception: SegFault  0.00 sec
              Start  7: skip
         7/7 Test  #7: skip .............................***Skipped   0.00 sec

        25% tests passed, 5 tests failed out of 7

        Total Test time (real) =   1.02 sec

        The following tests did not run:
        \t  7 - skip (Skipped)

        The following tests FAILED:
        \t  1 - gtests (Failed)
        \t  3 - two words (Failed)
        \t  4 - slow (Timeout)
        \t  5 - missing (Not Run)
        \t  6 - crash (SEGFAULT)
        Errors while running CTest
        Output from these tests are in: /home/dev/build/Testing/Temporary/LastTest.log
        """)
    return head.replace("@INNER@", inner)


def verbose(inner: str) -> str:
    lines = "".join(f"1: {line}\n" for line in inner.splitlines())
    return textwrap.dedent("""\
        test 1
            Start 1: gtests

        1: Test command: /home/dev/build/gt
        1: Working Directory: /home/dev/build
        @INNER@1/1 Test #1: gtests ...........................***Failed    0.00 sec

        0% tests passed, 1 tests failed out of 1

        Total Test time (real) =   0.00 sec

        The following tests FAILED:
        \t  1 - gtests (Failed)
        Errors while running CTest
        """).replace("@INNER@", lines)


def test_failing_tests_are_named_by_ctests_list() -> None:
    found = {failure.id: (failure.kind, failure.message) for failure in failures(log())}
    assert found == {
        "gtests": (CaseOutcome.FAILED, "Failed"),
        "two words": (CaseOutcome.FAILED, "Failed: some output"),
        "slow": (CaseOutcome.FAILED, "Timeout"),
        "missing": (CaseOutcome.ERROR, "Not Run: Unable to find executable: ./not_there"),
        "crash": (CaseOutcome.FAILED, "SEGFAULT"),
    }


def test_the_count_is_ctests_own() -> None:
    told = tally(log())
    assert told is not None
    assert told[1] == Tally(passed=1, failed=4, errors=1, skipped=1)


def test_a_framework_inside_a_test_is_heard_instead_of_ctest() -> None:
    assert "gtests" not in [failure.id for failure in failures(log(GTEST))]
    assert [failure.id for failure in gtest_output.failures(log(GTEST))] == ["Calc::Bad"]


def test_verbose_output_is_read_through_the_numbers_before_its_lines() -> None:
    assert [failure.id for failure in failures(verbose(GTEST))] == ["Calc::Bad"]
    assert gtest_output.failures(verbose(GTEST)) == ()


@pytest.mark.parametrize("text", [log(GTEST), verbose(GTEST)], ids=["on failure", "verbose"])
def test_nothing_is_counted_twice(text: str) -> None:
    assert gtest_output.tally(text) is None
    ids = [failure.id for failure in read_output(text)]
    assert len(ids) == len(set(ids))
    told = printed_tally(text)
    assert told is not None
    assert told.failing == len(ids)


def test_a_log_that_ends_early_names_what_had_failed() -> None:
    assert [failure.id for failure in failures(log().partition("Start  4")[0])] == ["gtests", "two words"]


def test_a_retry_that_passes_is_no_failure() -> None:
    text = (
        "1/1 Test #1: flaky ............***Failed    0.00 sec\n    Start 1: flaky\n"
        "    Test #1: flaky ............   Passed    0.00 sec\n1/1 Test #1: flaky ............   Passed    0.00 sec\n\n"
        "100% tests passed, 0 tests failed out of 1\n"
    )
    assert failures(text) == ()


def test_no_test_is_no_pass() -> None:
    assert tally("Test project /home/dev/build\nNo tests were found!!!\n") == (29, Tally())
