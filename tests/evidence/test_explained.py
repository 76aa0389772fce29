from __future__ import annotations

from dataclasses import replace

import pytest

from healer.evidence.explained import explained
from healer.evidence.paths import RepositoryPaths
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, Rule, StackFrame

PATHS = RepositoryPaths(["shop/query.py", "shop/web.py", "ci/check.py", "ci/smoke.sh"])
PRINTED = "shop/query.py:3:8: F401 [*] `os` imported but unused\nshop/web.py:9:1: B006 Do not use mutable defaults\n"
RUFF = Failure(
    "check: ruff check shop",
    "check: ruff check shop",
    CaseOutcome.ERROR,
    message="ended with exit code 1",
    text=PRINTED,
)
HELP = Rule("F401", level="error", help="Remove it.")
REPORTED = Failure(
    "/home/runner/work/shop/shop/query.py:3:8: F401", "F401", CaseOutcome.FAILED, suite="ruff",
    file="/home/runner/work/shop/shop/query.py", line=3, type="F401", message="`os` imported but unused", rule=HELP,
)  # fmt: skip
FLOW = replace(
    REPORTED, id="shop/query.py:3: py/sql", suite="CodeQL", type="py/sql", message="a query",
    rule=Rule("py/sql"),
    file="shop/query.py", frames=(StackFrame("shop/web.py", 2), StackFrame("shop/query.py", 3)),
)  # fmt: skip
TEST = Failure("tests/test_a.py::test_x", "test_x", CaseOutcome.FAILED, file="tests/test_a.py")


def groups(*failures: Failure) -> tuple[FailureCluster, ...]:
    return tuple(FailureCluster(f"f{number}", (failure,)) for number, failure in enumerate(failures))


def test_findings_that_a_command_prints_stand_for_it_each_ending_with_it() -> None:
    found = explained(groups(RUFF), (), PATHS)
    assert [[one.id for one in group.failures] for group in found] == [
        ["shop/query.py:3:8: F401", "check: ruff check shop"],
        ["shop/web.py:9:1: B006", "check: ruff check shop"],
    ]
    assert len({group.fingerprint for group in found}) == 2


def test_a_report_of_the_same_place_says_more_under_the_repository_s_path() -> None:
    (first, _) = explained(groups(RUFF), (REPORTED,), PATHS)
    assert first.representative.rule == HELP
    assert (first.representative.file, first.representative.id) == ("shop/query.py", "shop/query.py:3:8: F401")


def test_another_tool_s_report_of_the_same_place_is_told_as_well() -> None:
    rules = [group.representative.type for group in explained(groups(RUFF), (FLOW,), PATHS)]
    assert sorted(map(str, rules)) == ["B006", "F401", "py/sql"]


def test_a_report_of_other_places_is_nothing_that_the_command_could_prove() -> None:
    elsewhere = replace(FLOW, line=77, id="shop/query.py:77: py/sql")
    assert all(group.representative.type != "py/sql" for group in explained(groups(RUFF), (elsewhere,), PATHS))


def test_of_a_command_whose_output_cannot_be_read_the_report_of_its_tool_is_told() -> None:
    (only,) = explained(groups(replace(RUFF, text="1 issue")), (REPORTED, FLOW), PATHS)
    assert only.representative.rule == HELP


@pytest.mark.parametrize(
    "failure",
    [
        TEST,
        replace(RUFF, text="nothing that is known", id="check: sh -c true"),
        replace(RUFF, frames=(StackFrame("shop/web.py", 3),)),
        replace(TEST, text=PRINTED),
    ],
    ids=["a test case", "a command of another tool", "a command that died", "a test case that prints findings"],
)
def test_everything_else_stays_as_it_is(failure: Failure) -> None:
    assert explained(groups(failure), (REPORTED,), PATHS) == groups(failure)


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("check: python ci/check.py --all", "ci/check.py"),
        ("sh ./ci/smoke.sh", "ci/smoke.sh"),
        ("python -m shop", None),
        ("sh smoke.sh", None),
    ],
)
def test_a_command_has_the_script_that_it_names_for_its_file(command: str, script: str | None) -> None:
    failure = replace(RUFF, id=command, name=command, text="no rows")
    assert explained(groups(failure), (), PATHS)[0].representative.file == script
