"""What a verdict brings is held against what was proposed: the same lines at the same places, all or a part."""

from __future__ import annotations

import pytest

from healer.models.change import FileEdit
from healer.patches.covering import is_covered
from healer.patches.merge import merged
from healer.patches.minimise import minimised


def edit(after: str, before: str | None = "a\nb\nc\n", path: str = "a.txt") -> FileEdit:
    return FileEdit(path, None if before is None else before.encode(), after.encode())


@pytest.mark.parametrize(
    ("change", "candidates", "covered"),
    [
        pytest.param([edit("a\nB\nc\n")], [[edit("a\nB\nc\n")]], True, id="the same"),
        pytest.param(
            [edit("a b\nc d.\n", "a b\nc d\n")], [[edit("a b.\nc d.\n", "a b\nc d\n")]], True, id="a part of a hunk"
        ),
        pytest.param([edit("A\nb\nc\n")], [[edit("A\nb\nC\n")]], True, id="one hunk of two"),
        pytest.param([edit("a\nc\n")], [[edit("a\nc\nd\n")]], True, id="what is taken out"),
        pytest.param([edit("A\nb\nC\n")], [[edit("A\nb\nc\n")], [edit("a\nb\nC\n")]], True, id="two joined"),
        pytest.param([edit("new\n", None)], [[edit("new\n", None)]], True, id="a new file"),
        pytest.param([edit("a\nB\nc\nevil\n")], [[edit("a\nB\nc\n")]], False, id="a line more"),
        pytest.param([edit("a\nB\nB\nc\n")], [[edit("a\nB\nc\n")]], False, id="a line twice"),
        pytest.param([edit("a\nx\nx\nb\nc\n")], [[edit("a\nx\nb\nc\n")]], False, id="an added line twice"),
        pytest.param([edit("a\nx\ny\nx\ny\nb\nc\n")], [[edit("a\nx\ny\nb\nc\n")]], False, id="added lines twice"),
        pytest.param([edit("a\nx\nx\nb\nc\n")], [[edit("a\nx\nb\nc\n")]] * 2, False, id="two alike, joined"),
        pytest.param([edit("a\nB\n")], [[edit("a\nB\nc\n")]], False, id="a line less"),
        pytest.param([edit("b\na\nc\n")], [[edit("a\nB\nc\n")]], False, id="the base's lines in another order"),
        pytest.param([edit("B\na\nc\n")], [[edit("a\nB\nc\n")]], False, id="its lines in another order"),
        pytest.param([edit("a\nb\nx\nc\n")], [[edit("a\nx\nb\nc\n")]], False, id="somewhere else"),
        pytest.param([edit("a\nB\r\nc\n")], [[edit("a\nB\nc\n")]], False, id="another end of a line"),
        pytest.param([edit("a\rB\nc\n")], [[edit("a\nB\nc\n")]], False, id="a line end that few see"),
        pytest.param([edit("a\nB\nc")], [[edit("a\nB\nc\n")]], False, id="no end of the last line"),
        pytest.param([edit("a\nb\nc\n")], [[edit("a\nB\nc\n")]], False, id="nothing at all"),
        pytest.param([edit("", None)], [[edit("new\n", None)]], False, id="an empty file"),
        pytest.param([edit("a\nB\nc\n", path="b.txt")], [[edit("a\nB\nc\n")]], False, id="another file"),
        pytest.param([edit("b\na\nc\n", path="b.txt")], [[edit("a\nB\nc\n")]], False, id="another file, reordered"),
        pytest.param([edit("", None, "b.txt")], [[edit("a\nB\nc\n")]], False, id="an empty file, besides"),
        pytest.param([edit("a\nB\nc\n")], [], False, id="nothing was proposed"),
    ],
)
def test_a_change_is_made_of_what_was_proposed(
    change: list[FileEdit], candidates: list[list[FileEdit]], *, covered: bool
) -> None:
    assert is_covered(change, candidates) is covered


BEFORE = """def total(prices):
    amount = 0
    for price in prices:
        amount -= price
    return amount


def mean(prices):
    return total(prices) / len(price)
"""
WRAPPED = BEFORE.replace("        amount -= price\n", "        if price:\n            amount += price\n")
LARGER = WRAPPED.replace("len(price)", "len(prices)").replace("def mean", "# The mean.\ndef mean")


@pytest.mark.parametrize("needed", [b"        amount += price", b"            amount += price", b"len(prices)"])
def test_whatever_minimising_leaves_of_a_candidate_is_covered(needed: bytes) -> None:
    whole = FileEdit("shop.py", BEFORE.encode(), LARGER.encode())
    least = minimised([whole], lambda edits: all(needed in one.after for one in edits), runs=50)
    assert least.is_any
    assert is_covered(least.edits, [[whole]])


def test_what_is_joined_of_candidates_is_covered_by_them_together_and_by_none_alone() -> None:
    candidates = [
        [FileEdit("shop.py", BEFORE.encode(), BEFORE.replace(*change).encode())]
        for change in (("-= price", "+= price"), ("len(price)", "len(prices)"))
    ]
    joined = merged(*candidates)
    assert joined is not None
    assert is_covered(joined, candidates)
    assert not any(is_covered(joined, [one]) for one in candidates)


def test_what_could_be_read_in_too_many_ways_is_not_covered() -> None:
    before = "x\n" * 2000
    candidates = [[edit("x\n" * at + "x\n" * 40 + "x\n" * (2000 - at), before)] for at in range(0, 2000, 100)]
    assert not is_covered([edit("x\n" * 3000 + "y\n", before)], candidates)
