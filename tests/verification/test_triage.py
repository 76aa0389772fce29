from __future__ import annotations

import pytest

from healer.models.evidence import CaseOutcome, Failure, Tally
from healer.models.proof import GradedBy
from healer.verification.grading import SUITE
from healer.verification.triage import environmental, sort_out
from tests.fakes import run_of


def test_a_test_case_that_also_passed_is_flaky_with_its_count() -> None:
    reruns = [run_of({"a": "failed", "b": "passed"}), run_of({"a": "failed", "b": "failed"})]

    sorted_out = sort_out({"a", "b"}, reruns)

    assert sorted_out.deterministic == {"a"}
    assert sorted_out.flaky == {"b": "failed 2 of 3 runs on the same commit"}


@pytest.mark.parametrize("target", ["t.py", SUITE])
def test_a_module_or_a_process_that_fails_only_once_is_flaky_too(target: str) -> None:
    reruns = [run_of({"t.py::a": "passed"}), run_of({"t.py::a": "passed"})]

    assert sort_out({target}, reruns).deterministic == frozenset()
    assert sort_out({target}, reruns).flaky == {target: "failed 1 of 3 runs on the same commit"}


def test_a_runner_that_lists_only_failures_tells_flaky_ones_all_the_same() -> None:
    green = run_of({}, graded_by=GradedBy.OUTPUT, tally=Tally(passed=2))

    assert sort_out({"a"}, [green]).deterministic == frozenset()


def missing(module: str, kind: str = "ModuleNotFoundError") -> Failure:
    return Failure("t.py", "t.py", CaseOutcome.ERROR, type=kind, message=f"No module named '{module}'")


def no_fixture(text: str, kind: CaseOutcome = CaseOutcome.ERROR) -> Failure:
    return Failure("t.py::t", "t", kind, type="FixtureLookupError", text=text)


@pytest.mark.parametrize(
    ("failure", "lacking"),
    [
        pytest.param(missing("yaml"), "the module yaml", id="a third-party module"),
        pytest.param(missing("yaml.nodes"), "the module yaml.nodes", id="a submodule of it"),
        pytest.param(missing("calc"), None, id="the repository's own module"),
        pytest.param(missing("calc.missing"), None, id="a module missing in its own package"),
        pytest.param(missing("yaml", "AssertionError"), None, id="another kind of failure that says the same"),
        pytest.param(
            no_fixture("fixture 'benchmark' not found"), "a plugin with the fixture benchmark", id="a fixture"
        ),
        pytest.param(
            no_fixture("assert 'fixture 'x' not found' in out", CaseOutcome.FAILED), None, id="a test about fixtures"
        ),
    ],
)
def test_what_the_environment_lacks_is_told_from_what_the_code_does_wrong(
    failure: Failure, lacking: str | None
) -> None:
    assert environmental(failure, {"calc", "tests"}) == lacking
