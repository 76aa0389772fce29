from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

GOLDEN = Path(__file__).parents[2] / "data" / "golden" / "mocha"
FILE = "/w/test/calc.js"
ERROR = {
    "stack": "AssertionError [ERR_ASSERTION]: not equal:\n\n2 !== 3\n\n    at Context.<anonymous> (test/calc.js:5:32)",
    "message": "not equal:\n\n2 !== 3\n",
    "name": "AssertionError",
}


def case(title: str, err: object = None, *, around: str = "calc", **more: object) -> dict[str, object]:
    return {"title": title, "fullTitle": f"{around} {title}", "file": FILE, "err": err or {}, **more}


def document(**lists: object) -> dict[str, object]:
    counts = {"suites": 1, "tests": 1, "passes": 1, "pending": 0, "failures": 0}
    return {"stats": {**counts, **lists.pop("stats", {})}, **lists}  # type: ignore[dict-item] # a test's own argument


def read(content: object) -> Report:
    text = content if isinstance(content, str) else json.dumps(content)
    return read_report(io.BytesIO(text.encode()), "report.json")


def test_a_failing_test_carries_the_path_of_its_titles_place_type_and_message() -> None:
    report = read(document(passes=[case("ok")], failures=[case("adds", ERROR)], pending=[case("later")]))
    assert (report.format, report.tally) == ("mocha", Tally(passed=1, failed=1, skipped=1))
    (failure,) = report.failures
    assert (failure.id, failure.file, failure.line) == (f"{FILE}::calc > adds", FILE, 5)
    assert (failure.type, failure.message) == ("AssertionError", "AssertionError [ERR_ASSERTION]: not equal:\n2 !== 3")


def test_nested_blocks_are_told_apart_where_the_outer_one_holds_tests() -> None:
    report = read(document(passes=[case("ok")], failures=[case("adds", ERROR, around="calc when it rains")]))
    assert report.failures[0].id == f"{FILE}::calc > when it rains > adds"


@pytest.mark.parametrize("title", ['"before all" hook for "a"', '"after each" hook: clean for "a"'])
def test_a_hook_that_failed_is_an_error(title: str) -> None:
    (failure,) = read(document(failures=[case(title, ERROR)])).failures
    assert failure.kind is CaseOutcome.ERROR


@pytest.mark.parametrize(
    ("content", "verdict", "tally"),
    [
        pytest.param(document(passes=[], failures=[]), ReportVerdict.EMPTY, Tally(), id="no tests"),
        pytest.param(document(passes=[], stats={"failures": 2}), ReportVerdict.FAILED, Tally(), id="only a count"),
        pytest.param(document(failures=[case("a")]), ReportVerdict.FAILED, Tally(failed=1), id="without an error"),
        pytest.param(document(failures=[case("a", 7), 3]), ReportVerdict.FAILED, Tally(failed=1), id="wrong types"),
        pytest.param(
            document(tests=[case("a"), case("b", ERROR)]),
            ReportVerdict.FAILED,
            Tally(passed=1, failed=1),
            id="one list",
        ),
    ],
)
def test_the_count_and_the_verdict_follow_the_lists(content: object, verdict: ReportVerdict, tally: Tally) -> None:
    report = read(content)
    assert (report.verdict, report.tally) == (verdict, tally)


def test_a_retried_test_that_passed_is_flaky() -> None:
    assert read(document(passes=[case("a", currentRetry=1)])).flaky == (f"{FILE}::calc > a",)


def test_mochawesomes_suites_are_walked_to_any_depth_with_their_hooks() -> None:
    error = {"message": "Error: x", "estack": "Error: x\n    at Context.<anonymous> (cypress/e2e/a.cy.js:3:1)"}
    inner = {
        "tests": [case("b", error, fail=True), case("c", skipped=True)],
        "beforeHooks": [case('"before all" hook', error, fail=True)],
        "suites": [],
    }
    outer = {"fullFile": FILE, "tests": [case("a")], "suites": [inner], "afterHooks": [case("fine")]}
    report = read(document(results=[outer]))
    assert report.tally == Tally(passed=1, failed=1, errors=1, skipped=1)
    assert [failure.message for failure in report.failures] == ["Error: x"] * 2


def test_deeply_nested_suites_are_walked_without_recursion() -> None:
    text = json.dumps(document(results="HERE")).replace('"HERE"', '[{"suites":' * 300 + "[]" + "}]" * 300)
    assert read(text).verdict is ReportVerdict.EMPTY


@pytest.mark.parametrize("name", ["mocha.json", "stdout.json"])
def test_real_reports_are_counted_as_mocha_counts(name: str) -> None:
    with (GOLDEN / name).open("rb") as stream:
        report = read_report(stream, name)
    assert report.tally == Tally(passed=4, failed=11, errors=2, skipped=2)
