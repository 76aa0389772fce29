"""How close two names are, and which of many come close."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CUTOFF = 0.6
"""Of difflib's ratio; below it two names have nothing to do with each other. CPython's suggestions are as lenient."""
_SHORTEST = 3
_LONGEST = 60
_MOST = 4


def closeness(left: str, right: str) -> float:
    """Return 0..1: 1 for equal names, 0.98 when only case and underscores differ."""
    if left == right:
        return 1.0
    plain_left, plain_right = (name.replace("_", "").casefold() for name in (left, right))
    if plain_left == plain_right and plain_left:
        return 0.98
    if min(len(left), len(right)) < _SHORTEST or max(len(left), len(right)) > _LONGEST:
        return 0.0
    return 0.97 * difflib.SequenceMatcher(None, plain_left, plain_right, autojunk=False).ratio()


def close_names(name: str, known: Iterable[str], *, cutoff: float = CUTOFF) -> list[tuple[str, float]]:
    """Return the known names that come close to one (never itself), closest first, at most four."""
    scored = [(other, closeness(name, other)) for other in sorted(set(known)) if other != name]
    near = [(other, score) for other, score in scored if score >= cutoff]
    return sorted(near, key=lambda item: -item[1])[:_MOST]
