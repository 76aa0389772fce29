"""Changes that keep the grain of a text: whole lines, elements or members go, come twice, or change places."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import atheris

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MARKS = (b"\n", b"<", b">", b",", b"{", b"}", b'"', b" ")


def mutate(data: bytes, longest: int, seed: int) -> bytes:
    """Change an input: mostly by the grain of its text, else byte by byte or by a word of the dictionary."""
    dice = random.Random(seed)  # noqa: S311 - mutations need no secrecy
    return _regrained(data, longest, dice) or bytes(atheris.Mutate(data, longest))


def changed(data: bytes, longest: int, dice: random.Random, words: Sequence[bytes]) -> bytes:
    """Change an input in the same ways, by the dice alone: the same ones give the same input."""
    for _ in range(dice.randint(1, 4)):
        data = _regrained(data, longest, dice) or _rewritten(data, dice, words)[:longest]
    return data


def _regrained(data: bytes, longest: int, dice: random.Random) -> bytes | None:
    """Change the order or number of pieces, half of the time and where there are pieces."""
    mark = dice.choice(_MARKS)
    if dice.random() < 0.5 or mark not in data:  # noqa: PLR2004 - half of the time
        return None
    pieces = [piece + mark for piece in data.split(mark)]
    for _ in range(dice.randint(1, 3)):
        dice.choice(_CHANGES)(pieces, dice)
    return b"".join(pieces).removesuffix(mark)[:longest]


def _rewritten(data: bytes, dice: random.Random, words: Sequence[bytes]) -> bytes:
    """Put a word, a number or any bytes in the place of some bytes, of many or of none."""
    start = dice.randrange(len(data) + 1)
    end = start + dice.choice((0, 0, 1, 1, 2, 8, 100))
    put = dice.choice((dice.choice(words), dice.randbytes(dice.randint(0, 3)), b"%d" % dice.choice((0, -1, 7, 2**31))))
    return data[:start] + put + data[end:]


def _drop(pieces: list[bytes], dice: random.Random) -> None:
    start = dice.randrange(len(pieces) + 1)
    del pieces[start : start + dice.choice((1, 1, 2, 5, 20))]


def _repeat(pieces: list[bytes], dice: random.Random) -> None:
    start = dice.randrange(len(pieces) + 1)
    pieces[start:start] = pieces[start : start + dice.choice((1, 1, 2, 5))] * dice.choice((1, 1, 2, 10))


def _move(pieces: list[bytes], dice: random.Random) -> None:
    start, target = dice.randrange(len(pieces) + 1), dice.randrange(len(pieces) + 1)
    moved = pieces[start : start + dice.choice((1, 1, 2, 5))]
    del pieces[start : start + len(moved)]
    pieces[target:target] = moved


def _cut_off(pieces: list[bytes], dice: random.Random) -> None:
    del pieces[dice.randrange(len(pieces) + 1) :]


_CHANGES: tuple[Callable[[list[bytes], random.Random], None], ...] = (_drop, _repeat, _move, _move, _cut_off)
