"""Catch2, doctest and Boost.Test, by what real programs print."""

from __future__ import annotations

import textwrap

import pytest

from healer.evidence.logs import boost_output, catch2_output, doctest_cpp_output
from healer.models.evidence import CaseOutcome, Tally


def log(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


THIN, DOTS, THICK = "-" * 79, "." * 79, "=" * 79

LONG_NAME = (
    "a very long test case name that wraps over the width of the console because it is more than eighty characters long"
)
CRASHED = """{Unknown expression after the reported line}
due to a fatal error condition:
SIGSEGV - Segmentation violation signal"""

CATCH2 = f"""
~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
c2 is a Catch2 v3.5.0 host application.
Run with -? for options

{THIN}
bad sum
{THIN}
c2.cc:6
{DOTS}

c2.cc:6: FAILED:
  CHECK( add(1, 1) == 3 )
with expansion:
  2 == 3
with message:
  note this

c2.cc:7: FAILED:
  REQUIRE( add(2, 2) == 5 )
with expansion:
  4 == 5

{THIN}
sections
  first
{THIN}
c2.cc:9
{DOTS}

c2.cc:10: FAILED:
  CHECK( false )

All tests passed (7 assertions in 7 test cases)
{THIN}
sections
  second: deep
  third
{THIN}
c2.cc:9
{DOTS}

c2.cc:11: FAILED:
  REQUIRE( std::string("a") == "b" )
with expansion:
  "a" == "b"

{THIN}
a very long test case name that wraps over the width of the console because it
is more than eighty characters long
{THIN}
c2.cc:14
{DOTS}

c2.cc:14: FAILED:
due to unexpected exception with message:
  boom

{THIN}
crash here
{THIN}
c2.cc:20
{DOTS}

c2.cc:20: FAILED:
  {{Unknown expression after the reported line}}
due to a fatal error condition:
  SIGSEGV - Segmentation violation signal

{THICK}
test cases: 9 | 3 passed | 4 failed | 1 skipped | 1 failed as expected
assertions: 16 | 5 passed | 10 failed | 1 failed as expected

"""

CATCH2_GREEN = f"""
{THIN}
may fail
{THIN}
c2.cc:6
{DOTS}

c2.cc:6: FAILED:
  CHECK( 1 == 2 )

{THICK}
test cases: 2 | 1 passed | 1 failed as expected
assertions: 2 | 1 passed | 1 failed as expected
"""

DOCTEST = f"""[doctest] doctest version is "2.4.9"
[doctest] run with "--help" for options
{THICK}
dt.cc:6:
TEST CASE:  bad sum

dt.cc:6: ERROR: CHECK( add(1, 1) == 3 ) is NOT correct!
  values: CHECK( 2 == 3 )
  logged: note 1

{THICK}
dt.cc:7:
TEST SUITE: a suite
TEST CASE:  sections
  first

dt.cc:8: ERROR: CHECK( false ) is NOT correct!
  values: CHECK( false )

{THICK}
dt.cc:7:
TEST SUITE: a suite
TEST CASE:  sections
  second
  third

dt.cc:9: FATAL ERROR: REQUIRE( std::string("a") == "b" ) is NOT correct!
  values: REQUIRE( a == b )

{THICK}
dt.cc:10:
TEST CASE:  may fail

dt.cc:10: ERROR: CHECK( 1 == 2 ) is NOT correct!
  values: CHECK( 1 == 2 )

Allowed to fail so marking it as not failed
{THICK}
dt.cc:11:
TEST CASE:  should fail

Should have failed but didn't! Marking it as failed!
{THICK}
dt.cc:12:
TEST CASE:  warns

dt.cc:12: WARNING: WARN( 1 == 2 ) is NOT correct!
  values: WARN( 1 == 2 )

{THICK}
dt.cc(13):
TEST CASE:  crashes

dt.cc(13): FATAL ERROR: test case CRASHED: SIGSEGV - Segmentation violation signal

{THICK}
[doctest] test cases: 11 | 7 passed | 4 failed | 1 skipped
[doctest] assertions: 12 | 3 passed | 9 failed |
[doctest] Status: FAILURE!
"""

BOOST = log("""
    Running 8 test cases...
    bo.cc(7): error: in "outer/bad": check add(1, 1) == 3 has failed [2 != 3]
    bo.cc(8): fatal error: in "outer/bad": custom said
    unknown location(0): fatal error: in "outer/inner/throws": std::runtime_error: boom
    bo.cc(9): last checkpoint: "throws" test entry
    bo.cc(14): error: in "table/_1": check number == 1 has failed [2 != 1]
    Failure occurred in a following context:
        number = 2; 
    printed by a test
    *** No errors detected
    C:\\src\\bo.cc(20): error: in "win": check x has failed

    *** 5 failures are detected (1 failure is expected) in the test module "demo module"
""")  # noqa: W291 - Boost leaves a blank at the end of the line

BOOST_GREEN = log("""
    Running 2 test cases...
    bo.cc(7): error: in "expected": check 1 == 2 has failed

    *** No errors detected
""")


@pytest.mark.parametrize(
    ("parser", "text", "expected", "counted"),
    [
        pytest.param(
            catch2_output,
            CATCH2,
            [
                "bad sum",
                "sections",
                LONG_NAME,
                "crash here",
            ],
            Tally(passed=3, failed=4, skipped=2),
            id="Catch2: sections are one test case, a wrapped name is one name",
        ),
        pytest.param(catch2_output, CATCH2_GREEN, [], Tally(passed=1, skipped=1), id="Catch2: expected failures"),
        pytest.param(
            catch2_output,
            f"{THICK}\nAll tests passed (1 assertion in 3 test cases)\n",
            [],
            Tally(passed=3),
            id="Catch2: green",
        ),
        pytest.param(catch2_output, f"{THICK}\nNo tests ran\n", [], Tally(), id="Catch2: no test ran"),
        pytest.param(
            catch2_output,
            "c2.cc:6: failed: add(1, 1) == 3 for: 2 == 3\nFailed 1 test case, failed 1 assertion.\n",
            ["c2.cc:6"],
            Tally(failed=1),
            id="Catch2: the compact form names no test case",
        ),
        pytest.param(
            doctest_cpp_output,
            DOCTEST,
            ["bad sum", "sections", "should fail", "crashes"],
            Tally(passed=7, failed=4, skipped=1),
            id="doctest",
        ),
        pytest.param(
            boost_output,
            BOOST,
            ["outer/bad", "outer/inner/throws", "table/_1", "win"],
            Tally(passed=4, failed=3, errors=1),
            id="Boost",
        ),
        pytest.param(boost_output, BOOST_GREEN, [], Tally(passed=2), id="Boost: expected failures"),
        pytest.param(
            boost_output,
            "Test setup error: no test cases matching filter or all test cases were disabled\n",
            [],
            Tally(),
            id="Boost: no test ran",
        ),
    ],
)
def test_failing_test_cases_are_named_and_counted(
    parser: object, text: str, expected: list[str], counted: Tally
) -> None:
    assert [failure.id for failure in parser.failures(text)] == expected  # type: ignore[attr-defined] # a module
    told = parser.tally(text)  # type: ignore[attr-defined] # a module
    assert told is not None
    assert told[1] == counted


@pytest.mark.parametrize(
    ("parser", "text", "identity", "kind", "place", "message"),
    [
        (
            catch2_output,
            CATCH2,
            "bad sum",
            CaseOutcome.FAILED,
            ("c2.cc", 6),
            "CHECK( add(1, 1) == 3 )\nwith expansion:\n2 == 3\nwith message:\nnote this",
        ),
        (
            catch2_output,
            CATCH2,
            "crash here",
            CaseOutcome.ERROR,
            ("c2.cc", 20),
            CRASHED,
        ),
        (
            doctest_cpp_output,
            DOCTEST,
            "sections",
            CaseOutcome.FAILED,
            ("dt.cc", 8),
            "CHECK( false ) is NOT correct!\nvalues: CHECK( false )",
        ),
        (
            doctest_cpp_output,
            DOCTEST,
            "crashes",
            CaseOutcome.ERROR,
            ("dt.cc", 13),
            "test case CRASHED: SIGSEGV - Segmentation violation signal",
        ),
        (
            boost_output,
            BOOST,
            "outer/bad",
            CaseOutcome.FAILED,
            ("bo.cc", 7),
            "check add(1, 1) == 3 has failed [2 != 3]",
        ),
        (
            boost_output,
            BOOST,
            "outer/inner/throws",
            CaseOutcome.ERROR,
            ("bo.cc", 9),
            "std::runtime_error: boom",
        ),
        (boost_output, BOOST, "win", CaseOutcome.FAILED, ("C:\\src\\bo.cc", 20), "check x has failed"),
    ],
)
def test_a_failure_tells_where_and_why(  # noqa: PLR0917 - the columns of the table
    parser: object, text: str, identity: str, kind: CaseOutcome, place: tuple[str, int], message: str
) -> None:
    found = parser.failures(text)  # type: ignore[attr-defined] # a module
    failure = next(failure for failure in found if failure.id == identity)
    assert (failure.kind, (failure.file, failure.line), failure.message) == (kind, place, message)


def test_the_sections_of_a_catch2_test_case_are_in_its_text() -> None:
    failure = next(failure for failure in catch2_output.failures(CATCH2) if failure.id == "sections")
    assert "second: deep" in failure.text
    assert [frame.line for frame in failure.frames] == [10, 11]


def test_boosts_detailed_report_tells_which_errors_were_expected() -> None:
    report = 'Test module "demo module" has failed with:\n\n  Test case "win" has passed with:\n'
    assert "win" not in [failure.id for failure in boost_output.failures(f"{BOOST}\n{report}")]
