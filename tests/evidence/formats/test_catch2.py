from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

EXPRESSION = (
    '<Expression success="false" type="REQUIRE" filename="src/cart.cpp" line="28">'
    "<Original>\n total == 5\n</Original><Expanded>\n 0 == 5\n</Expanded></Expression>"
)
PASSED_EXPRESSION = (
    '<Expression success="true" type="REQUIRE_THROWS" filename="a.cpp" line="1"><Original>f()</Original>'
    '<Exception filename="a.cpp" line="2">wanted</Exception></Expression>'
)
THROWN = '<Exception filename="src/cart.cpp" line="30">\n std::bad_alloc\n</Exception>'
FATAL = (
    '<FatalErrorCondition filename="src/cart.cpp" line="31">'
    "SIGSEGV - Segmentation violation signal</FatalErrorCondition>"
)
FAIL = '<Failure filename="src/cart.cpp" line="29">\n not today\n</Failure>'


def case(body: str = "", name: str = "carts add up", success: str = "true", skips: int = 0) -> str:
    overall = f'<OverallResult success="{success}" skips="{skips}" durationInSeconds="0.1"/>' if success else ""
    return f'<TestCase name="{name}" tags="[x]" filename="src/cart.cpp" line="20">{body}{overall}</TestCase>'


def run(*cases: str, failures: int = 0, version: int = 3) -> str:
    totals = f'<OverallResults successes="1" failures="{failures}" expectedFailures="0"/>'
    inside = "".join(cases)
    if version == 2:
        return f'<?xml version="1.0"?><Catch name="cart"><Group name="cart">{inside}{totals}</Group>{totals}</Catch>'
    return f'<?xml version="1.0"?><Catch2TestRun name="cart" rng-seed="1">{inside}{totals}</Catch2TestRun>'


def read(data: str) -> Report:
    return read_report(io.BytesIO(data.encode()), "catch.xml")


@pytest.mark.parametrize("version", [2, 3])
def test_a_failed_expression_gives_place_message_and_sections(version: int) -> None:
    section = f'<Section name="when full">{EXPRESSION}<OverallResults failures="1"/></Section>'
    report = read(run(case(section, success="false"), case(PASSED_EXPRESSION), failures=1, version=version))
    assert (report.format, report.tally) == ("catch2", Tally(passed=1, failed=1))
    (found,) = report.failures
    assert (found.id, found.suite, found.kind) == ("carts add up", "cart", CaseOutcome.FAILED)
    assert (found.file, found.line, found.message) == ("src/cart.cpp", 28, "0 == 5")
    assert found.text.splitlines() == [
        "in section when full",
        "src/cart.cpp:28: REQUIRE failed",
        "expression: total == 5",
        "with expansion: 0 == 5",
    ]


@pytest.mark.parametrize(
    ("test_case", "tally"),
    [
        pytest.param(case(), Tally(passed=1), id="passed"),
        pytest.param(case(PASSED_EXPRESSION), Tally(passed=1), id="an exception that was wanted"),
        pytest.param(case(EXPRESSION, success="false"), Tally(failed=1), id="failed"),
        pytest.param(case(FAIL, success="false"), Tally(failed=1), id="FAIL()"),
        pytest.param(case(THROWN, success="false"), Tally(failed=1), id="exception"),
        pytest.param(case(FATAL, success="false"), Tally(errors=1), id="signal"),
        pytest.param(case(EXPRESSION + FATAL, success="false"), Tally(errors=1), id="failed, then crashed"),
        pytest.param(case(EXPRESSION, success="true"), Tally(skipped=1), id="may fail"),
        pytest.param(case(success="false"), Tally(failed=1), id="should have failed"),
        pytest.param(case("<Skip/>", skips=1), Tally(skipped=1), id="SKIP()"),
        pytest.param(case(EXPRESSION, success=""), Tally(failed=1), id="no overall result, failed"),
        pytest.param(case(success=""), Tally(errors=1), id="no overall result"),
    ],
)
def test_the_overall_result_counts(test_case: str, tally: Tally) -> None:
    assert read(run(test_case)).tally == tally


@pytest.mark.parametrize(
    ("body", "message", "line"),
    [(THROWN, "std::bad_alloc", 30), (FATAL, "SIGSEGV - Segmentation violation signal", 31), (FAIL, "not today", 29)],
    ids=["exception", "signal", "FAIL()"],
)
def test_what_is_no_expression_says_why_too(body: str, message: str, line: int) -> None:
    (found,) = read(run(case(body, success="false"))).failures
    assert (found.message, found.line) == (message, line)


def test_a_case_that_should_have_failed_says_so() -> None:
    should_fail = case(success="false").replace("[x]", "[!shouldfail]")
    messages = [failure.message for failure in read(run(should_fail, case(success="false"))).failures]
    assert messages == ["Should have failed but didn't", "it failed without a failed assertion"]


def test_totals_that_no_case_shows_are_no_pass() -> None:
    assert read(run(case(), failures=2)).verdict is ReportVerdict.FAILED


def test_no_test_is_no_pass() -> None:
    assert read(run()).verdict is ReportVerdict.EMPTY


def test_many_assertions_in_one_case_are_bounded() -> None:
    (found,) = read(run(case(EXPRESSION * 20_000, success="false"))).failures
    assert len(found.text) < 100_000


def test_a_crash_that_cuts_the_file_off_still_shows_the_failure() -> None:
    whole = run(case(EXPRESSION, success="false"))
    report = read(whole[: whole.index("<OverallResult ")])
    assert (report.verdict, report.tally) == (ReportVerdict.FAILED, Tally(failed=1))


@given(st.integers(0, len(run(case(EXPRESSION, success="false"))) - 1))
def test_no_truncation_turns_a_report_green(length: int) -> None:
    report = read(run(case(EXPRESSION, success="false"))[:length])
    assert report.verdict in {ReportVerdict.UNREADABLE, ReportVerdict.FAILED}
