"""The least of a change that matters, found by trying parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.localization.pieces import Piece, StopSearch, least, put_back, since
from tests.localization.failing import FakeSourceTree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PIECES = tuple(Piece("a.py", line, line + 1, ()) for line in range(64))


def needing(*lines: int) -> Callable[[Sequence[Piece]], bool]:
    return lambda pieces: {*lines} <= {piece.start for piece in pieces}


@pytest.mark.parametrize("line", [0, 1, 31, 32, 63])
def test_one_piece_of_many_is_found_in_few_tries(line: int) -> None:
    tries = []

    def holds(pieces: Sequence[Piece]) -> bool:
        tries.append(len(pieces))
        return needing(line)(pieces)

    assert least(PIECES, holds) == (PIECES[line],)
    assert len(tries) <= 12


@given(st.sets(st.integers(0, 63), min_size=1, max_size=6))
def test_no_piece_of_what_is_found_can_be_left_out(lines: set[int]) -> None:
    assert {piece.start for piece in least(PIECES, needing(*lines))} == lines


def test_a_search_that_is_stopped_keeps_what_it_found() -> None:
    left = 3

    def holds(pieces: Sequence[Piece]) -> bool:
        nonlocal left
        if left == 0:
            raise StopSearch
        left -= 1
        return needing(5)(pieces)

    found = least(PIECES, holds)
    assert len(found) == 8
    assert PIECES[5] in found


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=12)


@given(LINES, LINES)
def test_putting_all_pieces_back_gives_the_earlier_file(before: list[str], now: list[str]) -> None:
    earlier, base = (FakeSourceTree.of(**{"a.py": "".join(lines)}) for lines in (before, now))
    edits = put_back(since(earlier, base, ["a.py"]), base)
    after = edits[0].after if edits else base.read("a.py")
    assert after == earlier.read("a.py")


@pytest.mark.parametrize("path", ["tests/test_a.py", "conftest.py", "pyproject.toml", "gone.py"])
def test_tests_their_configuration_and_files_that_are_new_have_no_pieces(path: str) -> None:
    earlier = FakeSourceTree.of(**{path: "1\n"} if path != "gone.py" else {})
    assert since(earlier, FakeSourceTree.of(**{path: "2\n"}), [path]) == ()
