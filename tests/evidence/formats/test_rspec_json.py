from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

GOLDEN = Path(__file__).parents[2] / "data" / "golden" / "rspec"
RAISED = {
    "class": "RSpec::Expectations::ExpectationNotMetError",
    "message": "\nexpected: 3\n     got: 2\n\n(compared using ==)\n",
    "backtrace": ["/gems/rspec-support/lib/support.rb:102:in `block'", "./spec/a_spec.rb:7:in `block (2 levels)'"],
}
LOADING = (
    "\nAn error occurred while loading ./spec/b_spec.rb.\nFailure/Error: RSpec.describe Missing do\n\n"
    "NameError:\n  uninitialized constant Missing\n# ./spec/b_spec.rb:1:in `<top (required)>'\n"
)
HOOK = (
    "\nAn error occurred in an `after(:context)` hook.\nFailure/Error: raise\n\n"
    "RuntimeError:\n  late\n# ./spec/a_spec.rb:9"
)


def example(status: object, exception: object = None, name: str = "Calc adds") -> dict[str, object]:
    place = {"file_path": "./spec/a_spec.rb", "line_number": 3}
    return {"full_description": name, "status": status, "exception": exception, **place}


def document(*examples: object, messages: object = (), failures: int = 0, outside: int = 0) -> dict[str, object]:
    counts = {"failure_count": failures, "errors_outside_of_examples_count": outside}
    return {"version": "3.12.0", "seed": 1, "messages": messages, "examples": examples, "summary": counts}


def read(content: object) -> Report:
    text = content if isinstance(content, str) else json.dumps(content)
    return read_report(io.BytesIO(text.encode()), "report.json")


def test_a_failing_example_carries_its_file_line_type_and_message() -> None:
    report = read(document(example("failed", RAISED), example("passed"), example("pending")))
    assert (report.format, report.tally) == ("rspec_json", Tally(passed=1, failed=1, skipped=1))
    (failure,) = report.failures
    assert (failure.id, failure.file, failure.line) == ("spec/a_spec.rb::Calc adds", "spec/a_spec.rb", 7)
    assert failure.type == "RSpec::Expectations::ExpectationNotMetError"
    assert failure.message == "expected: 3\ngot: 2\n(compared using ==)"


@pytest.mark.parametrize(
    ("content", "verdict", "tally"),
    [
        pytest.param(document(), ReportVerdict.EMPTY, Tally(), id="nothing ran"),
        pytest.param(document(messages=["No examples found."]), ReportVerdict.EMPTY, Tally(), id="nothing found"),
        pytest.param(document(outside=1), ReportVerdict.FAILED, Tally(), id="only a count"),
        pytest.param(document(messages=[LOADING], outside=1), ReportVerdict.FAILED, Tally(errors=1), id="load error"),
        pytest.param(
            document(example("passed"), messages=[HOOK, "Run options: error"], outside=1),
            ReportVerdict.FAILED,
            Tally(passed=1, errors=1),
            id="hook",
        ),
        pytest.param(document(example(3, 4), 5), ReportVerdict.FAILED, Tally(errors=1), id="wrong types"),
    ],
)
def test_the_count_and_the_verdict_follow_examples_and_messages(
    content: object, verdict: ReportVerdict, tally: Tally
) -> None:
    report = read(content)
    assert (report.verdict, report.tally) == (verdict, tally)


def test_a_file_that_does_not_load_is_an_error_with_its_place_and_reason() -> None:
    (failure,) = read(document(messages=[LOADING], outside=1)).failures
    assert (failure.id, failure.kind) == ("spec/b_spec.rb", CaseOutcome.ERROR)
    assert (failure.file, failure.line, failure.type) == ("spec/b_spec.rb", 1, "NameError")
    assert failure.message == "NameError:\nuninitialized constant Missing"


def test_a_hook_outside_of_the_examples_is_an_error_placed_where_it_was_raised() -> None:
    (failure,) = read(document(messages=[HOOK], outside=1)).failures
    assert (failure.id, failure.file, failure.line) == ("`after(:context)` hook", "spec/a_spec.rb", 9)


def test_a_document_between_other_output_is_read() -> None:
    text = "Run options: x\n" + json.dumps(document(example("passed"))) + "Coverage report generated\n"
    assert read(text).tally == Tally(passed=1)


@pytest.mark.parametrize("name", ["rspec.json", "broken.json"])
def test_real_reports_are_counted_as_rspec_counts(name: str) -> None:
    truth = {entry["file"]: entry for entry in json.loads((GOLDEN / "truth.json").read_text())}[name]
    with (GOLDEN / name).open("rb") as stream:
        tally = read_report(stream, name).tally
    assert tally == Tally(truth["passed"], truth["failed"], truth["errors"], truth["skipped"])
