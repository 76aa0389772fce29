"""Whole files in place of diffs: what they change, and what only claims to be a whole file."""

from __future__ import annotations

import pytest

from healer.models.change import FileChange, FileEdit, Rejection
from healer.patches.place import place

LINES = tuple(f"value_{number} = {number}" for number in range(20))
DATA = "".join(f"{line}\n" for line in LINES).encode()


def placed(*lines: str, data: bytes | None = DATA) -> tuple[FileEdit, ...] | Rejection:
    return place((FileChange("m.py", (), whole=lines),), {"m.py": data}.get)


def changed(lines: tuple[str, ...], index: int, *new: str) -> tuple[str, ...]:
    return (*lines[:index], *new, *lines[index + 1 :])


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("end", [True, False])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_file_keeps_its_endings_and_its_mark(ending: str, *, end: bool, mark: str) -> None:
    def data(lines: tuple[str, ...]) -> bytes:
        return (mark + ending.join(lines) + (ending if end else "")).encode()

    after = changed(LINES, 7, "x = 1", "y = 2")
    assert placed(*after, data=data(LINES)) == (FileEdit("m.py", data(LINES), data(after)),)


def test_space_lost_at_the_end_of_a_line_may_or_may_not_be_meant_and_is_refused() -> None:
    result = placed(*changed(LINES, 7, "x = 1"), data=DATA.replace(b" 5\n", b" 5  \n"))
    assert isinstance(result, Rejection)
    assert result.code == "not_whole"
    assert "at the end of line 6; write a diff" in result.message


def test_space_kept_at_the_end_of_lines_is_no_matter() -> None:
    lines = changed(LINES, 5, "value_5 = 5  ")
    data = DATA.replace(b" 5\n", b" 5  \n")
    after = data.replace(b"value_7 = 7\n", b"x = 1\n")
    assert placed(*changed(lines, 7, "x = 1"), data=data) == (FileEdit("m.py", data, after),)


def test_the_file_as_it_is_changes_nothing() -> None:
    result = placed(*LINES)
    assert isinstance(result, Rejection)
    assert result.code == "no_op"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(LINES[:12], id="the beginning"),
        pytest.param(LINES[1:], id="all but the first line"),
        pytest.param((*LINES[:3], *LINES[11:]), id="a long stretch is gone"),
        pytest.param((*LINES[:5], "# ... existing code ...", *LINES[8:]), id="dots"),
        pytest.param(("x = 1", "y = 2"), id="something else"),
        pytest.param((), id="nothing"),
    ],
)
def test_a_part_of_the_file_is_not_taken_for_the_whole(lines: tuple[str, ...]) -> None:
    result = placed(*lines)
    assert isinstance(result, Rejection)
    assert result.code == "not_whole"
    assert "write a diff" in result.message


def test_a_file_that_is_not_there_is_not_created_by_code_alone() -> None:
    result = placed("x = 1", data=None)
    assert isinstance(result, Rejection)
    assert result.code == "no_file"


def test_mixed_line_endings_at_the_change_are_refused() -> None:
    result = placed(*changed(LINES, 7, "x = 1"), data=DATA.replace(b"value_6 = 6\n", b"value_6 = 6\r\n"))
    assert isinstance(result, Rejection)
    assert result.code == "mixed_line_endings"
