"""Every condition of a proof, on small real repositories: candidates that break just one, and the verdict names it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from healer.adapters.suite import CommandSuite, SuiteCommand
from healer.adapters.toolchain import Toolchain
from healer.models.change import FileEdit
from healer.models.proof import Baseline, Condition, Verdict
from healer.proof import Proved, Prover
from healer.verification.verdict import judge_targets
from tests.adapters.outsider import NONE
from tests.projects import project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.projects import Content

PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")
TARGET = "test_calc.py::test_add"
CALC = """
import os, pathlib
NAMES = ["one", "two"]
def add(a, b):
    return a - b
def double(a):
    return a * 2
def nth(name):
    "Count the calls of all runs."
    with (pathlib.Path(os.environ["WHERE"]) / name).open("a") as counted:
        counted.write("x")
        return counted.tell()
"""
TESTS = """
import calc, pytest
def test_add():
    assert calc.add(1, 2) == 3
def test_double():
    assert calc.double(2) == 4
@pytest.mark.parametrize("name", calc.NAMES)
def test_name(name):
    assert name
"""
FIXED = ("a - b", "a + b")
BREAKS_DOUBLE = ("return a * 2", "return a ** 3")


class Case:
    """A baseline taken on a project, and candidates for it."""

    def __init__(self, prover: Prover, files: Mapping[str, Content]) -> None:
        self.prover = prover
        self.files = files

    def verdict(self, *changes: tuple[str, str], path: str = "calc.py") -> Proved | Verdict:
        """Judge the repair together with further replacements in one file."""
        after = {name: str(text) for name, text in self.files.items()}
        after["calc.py"] = after["calc.py"].replace(*FIXED)
        for old, new in changes:
            assert old in after[path]
            after[path] = after[path].replace(old, new)
        edits = [
            FileEdit(name, str(self.files[name]).encode(), text.encode())
            for name, text in after.items()
            if text != self.files[name]
        ]
        tree = self.prover.repository.write_tree(edits)
        verdict = judge_targets(self.prover.run(tree, [TARGET]), [TARGET])
        return self.prover.prove(tree, frozenset([TARGET])) if verdict.is_verified else verdict


@contextmanager
def reproduced(
    place: Path, files: Mapping[str, Content], *, runs: int = 2, worth_narrowing_seconds: float = 20.0
) -> Iterator[Case]:
    """Take the baseline of a project on which only the target fails."""
    made = project(place, files)
    variables = {"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "WHERE": str(place)}
    toolchain = Toolchain.inherit(variables, made.root, ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "WHERE"))
    with made.private() as repository:
        suite = CommandSuite(SuiteCommand(PYTEST, seconds=60.0), repository, toolchain, NONE, lambda *_: None)
        try:
            baseline = Baseline(suite.run(), frozenset([TARGET]))
            assert baseline.run.failing == {TARGET}
            prover = Prover(
                baseline, repository, suite, lambda *_: None, runs, worth_narrowing_seconds=worth_narrowing_seconds
            )
            yield Case(prover, files)
        finally:
            suite.close()


def files(*, code: str = CALC, tests: str = TESTS, **others: str) -> dict[str, Content]:
    return {"calc.py": code, "test_calc.py": tests, **{f"{name}.py": text for name, text in others.items()}}


def test_a_repair_that_breaks_nothing_is_proved(tmp_path: Path) -> None:
    with reproduced(tmp_path, files()) as case:
        proved = case.verdict()

    assert isinstance(proved, Proved)
    assert (proved.targets_passed, proved.remarks) == (2, ())
    assert "whole suite 4 passed and 0 failing (base: 3 and 1)" in proved.verdict.reason


@pytest.mark.parametrize(
    ("change", "condition"),
    [
        pytest.param(("a + b", "b - a"), Condition.RED_TO_GREEN, id="the target still fails"),
        pytest.param(BREAKS_DOUBLE, Condition.NOTHING_NEWLY_FAILS, id="another test fails"),
        pytest.param(('["one", "two"]', '["one"]'), Condition.NOTHING_LOST, id="a test case is gone"),
        pytest.param(
            ("return a * 2", "import pytest; pytest.skip()"), Condition.NOTHING_SKIPPED, id="a test is skipped"
        ),
        pytest.param(
            ("return a * 2", "import pytest; pytest.xfail()"), Condition.NOTHING_SKIPPED, id="a test may fail now"
        ),
        pytest.param(
            ("return a + b", "import pytest; pytest.skip()"), Condition.NOTHING_SKIPPED, id="the target is skipped"
        ),
        pytest.param(("return a * 2", "os._exit(0)"), Condition.COMPARABLE, id="the run breaks off"),
        pytest.param(
            ("return a + b", "return a + b if nth('add') < 3 else 0"), Condition.REPEATABLE, id="it passes twice only"
        ),
    ],
)
def test_the_verdict_names_the_one_condition_that_a_candidate_breaks(
    tmp_path: Path, change: tuple[str, str], condition: Condition
) -> None:
    with reproduced(tmp_path, files(), runs=3) as case:
        verdict = case.verdict(change)

    assert isinstance(verdict, Verdict)
    assert verdict.condition is condition, verdict.reason


def test_a_candidate_that_changes_what_tests_stand_on_is_not_proved(tmp_path: Path) -> None:
    helped = files(tests=TESTS + "from conftest import right\n", conftest="right = 3\n")
    with reproduced(tmp_path, helped) as case:
        verdict = case.verdict(("right = 3", "right = 4"), path="conftest.py")

    assert isinstance(verdict, Verdict)
    assert (verdict.condition, "conftest.py" in verdict.reason) == (Condition.TESTS_KEPT, True)


def test_a_target_that_passes_without_the_patch_as_well_by_now_proves_nothing(tmp_path: Path) -> None:
    cached = CALC.replace("return a - b", "return a - b if nth('calls') < 3 else a + b")
    with reproduced(tmp_path, files(code=cached)) as case:
        verdict = case.verdict()

    assert isinstance(verdict, Verdict)
    assert verdict.condition is Condition.REVERTIBLE
    assert TARGET in verdict.reason


def test_what_uses_the_changed_code_runs_before_the_whole_suite(tmp_path: Path) -> None:
    others = "import pytest\n@pytest.mark.parametrize('n', range(40))\ndef test_n(n): pass\n"
    with reproduced(tmp_path, files(test_others=others), worth_narrowing_seconds=0.0) as case:
        verdict = case.verdict(BREAKS_DOUBLE)

    assert isinstance(verdict, Verdict)
    assert verdict.condition is Condition.NEIGHBOURS_KEPT
    assert "test_double" in verdict.reason


FLAKY = """
def test_flaky():
    assert calc.nth("flaky") not in {red}
