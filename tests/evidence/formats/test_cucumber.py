from __future__ import annotations

import io
import json

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally


def step(status: str, name: str = "a step", line: int = 6, error: object = None) -> dict[str, object]:
    result = {"status": status, **({"error_message": error} if error else {})}
    return {"keyword": "When ", "name": name, "line": line, "result": result}


def scenario(*steps: object, name: str = "adds", line: int = 5, **more: object) -> dict[str, object]:
    return {"keyword": "Scenario", "type": "scenario", "name": name, "line": line, "steps": steps, **more}


def read(*elements: object, **feature: object) -> Report:
    features = [{"keyword": "Feature", "name": "Sums", "uri": "features/a.feature", "elements": elements, **feature}]
    return read_report(io.BytesIO(json.dumps(features).encode()), "report.json")


def test_a_failing_step_gives_the_scenario_its_line_type_and_message() -> None:
    report = read(scenario(step("passed"), step("failed", line=7, error="AssertionError: 2 is not 3\n    at s.js:4:2")))
    assert (report.format, report.tally) == ("cucumber", Tally(failed=1))
    (failure,) = report.failures
    assert (failure.id, failure.suite) == ("features/a.feature::adds", "Sums")
    assert (failure.file, failure.line) == ("features/a.feature", 7)
    assert (failure.type, failure.message) == ("AssertionError", "AssertionError: 2 is not 3")
    assert failure.text.startswith("When a step")


BACKGROUND = {"keyword": "Background", "type": "background", "name": "", "steps": [step("failed", line=3)]}
HOOK = {"match": {"location": "hooks.rb:3"}, "result": {"status": "failed", "error_message": "boom"}}


@pytest.mark.parametrize(
    ("elements", "tally"),
    [
        pytest.param([scenario(step("passed"))], Tally(passed=1), id="passed"),
        pytest.param([scenario(step("undefined"), step("skipped"))], Tally(errors=1), id="undefined"),
        pytest.param([scenario(step("pending"))], Tally(errors=1), id="pending"),
        pytest.param([scenario(step("ambiguous"))], Tally(errors=1), id="ambiguous"),
        pytest.param([scenario(step("passed"), step("skipped"))], Tally(skipped=1), id="skipped"),
        pytest.param([scenario()], Tally(skipped=1), id="no steps"),
        pytest.param([scenario(step("passed"), before=[HOOK])], Tally(failed=1), id="hook before"),
        pytest.param([scenario(step("passed"), after=[HOOK])], Tally(failed=1), id="hook after"),
        pytest.param([scenario({**step("passed"), "after": [HOOK]})], Tally(failed=1), id="hook of a step"),
        pytest.param([scenario({**HOOK, "hidden": True}, step("skipped"))], Tally(failed=1), id="hidden hook"),
        pytest.param(
            [BACKGROUND, scenario(step("skipped")), scenario(step("passed"))],
            Tally(passed=1, failed=1),
            id="a background belongs to the scenario after it",
        ),
        pytest.param([BACKGROUND], Tally(failed=1), id="a background alone"),
        pytest.param([scenario({"name": "x"}, status="failed")], Tally(failed=1), id="status of the scenario alone"),
        pytest.param([scenario({"name": "x"}, status="hook_error")], Tally(errors=1), id="behave's hook error"),
        pytest.param([scenario(step("error"))], Tally(errors=1), id="behave's error"),
        pytest.param([3, None, scenario(7, step("passed"))], Tally(passed=1), id="wrong types"),
    ],
)
def test_a_scenario_ends_as_the_worst_of_its_steps_and_hooks(elements: list[object], tally: Tally) -> None:
    assert read(*elements).tally == tally


def test_rows_of_an_outline_are_told_apart_by_their_line() -> None:
    report = read(*(scenario(step("failed"), line=line) for line in (24, 25)), scenario(step("failed"), name="other"))
    assert [failure.id for failure in report.failures] == [
        "features/a.feature::adds:24",
        "features/a.feature::adds:25",
        "features/a.feature::other",
    ]


def test_an_attempt_that_was_retried_gives_way_to_the_last_one() -> None:
    report = read(scenario(step("retried")), scenario(step("passed")))
    assert (report.tally, report.flaky) == (Tally(passed=1), ("features/a.feature::adds",))


def test_one_scenario_run_twice_without_a_word_of_retries_counts_twice() -> None:
    assert read(scenario(step("failed")), scenario(step("passed"))).tally == Tally(passed=1, failed=1)


def test_behaves_places_and_messages_are_understood() -> None:
    element = {**scenario(step("failed", error=["ASSERT FAILED: 2 != 3", "more"])), "line": None}
    report = read({**element, "location": "features/a.feature:9"}, uri=None, location="features/a.feature:1")
    (failure,) = report.failures
    assert failure.id == "features/a.feature::adds"
    assert failure.message.startswith("ASSERT FAILED: 2 != 3")


def test_an_undefined_step_is_named() -> None:
    (failure,) = read(scenario(step("undefined", name="I wait"))).failures
    assert (failure.kind, failure.message) == (CaseOutcome.ERROR, "The step is not defined: When I wait")


def test_features_without_scenarios_are_no_pass() -> None:
    assert read().verdict is ReportVerdict.EMPTY
