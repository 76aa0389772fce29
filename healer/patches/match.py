"""Where a hunk's old lines stand in a file: a ladder of four readings, each tolerant of one kind of damage.

The rungs follow the study of corruption classes that coding tools meet: exact, trailing white space, tabs for spaces,
context without its prefix, uniform indentation. Line numbers are never used, not even to choose between two places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.patches.diff import Opcode, opcodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from healer.models.change import Hunk

MOST_PLACES = 200
"""A hunk that fits more often than this is refused without looking further."""
_TAB_WIDTHS = (8, 4, 2)
_LEADING = re.compile(r"[ \t]*")
_TRAILING = " \t\r\f"


@dataclass(frozen=True, slots=True)
class Place:
    """Lines `start` to `end` (0-based, exclusive) of the file would become `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


def ladder(lines: Sequence[str], hunk: Hunk) -> Iterator[list[Place]]:
    """Yield the places that each rung finds, strictest rung first; whoever reads on must have found none so far."""
    codes = opcodes(hunk.before, hunk.after)
    for rung in (_exact, _trailing_space, _tabs_for_spaces, _lost_prefix, _shifted):
        yield rung(lines, hunk, codes)


def occurrences(lines: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Return where the wanted lines stand, overlaps included, at most MOST_PLACES of them.

    Lines become single characters of one string, so that the search is the linear one of `str.find`.
    """
    if not wanted:
        return []
    alphabet = {line: chr(number) for number, line in enumerate(dict.fromkeys(wanted), 1)}
    haystack = "".join(alphabet.get(line, "\0") for line in lines)
    needle = "".join(alphabet[line] for line in wanted)
    found: list[int] = []
    position = haystack.find(needle)
    while position >= 0 and len(found) < MOST_PLACES:
        found.append(position)
        position = haystack.find(needle, position + 1)
    return found


def _exact(lines: Sequence[str], hunk: Hunk, codes: list[Opcode]) -> list[Place]:
    return _matched(lines, hunk, codes, lambda line: line)


def _trailing_space(lines: Sequence[str], hunk: Hunk, codes: list[Opcode]) -> list[Place]:
    return _matched(lines, hunk, codes, lambda line: line.rstrip(_TRAILING))


def _matched(lines: Sequence[str], hunk: Hunk, codes: list[Opcode], key: Callable[[str], str]) -> list[Place]:
    found = occurrences([key(line) for line in lines], [key(line) for line in hunk.before])
    return [_place(lines, start, hunk, codes, hunk.after) for start in found]


def _tabs_for_spaces(lines: Sequence[str], hunk: Hunk, codes: list[Opcode]) -> list[Place]:
    """Match indentation by its width; added lines are indented as the file is.

    Which width a tab has is not known: each usual one is tried, and readings that lead to different results are all
    returned, which refuses the hunk.
    """
    if not any("\t" in _LEADING.match(line)[0] for text in (lines, hunk.before) for line in text):  # type: ignore[index] # matches anything
        return []
    found: dict[Place, None] = {}
    for width in _TAB_WIDTHS:
        wanted = [_expanded(line, width) for line in hunk.before]
        for start in occurrences([_expanded(line, width) for line in lines], wanted):
            after = _as_indented(lines[start : start + len(wanted)], hunk, width)
            if after is not None:
                found[_place(lines, start, hunk, codes, after)] = None
    return list(found)


def _expanded(line: str, width: int) -> str:
    indentation, rest = _split(line.rstrip(_TRAILING))
    return " " * len(indentation.expandtabs(width)) + rest


def _as_indented(region: Sequence[str], hunk: Hunk, width: int) -> tuple[str, ...] | None:
    """Return the new lines in the region's own indentation, or None where it has no single one."""
    known: dict[int, str] = {}
    for line in filter(str.strip, region):
        indentation = _split(line)[0]
        if known.setdefault(len(indentation.expandtabs(width)), indentation) != indentation:
            return None
    has_tabs, has_spaces = (any(sign in indentation for indentation in known.values()) for sign in "\t ")
    after: list[str] = []
    for line in hunk.after:
        indentation, rest = _split(line)
        column = len(indentation.expandtabs(width))
        if not rest:
            after.append(rest)
        elif column in known:
            after.append(known[column] + rest)
        elif has_tabs == has_spaces or (has_tabs and column % width):
            return None
        else:
            after.append(("\t" * (column // width) if has_tabs else " " * column) + rest)
    return tuple(after)


def _lost_prefix(lines: Sequence[str], hunk: Hunk, codes: list[Opcode]) -> list[Place]:
    """Match context that was written without the diff's own leading space, between removed lines that are exact."""
    context = {index for tag, i, j, *_ in codes if tag == "equal" for index in range(i, j)}
    if len(context) in {0, len(hunk.before)}:
        return []
    wanted = [
        f" {line}".rstrip(_TRAILING) if index in context else line.rstrip(_TRAILING)
        for index, line in enumerate(hunk.before)
    ]
    if not any(wanted[index] for index in context):
        return []
    found = occurrences([line.rstrip(_TRAILING) for line in lines], wanted)
    return [_place(lines, start, hunk, codes, hunk.after) for start in found]


def _shifted(lines: Sequence[str], hunk: Hunk, codes: list[Opcode]) -> list[Place]:
    """Match a hunk that is indented less or more than the file by the same amount on every line."""
    solid = [line for line in hunk.before if line.strip()]
    removes = any(hunk.before[index].strip() for tag, i, j, *_ in codes if tag != "equal" for index in range(i, j))
    if not solid or (len(solid) == 1 and not removes):
        return []
    found: list[Place] = []
    for start in occurrences(
        [line.strip(_TRAILING) for line in lines], [line.strip(_TRAILING) for line in hunk.before]
    ):
        region = lines[start : start + len(hunk.before)]
        shift = _uniform_shift(region, hunk.before)
        if shift is None:
            continue
        may_lack_prefix = shift == (" ", "") and not removes
        after = _aligned(region, hunk, codes) if may_lack_prefix else _shift(hunk.after, *shift)
        if after is not None:
            found.append(_place(lines, start, hunk, codes, after))
    return found


def _aligned(region: Sequence[str], hunk: Hunk, codes: list[Opcode]) -> tuple[str, ...] | None:
    """Indent the lines added between context that lacks one space: it may have lost its prefix, or all lines a space.

    The added lines tell which: as they are or a space further right they stand under a line of the region, not both.
    """
    depths = {len(_split(line)[0]) for line in region if line.strip()}
    added = [line for tag, _, _, k, m in codes if tag != "equal" for line in hunk.after[k:m] if line.strip()]
    first = min((len(_split(line)[0]) for line in added), default=0)
    if (first in depths) == (first + 1 in depths):
        return None
    return hunk.after if first in depths else _shift(hunk.after, " ", "")


def _uniform_shift(region: Sequence[str], before: Sequence[str]) -> tuple[str, str] | None:
    """Return what to put before each line and what to take away, one of them empty; None when lines differ in it."""
    shifts: set[tuple[str, str]] = set()
    for theirs, ours in zip(region, before, strict=True):
        if not ours.strip():
            continue
        want, have = _split(theirs)[0], _split(ours)[0]
        if want.endswith(have):
            shifts.add((want.removesuffix(have) if have else want, ""))
        elif have.endswith(want):
            shifts.add(("", have.removesuffix(want) if want else have))
        else:
            return None
    return shifts.pop() if len(shifts) == 1 else None


def _shift(after: Sequence[str], add: str, remove: str) -> tuple[str, ...] | None:
    if any(line.strip() and not line.startswith(remove) for line in after):
        return None
    return tuple(add + line.removeprefix(remove) if line.strip() else line for line in after)


def _place(lines: Sequence[str], start: int, hunk: Hunk, codes: list[Opcode], after: Sequence[str]) -> Place:
    """Take unchanged lines from the file itself and the others from `after`, which runs parallel to `hunk.after`."""
    result: list[str] = []
    for tag, i, j, k, m in codes:
        result += lines[start + i : start + j] if tag == "equal" else after[k:m]
    return Place(start, start + len(hunk.before), tuple(result))


def _split(line: str) -> tuple[str, str]:
    rest = line.lstrip(" \t")
    return line[: len(line) - len(rest)], rest
