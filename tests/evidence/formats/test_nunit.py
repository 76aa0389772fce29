from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, StackFrame, Tally

FAILURE = "<failure><message><![CDATA[{message}]]></message>{trace}</failure>"
TRACE = (
    "<stack-trace><![CDATA[   at Shop.Cart.Div() in C:\\w\\Cart.cs:line 9\n"
    "   at Shop.CartTests.Divides() in C:\\w\\CartTests.cs:line 33\n]]></stack-trace>"
)


def failure(message: str, trace: str = "") -> str:
    return FAILURE.format(message=message, trace=trace)


def case(name: str, body: str = "", **attributes: str) -> str:
    said = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    full = f"Shop.CartTests.{name}"
    return f'<test-case id="1" name="{name}" fullname="{full}" classname="Shop.CartTests" {said}>{body}</test-case>'


def suite(*parts: str, name: str = "Shop.CartTests", **attributes: str) -> str:
    said = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return f'<test-suite type="TestFixture" name="short" fullname="{name}" {said}>{"".join(parts)}</test-suite>'


def run(*parts: str, **attributes: str) -> bytes:
    said = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return (
        f'<?xml version="1.0" encoding="utf-8" standalone="no"?>\n<test-run {said}>{"".join(parts)}</test-run>'.encode()
    )


def read(data: bytes | str) -> Report:
    return read_report(io.BytesIO(data.encode() if isinstance(data, str) else data), "nunit.xml")


def test_a_failing_case_has_class_and_name_type_message_and_trace() -> None:
    message = "System.DivideByZeroException : Attempted to divide by zero."
    failing = case("Divides(1.5)", failure(message, TRACE), result="Failed", label="Error")
    report = read(run(suite(failing, case("Adds", result="Passed"), result="Failed", site="Child"), result="Failed"))
    assert (report.format, report.tally) == ("nunit", Tally(passed=1, errors=1))
    (found,) = report.failures
    assert (found.id, found.suite, found.name) == ("Shop.CartTests::Divides(1.5)", "Shop.CartTests", "Divides(1.5)")
    assert found.type == "System.DivideByZeroException"
    assert found.message == "System.DivideByZeroException: Attempted to divide by zero."
    assert found.frames[-1] == StackFrame("C:\\w\\Cart.cs", 9, "Shop.Cart.Div")


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"result": "Passed"}, CaseOutcome.PASSED),
        ({"result": "Warning"}, CaseOutcome.PASSED),
        ({"result": "Failed"}, CaseOutcome.FAILED),
        ({"result": "Failed", "label": "Error"}, CaseOutcome.ERROR),
        ({"result": "Failed", "label": "Cancelled"}, CaseOutcome.ERROR),
        ({"result": "Failed", "label": "Invalid"}, CaseOutcome.ERROR),
        ({"result": "Failed", "label": "Test exceeded Timeout value 1ms."}, CaseOutcome.ERROR),
        ({"result": "Failed", "label": "Error", "site": "Parent"}, CaseOutcome.ERROR),
        ({"result": "Skipped"}, CaseOutcome.SKIPPED),
        ({"result": "Skipped", "label": "Ignored"}, CaseOutcome.SKIPPED),
        ({"result": "Inconclusive"}, CaseOutcome.SKIPPED),
        ({"result": "Unheard"}, CaseOutcome.ERROR),
        ({}, CaseOutcome.ERROR),
        ({"executed": "True", "success": "True"}, CaseOutcome.PASSED),
        ({"executed": "True", "success": "False"}, CaseOutcome.FAILED),
        ({"executed": "False"}, CaseOutcome.SKIPPED),
        ({"executed": "True", "result": "Success", "success": "True"}, CaseOutcome.PASSED),
        ({"executed": "True", "result": "Failure", "success": "False"}, CaseOutcome.FAILED),
        ({"executed": "True", "result": "Error", "success": "False"}, CaseOutcome.ERROR),
        ({"executed": "True", "result": "Cancelled", "success": "False"}, CaseOutcome.ERROR),
        ({"executed": "True", "result": "Inconclusive", "success": "False"}, CaseOutcome.SKIPPED),
        ({"executed": "False", "result": "Ignored"}, CaseOutcome.SKIPPED),
        ({"executed": "False", "result": "NotRunnable"}, CaseOutcome.SKIPPED),
        ({"executed": "False", "result": "Invalid"}, CaseOutcome.SKIPPED),
    ],
    ids=str,
)
def test_each_result_counts_as_what_it_means(attributes: dict[str, str], expected: CaseOutcome) -> None:
    report = read(run(case("Test", **attributes)))
    expected_tally = {
        CaseOutcome.PASSED: Tally(passed=1),
        CaseOutcome.FAILED: Tally(failed=1),
        CaseOutcome.ERROR: Tally(errors=1),
        CaseOutcome.SKIPPED: Tally(skipped=1),
    }[expected]
    assert report.tally == expected_tally


def test_a_test_that_cannot_be_run_is_skipped_with_a_warning() -> None:
    assert "not runnable" in read(run(case("Test", executed="False", result="NotRunnable"))).warnings[0]


CHILD = failure("One or more child tests had errors")
SETUP = failure("OneTimeSetUp: connection refused")


