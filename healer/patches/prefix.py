"""Hunks in which lines of context lost the diff's own leading space: all of them, or some."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from healer.patches.spots import MOST_PLACES, TRAILING, Place, indentation, occurrences, put

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.change import Hunk
    from healer.patches.diff import Opcode


def lost_prefix(lines: Sequence[str], hunk: Hunk, codes: Sequence[Opcode]) -> list[Place]:
    """Match each line of context as it stands or a space further right, and removed lines as they stand.

    A reply that lost a space on every line looks the same where no removed line is indented. Then a line without any
    sign tells, or the added lines do: as they are, or a space further right, they stand where lines of the file do.
    What is context the signs say: of a line that is removed and added again, the space may be all that changes.
    """
    codes = _as_signed(hunk.signs) if hunk.signs else codes
    context = {index for tag, i, j, *_ in codes if tag == "equal" for index in range(i, j)}
    if not any(hunk.before[index].strip() for index in context):
        return []
    starts = occurrences([line.strip(TRAILING) for line in lines], [line.strip(TRAILING) for line in hunk.before])
    found: list[Place] = []
    for start in starts:
        after = _meant(lines, start, hunk, codes, context)
        if after is not None:
            found.append(put(lines, start, codes, len(hunk.before), after))
        elif len(starts) == MOST_PLACES:
            return [put(lines, start, codes, len(hunk.before), hunk.after) for start in starts]
    return found


def _as_signed(signs: str) -> list[Opcode]:
    """Return what the reply itself says is removed, added and kept."""
    codes: list[Opcode] = []
    i = k = 0
    for is_change, group in itertools.groupby(signs, lambda sign: sign in "+-"):
        run = "".join(group)
        j, m = i + len(run) - run.count("+"), k + len(run) - run.count("-")
        codes.append(("replace" if is_change else "equal", i, j, k, m))
        i, k = j, m
    return codes


def _meant(
    lines: Sequence[str], start: int, hunk: Hunk, codes: Sequence[Opcode], context: set[int]
) -> Sequence[str] | None:
    """Return what the new lines mean when the hunk stands here; None when it does not, or they may mean two things."""
    is_vouched = "?" in hunk.signs
    lost = False
    for index, ours in enumerate(hunk.before):
        theirs = lines[start + index]
        if not ours.strip():
            continue
        have, want = indentation(ours), indentation(theirs)
        if have == want:
            is_vouched = is_vouched or bool(have)
        elif index in context and want == f" {have}":
            lost = True
        else:
            return None
    if not lost:
        return None
    return hunk.after if is_vouched else _by_column(lines, range(start, start + len(hunk.before)), hunk.after, codes)


def _by_column(
    lines: Sequence[str], region: range, after: tuple[str, ...], codes: Sequence[Opcode]
) -> tuple[str, ...] | None:
    added = [line for tag, _, _, k, m in codes if tag != "equal" for line in after[k:m]]
    columns = {len(indentation(line)) for line in added if line.strip() and indentation(line)}
    if not columns:
        return after
    for indices in (region, range(len(lines))):
        known = {len(indentation(lines[index])) for index in indices if lines[index].strip()}
        as_they_are, further_right = (sum(column + by in known for column in columns) for by in (0, 1))
        if as_they_are and not further_right:
            return after
        if further_right and not as_they_are:
            return tuple(f" {line}" if line.strip() and indentation(line) else line for line in after)
        if as_they_are or further_right:
            return None
    return None
