"""Maven's older forms, Gradle, sbt and JUnit 4: what their golden files do not show."""

from __future__ import annotations

from healer.evidence.logs import gradle_output, junit_console_output, sbt_output, surefire_output
from healer.models.evidence import CaseOutcome, Tally

SUREFIRE_2 = """\
-------------------------------------------------------
 T E S T S
-------------------------------------------------------
Running com.acme.CalcTest
Tests run: 3, Failures: 1, Errors: 1, Skipped: 0, Time elapsed: 0.05 sec <<< FAILURE!
adds(com.acme.CalcTest)  Time elapsed: 0.01 sec  <<< FAILURE!
java.lang.AssertionError: expected:<3> but was:<4>
\tat org.junit.Assert.fail(Assert.java:88)
\tat com.acme.CalcTest.adds(CalcTest.java:12)

divides(com.acme.CalcTest)  Time elapsed: 0 sec  <<< ERROR!
java.lang.IllegalStateException: cannot
\tat com.acme.Calc.div(Calc.java:7)
\tat com.acme.CalcTest.divides(CalcTest.java:15)
Caused by: java.lang.ArithmeticException: / by zero
\tat com.acme.Calc.inner(Calc.java:3)

Results :

Failed tests:\x20
  CalcTest.adds:12 expected:<3> but was:<4>

Tests run: 3, Failures: 1, Errors: 1, Skipped: 0

"""


def test_surefire_2_names_the_method_before_its_class() -> None:
    adds, divides = surefire_output.failures(SUREFIRE_2)
    assert (adds.id, adds.kind, adds.line) == ("com.acme.CalcTest::adds", CaseOutcome.FAILED, 12)
    assert (adds.type, adds.message) == ("java.lang.AssertionError", "expected:<3> but was:<4>")
    assert (divides.kind, divides.file, divides.line) == (CaseOutcome.ERROR, "com/acme/Calc.java", 7)


def test_the_modules_of_a_reactor_are_summed() -> None:
    green = "[INFO] Results:\n[INFO] \n[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 1\n"
    counted = surefire_output.tally(green + SUREFIRE_2)
    assert counted is not None
    assert counted[1] == Tally(passed=2, failed=1, errors=1, skipped=1)


RERUN = """\
[ERROR] com.acme.CalcTest.adds -- Time elapsed: 0.01 s <<< FAILURE!
org.opentest4j.AssertionFailedError: first

[ERROR] com.acme.CalcTest.flaky -- Time elapsed: 0.01 s <<< FAILURE!
org.opentest4j.AssertionFailedError: once

[ERROR] com.acme.CalcTest.adds -- Time elapsed: 0.01 s <<< FAILURE!
org.opentest4j.AssertionFailedError: last

[INFO] Results:
[INFO]\x20
[ERROR] Failures:\x20
[ERROR] com.acme.CalcTest.adds
[ERROR]   Run 1: CalcTest.adds:9 first
[ERROR]   Run 2: CalcTest.adds:9 last
[INFO]\x20
[WARNING] Flakes:\x20
[WARNING] com.acme.CalcTest.flaky
[ERROR]   Run 1: CalcTest.flaky:15 once
[INFO]   Run 2: PASS
[INFO]\x20
[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Flakes: 1
"""


def test_a_rerun_has_its_last_word_and_a_flake_passed() -> None:
    (failure,) = surefire_output.failures(RERUN)
    assert (failure.id, failure.message) == ("com.acme.CalcTest::adds", "last")


def test_where_the_blocks_are_missing_the_list_of_results_tells() -> None:
    text = """\
[INFO] Results:
[INFO]\x20
[ERROR] Failures:\x20
[ERROR]   CalcTest.adds:12 expected: <3> but was: <2>
[ERROR] Errors:\x20
[ERROR]   CalcTest>BaseTest.divides:40->inner:7 \u00bb IllegalState cannot divide 1
[INFO]\x20
[ERROR] Tests run: 3, Failures: 1, Errors: 1, Skipped: 0
"""
    adds, divides = surefire_output.failures(text)
    assert (adds.id, adds.file, adds.line) == ("CalcTest::adds", "CalcTest.java", 12)
    assert adds.message == "expected: <3> but was: <2>"
    assert (divides.id, divides.kind) == ("CalcTest::divides", CaseOutcome.ERROR)
    assert divides.message == "IllegalState cannot divide 1"


