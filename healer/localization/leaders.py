"""Several causes in one ranking: the best place of each comes first, so that none is crowded out by another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.models.code import Location

MOST_LED = 5
"""Causes, the largest first."""


def led(ranked: Sequence[Location], of_each: Iterable[Sequence[Location]]) -> tuple[Location, ...]:
    """Return the places with those functions first that are the best of one cause alone, in the order of all."""
    leading = {(one[0].path, one[0].function) for one in of_each if one}
    return tuple(sorted(ranked, key=lambda place: (place.path, place.function) not in leading))
