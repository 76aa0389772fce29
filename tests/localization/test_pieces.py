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


@given(LINES, LINES)
def test_what_a_piece_concerns_are_lines_of_the_base(before: list[str], now: list[str]) -> None:
    earlier, base = (FakeSourceTree.of(**{"a.py": "".join(lines)}) for lines in (before, now))
    for piece in since(earlier, base, ["a.py"]):
        place = piece.in_base(base)
        assert 1 <= place.line <= place.end_line <= max(len(now), 1)
        if place.stood_after is None:
            assert now[place.line - 1 : place.end_line] == now[piece.start : piece.end]
        else:
            assert [*now[: place.stood_after], *place.earlier, *now[place.stood_after :]] != now


IN_RUST = (
    "fn a() -> u8 {\n    1\n}\n",
    "#[cfg(test)]\nmod tests {\n    #[test]\n    fn b() {\n        assert_eq!(a(), 2);\n    }\n}\n"
)  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "starts"),
    [
        pytest.param(("fn a() -> u8 {\n    2\n}\n", IN_RUST[1].replace("2", "1")), [1], id="code and a test changed"),
        pytest.param(
            (IN_RUST[0], IN_RUST[1].replace("    #[test]", "    fn c() {}\n    #[test]")), [], id="less in it"
        ),
        pytest.param((IN_RUST[0] + "fn c() {}\n", IN_RUST[1]), [3], id="code taken out above"),
        pytest.param((IN_RUST[0], IN_RUST[1] + "fn c() {}\n"), [10], id="code taken out below"),
    ],
)
def test_tests_in_a_file_of_code_stay_those_of_the_base(earlier: tuple[str, str], starts: list[int]) -> None:
    before, base = (FakeSourceTree.of(**{"src/lib.rs": "".join(parts)}) for parts in (earlier, IN_RUST))
    assert [piece.start for piece in since(before, base, ["src/lib.rs"])] == starts


@pytest.mark.parametrize("path", ["tests/test_a.py", "conftest.py", "pyproject.toml", "gone.py"])
def test_tests_their_configuration_and_files_that_are_new_have_no_pieces(path: str) -> None:
    earlier = FakeSourceTree.of(**{path: "1\n"} if path != "gone.py" else {})
    assert since(earlier, FakeSourceTree.of(**{path: "2\n"}), [path]) == ()
