from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, StackFrame, Tally

NAMESPACE = 'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"'
TRACE = (
    "   at Shop.Cart.Total(Int32 rate) in C:\\w\\src\\Cart.cs:line 9&#xD;\n"
    "   at Shop.Tests.CartTests.Adds() in C:\\w\\test\\CartTests.cs:line 33"
)
FAILED = (
    '<UnitTestResult executionId="e1" testId="t1" testName="{name}" outcome="Failed"><Output><StdOut>noise</StdOut>'
    "<ErrorInfo><Message>System.DivideByZeroException : Attempted to divide by zero.</Message>"
    f"<StackTrace>{TRACE}</StackTrace></ErrorInfo><TextMessages><Message>other</Message></TextMessages></Output>"
    "</UnitTestResult>"
)
DEFINITION = (
    '<UnitTest name="x" storage="c:\\w\\shop.tests.dll" id="t1"><Execution id="e1"/>'
    '<TestMethod codeBase="x" className="{class_name}" name="{method}"/></UnitTest>'
)


def result(outcome: str | None, name: str = "N.C.Test", inner: str = "", test: str = "t9") -> str:
    said = f' outcome="{outcome}"' if outcome is not None else ""
    body = f"<InnerResults>{inner}</InnerResults>" if inner else ""
    return f'<UnitTestResult testId="{test}" testName="{name}"{said}>{body}</UnitTestResult>'


def run(*parts: str) -> bytes:
    return (
        f'\ufeff<?xml version="1.0" encoding="utf-8"?><TestRun id="1" {NAMESPACE}>{"".join(parts)}</TestRun>'.encode()
    )


def results(*parts: str) -> str:
    return f"<Results>{''.join(parts)}</Results>"


def read(data: bytes) -> Report:
    return read_report(io.BytesIO(data), "a.trx")


@pytest.mark.parametrize("definitions_first", [True, False], ids=["definitions first", "results first"])
@pytest.mark.parametrize(
    ("name", "class_name", "method", "expected"),
    [
        pytest.param("Shop.Tests.CartTests.Adds", "Shop.Tests.CartTests", "Adds", "Adds", id="full name"),
        pytest.param("Adds", "Shop.Tests.CartTests", "Adds", "Adds", id="method alone"),
        pytest.param("Adds", "Shop.Tests.CartTests, Shop.Tests, Version=1.0.0.0", "Adds", "Adds", id="assembly named"),
        pytest.param(
            "Shop.Tests.CartTests.Adds(rate: 1.5)", "Shop.Tests.CartTests", "Adds", "Adds(rate: 1.5)", id="arguments"
        ),
        pytest.param("Adds (&quot;a.b&quot;,0)", "Shop.Tests.CartTests", "Adds", 'Adds ("a.b",0)', id="data row"),
        pytest.param("It adds up", "Shop.Tests.CartTests", "Adds", "Adds", id="made-up name"),
        pytest.param("It adds up(x: 1)", "Shop.Tests.CartTests", "Adds", "Adds(x: 1)", id="made-up name of a row"),
        pytest.param(
            "Shop.Tests.CartTests.Adds", "Shop.Tests.CartTests", "Shop.Tests.CartTests.Adds", "Adds", id="full method"
        ),
    ],
)
def test_a_failing_test_has_its_class_from_the_definitions_wherever_they_stand(
    name: str, class_name: str, method: str, expected: str, *, definitions_first: bool
) -> None:
    parts = [
        f"<TestDefinitions>{DEFINITION.format(class_name=class_name, method=method)}</TestDefinitions>",
        results(FAILED.format(name=name), result("Passed")),
    ]
    report = read(run(*(parts if definitions_first else parts[::-1])))
    assert (report.format, report.verdict, report.tally) == ("trx", ReportVerdict.FAILED, Tally(passed=1, failed=1))
    (failure,) = report.failures
    assert (failure.suite, failure.name) == ("Shop.Tests.CartTests", expected)
    assert failure.id == f"Shop.Tests.CartTests::{expected}"


def test_a_failure_has_type_message_trace_and_place() -> None:
    (failure,) = read(run(results(FAILED.format(name="Shop.Tests.CartTests.Adds")))).failures
    assert failure.id == "Shop.Tests.CartTests::Adds"
    assert failure.type == "System.DivideByZeroException"
    assert failure.message == "System.DivideByZeroException: Attempted to divide by zero."
    assert failure.frames == (
        StackFrame("C:\\w\\test\\CartTests.cs", 33, "Shop.Tests.CartTests.Adds"),
        StackFrame("C:\\w\\src\\Cart.cs", 9, "Shop.Cart.Total"),
    )
    assert (failure.file, failure.line) == ("C:\\w\\src\\Cart.cs", 9)
    assert "noise" not in failure.text
    assert "other" not in failure.text


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("Passed", CaseOutcome.PASSED),
        ("PassedButRunAborted", CaseOutcome.PASSED),
        ("Warning", CaseOutcome.PASSED),
        ("Completed", CaseOutcome.PASSED),
        ("NotExecuted", CaseOutcome.SKIPPED),
        ("Inconclusive", CaseOutcome.SKIPPED),
        ("Pending", CaseOutcome.SKIPPED),
        ("Failed", CaseOutcome.FAILED),
        ("Error", CaseOutcome.ERROR),
        ("Timeout", CaseOutcome.ERROR),
        ("Aborted", CaseOutcome.ERROR),
        ("InProgress", CaseOutcome.ERROR),
        ("Disconnected", CaseOutcome.ERROR),
        ("NotRunnable", CaseOutcome.ERROR),
        ("SomethingNew", CaseOutcome.ERROR),
        (None, CaseOutcome.ERROR),
    ],
    ids=str,
)
def test_each_outcome_counts_as_what_it_means(outcome: str | None, expected: CaseOutcome) -> None:
    report = read(run(results(result(outcome))))
    assert report.tally is not None
    counts = {
        CaseOutcome.PASSED: report.tally.passed,
        CaseOutcome.FAILED: report.tally.failed,
        CaseOutcome.ERROR: report.tally.errors,
        CaseOutcome.SKIPPED: report.tally.skipped,
    }
    assert [outcome for outcome, count in counts.items() if count] == [expected]
    assert [failure.kind for failure in report.failures] == [expected] * expected.is_failing