@pytest.mark.parametrize(
    ("parts", "tally", "ids"),
    [
        pytest.param(
            suite(CHILD, case("A", result="Failed"), result="Failed", site="Child"),
            Tally(failed=1),
            ["Shop.CartTests::A"],
            id="a child",
        ),
        pytest.param(
            suite(CHILD, case("A", result="Failed"), result="Failed"),
            Tally(failed=1),
            ["Shop.CartTests::A"],
            id="a child, site not told",
        ),
        pytest.param(
            suite(
                SETUP, case("A", SETUP, result="Failed", label="Error", site="Parent"), result="Failed", site="SetUp"
            ),
            Tally(errors=1),
            ["Shop.CartTests::A"],
            id="set-up that its cases show",
        ),
        pytest.param(
            suite(SETUP, result="Failed", site="SetUp"), Tally(errors=1), ["Shop.CartTests"], id="set-up without cases"
        ),
        pytest.param(
            suite(
                SETUP,
                suite(SETUP, name="X", result="Failed", site="Parent"),
                suite(SETUP, name="Y", result="Failed", site="Parent"),
                result="Failed",
                site="SetUp",
            ),
            Tally(errors=1),
            ["Shop.CartTests"],
            id="set-up above empty suites",
        ),
        pytest.param(
            suite(failure("TearDown : gone"), case("A", result="Passed"), result="Failed", site="TearDown"),
            Tally(passed=1, errors=1),
            ["Shop.CartTests"],
            id="tear-down beside passing cases",
        ),
        pytest.param(
            suite(failure("TearDown : gone"), case("A", result="Failed"), result="Failed", site="TearDown"),
            Tally(failed=1, errors=1),
            ["Shop.CartTests::A", "Shop.CartTests"],
            id="tear-down beside failing cases",
        ),
        pytest.param(
            suite(failure("Could not load"), name="C:/w/Shop.dll", result="Failed", label="Invalid"),
            Tally(errors=1),
            ["C:/w/Shop.dll"],
            id="an assembly that does not load",
        ),
        pytest.param(
            suite(suite(failure("why"), name="In", result="Failed"), result="Failed"),
            Tally(errors=1),
            ["In"],
            id="only the innermost",
        ),
        pytest.param(
            suite(failure("x"), result="Skipped", label="Invalid") + case("A", result="Passed"),
            Tally(passed=1),
            [],
            id="a suite that was skipped",
        ),
    ],
)
def test_a_suite_counts_for_what_it_did_itself(parts: str, tally: Tally, ids: list[str]) -> None:
    report = read(run(parts, result="Failed(Child)"))
    assert report.tally == tally
    assert [found.id for found in report.failures] == ids


@pytest.mark.parametrize(
    ("attributes", "verdict"),
    [
        ({"result": "Passed", "failed": "0"}, ReportVerdict.PASSED),
        ({"result": "Failed", "failed": "1"}, ReportVerdict.FAILED),
        ({"result": "Passed", "failed": "1"}, ReportVerdict.FAILED),
        ({"result": "Failed"}, ReportVerdict.FAILED),
        ({"result": "Failed(Child)"}, ReportVerdict.FAILED),
        ({"result": "Warning"}, ReportVerdict.PASSED),
    ],
    ids=str,
)
def test_a_run_that_claims_a_failure_is_no_pass(attributes: dict[str, str], verdict: ReportVerdict) -> None:
    report = read(run(case("A", result="Passed"), **attributes))
    assert (report.verdict, report.tally) == (verdict, Tally(passed=1))


def test_a_run_that_failed_before_any_suite_is_one_error_with_its_reason() -> None:
    (found,) = read(run(failure("Could not load Shop.dll"), name="Shop.dll", result="Failed")).failures
    assert (found.kind, found.id, found.message) == (CaseOutcome.ERROR, "Shop.dll", "Could not load Shop.dll")


def test_no_test_is_no_pass() -> None:
    assert read(run(result="Passed", testcasecount="0")).verdict is ReportVerdict.EMPTY


VERSION_2 = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!--This file represents the results of running a test suite-->
<test-results name="/w/Tests.dll" total="3" errors="0" failures="1" not-run="1">
  <test-suite name="/w/Tests.dll" success="False"><results>
    <test-suite name="Shop" success="False"><results>
      <test-case name='Shop.CartTests.Splits("a.b")' executed="True" success="False" time="0.1">
        <failure><message><![CDATA[  Expected: 30
  But was:  20
]]></message><stack-trace><![CDATA[  at Shop.CartTests.Splits (System.String s) [0x00001] in /w/CartTests.cs:10
]]></stack-trace></failure></test-case>
      <test-case name="Shop.CartTests.Adds" executed="True" success="True"/>
      <test-case name="Shop.CartTests.Later" executed="False"><reason><message>later</message></reason></test-case>
    </results></test-suite></results></test-suite></test-results>"""


def test_version_2_is_read_too() -> None:
    report = read(VERSION_2)
    assert (report.format, report.tally) == ("nunit", Tally(passed=1, failed=1, skipped=1))
    (found,) = report.failures
    assert found.id == 'Shop.CartTests::Splits("a.b")'
    assert found.message == "Expected: 30\nBut was:  20"
    assert (found.file, found.line) == ("/w/CartTests.cs", 10)


def test_a_fixture_with_arguments_keeps_them() -> None:
    one = '<test-case name="Test1" fullname="Shop.Fixture(4.2).Test1" classname="Shop.Fixture" result="Failed"/>'
    assert read(run(one)).failures[0].id == "Shop.Fixture(4.2)::Test1"


def test_the_output_stands_in_for_a_trace_that_is_missing() -> None:
    printed = "<output><![CDATA[at /w/CartTests.cs:12]]></output>"
    (found,) = read(run(case("A", f"<failure/>{printed}", result="Failed", label="Timeout"))).failures
    assert (found.message, found.line) == ("Timeout", 12)


@given(st.integers(0, len(VERSION_2) - 1))
def test_no_truncation_turns_a_report_green(length: int) -> None:
    assert read(VERSION_2[:length]).verdict in {ReportVerdict.UNREADABLE, ReportVerdict.FAILED}