def test_a_line_that_a_test_prints_like_a_result_is_none() -> None:
    fake = "Tests run: 7, Failures: 0, Errors: 0, Skipped: 0\n"
    assert surefire_output.tally(fake) is None
    assert surefire_output.failures(fake) == ()


GRADLE = """\
> Task :test

com.acme.CalcTest > adds FAILED
    java.lang.AssertionError at CalcTest.java:6

CalcTest > Inner > inner() FAILED
    org.opentest4j.AssertionFailedError: expected: <x> but was: <y>
        at app//com.acme.CalcTest$Inner.inner(CalcTest.java:19)

CalcTest > lengths(String, int) > [1] a b, 1 FAILED
    java.lang.IllegalStateException: cannot
        at com.acme.Calc.div(Calc.java:4)
        at com.acme.CalcTest.lengths(CalcTest.java:7)

        Caused by:
        java.lang.ArithmeticException: / by zero
            at com.acme.Deep.er(Deep.java:1)

6 tests completed, 3 failed, 1 skipped

> Task :test FAILED

FAILURE: Build failed with an exception.
"""


def test_gradle_names_the_class_in_full_where_a_stack_tells_it() -> None:
    adds, inner, lengths = gradle_output.failures(GRADLE)
    assert (adds.id, adds.file, adds.line) == ("com.acme.CalcTest::adds", "CalcTest.java", 6)
    assert (inner.id, inner.line) == ("com.acme.CalcTest$Inner::inner()", 19)
    assert inner.message == "expected: <x> but was: <y>"
    assert lengths.id == "com.acme.CalcTest::lengths(String, int) > [1] a b, 1"
    assert (lengths.file, lengths.line) == ("com/acme/Calc.java", 4)
    assert (gradle_output.tally(GRADLE) or (0, None))[1] == Tally(passed=2, failed=3, skipped=1)


SBT = """\
[info] CalcSpec:
[info] Calc
[info] - should be fine
[info] - should add *** FAILED ***
[info]   3 did not equal 4 (CalcSpec.scala:8)
[info]   when empty
[info]   - should be zero *** FAILED *** (12 milliseconds)
[info]     java.lang.IllegalStateException: bad x
[info]     at com.acme.Calc.boom(Calc.scala:5)
[info] *** 2 TESTS FAILED ***
[error] ==> X com.acme.OtherSuite.adds  0.05s munit.ComparisonFailException: /w/OtherSuite.scala:9
[error] Failed: Total 4, Failed 3, Errors 0, Passed 1, Ignored 1
[error] Failed tests:
[error] \tcom.acme.CalcSpec
[error] \tcom.acme.OtherSuite
[error] (Test / test) sbt.TestsFailedException: Tests unsuccessful
"""


def test_sbt_joins_scopes_and_titles_below_the_full_name_of_the_suite() -> None:
    assert [failure.id for failure in sbt_output.failures(SBT)] == [
        "com.acme.CalcSpec::Calc should add",
        "com.acme.CalcSpec::Calc when empty should be zero",
        "com.acme.OtherSuite::adds",
    ]
    assert (sbt_output.failures(SBT)[0].file, sbt_output.failures(SBT)[0].line) == ("CalcSpec.scala", 8)
    assert (sbt_output.tally(SBT) or (0, None))[1] == Tally(passed=1, failed=3, skipped=1)


JUNIT_4 = """\
JUnit version 4.13.2
.E.
Time: 0.01
There was 1 failure:
1) adds(com.acme.CalcTest)
java.lang.AssertionError: expected:<3> but was:<4>
\tat com.acme.CalcTest.adds(CalcTest.java:6)

FAILURES!!!
Tests run: 2,  Failures: 1

"""


def test_junit_4_run_by_itself_is_read_too() -> None:
    (failure,) = junit_console_output.failures(JUNIT_4)
    assert (failure.id, failure.kind, failure.line) == ("com.acme.CalcTest::adds", CaseOutcome.FAILED, 6)
    assert (junit_console_output.tally(JUNIT_4) or (0, None))[1] == Tally(passed=1, failed=1)
