"""The small operators: what each makes of a line, and what it leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.engines.embedded.operators import MOST_MUTATIONS, MUTATIONS, small_mutations
from healer.engines.embedded.repair import edits_of
from healer.localization.pysource import SourceIndex
from healer.models.code import Location
from tests.engines.embedded.broken_project import FakeSourceTree

if TYPE_CHECKING:
    from collections.abc import Sequence


def made_of(source: str, line: int = 1, end_line: int | None = None) -> list[str]:
    index = SourceIndex(FakeSourceTree({"core.py": source.encode()}))
    location = Location("core.py", line, end_line or line, None, 1.0, ("a frame",))
    return results(index, [location])


def results(index: SourceIndex, locations: Sequence[Location]) -> list[str]:
    edits = [edits_of(repair, index) for repair in small_mutations(locations, index)]
    return [found[0].after.decode() for found in edits if found]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ok = a < b\n", "ok = a <= b\n"),
        ("ok = a >= b\n", "ok = a > b\n"),
        ("ok = (a) > (b)\n", "ok = (a) >= (b)\n"),
        ("ok = a == b\n", "ok = a != b\n"),
        ("ok = a  is\tnot b\n", "ok = a  is b\n"),
        ("ok = a not in b\n", "ok = a in b\n"),
        ("ok = 'é' < b < c\n", "ok = 'é' < b <= c\n"),
        ("ok = not a\n", "ok = a\n"),
        ("ok = not (a or b)\n", "ok = (a or b)\n"),
        ("ok = a and b\n", "ok = a or b\n"),
        ("ok = a and b\n", "ok = a and not b\n"),
        ("if a:\n    pass\n", "if not a:\n    pass\n"),
        ("while a():\n    pass\n", "while not a():\n    pass\n"),
        ("ok = 1 if a else 2\n", "ok = 1 if not a else 2\n"),
        ("ok = a[1]\n", "ok = a[0]\n"),
        ("ok = a[1:]\n", "ok = a[2:]\n"),
        ("ok = a[:n - 1]\n", "ok = a[:n]\n"),
        ("ok = range(n)\n", "ok = range(n + 1)\n"),
        ("ok = range(1, n)\n", "ok = range(0, n)\n"),
        ("ok = f(a, b=1)\n", "ok = f(a, b=0)\n"),
        ("ok = f(a, b)\n", "ok = f(b, a)\n"),
        ("ok = f(a,  g(b), *c)\n", "ok = f(g(b),  a, *c)\n"),
        ("ok = True\n", "ok = False\n"),
        ("ok = a + b\n", "ok = a - b\n"),
        ("ok = a // b\n", "ok = a / b\n"),
        ("def f(a): a * 2\n", "def f(a): return a * 2\n"),
        ("def f(a): sorted(a)\n", "def f(a): return sorted(a)\n"),
    ],
)
def test_a_line_is_changed_by_one_small_step(before: str, after: str) -> None:
    assert after in made_of(before)


@pytest.mark.parametrize(
    "source",
    [
        "ok = a\n",
        "ok = 'text < text'\n",
        "ok = 0x10\n",
        "ok = -a\n",
        "ok = f(*a, *b)\n",
        "ok = a @ b\n",
        "a * b\n".replace("*", "@"),
        "def f(a): print(a)\n",
        'def f(a): """Doc."""\n',
        "# a < b\n",
        "import a\n",
    ],
)
def test_a_line_without_such_a_step_is_left_alone(source: str) -> None:
    assert made_of(source) == []


def test_lines_that_are_not_suspicious_are_left_alone() -> None:
    assert made_of("a = b\nok = a < b\n", 1) == []


def test_the_most_suspicious_location_is_changed_first_and_their_number_is_bounded() -> None:
    lines = [f"x{number} = a[{number}] < b[{number}] < c[{number}]\n" for number in range(2, 42)]
    index = SourceIndex(FakeSourceTree({"core.py": "".join(lines).encode()}))
    found = results(index, [Location("core.py", line, line, None, 1.0) for line in range(40, 0, -1)])
    assert len(found) == MOST_MUTATIONS
    assert found[0].splitlines()[:39] == [line.rstrip() for line in lines[:39]]


def test_files_that_do_not_parse_are_left_alone() -> None:
    assert made_of("ok = a < \n") == []


def test_every_mutation_explains_itself() -> None:
    assert all(mutation.__doc__ for mutation in MUTATIONS.values())
