"""The benchmark of localization: ordinary commits change nothing, histories hold the fault, ranks count ties fairly."""

from __future__ import annotations

import ast
import random
from typing import TYPE_CHECKING

import pytest

from bench.regressions.cases import Fault
from bench.regressions.histories import write_history
from bench.regressions.ordinary import ordinary
from bench.regressions.ranking import NOWHERE, Ranks, ranks
from healer.localization.pysource import SourceIndex
from healer.models.code import Location
from tests.localization.failing import FakeSourceTree
from tests.projects import write

if TYPE_CHECKING:
    from pathlib import Path

MODULE = '''"""Sums."""


def total(items):
    found = 0
    for item in items:
        found += item
    return found or 0


def mean(items):
    """Return the mean."""
    count = len(items)
    return total(items) / count
'''
TREE = FakeSourceTree.of(**{"sums.py": MODULE, "other.py": "x = 1\n"})


def meaning(text: str) -> str:
    """Return a module's syntax tree without docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.dump(tree)


@pytest.mark.parametrize("seed", range(20))
def test_an_ordinary_commit_changes_the_text_and_not_the_meaning(seed: int) -> None:
    edited = ordinary(MODULE, random.Random(seed))  # noqa: S311 - a reproducible draw
    assert edited is not None
    assert edited[0] != MODULE
    assert meaning(edited[0]) == meaning(MODULE)
    assert edited[1]


def test_the_fault_comes_with_one_commit_among_others_the_same_ones_each_time(tmp_path: Path) -> None:
    write(tmp_path / "package" / "sums.py", MODULE)
    write(tmp_path / "package" / "other.py", MODULE)
    faulty = MODULE.replace("found += item", "found -= item")
    first, again = (
        write_history(tmp_path / name, tmp_path / "package", {"sums.py": faulty}, "seed") for name in ("one", "two")
    )
    assert first == again
    assert len({first.last_green, first.red, first.base}) == 3
    assert (tmp_path / "one" / "sums.py").read_text("utf-8") == faulty


def at(line: int, score: float, path: str = "sums.py", end: int | None = None) -> Location:
    return Location(path, line, end or line, None, score)


@pytest.mark.parametrize(
    ("located", "expected"),
    [
        pytest.param([at(7, 0.9), at(13, 0.5)], Ranks(1, 1, 1), id="first"),
        pytest.param([at(13, 0.9), at(7, 0.5)], Ranks(1, 2, 2), id="another function first"),
        pytest.param([at(1, 0.9, "other.py"), at(7, 0.5)], Ranks(2, 2, 2), id="another file first"),
        pytest.param([at(4, 0.5, end=8)], Ranks(1, 1, 3), id="five lines alike"),
        pytest.param([at(7, 0.5), at(13, 0.5)], Ranks(1, 1.5, 1.5), id="two functions alike"),
        pytest.param([at(13, 0.9)], Ranks(1, NOWHERE, NOWHERE), id="not suspected"),
        pytest.param([], Ranks(NOWHERE, NOWHERE, NOWHERE), id="nothing suspected"),
    ],
)
def test_ties_count_at_their_mean(located: list[Location], expected: Ranks) -> None:
    assert ranks(located, [Fault("sums.py", "total", 7, "an operator")], SourceIndex(TREE)) == expected
