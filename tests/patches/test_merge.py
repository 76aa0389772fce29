from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.models.change import FileEdit
from healer.patches.merge import merged

BASE = b"a\nb\nc\nd\ne\n"


def edit(after: bytes, path: str = "f.py", before: bytes | None = BASE) -> FileEdit:
    return FileEdit(path, before, after)


def test_changes_of_different_lines_are_joined_byte_for_byte() -> None:
    joined = merged([edit(b"A\nb\nc\nd\ne\n")], [edit(b"a\nb\nc\nd\nE\xff\r\n")])

    assert joined == (edit(b"A\nb\nc\nd\nE\xff\r\n"),)


def test_changes_of_different_files_stand_side_by_side() -> None:
    ours, theirs = edit(b"A\n"), edit(b"B\n", "g.py", None)

    assert merged([ours], [theirs]) == (ours, theirs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(b"a\nB\nc\nd\ne\n", b"a\nX\nc\nd\ne\n", id="the same line"),
        pytest.param(b"a\nB\nc\nd\ne\n", b"a\nb\nC\nd\ne\n", id="neighbouring lines"),
        pytest.param(b"a\nb\nnew\nc\nd\ne\n", b"a\nb\nother\nc\nd\ne\n", id="insertions at one place"),
    ],
)
def test_changes_that_meet_are_not_joined(one: bytes, other: bytes) -> None:
    assert merged([edit(one)], [edit(other)]) is None


def test_two_new_files_of_one_name_are_not_joined() -> None:
    assert merged([edit(b"x\n", "n.py", None)], [edit(b"y\n", "n.py", None)]) is None


def test_the_same_change_twice_is_one_change() -> None:
    assert merged([edit(b"A\n")], [edit(b"A\n")]) == (edit(b"A\n"),)


@given(st.lists(st.sampled_from([b"x\n", b"y\n", b"\n"]), min_size=1, max_size=8), st.data())
def test_a_join_holds_both_changes_or_is_refused(lines: list[bytes], data: st.DataObject) -> None:
    first, second = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    before = b"".join(lines)
    ours, theirs = [*lines], [*lines]
    ours[first], theirs[second] = b"OURS\n", b"THEIRS\n"

    joined = merged([edit(b"".join(ours), before=before)], [edit(b"".join(theirs), before=before)])

    if abs(first - second) <= 1:
        assert joined is None
    elif joined is not None:
        both = [*lines]
        both[first], both[second] = b"OURS\n", b"THEIRS\n"
        assert joined[0].after == b"".join(both)
