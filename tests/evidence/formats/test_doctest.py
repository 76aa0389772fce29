from __future__ import annotations

import io

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import Report, ReportVerdict, Tally

EXPRESSION = (
    '<Expression success="false" type="CHECK" filename="/w/a.cpp" line="12"><Original> sum == 4 </Original>'
    "<Expanded> 3 == 4 </Expanded><Info> some information </Info></Expression>"
)
MESSAGE = '<Message type="{kind}" filename="/w/a.cpp" line="35"><Text> not today </Text></Message>'
THROWN = '<Exception crash="false"> negative value </Exception>'


def case(body: str = "", success: str = "true", more: str = "") -> str:
    overall = f'<OverallResultsAsserts successes="1" failures="0" test_case_success="{success}"/>' if success else ""
    return f'<TestCase name="adds" filename="/w/a.cpp" line="9"{more}>{body}{overall}</TestCase>'


def read(*cases: str, failures: int = 0) -> Report:
    inside = f'<Options order_by="file"/><TestSuite name="engine">{"".join(cases)}</TestSuite>'
    totals = f'<OverallResultsAsserts successes="3" failures="{failures}"/>'
    return read_report(io.BytesIO(f'<doctest binary="b/t" version="2">{inside}{totals}</doctest>'.encode()), "d.xml")


@pytest.mark.parametrize(
    ("test_case", "tally"),
    [
        pytest.param(case(), Tally(passed=1), id="passed"),
        pytest.param(case(EXPRESSION, "false"), Tally(failed=1), id="a check"),
        pytest.param(case(THROWN, "false"), Tally(failed=1), id="an exception"),
        pytest.param(case(MESSAGE.format(kind="FATAL ERROR"), "false"), Tally(failed=1), id="FAIL()"),
        pytest.param(case(MESSAGE.format(kind="WARNING")), Tally(passed=1), id="MESSAGE()"),
        pytest.param(case(EXPRESSION, more=' may_fail="true"'), Tally(passed=1), id="may fail"),
        pytest.param(case(success="false", more=' should_fail="true"'), Tally(failed=1), id="should have failed"),
        pytest.param(case(success="", more=' skipped="true"'), Tally(skipped=1), id="skipped"),
    ],
)
def test_the_overall_result_counts(test_case: str, tally: Tally) -> None:
    report = read(test_case)
    assert (report.format, report.tally) == ("doctest", tally)


@pytest.mark.parametrize(
    ("body", "message", "line"),
    [(EXPRESSION, "3 == 4", 12), (MESSAGE.format(kind="ERROR"), "not today", 35), (THROWN, "negative value", 9)],
    ids=["check", "FAIL()", "exception"],
)
def test_a_failure_has_message_and_place(body: str, message: str, line: int) -> None:
    (failure,) = read(case(f'<SubCase name="when full">{body}</SubCase>', "false")).failures
    assert (failure.id, failure.suite, failure.message) == ("adds", "b/t", message)
    assert (failure.file, failure.line) == ("/w/a.cpp", line)
    assert failure.text.startswith("in section when full")


def test_totals_that_no_case_shows_are_no_pass() -> None:
    assert read(case(), failures=1).verdict is ReportVerdict.FAILED
