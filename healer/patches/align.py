"""The last rung: context with one line missing or mistyped, or with dots for what was left out.

What is changed has to match together with its neighbours, line by line. A line of context that the file has not,
unless it is a mistyped one, is never passed over: it may be a new line whose `+` was forgotten.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from healer.patches.elision import is_elision
from healer.patches.spots import MOST_PLACES, TRAILING, Place, occurrences
from healer.patches.walk import Fit, Walk, Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.change import Hunk
    from healer.patches.diff import Opcode

_MOST_LINES = 1_000
_LEAST_MATCHED = 0.6
_LEAD = 2
"""By how many matched lines the best place has to surpass any other."""


def aligned(lines: Sequence[str], hunk: Hunk, codes: Sequence[Opcode]) -> list[Place]:
    """Return the one place where a hunk stands but for one line of context, or all that cannot be told apart."""
    wanted = _wanted(hunk, codes)
    if wanted is None:
        return []
    keys = [line.rstrip(TRAILING) for line in lines]
    first = wanted.cores[0]
    anchors = occurrences(keys, wanted.lines[first.start : first.stop])
    if len(anchors) == MOST_PLACES:
        return []
    walk = Walk(keys, wanted)
    fits = [fit for anchor in anchors for fit in walk.fits(anchor) if fit.matched >= _LEAST_MATCHED * wanted.solid]
    if not fits or walk.is_exhausted:
        return []
    best = max(fits, key=lambda fit: fit.matched)
    near = [fit for fit in fits if best.matched - fit.matched < _LEAD]
    places = list(dict.fromkeys(_place(lines, hunk, codes, fit) for fit in near))
    if len(places) == 1 and _has_rival(keys, wanted, hunk, codes, best):
        return []
    return places


def _wanted(hunk: Hunk, codes: Sequence[Opcode]) -> Wanted | None:
    """Return what is to be found, or None where a change has no neighbour that could hold it."""
    before = hunk.before
    if not 2 < len(before) <= _MOST_LINES:  # noqa: PLR2004 - with fewer, nothing is left when one is wrong
        return None
    kept = {index for tag, i, j, *_ in codes if tag == "equal" for index in range(i, j)}
    dots = frozenset(index for index in kept if is_elision(before[index]))
    cores: list[range] = []
    at_top = at_bottom = False
    for code in codes:
        tag, i, j, *_ = code
        if tag == "equal":
            continue
        up, down = _slides(before, hunk.after, code)
        start = max((index + 1 for index in dots if index < i), default=0)
        stop = min((index for index in dots if index >= j), default=len(before))
        core = range(max(start, i - 1 - up), min(stop, j + 1 + down))
        neighbours = len(core) - (j - i)
        if neighbours < 2 and not any(before[index].strip() for index in range(i, j)):  # noqa: PLR2004 - above and below
            at_top, at_bottom = at_top or i == 0, at_bottom or j == len(before)
            if not neighbours or not (i == 0 or j == len(before)):
                return None
        elif not neighbours:
            return None
        cores.append(core)
    keys = tuple(line.rstrip(TRAILING) for line in before)
    return Wanted(keys, dots, tuple(cores), at_top, at_bottom) if cores else None


def _slides(before: Sequence[str], after: Sequence[str], code: Opcode) -> tuple[int, int]:
    """Return how far a change could as well be said to stand further up or down, as a blank line beside another."""
    _, i, j, k, m = code
    up = down = 0
    sides = [(lines, start, end) for lines, start, end in ((before, i, j), (after, k, m)) if start < end]
    rims = {lines[index] for lines, start, end in sides for index in (start, end - 1)}
    while up < min(i, k) and before[i - 1 - up] in {*rims, *(lines[end - 1 - up] for lines, _, end in sides)}:
        up += 1
    below = min(len(before) - j, len(after) - m)
    while down < below and before[j + down] in {*rims, *(lines[start + down] for lines, start, _ in sides)}:
        down += 1
    return up, down


def _has_rival(keys: Sequence[str], wanted: Wanted, hunk: Hunk, codes: Sequence[Opcode], best: Fit) -> bool:
    """Whether the removed lines, or their neighbours if they say nothing, stand elsewhere among nearly as many lines.

    Generously counted: how many of the hunk's lines there are around, in any order.
    """
    _, i, j, *_ = next(code for code in codes if code[0] != "equal")
    rim = range(i, j) if any(line.strip() for line in hunk.before[i:j]) else wanted.cores[0]
    here = best.at[rim.start]
    needed = Counter(wanted.lines) - Counter(wanted.lines[index] for index in wanted.dots)
    elsewhere = [start for start in occurrences(keys, wanted.lines[rim.start : rim.stop]) if start != here]
    if len(elsewhere) >= MOST_PLACES - 1 or len(elsewhere) * len(hunk.before) > 20 * _MOST_LINES:
        return True
    for start in elsewhere:
        around = keys[max(0, start - rim.start - 1) : start + len(wanted.lines) - rim.start + 1]
        if best.matched - (needed & Counter(around)).total() < _LEAD:
            return True
    return False


def _behind(position: int | None) -> int | None:
    return None if position is None else position + 1


def _place(lines: Sequence[str], hunk: Hunk, codes: Sequence[Opcode], fit: Fit) -> Place:
    """Put the changed lines in; what the file has between lines of context stays."""
    found = [position for position in fit.at if position is not None]
    start, end = found[0], found[-1] + 1
    result: list[str] = []
    done = start
    for tag, i, j, k, m in codes:
        if tag == "equal":
            continue
        begin = fit.at[i] if i < j else _behind(fit.at[i - 1]) if i else start
        if begin is None:  # a change and its neighbours are always found
            continue
        result += [*lines[done:begin], *hunk.after[k:m]]
        done = begin + j - i
    return Place(start, end, (*result, *lines[done:end]))
