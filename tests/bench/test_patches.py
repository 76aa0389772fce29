"""The matrix of damaged replies: the same at every run, and counted as its table says."""

from __future__ import annotations

import pytest

from bench.patches.appliers import COMMANDS, Task, by_command, ours
from bench.patches.matrix import KINDS, Tally, cells
from bench.patches.releases import Edit
from healer.models.change import Rejection

FUNCTION = """\
def function_{number}(x):
    first = x + {number}
    if first < 0 or x == "{number}":
        raise ValueError("number {number}")
    second = first * {number}
    third = first - second
    fourth = max(first, second, third)
    return first + second + third + fourth


"""
BEFORE = "".join(FUNCTION.format(number=number) for number in range(20))
EDIT = Edit(
    "made up",
    "src/m.py",
    BEFORE,
    BEFORE.replace("first * 7\n", 'first * 8\n    if second > "7":\n        return first\n'),
)
REPEATING = Edit("made up", "src/m.py", "a\nb\nc\nd\n" * 5, "a\nb\nc\nd\n" * 2 + "a\nB\nc\nd\n" + "a\nb\nc\nd\n" * 2)


def test_the_matrix_is_the_same_for_the_same_seeds_and_has_every_kind_of_damage() -> None:
    matrix = cells([EDIT], range(6))
    assert matrix == cells([EDIT], range(6))
    assert {cell.kind for cell in matrix} == KINDS.keys()


def test_an_edit_whose_lines_stand_at_several_places_has_no_one_answer() -> None:
    assert [cell.is_unique for edit in (EDIT, REPEATING) for cell in cells([edit], range(2), "no numbers")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_an_outcome_is_right_only_byte_for_byte() -> None:
    cell = cells([EDIT], [0], "nothing")[0]
    tally = Tally()
    for outcome in (cell.intended, cell.intended + b"\n", cell.task.before, None):
        tally.add(cell, outcome)
    assert str(tally) == "1 / 2 / 1"


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_tool_places_an_undamaged_diff(command: list[str]) -> None:
    cell = cells([EDIT], [0], "nothing")[0]
    assert by_command(cell.task, command) == ours(cell.task) == cell.intended


def test_a_reply_that_a_tool_cannot_use_counts_as_refused() -> None:
    task = Task("There is nothing to be done.\n", EDIT.path, EDIT.before.encode())
    assert by_command(task, COMMANDS["git apply"]) is None
    assert isinstance(ours(task), Rejection)
