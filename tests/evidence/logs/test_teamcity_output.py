from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.logs.teamcity_output import failures, tally
from healer.models.evidence import CaseOutcome, Failure, Tally


def message(kind: str, **attributes: str) -> str:
    return f"##teamcity[{kind} {' '.join(f'{key}={value!r}' for key, value in attributes.items())}]\n"


def run(name: str, *between: str, suite: str = "S") -> str:
    inside = message("testStarted", name=name) + "".join(between) + message("testFinished", name=name, duration="1")
    return message("testSuiteStarted", name=suite) + inside + message("testSuiteFinished", name=suite)


def counted(text: str) -> Tally | None:
    found = tally(text)
    return found[1] if found else None


def only(text: str) -> Failure:
    (failure,) = failures(text)
    return failure


FAILED = message("testFailed", name="a", message="3 is not 4", details="at f (/w/src/a.js:3:4)|nat g (/w/b.js:7:1)")


def test_a_failing_test_is_found_with_its_suite_place_and_words() -> None:
    failure = only(run("a", FAILED))
    assert (failure.id, failure.kind, failure.message) == ("S::a", CaseOutcome.FAILED, "3 is not 4")
    assert (failure.file, failure.line) == ("/w/src/a.js", 3)


def test_what_is_escaped_is_read_as_it_was() -> None:
    name = "name='it|'s |[x|]'"
    text = f"##teamcity[testStarted {name}]\n##teamcity[testFailed {name} message='a||b|nc|0x00e9']\n"
    failure = only(text)
    assert (failure.id, failure.message) == ("it's [x]", "a|b\nc\u00e9")


def test_an_exception_is_an_error_and_a_failed_assertion_a_failure() -> None:
    thrown = only(run("a", message("testFailed", name="a", message="Calc.CalcError : cannot divide")))
    failed = only(run("a", message("testFailed", name="a", message="org.junit.AssertionError : no")))
    assert (thrown.kind, thrown.type) == (CaseOutcome.ERROR, "Calc.CalcError")
    assert failed.kind is CaseOutcome.FAILED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(run("a"), Tally(passed=1), id="passed"),
        pytest.param(run("a", FAILED), Tally(failed=1), id="failed"),
        pytest.param(run("a", message("testIgnored", name="a", message="x")), Tally(skipped=1), id="ignored"),
        pytest.param(message("testIgnored", name="a", message="x"), Tally(skipped=1), id="ignored without a start"),
        pytest.param(run("a") + run("a", suite="T"), Tally(passed=2), id="one name in two suites"),
        pytest.param(run("a", FAILED) + run("a"), Tally(passed=1, failed=1), id="one name twice"),
        pytest.param(
            message("testRetrySupport", enabled="true") + run("a", FAILED) + run("a"), Tally(passed=1), id="run again"
        ),
        pytest.param(run("a") + message("testStarted", name="b"), Tally(passed=1, errors=1), id="breaks off"),
        pytest.param(run("a") + message("buildProblem", description="no"), Tally(passed=1, errors=1), id="problem"),
    ],
)
def test_every_test_counts_by_its_last_word(text: str, expected: Tally) -> None:
    assert counted(text) == expected
    assert len(failures(text)) == expected.failing


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("we print ##teamcity[testFailed name='a']\n", id="quoted"),
        pytest.param("##teamcity[publishArtifacts 'a']\n", id="other messages"),
        pytest.param("##teamcity[testFailed name='a\n", id="broken"),
    ],
)
def test_other_output_is_passed_over(text: str) -> None:
    assert (failures(text), counted(text)) == ((), None)


@given(
    st.lists(
        st.sampled_from(
            [*run("a", FAILED).splitlines(keepends=True), message("testIgnored", name="a"), "##teamcity[", "|'", "]\n"]
        ),
        max_size=40,
    )
)
def test_any_order_of_messages_is_survived(lines: list[str]) -> None:
    text = "".join(lines)
    assert all(failure.id for failure in failures(text))
    assert (found := counted(text)) is None or found.failing == len(failures(text))
