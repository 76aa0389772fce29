"""What a refused hunk is answered with: where it would fit, or what the file really says there."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from healer.patches.scope import heading
from healer.patches.spots import MOST_PLACES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.patches.spots import Place

LONGEST = 600
"""How many characters a refusal may have: it is part of the next question."""
_MOST_SHOWN = 5
_MOST_LINES = 6
_LONGEST_LINE = 100
_LONGEST_NAME = 60


def ambiguous(where: str, lines: Sequence[str], places: Sequence[Place]) -> str:
    """Say at which lines, in which definitions, a hunk fits."""
    if len({place.start for place in places}) == 1:
        return shortened(
            f"{where}: the old lines fit at line {places[0].start + 1}, but not exactly, and can be read in more than "
            "one way; repeat them as they are in the file."
        )
    number = f"{len(places)}" if len(places) < MOST_PLACES else f"{MOST_PLACES} or more"
    return shortened(
        f"{where}: the old lines fit in {number} places ({_listed(lines, places)}); add three lines of context "
        "or name the enclosing definition in the scope line (@@ def name @@)."
    )


def elsewhere(where: str, lines: Sequence[str], places: Sequence[Place], scope: str) -> str:
    """Say that a hunk fits, but not in the definition that its scope line names."""
    return shortened(
        f"{where}: the old lines are not in {scope[:_LONGEST_NAME]!r}, which the scope line names, but at "
        f"{_listed(lines, places)}; correct the scope line or the old lines."
    )


def not_found(where: str, lines: Sequence[str], before: Sequence[str], own: Sequence[range] = ()) -> str:
    """Say that a hunk fits nowhere, and show the most similar lines around the first that differs.

    Those of its `own` definition, which its scope line names, come first, unless nearly all of it stands elsewhere.
    """
    start, alike = _nearest(lines, before)
    within, own_alike = _nearest(lines, before, own) if own else (None, 0)
    is_elsewhere = alike >= sum(bool(line.strip()) for line in before) - 1 and 2 * own_alike < alike
    if own and within is None and not is_elsewhere:
        first = own[0].start
        shown = "\n".join(line[:_LONGEST_LINE] for line in lines[first : min(first + _MOST_LINES, own[0].stop)])
        return shortened(
            f"{where}: the old lines are nowhere in the definition that the scope line names; copy them from it, "
            f"exactly. It begins at line {first + 1}:\n{shown}"
        )
    if within is not None and not is_elsewhere:
        start = within
    if start is None:
        return shortened(f"{where}: the old lines are nowhere in the file; copy them from it, exactly.")
    pairs = enumerate(zip(lines[start:], before, strict=False))
    differs = next((offset for offset, (theirs, ours) in pairs if theirs.rstrip() != ours.rstrip()), 0)
    first = max(start, start + differs - _MOST_LINES // 2)
    shown = "\n".join(line[:_LONGEST_LINE] for line in lines[first : first + _MOST_LINES])
    said = before[differs].strip()
    may_be_new = before[differs + 1 : differs + 2] == tuple(lines[start + differs : start + differs + 1])
    hint = " If it is a new line, mark it with +." if may_be_new else ""
    return shortened(
        f"{where}: the old lines are not in the file as written; line {start + differs + 1} is not "
        f"{said[:_LONGEST_LINE]!r}.{hint} Did you mean these lines, from line {first + 1}?\n{shown}"
    )


def shortened(message: str) -> str:
    """Cut a message to what may be shown, at the end of a line where there is one."""
    if len(message) <= LONGEST:
        return message
    cut = message[: LONGEST - 2]
    return f"{cut[: cut.rfind(chr(10))] if chr(10) in cut else cut}\n…"


def _listed(lines: Sequence[str], places: Sequence[Place]) -> str:
    def described(place: Place) -> str:
        around = heading(lines, place.start)[:_LONGEST_NAME]
        return f"line {place.start + 1}" + (f": {around}" if around else "")

    shown = ", ".join(described(place) for place in places[:_MOST_SHOWN])
    return shown + (", …" if len(places) > _MOST_SHOWN else "")


def _nearest(lines: Sequence[str], before: Sequence[str], within: Sequence[range] = ()) -> tuple[int | None, int]:
    """Return where the most lines of the hunk stand in their order, white space aside, and how many do; or None, 0."""
    offsets: dict[str, list[int]] = {}
    for offset, line in enumerate(before):
        if line.strip():
            offsets.setdefault(line.strip(), []).append(offset)
    indexes = chain.from_iterable(within) if within else range(len(lines))
    # A line that the hunk repeats often says little about where it belongs, and would cost a vote each time.
    votes = Counter(
        index - offset
        for index in indexes
        for offset in offsets.get(lines[index].strip(), ())[:_MOST_SHOWN]
        if index >= offset
    )
    return votes.most_common(1)[0] if votes else (None, 0)
