from __future__ import annotations

import pytest

from healer.models.evidence import CaseOutcome, Failure
from healer.verification.triage import missing_dependency, sort_out
from tests.fakes import run_of


def test_a_test_case_that_also_passed_is_flaky_with_its_count() -> None:
    reruns = [run_of({"a": "failed", "b": "passed"}), run_of({"a": "failed", "b": "failed"})]

    sorted_out = sort_out({"a", "b"}, reruns)

    assert sorted_out.deterministic == {"a"}
    assert sorted_out.flaky == {"b": "failed 2 of 3 runs on the same commit"}


def test_a_test_case_that_did_not_run_again_is_not_called_flaky() -> None:
    assert sort_out({"a"}, [run_of({})]).deterministic == {"a"}


def missing(module: str, kind: str = "ModuleNotFoundError") -> Failure:
    return Failure("t.py", "t.py", CaseOutcome.ERROR, type=kind, message=f"No module named '{module}'")


@pytest.mark.parametrize(
    ("failures", "lacking"),
    [
        pytest.param([missing("yaml")], "yaml", id="a third-party module"),
        pytest.param([missing("yaml"), missing("attr")], "attr, yaml", id="two of them"),
        pytest.param([missing("yaml.nodes")], "yaml.nodes", id="a submodule of it"),
        pytest.param([missing("calc")], None, id="the repository's own module"),
        pytest.param([missing("calc.missing")], None, id="a module missing in its own package"),
        pytest.param([missing("yaml", "AssertionError")], None, id="another kind of failure that says the same"),
        pytest.param(
            [missing("yaml"), Failure("x", "x", CaseOutcome.FAILED, type="ValueError")], None, id="not every failure"
        ),
        pytest.param([], None, id="no failure at all"),
    ],
)
def test_a_missing_dependency_is_named_only_when_it_explains_everything(
    failures: list[Failure], lacking: str | None
) -> None:
    assert missing_dependency(failures, {"calc", "tests"}) == lacking
