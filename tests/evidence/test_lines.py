from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.limits import LOG_LINE_CHARACTERS
from healer.evidence.lines import read_blocks, read_lines


def lines(*chunks: bytes) -> list[str]:
    return list(read_lines(iter(chunks)))


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        pytest.param((b"a\nb",), ["a", "b"], id="without a last line end"),
        pytest.param((b"a\r\nb\r\n",), ["a", "b"], id="Windows line ends"),
        pytest.param((b"a\r", b"\nb"), ["a", "b"], id="a line end in two chunks"),
        pytest.param((b"\xc3", b"\xa4\n"), ["\u00e4"], id="a character in two chunks"),
        pytest.param((b"\xff\xfea\0\n\0b\0",), ["a", "b"], id="UTF-16 with a mark"),
        pytest.param((b"\x80a\n",), ["\ufffda"], id="bytes that are no UTF-8"),
        pytest.param((b"a\xe2\x80\xa8b\x0cc\n",), ["a\u2028b\x0cc"], id="what only Unicode calls a line end"),
        pytest.param((), [], id="nothing"),
    ],
)
def test_lines_are_split_and_decoded(chunks: tuple[bytes, ...], expected: list[str]) -> None:
    assert lines(*chunks) == expected


def test_an_overlong_line_is_cut_and_the_next_one_is_whole() -> None:
    long = b"x" * (LOG_LINE_CHARACTERS // 2)
    assert lines(long, long, long, b"x\nnext\n") == ["x" * LOG_LINE_CHARACTERS, "next"]


@given(st.lists(st.binary(max_size=12), max_size=8))
def test_how_bytes_are_cut_into_chunks_changes_nothing(chunks: list[bytes]) -> None:
    whole = b"\n" + b"".join(chunks)
    assert lines(b"\n", *chunks) == lines(whole)


def blocks(*chunks: bytes) -> str:
    found = list(read_blocks(iter(chunks)))
    assert all(block.endswith("\n") for block in found)
    return "".join(found)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        pytest.param((b"a\nb",), "a\nb\n", id="without a last line end"),
        pytest.param((b"a\r\nb\r\n",), "a\nb\n", id="Windows line ends"),
        pytest.param((b"a\r", b"\nb\rc"), "a\nb\rc\n", id="a line end in two chunks, and a return"),
        pytest.param((b"\xc3", b"\xa4\n"), "\u00e4\n", id="a character in two chunks"),
        pytest.param((b"\xff\xfea\0\n\0b\0",), "a\nb\n", id="UTF-16 with a mark"),
        pytest.param((), "", id="nothing"),
    ],
)
def test_blocks_are_whole_lines(chunks: tuple[bytes, ...], expected: str) -> None:
    assert blocks(*chunks) == expected


def test_in_blocks_an_overlong_line_is_cut_and_the_next_one_is_whole() -> None:
    long = b"x" * (LOG_LINE_CHARACTERS // 2)
    assert blocks(long, long, long, b"x\nnext\n") == "x" * LOG_LINE_CHARACTERS + "\nnext\n"
    assert blocks(long + long + long + b"\nnext") == "x" * LOG_LINE_CHARACTERS + "\nnext\n"


@given(st.lists(st.binary(max_size=12), max_size=8))
def test_blocks_hold_the_lines_that_are_read_one_by_one(chunks: list[bytes]) -> None:
    data = [b"\n", *chunks]
    assert blocks(*data).split("\n")[:-1] == lines(b"".join(data))