"""


def test_a_test_that_fails_once_by_itself_does_not_sink_an_honest_repair(tmp_path: Path) -> None:
    with reproduced(tmp_path, files(tests=TESTS + FLAKY.format(red={2}))) as case:
        proved = case.verdict()

    assert isinstance(proved, Proved)
    assert proved.remarks == (
        "test_calc.py::test_flaky failed once and was set aside: it passed in 2 further runs of the whole suite.",
    )


def test_a_test_that_fails_without_the_patch_as_well_does_not_sink_an_honest_repair(tmp_path: Path) -> None:
    with reproduced(tmp_path, files(tests=TESTS + FLAKY.format(red={2, 4, 5}))) as case:
        proved = case.verdict()

    assert isinstance(proved, Proved)
    assert "fails without the patch as well" in proved.remarks[0]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("return a * 2 if nth('double') % 2 == 0 else 0", id="every other time"),
        pytest.param("return a * 2 if nth('double') in {2, 3} else 0", id="in the suite only"),
    ],
)
def test_a_regression_that_shows_now_and_then_is_not_taken_for_flaky(tmp_path: Path, change: str) -> None:
    with reproduced(tmp_path, files(), runs=3) as case:
        verdict = case.verdict(("return a * 2", change))

    assert isinstance(verdict, Verdict)
    assert verdict.condition is Condition.NOTHING_NEWLY_FAILS


def test_failing_alone_on_the_base_excuses_no_regression(tmp_path: Path) -> None:
    ordered = """
ready = []
def test_first():
    ready.append(calc.double(1))
def test_second():
    assert ready == [2]
"""
    with reproduced(tmp_path, files(tests=TESTS.replace("== 4", "") + ordered)) as case:
        verdict = case.verdict(BREAKS_DOUBLE)

    assert isinstance(verdict, Verdict)
    assert verdict.condition is Condition.NOTHING_NEWLY_FAILS
    assert "test_second" in verdict.reason


def test_names_that_change_with_every_run_are_not_lost_test_cases(tmp_path: Path) -> None:
    timed = TESTS.replace("calc.NAMES", "[str(__import__('time').time_ns())]")
    with reproduced(tmp_path, files(tests=timed)) as case:
        proved = case.verdict()
        lost = case.verdict(("def double", "import time; time.time_ns = lambda: 1 / 0\ndef double"))

    assert isinstance(proved, Proved)
    assert isinstance(lost, Verdict)
