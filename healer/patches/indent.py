"""Hunks whose indentation is another than the file's: tabs for spaces, or all lines too far left or right."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

from healer.patches.spots import MOST_PLACES, TRAILING, Place, indentation, occurrences, put

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.models.change import Hunk
    from healer.patches.diff import Opcode

_TAB_WIDTHS = (8, 4, 2)


def mixes_styles(lines: Sequence[str], hunk: Hunk) -> bool:
    """Whether a hunk indents by tabs in a file that knows only spaces, or by spaces in one that knows only tabs.

    A hunk whose old lines are indented as the file is means its new lines as they stand.
    """
    ours = _signs(hunk.after)
    if not ours:
        return False
    theirs = _signs(lines)
    return len(theirs) == 1 and not ours <= theirs and _signs(hunk.before) != theirs


def is_unproven(hunk: Hunk) -> bool:
    """Whether only new lines of a diff with right counts are indented otherwise: a machine may have written it."""
    return hunk.is_counted and not _signs(hunk.before)


def is_unvouched(lines: Sequence[str], hunk: Hunk) -> bool:
    """Whether nothing in the file or the hunk can tell if the indentation of the new lines is meant.

    That is so of tabs in a file without any indentation, and where the new lines are a space short of the file's step,
    or of its other columns, while all lines around are at the left margin: a reply that lost a space on each line
    looks so.
    """
    if _signs(hunk.after) == {"\t"} and not any(indentation(line) for line in (*hunk.before, *lines) if line.strip()):
        return True
    if any(indentation(line) for line in hunk.before):
        return False
    columns = {len(indentation(line)) for line in hunk.after if line.strip() and indentation(line)}
    if not columns:
        return False
    known = {len(indentation(line)) for line in lines if line.strip()}
    if min(columns) + 1 in _widths(lines):
        return True
    is_odd = all(column % 2 for column in columns) and not columns & known
    return is_odd and (len(known) == 1 or all(column + 1 in known for column in columns))


def tabs_for_spaces(lines: Sequence[str], hunk: Hunk, codes: list[Opcode]) -> list[Place]:
    """Match indentation by its width; added lines are indented as the file is.

    Which width a tab has is not known: the file's own step, or where it has none each usual width is tried; readings
    that lead to different results are all returned, which refuses the hunk.
    """
    if not any("\t" in indentation(line) for text in (hunk.before, hunk.after, lines) for line in text):
        return []
    found: dict[Place, None] = {}
    for width in _widths(lines):
        wanted = [_expanded(line, width) for line in hunk.before]
        starts = occurrences([_expanded(line, width) for line in lines], wanted)
        for start in starts:
            after = _as_indented(lines, range(start, start + len(wanted)), hunk, width)
            if after is not None:
                found[put(lines, start, codes, len(wanted), after)] = None
            elif len(starts) == MOST_PLACES:
                return [put(lines, start, codes, len(wanted), hunk.after) for start in starts]
    return list(found)


def shifted(lines: Sequence[str], hunk: Hunk, codes: list[Opcode]) -> list[Place]:
    """Match a hunk that is indented less or more than the file by the same amount on every line.

    Where all lost just one space, they may have lost the diff's own instead (prefix.py), which only a removed line can
    tell; and new lines at the left margin had no space to lose.
    """
    solid = [line for line in hunk.before if line.strip()]
    removes = any(hunk.before[index].strip() for tag, i, j, *_ in codes if tag != "equal" for index in range(i, j))
    if not solid or (len(solid) == 1 and not removes):
        return []
    starts = occurrences([line.strip(TRAILING) for line in lines], [line.strip(TRAILING) for line in hunk.before])
    found: list[Place] = []
    for start in starts:
        shift = _uniform_shift(lines[start : start + len(hunk.before)], hunk.before)
        is_known = shift is not None and (shift != (" ", "") or removes)
        after = _shift(hunk.after, *shift) if shift is not None and is_known else None
        if after is not None:
            found.append(put(lines, start, codes, len(hunk.before), after))
        elif len(starts) == MOST_PLACES:
            return [put(lines, start, codes, len(hunk.before), hunk.after) for start in starts]
    return found


def _signs(lines: Iterable[str]) -> set[str]:
    """Return what lines are indented with; single spaces, as before a comment's star, are no indentation."""
    found = set()
    for line in lines:
        if line[:1] == "\t" and line.strip():
            found.add("\t")
        elif line[:2] == "  " and line.strip():
            found.add(" ")
        if len(found) == 2:  # noqa: PLR2004 - both signs
            break
    return found


def _widths(lines: Sequence[str]) -> tuple[int, ...]:
    """Return how wide a tab can be meant to be: the file's own step where it is indented by spaces alone."""
    if "\t" in _signs(lines):
        return _TAB_WIDTHS
    depths = [len(indentation(line)) for line in lines if line.strip()]
    steps = Counter(depth - above for above, depth in itertools.pairwise(depths) if depth - above in _TAB_WIDTHS)
    usual = steps.most_common(1)
    return (usual[0][0],) if usual and 2 * usual[0][1] > steps.total() else _TAB_WIDTHS


def _expanded(line: str, width: int) -> str:
    line = line.rstrip(TRAILING)
    if "\t" not in line:
        return line
    leading = indentation(line)
    return " " * len(leading.expandtabs(width)) + line[len(leading) :]


def _as_indented(lines: Sequence[str], region: range, hunk: Hunk, width: int) -> tuple[str, ...] | None:
    """Return the new lines in the region's own indentation, or in the file's where the region has none."""
    known: dict[int, str] = {}
    for index in region:
        leading = indentation(lines[index])
        if lines[index].strip() and known.setdefault(len(leading.expandtabs(width)), leading) != leading:
            return None
    signs = {sign for leading in known.values() for sign in leading} or _signs(lines)
    after: list[str] = []
    for line in hunk.after:
        leading = indentation(line)
        column, rest = len(leading.expandtabs(width)), line[len(leading) :]
        if not rest:
            after.append(rest)
        elif column in known:
            after.append(known[column] + rest)
        elif column == 0:
            after.append(rest)
        elif len(signs) != 1 or (signs == {"\t"} and column % width):
            return None
        else:
            after.append(("\t" * (column // width) if signs == {"\t"} else " " * column) + rest)
    return tuple(after)


def _uniform_shift(region: Sequence[str], before: Sequence[str]) -> tuple[str, str] | None:
    """Return what to put before each line and what to take away, one of them empty; None when lines differ in it."""
    shifts: set[tuple[str, str]] = set()
    for theirs, ours in zip(region, before, strict=True):
        if not ours.strip():
            continue
        want, have = indentation(theirs), indentation(ours)
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
    if add == " " and any(line.strip() and not indentation(line) for line in after):
        return None
    return tuple(add + line.removeprefix(remove) if line.strip() else line for line in after)
