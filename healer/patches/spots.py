"""Where lines stand in a file, and what would stand there instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.patches.diff import Opcode

MOST_PLACES = 200
"""A hunk that fits more often than this is refused without looking further."""
TRAILING = " \t\r\f"
"""White space that may differ at the end of a line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Lines `start` to `end` (0-based, exclusive) of the file would become `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


def occurrences(lines: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Return where the wanted lines stand, overlaps included, at most MOST_PLACES of them.

    Lines become single characters of one string, so that the search is the linear one of `str.find`.
    """
    if not wanted:
        return []
    alphabet = {line: chr(number) for number, line in enumerate(dict.fromkeys(wanted), 1)}
    haystack = "".join([alphabet.get(line, "\0") for line in lines])
    needle = "".join([alphabet[line] for line in wanted])
    found: list[int] = []
    position = haystack.find(needle)
    while position >= 0 and len(found) < MOST_PLACES:
        found.append(position)
        position = haystack.find(needle, position + 1)
    return found


def put(lines: Sequence[str], start: int, codes: Sequence[Opcode], before: int, after: Sequence[str]) -> Place:
    """Take unchanged lines from the file itself and the others from `after`; `before` is how many lines are old."""
    result: list[str] = []
    for tag, i, j, k, m in codes:
        result += lines[start + i : start + j] if tag == "equal" else after[k:m]
    return Place(start, start + before, tuple(result))


def indentation(line: str) -> str:
    """Return the white space that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]
