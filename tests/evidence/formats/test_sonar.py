from __future__ import annotations

import io

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import Report, ReportVerdict, Tally


def read(*cases: str) -> Report:
    inside = f'<file path="src/a.test.js">{"".join(cases)}</file>'
    document = f'<?xml version="1.0"?><testExecutions version="1">{inside}</testExecutions>'
    return read_report(io.BytesIO(document.encode()), "sonar.xml")


def case(body: str = "", name: str = "adds up") -> str:
    return f'<testCase name="{name}" duration="5">{body}</testCase>'


FAILURE = '<failure message="1 is not 2">at src/a.test.js:12:3</failure>'
ERROR = '<error message="gone">Error: gone</error>'
SKIPPED = '<skipped message="later"/>'


@pytest.mark.parametrize(
    ("test_case", "tally"),
    [
        (case(), Tally(passed=1)),
        ('<testCase name="x" duration="1"/>', Tally(passed=1)),
        (case(FAILURE), Tally(failed=1)),
        (case('<failure message="short"/>'), Tally(failed=1)),
        (case(ERROR), Tally(errors=1)),
        (case(SKIPPED), Tally(skipped=1)),
        (case(FAILURE + ERROR), Tally(errors=1)),
        (case(ERROR + FAILURE), Tally(errors=1)),
        (case(FAILURE + SKIPPED), Tally(failed=1)),
        (case(SKIPPED + FAILURE), Tally(failed=1)),
    ],
)
def test_the_gravest_word_on_a_case_counts(test_case: str, tally: Tally) -> None:
    assert read(test_case).tally == tally


def test_a_failure_has_file_name_message_and_trace() -> None:
    (failure,) = read(case(FAILURE + FAILURE.replace("1 is", "2 is"))).failures
    assert (failure.id, failure.file) == ("src/a.test.js::adds up", "src/a.test.js")
    assert (failure.message, failure.text) == ("1 is not 2", "at src/a.test.js:12:3")
    assert [frame.line for frame in failure.frames] == [12]


def test_a_test_in_c_is_known_by_its_name_alone() -> None:
    document = f'<testExecutions version="1"><file path="/w/a.cpp">{case(FAILURE)}</file></testExecutions>'
    (failure,) = read_report(io.BytesIO(document.encode()), "sonar.xml").failures
    assert (failure.id, failure.suite) == ("adds up", "/w/a.cpp")


def test_no_test_is_no_pass() -> None:
    assert read().verdict is ReportVerdict.EMPTY
