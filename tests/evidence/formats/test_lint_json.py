from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

GOLDEN = Path(__file__).parents[2] / "data" / "golden" / "linters"


def read(content: object) -> Report:
    text = content if isinstance(content, str) else json.dumps(content)
    return read_report(io.BytesIO(text.encode()), "report.json")


@pytest.mark.parametrize(
    ("name", "tool", "tally", "first"),
    [
        pytest.param(
            "eslint.json", "eslint", Tally(failed=4, errors=1), "js/engine.js:1:7: no-unused-vars", id="ESLint"
        ),
        pytest.param("ruff.json", "ruff", Tally(failed=9, errors=2), "src/engine.py:1:1: E401", id="Ruff"),
        pytest.param(
            "bandit.json", "bandit", Tally(passed=3, failed=2, errors=1), "src/engine.py:14: B602", id="Bandit"
        ),
        pytest.param("mypy.json", "mypy", Tally(failed=2), "src/engine.py:9: return-value", id="mypy"),
        pytest.param(
            "shellcheck.json", "shellcheck", Tally(passed=4, failed=3), "src/script.sh:2:1: SC2164", id="ShellCheck"
        ),
        pytest.param(
            "shellcheck.json1", "shellcheck", Tally(passed=4, failed=3), "src/script.sh:2:1: SC2164", id="ShellCheck 1"
        ),
    ],
)
def test_findings_of_real_linters_are_read(name: str, tool: str, tally: Tally, first: str) -> None:
    with (GOLDEN / name).open("rb") as stream:
        report = read_report(stream, name)
    assert (report.format, report.verdict, report.tally) == ("lint_json", ReportVerdict.FAILED, tally)
    assert (report.failures[0].id, report.failures[0].suite) == (first, tool)
    assert report.failures[0].rule is not None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param([{"filePath": "/w/a.js", "messages": [], "errorCount": 0}], id="ESLint"),
        pytest.param({"errors": [], "generated_at": "2026-01-01T00:00:00Z", "metrics": {}, "results": []}, id="Bandit"),
        pytest.param('{"comments":[]}', id="ShellCheck"),
    ],
)
def test_a_linter_that_found_nothing_passes(content: object) -> None:
    assert read(content).verdict is ReportVerdict.PASSED


def test_an_empty_array_is_no_pass_since_it_does_not_say_what_wrote_it() -> None:
    assert read("[]").verdict is ReportVerdict.UNREADABLE


def test_a_file_that_cannot_be_parsed_is_an_error_without_a_rule() -> None:
    message = {"ruleId": None, "fatal": True, "severity": 2, "message": "Parsing error: no", "line": 2, "column": 1}
    (failure,) = read([{"filePath": "/w/a.js", "messages": [message]}]).failures
    assert (failure.id, failure.kind, failure.line) == ("/w/a.js:2:1", CaseOutcome.ERROR, 2)


def test_a_truncated_report_is_no_pass() -> None:
    assert read('[{"filePath":"/w/a.js","messages":[]},{"filePath":"/w/b').verdict is ReportVerdict.UNREADABLE


def test_wrong_types_are_survived() -> None:
    messages = [{"ruleId": 3, "line": "x", "column": [], "severity": None, "message": {}}, 7]
    assert read([{"filePath": 3, "messages": messages}, 5, None]).tally == Tally(failed=1)
