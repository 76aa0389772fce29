"""What a refused hunk is answered with: where it would fit, or what the file really says there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from healer.patches.scope import heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.patches.spots import Place

_MOST_SHOWN = 5
_MOST_LINES = 12
_LONGEST_LINE = 160


def ambiguous(where: str, lines: Sequence[str], places: Sequence[Place]) -> str:
    """Say at which lines, in which definitions, a hunk fits."""
    if len({place.start for place in places}) == 1:
        return (
            f"{where}: the old lines fit at line {places[0].start + 1}, but not exactly, and can be read in more than "
            "one way; repeat them as they are in the file."
        )
    return (
        f"{where}: the old lines fit in {len(places)} places ({_listed(lines, places)}); add three lines of context "
        "or name the enclosing definition in the scope line (@@ def name @@)."
    )


def elsewhere(where: str, lines: Sequence[str], places: Sequence[Place], scope: str) -> str:
    """Say that a hunk fits, but not in the definition that its scope line names."""
    return (
        f"{where}: the old lines are not in {scope[:_LONGEST_LINE]!r}, which the scope line names, but at "
        f"{_listed(lines, places)}; correct the scope line or the old lines."
    )


def not_found(where: str, lines: Sequence[str], before: Sequence[str]) -> str:
    """Say that a hunk fits nowhere, and show the most similar lines."""
    start = _nearest(lines, before)
    if start is None:
        return f"{where}: the old lines are nowhere in the file; copy them from it, exactly."
    shown = lines[start : start + min(len(before), _MOST_LINES)]
    text = "\n".join(line[:_LONGEST_LINE] for line in shown)
    first = next(
        (
            f" (the first that differs is line {start + offset + 1})"
            for offset, (theirs, ours) in enumerate(zip(lines[start:], before, strict=False))
            if theirs.rstrip() != ours.rstrip()
        ),
        "",
    )
    question = f"did you mean these lines, from line {start + 1}{first}?"
    return f"{where}: the old lines are not in the file as written; {question}\n{text}"


def _listed(lines: Sequence[str], places: Sequence[Place]) -> str:
    def described(place: Place) -> str:
        around = heading(lines, place.start)
        return f"line {place.start + 1}" + (f": {around}" if around else "")

    shown = ", ".join(described(place) for place in places[:_MOST_SHOWN])
    return shown + (", …" if len(places) > _MOST_SHOWN else "")


def _nearest(lines: Sequence[str], before: Sequence[str]) -> int | None:
    """Return where the most lines of the hunk stand in their order, white space aside; None when none does."""
    offsets: dict[str, list[int]] = {}
    for offset, line in enumerate(before):
        if line.strip():
            offsets.setdefault(line.strip(), []).append(offset)
    # A line that the hunk repeats often says little about where it belongs, and would cost a vote each time.
    votes = Counter(
        index - offset
        for index, line in enumerate(lines)
        for offset in offsets.get(line.strip(), ())[:_MOST_SHOWN]
        if index >= offset
    )
    return votes.most_common(1)[0][0] if votes else None
