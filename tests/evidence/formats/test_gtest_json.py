from __future__ import annotations

import io
import json
from typing import Any

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally


def case(name: str, *said: str, status: str = "RUN", result: str = "COMPLETED") -> dict[str, Any]:
    told: dict[str, Any] = {"name": name, "file": "/w/t.cpp", "line": 7, "status": status, "result": result}
    if said:
        told["failures"] = [{"failure": words, "type": ""} for words in said]
    return told | {"classname": "Engine" if name else ""}


def document(*cases: dict[str, Any], failures: int = 0) -> bytes:
    counts = {"tests": len(cases), "failures": failures, "disabled": 0, "errors": 0, "name": "AllTests"}
    return json.dumps({**counts, "testsuites": [{"name": "Engine", "testsuite": list(cases)}]}, indent=2).encode()


def read(data: bytes) -> Report:
    return read_report(io.BytesIO(data), "out.json")


@pytest.mark.parametrize(
    ("data", "verdict", "tally"),
    [
        pytest.param(document(case("A")), ReportVerdict.PASSED, Tally(passed=1), id="passed"),
        pytest.param(document(case("A", "x"), failures=1), ReportVerdict.FAILED, Tally(failed=1), id="failed"),
        pytest.param(
            document(case("", "x"), failures=1), ReportVerdict.FAILED, Tally(errors=1), id="set-up of a suite"
        ),
        pytest.param(document(case("A", result="SKIPPED")), ReportVerdict.EMPTY, Tally(skipped=1), id="skipped"),
        pytest.param(
            document(case("A"), case("B", status="NOTRUN", result="SUPPRESSED")),
            ReportVerdict.PASSED,
            Tally(passed=1, skipped=1),
            id="disabled",
        ),
        pytest.param(document(), ReportVerdict.EMPTY, Tally(), id="none"),
        pytest.param(document(case("A"), failures=1), ReportVerdict.FAILED, Tally(passed=1), id="a failure not shown"),
        pytest.param(document(case("A"), case("B"))[:-40], ReportVerdict.UNREADABLE, Tally(passed=1), id="cut off"),
    ],
)
def test_the_count_and_the_verdict_follow_the_cases(data: bytes, verdict: ReportVerdict, tally: Tally) -> None:
    report = read(data)
    assert (report.format, report.verdict, report.tally) == ("gtest_json", verdict, tally)


def test_a_failure_is_placed_at_the_first_assertion_that_did_not_hold() -> None:
    (failure,) = read(
        document(case("Adds", "/w/t.cpp:10\nExpected: 4", "/w/t.cpp:11\nValue of: x"), failures=1)
    ).failures
    assert (failure.id, failure.kind) == ("Engine::Adds", CaseOutcome.FAILED)
    assert (failure.file, failure.line, failure.message) == ("/w/t.cpp", 10, "Expected: 4")
    assert "Value of: x" in failure.text


def test_what_has_no_place_is_placed_at_the_tests_definition() -> None:
    said = 'unknown file\nC++ exception with description "no \u00c3\u00a9" thrown in the test body.'
    (failure,) = read(document(case("Throws", said), failures=1)).failures
    assert (failure.file, failure.line) == ("/w/t.cpp", 7)
    assert failure.message == 'C++ exception with description "no \u00e9" thrown in the test body.'


@pytest.mark.parametrize("value", [None, 3, "x", [], [1], {"name": []}, [{"failures": 3, "name": 4}]], ids=repr)
def test_wrong_types_are_survived(value: object) -> None:
    data = json.dumps({"tests": 1, "failures": 0, "disabled": 0, "testsuites": [{"name": 1, "testsuite": value}]})
    assert read(data.encode()).format == "gtest_json"
