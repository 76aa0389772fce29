from __future__ import annotations

import io
import json

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import Report, ReportVerdict, Tally

META = {"meta": {"protocolVersion": "32.0.0", "implementation": {"name": "cucumber-js"}}}
END = {"testRunFinished": {"success": True}}
FAILED_END = {"testRunFinished": {"success": False}}


def scenario(name: str, *attempts: str, line: int = 5, message: str = "") -> list[object]:
    pickle = {"id": f"p{name}{line}", "uri": "features/a.feature", "name": name, "location": {"line": line}}
    case = {"id": f"c{name}{line}", "pickleId": pickle["id"]}
    messages: list[object] = [{"pickle": pickle}, {"testCase": case}]
    for number, status in enumerate(attempts):
        started = f"s{name}{line}{number}"
        result = {"status": status, "message": message}
        again = number + 1 < len(attempts)
        messages += [
            {"testCaseStarted": {"id": started, "testCaseId": case["id"], "attempt": number}},
            {"testStepFinished": {"testCaseStartedId": started, "testStepResult": {"status": "PASSED"}}},
            {"testStepFinished": {"testCaseStartedId": started, "testStepResult": result}},
            {"testStepFinished": {"testCaseStartedId": started, "testStepResult": {"status": "SKIPPED"}}}
            if status != "PASSED"
            else {"attachment": {}},
            {"testCaseFinished": {"testCaseStartedId": started, "willBeRetried": again}},
        ]
    return messages


def read(*messages: object) -> Report:
    return read_report(io.BytesIO("".join(json.dumps(message) + "\n" for message in messages).encode()), "report")


def test_a_failing_scenario_carries_its_file_line_and_message() -> None:
    report = read(META, *scenario("adds", "FAILED", message="AssertionError: 2 is not 3\n    at s.js:4:2"), END)
    assert (report.format, report.tally) == ("cucumber_messages", Tally(failed=1))
    (failure,) = report.failures
    assert (failure.id, failure.file, failure.line) == ("features/a.feature::adds", "features/a.feature", 5)
    assert (failure.type, failure.message) == ("AssertionError", "AssertionError: 2 is not 3")


@pytest.mark.parametrize(
    ("messages", "verdict", "tally"),
    [
        pytest.param([*scenario("a", "PASSED"), END], ReportVerdict.PASSED, Tally(passed=1), id="passed"),
        pytest.param([*scenario("a", "UNDEFINED"), END], ReportVerdict.FAILED, Tally(errors=1), id="undefined"),
        pytest.param([*scenario("a", "SKIPPED"), END], ReportVerdict.EMPTY, Tally(skipped=1), id="skipped"),
        pytest.param([*scenario("a", "FAILED", "PASSED"), END], ReportVerdict.PASSED, Tally(passed=1), id="retried"),
        pytest.param([END], ReportVerdict.EMPTY, Tally(), id="no scenarios"),
        pytest.param([*scenario("a", "PASSED"), FAILED_END], ReportVerdict.FAILED, Tally(passed=1), id="claims"),
        pytest.param(scenario("a", "PASSED"), ReportVerdict.UNREADABLE, Tally(passed=1), id="broken off"),
        pytest.param(
            [{"parseError": {"source": {"uri": "a.feature"}, "message": "(1:1): expected"}}, FAILED_END],
            ReportVerdict.FAILED,
            Tally(errors=1),
            id="a feature file that does not parse",
        ),
        pytest.param(
            [{"testRunHookFinished": {"result": {"status": "FAILED", "message": "no"}}}, FAILED_END],
            ReportVerdict.FAILED,
            Tally(errors=1),
            id="a hook of the run",
        ),
        pytest.param([{"pickle": 3, "testStepFinished": {}}, 7, END], ReportVerdict.EMPTY, Tally(), id="wrong types"),
    ],
)
def test_the_count_and_the_verdict_follow_the_messages(
    messages: list[object], verdict: ReportVerdict, tally: Tally
) -> None:
    report = read(META, *messages)
    assert (report.verdict, report.tally) == (verdict, tally)


def test_a_scenario_that_passed_when_it_was_tried_again_is_flaky() -> None:
    assert read(META, *scenario("a", "FAILED", "PASSED"), END).flaky == ("features/a.feature::a",)


def test_rows_of_an_outline_are_told_apart_by_their_line() -> None:
    first, second = scenario("a", "FAILED", line=8), scenario("a", "PASSED", line=9)
    report = read(META, first[0], second[0], *first[1:], *second[1:], END)
    assert [failure.id for failure in report.failures] == ["features/a.feature::a:8"]
