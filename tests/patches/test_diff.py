"""The canonical diff: what git would print, and what our own reader reads back to the same bytes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.models.change import FileEdit, Rejection
from healer.patches.diff import changed_lines, opcodes, unified_diff
from healer.patches.parse import parse_reply
from healer.patches.place import place

if TYPE_CHECKING:
    from pathlib import Path

NUMBERED = b"".join(b"line %d\n" % number for number in range(30))

EDITS = {
    "one line": (b"a\nb\nc\nd\ne\n", b"a\nb\nX\nd\ne\n"),
    "two hunks": (NUMBERED, NUMBERED.replace(b"line 3\n", b"").replace(b"line 25\n", b"line 25\nmore\n")),
    "new file": (None, b"x = 1\n"),
    "final newline added": (b"a\nb", b"a\nb\n"),
    "final newline removed": (b"a\nb\n", b"a\nb"),
    "filled": (b"", b"a\n"),
    "emptied": (b"a\n", b""),
}


def test_an_edit_is_shown_as_git_shows_it() -> None:
    assert unified_diff([FileEdit("src/m.py", b"a\nb\n", b"a\nc")]) == (
        "diff --git a/src/m.py b/src/m.py\n--- a/src/m.py\n+++ b/src/m.py\n"
        "@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n"
    )


def test_a_new_file_has_its_mode_and_no_old_name() -> None:
    assert unified_diff([FileEdit("n.py", None, b"x\n")]) == (
        "diff --git a/n.py b/n.py\nnew file mode 100644\n--- /dev/null\n+++ b/n.py\n@@ -0,0 +1 @@\n+x\n"
    )


def test_files_are_in_the_order_of_their_paths_and_unchanged_ones_are_left_out() -> None:
    diff = unified_diff([FileEdit("b", b"1\n", b"2\n"), FileEdit("c", b"1\n", b"1\n"), FileEdit("a", b"1\n", b"2\n")])
    assert [line for line in diff.split("\n") if line.startswith("diff")] == [
        "diff --git a/a b/a",
        "diff --git a/b b/b",
    ]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        pytest.param(b"\xef\xbb\xbfa\n", b"a\n", "-\ufeffa\n+a\n", id="taken away"),
        pytest.param(b"a\n", b"\xef\xbb\xbfa\n", "-a\n+\ufeffa\n", id="put in"),
        pytest.param(None, b"\xef\xbb\xbfa\n", "+\ufeffa\n", id="new"),
        pytest.param(b"\xef\xbb\xbfa\n", b"", "-\ufeffa\n", id="gone with the text"),
    ],
)
def test_a_byte_order_mark_is_shown_where_it_changes(before: bytes | None, after: bytes, shown: str) -> None:
    assert unified_diff([FileEdit("m.txt", before, after)]).endswith(f"@@\n{shown}")


def test_what_is_no_text_is_named_and_not_shown() -> None:
    assert "Binary files a/i and b/i differ\n" in unified_diff([FileEdit("i", b"\0", b"\1\0")])


def test_text_in_a_declared_encoding_is_shown_as_text() -> None:
    cookie = b"# coding: latin-1\n"
    assert "+\xe9\n" in unified_diff([FileEdit("m.py", cookie, cookie + b"\xe9\n")])


@pytest.mark.parametrize(("before", "after"), EDITS.values(), ids=EDITS)
def test_git_applies_it_to_the_same_bytes(before: bytes | None, after: bytes, tmp_path: Path) -> None:
    name = 'an odd "name".txt'
    if before is not None:
        (tmp_path / name).write_bytes(before)
    diff = unified_diff([FileEdit(name, before, after)])
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), check=True, capture_output=True)
    assert (tmp_path / name).read_bytes() == after


def test_the_old_name_of_a_file_with_spaces_ends_in_a_tab() -> None:
    assert "--- a/a b\t\n+++ b/a b\t\n" in unified_diff([FileEdit("a b", b"1\n", b"2\n")])


_LINES = st.sampled_from(
    ["a", "b", "    x", "\tx", "", " ", "-- q", "++ q", "--- a/f.py", "+++ b/f.py", "@@", "@@ -1 +1 @@", "```",
     "diff --git a/f.py b/f.py",
     "\\ No newline at end of file", "<<<<<<< SEARCH", "=======", "c\r", "é\x0c", "\x85", "def f():", "rename from x"]
)  # fmt: skip
_UNIFORM = st.tuples(st.lists(_LINES, max_size=14), st.sampled_from(["", "z"])).map(
    lambda t: "".join(f"{x}\n" for x in t[0]) + t[1]
)
_MIXED = st.lists(st.tuples(_LINES, st.sampled_from(["\n", "\n", "\r\n", "\r"])), max_size=10).map(
    lambda p: "".join(map("".join, p))
)


@given(_UNIFORM, _UNIFORM, st.sampled_from(["f.py", "f.txt"]))
def test_placing_our_own_diff_gives_the_second_text_or_is_refused(one: str, other: str, path: str) -> None:
    _assert_never_wrong(one, other, path)


@given(_MIXED, _MIXED)
def test_placing_our_own_diff_of_texts_with_any_line_endings_is_never_wrong(one: str, other: str) -> None:
    _assert_never_wrong(one, other, "f.py")


@given(st.text(max_size=60), st.text(max_size=60))
def test_placing_our_own_diff_of_arbitrary_texts_is_never_wrong(one: str, other: str) -> None:
    _assert_never_wrong(one, other, "f.txt")


def _assert_never_wrong(one: str, other: str, path: str) -> None:
    before, after = one.encode(), other.encode()
    diff = unified_diff([FileEdit(path, before, after)])
    assert (diff == "") == (before == after)
    changes = parse_reply(diff)
    edits = changes if isinstance(changes, Rejection) else place(changes, {path: before}.get)
    if not isinstance(edits, Rejection):
        assert [edit.after for edit in edits] == [after]


@given(st.lists(st.integers(0, 999), unique=True, min_size=1, max_size=60), st.data())
def test_placing_our_own_diff_succeeds_where_every_line_is_unique(numbers: list[int], data: st.DataObject) -> None:
    lines = [f"value_{number} = {number}\n" for number in numbers]
    kept = data.draw(st.lists(st.sampled_from(lines), unique=True).map(set))
    changed = [line if line in kept else line.replace("=", "==") for line in lines]
    before, after = "".join(lines).encode(), "".join(changed).encode()
    changes = parse_reply(unified_diff([FileEdit("m.py", before, after)]))
    if before == after:
        assert isinstance(changes, Rejection)
    else:
        assert not isinstance(changes, Rejection)
        assert place(changes, {"m.py": before}.get) == (FileEdit("m.py", before, after),)


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_opcodes_cover_both_sides_in_order(one: list[str], other: list[str]) -> None:
    codes = opcodes(one, other)
    rebuilt: list[str] = []
    for tag, i, j, k, m in codes:
        assert tag != "equal" or one[i:j] == other[k:m]
        rebuilt += other[k:m]
    assert rebuilt == other
    assert [line for _, i, j, *_ in codes for line in one[i:j]] == one


def test_texts_too_long_to_compare_are_called_replaced_between_their_common_rims() -> None:
    one, other = [f"a{n}" for n in range(2_000)], [f"b{n}" for n in range(2_000)]
    removed, added = changed_lines(["same", *one, "end"], ["same", *other, "end"])
    assert (removed, added) == (one, other)


LARGE = [f"line {number}" if number % 3 else "pass" for number in range(3_000)]


def test_few_changes_far_apart_in_a_large_text_are_few_changed_lines() -> None:
    changed = [*LARGE[:10], "new", *LARGE[10:1_500], *LARGE[1_502:2_999], "last"]
    assert changed_lines(LARGE, changed) == ([*LARGE[1_500:1_502], LARGE[-1]], ["new", "last"])


@given(st.lists(st.tuples(st.integers(0, 2_999), st.integers(0, 3), st.integers(0, 3)), max_size=6))
def test_the_differences_of_large_texts_lead_from_one_to_the_other(changes: list[tuple[int, int, int]]) -> None:
    changed = [*LARGE]
    for at, removed, added in changes:
        changed[at : at + removed] = ["pass"] * added
    codes = opcodes(LARGE, changed)
    built = [line for tag, i, j, k, m in codes for line in (LARGE[i:j] if tag == "equal" else changed[k:m])]
    assert built == changed
    assert [i for _, i, *_ in codes] == [0, *(j for _, _, j, *_ in codes)][:-1] if codes else not changed
    assert sum(max(j - i, m - k) for tag, i, j, k, m in codes if tag != "equal") <= 6 * 6


def test_large_texts_without_a_line_in_common_are_one_replacement() -> None:
    assert opcodes(["a"] * 2_000, ["b"] * 2_000) == [("replace", 0, 2_000, 0, 2_000)]
