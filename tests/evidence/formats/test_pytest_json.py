from __future__ import annotations

import io
import json
from typing import Any

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

FAILED: dict[str, Any] = {
    "nodeid": "tests/test_a.py::TestB::test_c[d::e]",
    "lineno": 3,
    "outcome": "failed",
    "setup": {"outcome": "passed"},
    "call": {
        "outcome": "failed",
        "crash": {"path": "/w/pkg/core.py", "lineno": 7, "message": "NameError: name 'nam' is not defined"},
        "traceback": [{"path": "tests/test_a.py", "lineno": 8, "message": "in test_c"}],
        "longrepr": "tests/test_a.py:8: in test_c\n    boom()\npkg/core.py:7: in boom\n"
        "E   NameError: name 'nam' is not defined",
    },
}
PASSED = {"nodeid": "tests/test_a.py::test_ok", "lineno": 1, "outcome": "passed"}


def read(document: object) -> Report:
    text = document if isinstance(document, str) else json.dumps(document)
    return read_report(io.BytesIO(text.encode()), "report.json")


def document(*tests: object, exitcode: object = 1, **more: object) -> dict[str, object]:
    return {"created": 1.5, "duration": 0.5, "exitcode": exitcode, "root": "/w", "summary": {}, "tests": tests, **more}


def test_a_failing_test_carries_node_id_place_type_message_and_frames() -> None:
    report = read(document(FAILED, PASSED))
    assert (report.format, report.verdict, report.tally) == (
        "pytest_json",
        ReportVerdict.FAILED,
        Tally(passed=1, failed=1),
    )
    (failure,) = report.failures
    assert (failure.id, failure.suite, failure.name) == (
        "tests/test_a.py::TestB::test_c[d::e]",
        "tests/test_a.py::TestB",
        "test_c[d::e]",
    )
    assert (failure.file, failure.line) == ("tests/test_a.py", 8)
    assert (failure.type, failure.message) == ("NameError", "NameError: name 'nam' is not defined")
    assert [(frame.file, frame.line, frame.function) for frame in failure.frames] == [
        ("tests/test_a.py", 8, "test_c"),
        ("pkg/core.py", 7, "boom"),
    ]


@pytest.mark.parametrize(
    ("content", "verdict", "tally"),
    [
        pytest.param(document(PASSED, exitcode=0), ReportVerdict.PASSED, Tally(passed=1), id="green"),
        pytest.param(document(exitcode=5), ReportVerdict.EMPTY, Tally(), id="nothing collected"),
        pytest.param(document(exitcode=0), ReportVerdict.EMPTY, Tally(), id="collect only"),
        pytest.param(document(exitcode=4), ReportVerdict.FAILED, Tally(), id="wrong usage"),
        pytest.param(
            document({"nodeid": "a::b", "outcome": "rerun", "call": {"outcome": "passed"}}, exitcode=0),
            ReportVerdict.PASSED,
            Tally(passed=1),
            id="passed when tried again",
        ),
        pytest.param(
            document({"nodeid": "a::b", "outcome": "rerun", "call": {"outcome": "failed"}}),
            ReportVerdict.FAILED,
            Tally(failed=1),
            id="failed when tried again",
        ),
        pytest.param(document(PASSED, exitcode=2), ReportVerdict.FAILED, Tally(passed=1), id="interrupted"),
        pytest.param(document(PASSED, exitcode=3), ReportVerdict.FAILED, Tally(passed=1), id="broken inside"),
        pytest.param(
            document(exitcode=2, collectors=[{"nodeid": "tests/test_x.py", "outcome": "failed", "longrepr": "E   no"}]),
            ReportVerdict.FAILED,
            Tally(errors=1),
            id="collection error",
        ),
        pytest.param(
            document({"nodeid": "a::b", "outcome": "xfailed"}, {"nodeid": "a::c", "outcome": "xpassed"}, exitcode=0),
            ReportVerdict.PASSED,
            Tally(passed=1, skipped=1),
            id="expected failures",
        ),
        pytest.param(
            document({"nodeid": "a::b", "outcome": [1]}, 7, None),
            ReportVerdict.FAILED,
            Tally(errors=1),
            id="wrong types",
        ),
        pytest.param(
            {"created": 1, "exitcode": 1, "root": "", "summary": {"passed": 3, "failed": 2}},
            ReportVerdict.FAILED,
            Tally(passed=3, failed=2),
            id="summary only",
        ),
    ],
)
def test_the_count_and_the_verdict_follow_tests_collectors_and_exit_code(
    content: object, verdict: ReportVerdict, tally: Tally
) -> None:
    report = read(content)
    assert (report.verdict, report.tally) == (verdict, tally)


def test_without_a_line_of_the_trace_in_the_test_it_is_that_of_the_definition() -> None:
    entry = {"nodeid": "a.py::t", "lineno": 3, "outcome": "failed", "call": {"outcome": "failed", "longrepr": "E   no"}}
    assert read(document(entry)).failures[0].line == 4


def test_a_test_that_passed_when_it_was_tried_again_is_flaky() -> None:
    entry = {"nodeid": "a.py::t", "outcome": "rerun", "call": {"outcome": "passed"}}
    assert read(document(entry, exitcode=0)).flaky == ("a.py::t",)


def test_a_document_after_other_lines_of_the_run_is_read() -> None:
    assert read("collecting ...\n" + json.dumps(document(PASSED, exitcode=0))).tally == Tally(passed=1)


def test_a_failed_subtest_is_a_failure_although_all_stages_passed() -> None:
    entry = {"nodeid": "a.py::t", "outcome": "failed", "call": {"outcome": "passed"}}
    (failure,) = read(document(entry)).failures
    assert failure.kind is CaseOutcome.FAILED
    assert "not why" in failure.message


def test_a_truncated_document_gives_the_tests_before_the_break() -> None:
    report = read(json.dumps(document(PASSED, FAILED, PASSED))[:-40])
    assert report.verdict is ReportVerdict.FAILED
    assert report.tally == Tally(passed=1, failed=1)
    assert "breaks off" in report.warnings[0]


def test_a_truncated_document_without_failures_is_no_pass() -> None:
    report = read(json.dumps(document(PASSED, PASSED, PASSED, exitcode=0))[:-40])
    assert report.verdict is ReportVerdict.UNREADABLE


@pytest.mark.parametrize(
    "content",
    [
        pytest.param('{"created": 1, "exitcode": 1, "tests": ' + "[" * 200_000, id="depth"),
        pytest.param('{"created": 1, "exitcode": 1, "tests": [' + "1" * 10_000 + "]}", id="long integer"),
        pytest.param('{"created": NaN, "exitcode": Infinity, "root": "", "tests": [{}]}', id="constants"),
    ],
)
def test_json_bombs_end_in_a_report(content: str) -> None:
    assert read(content).verdict is not ReportVerdict.PASSED


def test_lone_surrogates_never_reach_later_stages() -> None:
    entry = {"nodeid": "a.py::t\ud800", "outcome": "failed", "call": {"outcome": "failed", "longrepr": "E   \udcff"}}
    (failure,) = read(document(entry)).failures
    assert (failure.id + failure.message + failure.text).encode()
