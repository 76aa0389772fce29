"""Ranked locations gathered by the function that they lie in, and which of these were tried already."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.models.code import Location

_FILE = re.compile(r"^--- (?:a/)?(?P<path>[^\t\n]+)", re.MULTILINE)
_HUNK = re.compile(r"^@@ -(?P<first>\d+)(?:,(?P<count>\d+))? ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """One function, or one file's top level, with its suspicious ranges, the most suspicious first."""

    path: str
    function: str | None
    locations: tuple[Location, ...]

    @property
    def title(self) -> str:
        """The place in words, as a person names it."""
        return f"{self.function} ({self.path})" if self.function else f"the top level of {self.path}"

    def meets(self, ranges: Iterable[tuple[str, int, int]]) -> bool:
        """Whether any of these ranges of lines lies here."""
        return any(
            path == self.path and first <= location.end_line and location.line <= last
            for path, first, last in ranges
            for location in self.locations
        )


def places(ranked: Sequence[Location]) -> tuple[Place, ...]:
    """Return the functions that locations lie in, in the order of their best location."""
    found: dict[tuple[str, str | None], list[Location]] = {}
    for location in ranked:
        found.setdefault((location.path, location.function), []).append(location)
    return tuple(Place(path, function, tuple(locations)) for (path, function), locations in found.items())


def touched(diff: str) -> tuple[tuple[str, int, int], ...]:
    """Return path, first and last line (1-based) of what a canonical unified diff changes in the base."""
    found = []
    marks = [(match.start(), match) for pattern in (_FILE, _HUNK) for match in pattern.finditer(diff)]
    path = ""
    for _, match in sorted(marks, key=lambda mark: mark[0]):
        groups = match.groupdict()
        if "path" in groups:
            path = groups["path"]
        else:
            first = int(groups["first"])
            found.append((path, first, first + max(1, int(groups["count"] or 1)) - 1))
    return tuple(found)
