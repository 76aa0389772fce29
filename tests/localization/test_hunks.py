"""Where the lines of an older commit stand in the base."""

from __future__ import annotations

import difflib

from hypothesis import given
from hypothesis import strategies as st

from healer.localization.hunks import History, split_lines
from healer.models.code import ChangedHunk, Commit


def commit_between(before: list[str], after: list[str]) -> Commit:
    """Cut two versions of `f` into hunks as `git diff -U0` does."""
    hunks = [
        ChangedHunk("f", i1 + (i2 > i1), tuple(before[i1:i2]), j1 + (j2 > j1), tuple(after[j1:j2]))
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
    return Commit("c", "Change", tuple(hunks))


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "}\n", "\n"]), max_size=12)


@given(st.binary())
def test_any_bytes_survive_being_split_and_joined(data: bytes) -> None:
    assert "".join(split_lines(data)).encode("utf-8", "surrogateescape") == data


@given(LINES, LINES)
def test_every_hunk_of_the_newest_commit_is_found_and_putting_all_back_restores_the_file(
    before: list[str], after: list[str]
) -> None:
    commit = commit_between(before, after)
    history = History([commit])
    restored = list(after)
    for hunk in reversed(commit.hunks):
        at = history.place(hunk, 0, after)
        assert at is not None
        restored[at : at + len(hunk.new_lines)] = hunk.old_lines
    assert restored == before


@given(LINES, LINES, LINES)
def test_a_place_in_an_older_commit_holds_exactly_its_lines(
    first: list[str], second: list[str], third: list[str]
) -> None:
    older, newer = commit_between(first, second), commit_between(second, third)
    history = History([newer, older])
    for hunk in older.hunks:
        at = history.place(hunk, 1, third)
        if at is not None:
            assert third[at : at + len(hunk.new_lines)] == list(hunk.new_lines)


def test_lines_are_followed_through_insertions_above_them() -> None:
    older = commit_between(["x\n", "}\n", "y\n", "}\n"], ["x\n", "}\n", "z\n", "}\n"])
    newer = commit_between(["x\n", "}\n", "z\n", "}\n"], ["new\n", "x\n", "}\n", "z\n", "}\n"])
    assert History([newer, older]).place(older.hunks[0], 1, ["new\n", "x\n", "}\n", "z\n", "}\n"]) == 3


def test_content_that_occurs_twice_is_no_place() -> None:
    hunk = ChangedHunk("f", 9, ("a\n",), 9, ("b\n",))
    assert History([Commit("c", "", (hunk,))]).place(hunk, 0, ["b\n", "x\n", "b\n"]) is None


def test_content_that_moved_is_found_when_it_is_unique() -> None:
    hunk = ChangedHunk("f", 9, ("a\n",), 9, ("b\n",))
    assert History([Commit("c", "", (hunk,))]).place(hunk, 0, ["x\n", "b\n"]) == 1


def test_a_deletion_behind_a_merge_has_no_certain_place() -> None:
    hunk = ChangedHunk("f", 2, ("a\n",), 1, ())
    older = Commit("c", "", (hunk,))
    assert History([older]).place(hunk, 0, ["x\n"]) == 1
    assert History([Commit("m", "Merge"), older]).place(hunk, 1, ["x\n"]) is None


def test_lines_that_a_newer_commit_rewrote_have_no_place() -> None:
    older, newer = commit_between(["a\n"], ["b\n"]), commit_between(["b\n"], ["c\n"])
    assert History([newer, older]).place(older.hunks[0], 1, ["c\n"]) is None
