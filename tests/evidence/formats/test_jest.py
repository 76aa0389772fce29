from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

GOLDEN = Path(__file__).parents[2] / "data" / "golden"
FILE = "/home/runner/work/calc/calc/test/a.test.js"
STACK = f"Error: expect(received).toBe(expected)\n\nExpected: 3\nReceived: 2\n    at Object.toBe ({FILE}:4:39)"


def case(title: str, status: object, *, messages: tuple[str, ...] = (), **more: object) -> dict[str, object]:
    return {"ancestorTitles": ["calc"], "title": title, "status": status, "failureMessages": messages, **more}


def file(*tests: object, status: str = "passed", message: str = "", **more: object) -> dict[str, object]:
    return {"assertionResults": tests, "name": FILE, "status": status, "message": message, **more}


def document(*files: object, success: object = True, **more: object) -> dict[str, object]:
    counts = {"numFailedTests": 0, "numPassedTests": 0, "numTotalTests": 0}
    return {**counts, "success": success, "testResults": files, **more}


def read(content: object) -> Report:
    text = content if isinstance(content, str) else json.dumps(content)
    return read_report(io.BytesIO(text.encode()), "report.json")


def test_a_failing_test_carries_the_path_of_its_titles_place_type_and_message() -> None:
    report = read(document(file(case("adds", "failed", messages=(STACK,)), case("ok", "passed"))))
    assert (report.format, report.tally) == ("jest", Tally(passed=1, failed=1))
    (failure,) = report.failures
    assert (failure.id, failure.name) == ("test/a.test.js::calc > adds", "calc > adds")
    assert (failure.file, failure.line, failure.type) == (FILE, 4, "Error")
    assert failure.message == "Error: expect(received).toBe(expected)\nExpected: 3\nReceived: 2"
    assert [(frame.file, frame.line) for frame in failure.frames] == [(FILE, 4)]


@pytest.mark.parametrize(
    ("content", "verdict", "tally"),
    [
        pytest.param(document(file(case("a", "passed"))), ReportVerdict.PASSED, Tally(passed=1), id="green"),
        pytest.param(document(), ReportVerdict.EMPTY, Tally(), id="no tests"),
        pytest.param(document(success=False), ReportVerdict.FAILED, Tally(), id="failed but shows nothing"),
        pytest.param(document(numRuntimeErrorTestSuites=1), ReportVerdict.FAILED, Tally(), id="counts a broken file"),
        pytest.param(document(numFailedTests=1), ReportVerdict.FAILED, Tally(), id="counts a failed test"),
        pytest.param(
            document(file(*(case("a", word) for word in ("pending", "todo", "skipped", "disabled", "passed")))),
            ReportVerdict.PASSED,
            Tally(passed=1, skipped=4),
            id="words of skipping",
        ),
        pytest.param(
            document(file(status="failed", message="Cannot find module './x'")),
            ReportVerdict.FAILED,
            Tally(errors=1),
            id="a file that does not load",
        ),
        pytest.param(
            document(file(case("a", "passed"), status="failed")),
            ReportVerdict.FAILED,
            Tally(passed=1, errors=1),
            id="a hook of the file",
        ),
        pytest.param(
            document(file(case("a", "skipped"), status="failed")),
            ReportVerdict.FAILED,
            Tally(skipped=1, errors=1),
            id="a hook before all tests",
        ),
        pytest.param(
            document(
                file(
                    case("a", "failed"),
                    status="failed",
                    message="  ● calc \u203a a\n\n  ● Test suite failed to run\n\n  no",
                )
            ),
            ReportVerdict.FAILED,
            Tally(failed=1, errors=1),
            id="a test and the file",
        ),
        pytest.param(
            document(file(case("a", 7), case("b", "new word"), 5, None)),
            ReportVerdict.FAILED,
            Tally(errors=2),
            id="wrong types",
        ),
        pytest.param(
            document({"testFilePath": FILE, "testExecError": {"message": "x"}, "testResults": [case("a", "passed")]}),
            ReportVerdict.FAILED,
            Tally(passed=1, errors=1),
            id="the raw result",
        ),
    ],
)
def test_the_count_and_the_verdict_follow_tests_and_files(
    content: object, verdict: ReportVerdict, tally: Tally
) -> None:
    report = read(content)
    assert (report.verdict, report.tally) == (verdict, tally)


@pytest.mark.parametrize(
    "more", [pytest.param({"invocations": 2}, id="Jest"), pytest.param({"messages": (STACK,)}, id="Vitest")]
)
def test_a_test_that_passed_when_it_was_tried_again_is_passed_and_flaky(more: dict[str, Any]) -> None:
    report = read(document(file(case("a", "passed", **more))))
    assert (report.tally, report.flaky) == (Tally(passed=1), ("test/a.test.js::calc > a",))


def test_of_a_file_that_does_not_compile_the_compilers_sentence_is_the_message() -> None:
    message = (
        "  ● Test suite failed to run\n\n    Jest encountered an unexpected token\n\n    Advice.\n\n    Details:\n\n"
        f"    SyntaxError: {FILE}: Unexpected token (7:10)\n\n    > 7 | const x = ;\n"
    )
    (failure,) = read(document(file(status="failed", message=message))).failures
    assert (failure.id, failure.kind, failure.line) == ("test/a.test.js", CaseOutcome.ERROR, 7)
    assert failure.message == f"SyntaxError: {FILE}: Unexpected token (7:10)"


def test_several_errors_of_one_test_are_one_failure_with_all_their_text() -> None:
    (failure,) = read(document(file(case("a", "failed", messages=(STACK, "Error: second"))))).failures
    assert failure.line == 4
    assert "second" in failure.text


def test_a_truncated_document_gives_the_tests_before_the_break() -> None:
    whole = json.dumps(document(file(case("a", "failed", messages=(STACK,)), case("b", "passed")), file(), file()))
    report = read(whole[: whole.index('"title": "b"')])
    assert (report.verdict, report.tally) == (ReportVerdict.FAILED, Tally(failed=1))
    assert "breaks off" in report.warnings[0]


@pytest.mark.parametrize(
    ("name", "tally"),
    [
        pytest.param("jest/jest.json", Tally(passed=3, failed=15, skipped=2), id="jest"),
        pytest.param("vitest/vitest.json", Tally(passed=3, failed=14, skipped=4), id="vitest"),
        pytest.param("vitest/broken.json", Tally(errors=4), id="vitest, files that do not load"),
        pytest.param("jest/broken.json", Tally(errors=4), id="jest, files that do not load"),
    ],
)
def test_real_reports_are_counted_as_the_tool_counts(name: str, tally: Tally) -> None:
    with (GOLDEN / name).open("rb") as stream:
        assert read_report(stream, name).tally == tally
