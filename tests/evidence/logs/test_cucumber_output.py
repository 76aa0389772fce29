from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.logs.cucumber_output import failures, tally
from healer.models.evidence import CaseOutcome, Tally

SUMMARY = """\
..F.U

Failures:

1) Scenario: adds wrong (attempt 2) # features/a.feature:3
   \u2714 Given an engine # features/steps.js:11
   \u2716 Then the result is 4 # features/steps.js:29
       AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

       3 !== 4

           at check (/w/src/engine.js:18:11)
           at World.<anonymous> (/w/features/steps.js:30:10)
   - And more # features/steps.js:31

2) Scenario: unknown # features/a.feature:9
   ? When nobody knows
       Undefined. Implement with the following snippet:

         When('nobody knows', function () {});

Warnings:

1) Scenario: adds wrong (attempt 1, retried) # features/a.feature:3
   \u2716 Then the result is 4 # features/steps.js:29
       Error: the first time

2) Scenario: later # features/a.feature:12
   ? When I wait # features/steps.js:27
       Pending

5 scenarios (1 failed, 1 undefined, 1 pending, 1 skipped, 1 passed)
9 steps (1 failed, 8 passed)
0m00.024s (executing steps: 0m00.003s)
"""
RUBY = """\
Failing Scenarios:
cucumber -p ci features/a.feature:3 # Scenario: adds wrong
cucumber features/b.feature:7 # Scenario Outline: table, Examples (#1)

3 scenarios (2 failed, 1 passed)
9 steps (2 failed, 7 passed)
0m0.05s
"""
JVM = """\
Failed scenarios:
file:///w/src/test/resources/a.feature:3 # adds wrong

Undefined scenarios:
classpath:b.feature:9 # unknown

3 Scenarios (1 failed, 1 undefined, 1 passed)
9 Steps (1 failed, 8 passed)
0m0.1s
"""
BEHAVE = """\
Failing scenarios:
  features/a.feature:5  adds wrong

0 features passed, 1 failed, 0 skipped
2 scenarios passed, 1 failed, 3 skipped
9 steps passed, 1 failed, 3 skipped, 0 undefined
Took 0m0.001s
"""


def test_failing_undefined_and_pending_scenarios_are_found_and_retried_attempts_are_not() -> None:
    failed, undefined, pending = failures(SUMMARY)
    assert (failed.id, failed.kind) == ("features/a.feature::adds wrong", CaseOutcome.FAILED)
    assert (failed.file, failed.line, failed.type) == ("features/a.feature", 3, "AssertionError")
    assert "3 !== 4" in failed.message
    assert [(frame.file, frame.line) for frame in failed.frames] == [
        ("/w/features/steps.js", 30),
        ("/w/src/engine.js", 18),
    ]
    assert (undefined.id, undefined.kind, undefined.type) == ("features/a.feature::unknown", CaseOutcome.ERROR, None)
    assert undefined.message == "When nobody knows: Undefined. Implement with the following snippet:"
    assert (pending.id, pending.message) == ("features/a.feature::later", "When I wait: Pending")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        pytest.param(RUBY, ["features/a.feature::adds wrong", "features/b.feature::table, Examples (#1)"], id="Ruby"),
        pytest.param(JVM, ["///w/src/test/resources/a.feature::adds wrong", "b.feature::unknown"], id="JVM"),
        pytest.param(BEHAVE, ["features/a.feature::adds wrong"], id="Behave"),
    ],
)
def test_lists_of_failing_scenarios_are_read(text: str, ids: list[str]) -> None:
    assert [failure.id for failure in failures(text)] == ids


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        pytest.param(SUMMARY, Tally(passed=1, failed=1, errors=2, skipped=1), id="JavaScript"),
        pytest.param(RUBY, Tally(passed=1, failed=2), id="Ruby"),
        pytest.param(JVM, Tally(passed=1, failed=1, errors=1), id="JVM"),
        pytest.param(BEHAVE, Tally(passed=2, failed=1, skipped=3), id="Behave"),
        pytest.param("0 scenarios\n0 steps\n0m00.000s\n", Tally(), id="none"),
    ],
)
def test_the_last_count_is_read(text: str, counted: Tally) -> None:
    found = tally(text)
    assert found is not None
    assert found[1] == counted


def test_two_scenarios_of_one_name_are_told_apart_by_their_lines() -> None:
    entry = "{}) Scenario: same # a.feature:{}\n   \u2716 Then x # s.js:1\n       Error: no\n\n"
    text = "Failures:\n\n" + entry.format(1, 3) + entry.format(2, 8) + "2 scenarios (2 failed)\n2 steps (2 failed)\n"
    assert [failure.id for failure in failures(text)] == ["a.feature::same:3", "a.feature::same:8"]


def test_a_feature_file_that_cannot_be_parsed_is_an_error() -> None:
    (failure,) = failures("Parse error in \"features/x.feature\" (4:1): expected: #EOF, got 'Feature: again'\n")
    assert (failure.id, failure.file, failure.line) == ("features/x.feature", "features/x.feature", 4)
    assert failure.kind is CaseOutcome.ERROR
    assert failure.message.endswith("got 'Feature: again'")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Failures:\n\n  1) Engine adds\n     Failure/Error: x\n\n1 example, 1 failure\n", id="RSpec"),
        pytest.param("we looked at 3 scenarios (2 failed)\n", id="prose"),
        pytest.param("Failing Scenarios:\ncucumber a.feature:3 # Scenario: x\n", id="a list without a count"),
    ],
)
def test_other_output_is_passed_over(text: str) -> None:
    assert (failures(text), tally(text)) == ((), None)


@given(
    st.lists(
        st.sampled_from([*SUMMARY.splitlines(keepends=True), *JVM.splitlines(keepends=True), "\u2716", "\n"]),
        max_size=40,
    )
)
def test_any_order_of_lines_is_survived(lines: list[str]) -> None:
    text = "".join(lines)
    assert all(failure.id and failure.kind.is_failing for failure in failures(text))
    assert (found := tally(text)) is None or found[1].tests >= 0
