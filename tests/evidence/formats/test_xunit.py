from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, StackFrame, Tally

FAILURE = (
    '<failure exception-type="Xunit.Sdk.EqualException">'
    "<message><![CDATA[Assert.Equal() Failure\nExpected: 3]]></message>"
    "<stack-trace><![CDATA[   at Shop.CartTests.Adds(Int32 x) in /_/CartTests.cs:line 16]]></stack-trace></failure>"
)


def case(result: str, body: str = "", name: str = "Shop.CartTests.Adds", method: str = "Adds") -> str:
    return f'<test name="{name}" type="Shop.CartTests" method="{method}" time="0.1" result="{result}">{body}</test>'


def run(*parts: str, errors: str = "<errors/>", root: str = "assemblies", said: str = "") -> bytes:
    opening = f'<assembly name="C:\\w\\Shop.dll" test-framework="xUnit.net 2.9" {said}>'
    one = f'{opening}{errors}<collection name="c">{"".join(parts)}</collection></assembly>'
    document = one if root == "assembly" else f"<assemblies>{one}</assemblies>"
    return f'\ufeff<?xml version="1.0" encoding="utf-8"?>{document}'.encode()


def read(data: bytes) -> Report:
    return read_report(io.BytesIO(data), "xunit.xml")


@pytest.mark.parametrize("root", ["assemblies", "assembly"])
def test_a_failing_test_has_class_name_type_message_and_trace(root: str) -> None:
    report = read(run(case("Fail", FAILURE), case("Pass"), case("Skip", "<reason>x</reason>"), root=root))
    assert (report.format, report.tally) == ("xunit", Tally(passed=1, failed=1, skipped=1))
    (found,) = report.failures
    assert (found.id, found.kind, found.type) == (
        "Shop.CartTests::Adds",
        CaseOutcome.FAILED,
        "Xunit.Sdk.EqualException",
    )
    assert found.message == "Assert.Equal() Failure\nExpected: 3"
    assert found.frames == (StackFrame("/_/CartTests.cs", 16, "Shop.CartTests.Adds"),)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Shop.CartTests.Adds", "Adds"),
        ("Shop.CartTests.Adds(x: 1.5, y: &quot;a(b&quot;)", 'Adds(x: 1.5, y: "a(b")'),
        ("it adds", "Adds"),
        ("it adds(x: 2)", "Adds(x: 2)"),
        ("", "Adds"),
    ],
)
def test_arguments_stay_and_made_up_names_give_way_to_the_method(name: str, expected: str) -> None:
    assert read(run(case("Fail", name=name))).failures[0].id == f"Shop.CartTests::{expected}"


@pytest.mark.parametrize(
    ("result", "tally"),
    [
        ("Pass", Tally(passed=1)),
        ("Fail", Tally(failed=1)),
        ("Skip", Tally(skipped=1)),
        ("NotRun", Tally(skipped=1)),
        ("Strange", Tally(errors=1)),
        ("", Tally(errors=1)),
    ],
)
def test_each_result_counts_as_what_it_means(result: str, tally: Tally) -> None:
    assert read(run(case(result))).tally == tally


@pytest.mark.parametrize("kind", ["assembly-cleanup", "test-class-cleanup", "test-collection-cleanup", "fatal"])
def test_an_error_beside_the_tests_is_one_error(kind: str) -> None:
    error = f'<errors><error type="{kind}" name="Shop.CartTests">{FAILURE}</error></errors>'
    report = read(run(case("Pass"), errors=error, said='total="1"'))
    assert report.tally == Tally(passed=1, errors=1)
    (found,) = report.failures
    assert (found.id, found.suite, found.kind) == ("Shop.CartTests", "", CaseOutcome.ERROR)


def test_an_error_without_a_name_is_named_by_its_kind() -> None:
    error = f'<errors><error type="assembly-cleanup">{FAILURE}</error></errors>'
    assert read(run(errors=error)).failures[0].id == "assembly-cleanup"


@pytest.mark.parametrize("claim", ['failed="1"', 'errors="1"'])
def test_totals_that_no_test_shows_are_no_pass(claim: str) -> None:
    report = read(run(case("Pass"), said=claim))
    assert (report.verdict, report.tally) == (ReportVerdict.FAILED, Tally(passed=1))


VERSION_1 = (
    '<?xml version="1.0"?><assembly name="Shop.dll" run-date="2010-01-01" total="2" passed="1" failed="1" skipped="0">'
    f'<class name="Shop.CartTests">{FAILURE}{case("Fail", FAILURE)}{case("Pass")}</class></assembly>'
)


def test_version_1_is_read_with_the_failure_of_a_class() -> None:
    report = read(VERSION_1.encode())
    assert report.tally == Tally(passed=1, failed=1, errors=1)
    assert [found.id for found in report.failures] == ["Shop.CartTests", "Shop.CartTests::Adds"]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b'<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0"/>', id="manifest"),
        pytest.param(b'<?xml version="1.0"?>\n<assembly><id>jar</id></assembly>', id="Maven descriptor"),
    ],
)
def test_an_assembly_of_something_else_is_refused_by_name(document: bytes) -> None:
    report = read(document)
    assert report.verdict is ReportVerdict.UNREADABLE
    assert "its root is <assembly>" in (report.reason or "")


def test_no_test_is_no_pass() -> None:
    assert read(b'<assemblies timestamp="x"/>').verdict is ReportVerdict.EMPTY


@given(st.integers(0, len(VERSION_1) - 1))
def test_no_truncation_turns_a_report_green(length: int) -> None:
    assert read(VERSION_1[:length].encode()).verdict in {ReportVerdict.UNREADABLE, ReportVerdict.FAILED}