ROWS = result("Passed", "N.C.Rows(1)") + result("Failed", "N.C.Rows(2)")


@pytest.mark.parametrize(
    ("parts", "tally", "ids"),
    [
        pytest.param(result("Failed", "N.C.Rows", ROWS), Tally(passed=1, failed=1), ["N.C::Rows(2)"], id="rows"),
        pytest.param(
            result("Failed", "N.C.Rows", result("Passed")), Tally(passed=1, failed=1), ["N.C::Rows"], id="own failure"
        ),
        pytest.param(result("Passed", "N.C.Rows", result("Passed")), Tally(passed=1), [], id="green rows"),
        pytest.param(
            result("Failed", "o", result("Failed", "m", ROWS)),
            Tally(passed=1, failed=1),
            ["N.C::Rows(2)"],
            id="two deep",
        ),
    ],
)
def test_a_result_that_sums_up_others_does_not_count_again(parts: str, tally: Tally, ids: list[str]) -> None:
    report = read(run(results(parts)))
    assert report.tally == tally
    assert [failure.id for failure in report.failures] == ids


def summary(outcome: str, said: str = "", level: str = "Error", **counters: int) -> str:
    counted = " ".join(f'{name}="{count}"' for name, count in counters.items())
    info = f'<RunInfos><RunInfo outcome="{level}"><Text>{said}</Text></RunInfo></RunInfos>' if said else ""
    return f'<ResultSummary outcome="{outcome}"><Counters {counted}/>{info}</ResultSummary>'


@pytest.mark.parametrize(
    ("end", "verdict"),
    [
        pytest.param(summary("Completed", failed=0), ReportVerdict.PASSED, id="completed"),
        pytest.param(summary("Warning", "no coverage", "Warning"), ReportVerdict.PASSED, id="a warning of the run"),
        pytest.param(summary("Failed", "host process crashed : Stack overflow"), ReportVerdict.FAILED, id="crash"),
        pytest.param(summary("Failed"), ReportVerdict.FAILED, id="failed without a word"),
        pytest.param(summary("Completed", "no such assembly"), ReportVerdict.FAILED, id="an error beside the tests"),
        pytest.param(summary("Completed", timeout=1), ReportVerdict.FAILED, id="counters"),
        pytest.param(summary("Aborted"), ReportVerdict.FAILED, id="aborted"),
    ],
)
def test_a_run_that_failed_without_a_failing_test_is_no_pass(end: str, verdict: ReportVerdict) -> None:
    report = read(run(results(result("Passed")), end))
    assert (report.verdict, report.tally) == (verdict, Tally(passed=1))


def test_the_reason_of_a_run_that_crashed_is_what_the_runner_said() -> None:
    report = read(run(results(result("Passed")), summary("Failed", "host crashed : why")))
    assert report.reason == "the run as a whole failed although none of its tests did: host crashed : why"


def test_what_the_run_says_of_tests_that_failed_is_not_said_again() -> None:
    report = read(run(results(result("Failed")), summary("Failed", "N.C.Test [FAIL]", failed=1)))
    assert (report.tally, report.warnings) == (Tally(failed=1), ())


def test_no_test_is_no_pass() -> None:
    assert read(run(results(), summary("Completed", total=0))).verdict is ReportVerdict.EMPTY


def test_results_count_where_the_file_breaks_off() -> None:
    whole = run(results(result("Passed"), FAILED.format(name="N.C.Test")), summary("Failed"))
    report = read(whole[: whole.index(b"<StackTrace>") + 30])
    assert (report.verdict, report.tally) == (ReportVerdict.FAILED, Tally(passed=1, failed=1))
    assert "breaks off" in report.warnings[0]


def test_an_ordered_test_counts_by_what_stands_in_it() -> None:
    inner = result("Passed", "first") + result("Failed", "second")
    ordered = result("Failed", "all", inner).replace("UnitTestResult testId", "TestResultAggregation testId", 1)
    ordered = ordered.removesuffix("</UnitTestResult>") + "</TestResultAggregation>"
    assert read(run(results(ordered))).tally == Tally(passed=1, failed=1)


@given(st.integers(0, 400), st.text(max_size=20))
def test_no_cut_and_no_text_makes_reading_fail(length: int, text: str) -> None:
    whole = run(results(FAILED.format(name="N.C.Test")))
    read(whole[:length] + text.encode("utf-8", "replace") + whole[length:])
    assert read(whole[:length]).verdict is not ReportVerdict.PASSED
