from __future__ import annotations

import io
import json

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

CONFIG = {"configFile": "/w/e2e/playwright.config.ts", "rootDir": "/w/e2e", "forbidOnly": True}
ERROR = {
    "message": "Error: \u001b[2mexpect(\u001b[22mreceived).toBe(expected)\n\nExpected: 2",
    "stack": "Error: \u001b[2mexpect(\u001b[22mreceived).toBe(expected)\n\nExpected: 2\n    at /w/e2e/a.spec.ts:4:36",
    "location": {"file": "/w/e2e/a.spec.ts", "line": 4, "column": 36},
}


def run(status: object, *results: str, expected: str = "passed", project: str = "", error: object = ERROR) -> object:
    tried = [{"status": word, **({"error": error} if word != "passed" else {}), "errors": []} for word in results]
    return {"status": status, "expectedStatus": expected, "projectName": project, "results": tried}


def document(*runs: object, errors: object = (), unexpected: int = 0) -> dict[str, object]:
    spec = {"title": "adds", "file": "a.spec.ts", "line": 3, "tests": runs}
    block = {"title": "calc", "file": "a.spec.ts", "specs": [spec]}
    suites = [{"title": "a.spec.ts", "file": "a.spec.ts", "suites": [block]}]
    return {"config": CONFIG, "suites": suites, "errors": errors, "stats": {"unexpected": unexpected}}


def read(content: object) -> Report:
    return read_report(io.BytesIO(json.dumps(content).encode()), "report.json")


def test_a_failing_test_carries_the_path_of_its_titles_place_type_and_message() -> None:
    report = read(document(run("unexpected", "failed", "failed")))
    assert report.format == "playwright"
    (failure,) = report.failures
    assert (failure.id, failure.file, failure.line) == ("a.spec.ts::calc > adds", "/w/e2e/a.spec.ts", 4)
    assert (failure.type, failure.message) == ("Error", "Error: expect(received).toBe(expected)\nExpected: 2")


@pytest.mark.parametrize(
    ("content", "verdict", "tally"),
    [
        pytest.param(document(run("expected", "passed")), ReportVerdict.PASSED, Tally(passed=1), id="passed"),
        pytest.param(document(run("skipped", "skipped")), ReportVerdict.EMPTY, Tally(skipped=1), id="skipped"),
        pytest.param(
            document(run("expected", "failed", expected="failed")),
            ReportVerdict.PASSED,
            Tally(passed=1),
            id="failed as expected",
        ),
        pytest.param(
            document(run("unexpected", "passed", expected="failed")),
            ReportVerdict.FAILED,
            Tally(failed=1),
            id="passed against expectation",
        ),
        pytest.param(document(run("unexpected", "timedOut")), ReportVerdict.FAILED, Tally(failed=1), id="timed out"),
        pytest.param(
            document(run("unexpected", "interrupted")), ReportVerdict.FAILED, Tally(errors=1), id="interrupted"
        ),
        pytest.param(document(run("unexpected")), ReportVerdict.FAILED, Tally(errors=1), id="no result"),
        pytest.param(document(run("flaky", "failed", "passed")), ReportVerdict.PASSED, Tally(passed=1), id="flaky"),
        pytest.param(document(run(None, "passed")), ReportVerdict.PASSED, Tally(passed=1), id="broken off, passing"),
        pytest.param(document(run(None, "failed")), ReportVerdict.FAILED, Tally(failed=1), id="broken off, failing"),
        pytest.param(document(unexpected=1), ReportVerdict.FAILED, Tally(), id="only a count"),
        pytest.param(document(), ReportVerdict.EMPTY, Tally(), id="no tests"),
        pytest.param(document(errors=[ERROR]), ReportVerdict.FAILED, Tally(errors=1), id="set-up of the run"),
        pytest.param(
            document(errors=[ERROR, {"message": "Error: No tests found"}]),
            ReportVerdict.FAILED,
            Tally(errors=1),
            id="no tests, and why",
        ),
        pytest.param(
            document(errors=[{"message": "Error: No tests found"}]),
            ReportVerdict.FAILED,
            Tally(errors=1),
            id="no tests",
        ),
    ],
)
def test_the_count_and_the_verdict_follow_status_and_errors(
    content: object, verdict: ReportVerdict, tally: Tally
) -> None:
    report = read(content)
    assert (report.verdict, report.tally) == (verdict, tally)


def test_a_test_counts_once_per_project_and_is_named_by_it_where_there_are_several() -> None:
    one, two = (run("unexpected", "failed", project=name) for name in ("chromium", "webkit"))
    assert [failure.id for failure in read(document(one)).failures] == ["a.spec.ts::calc > adds"]
    assert [failure.id for failure in read(document(one, two)).failures] == [
        "a.spec.ts::calc > adds [chromium]",
        "a.spec.ts::calc > adds [webkit]",
    ]


def test_a_test_that_passed_when_it_was_tried_again_is_flaky() -> None:
    assert read(document(run("flaky", "failed", "passed"))).flaky == ("a.spec.ts::calc > adds",)


def test_an_error_of_the_run_is_placed_where_it_was_raised() -> None:
    (failure,) = read(document(errors=[ERROR])).failures
    assert (failure.kind, failure.file, failure.line) == (CaseOutcome.ERROR, "/w/e2e/a.spec.ts", 4)


def test_a_test_that_should_have_failed_says_so() -> None:
    (failure,) = read(document(run("unexpected", "passed", expected="failed"))).failures
    assert failure.message == "Expected to fail, but passed."
    assert failure.line == 3
