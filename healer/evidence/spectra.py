"""Line spectra as the suite's processes left them: JSON that tests could have written as well as our own plugin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from healer.models.spectra import Hits, Spectra

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_LINES = 2_000_000
MOST_MEMBERS = 5_000_000
"""Of all groups of failing test cases together."""


def parse_spectra(documents: Iterable[bytes]) -> Spectra | None:
    """Return what all documents of one run say together; None where there is none, or one that cannot be true."""
    reading = _Reading()
    for document in documents:
        try:
            reading.take(json.loads(document))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
    return Spectra(reading.passed, tuple(reading.failed), reading.lines) if reading.lines else None


class _Reading:
    def __init__(self) -> None:
        self.passed = 0
        self.failed: list[str] = []
        self.lines: dict[str, dict[int, Hits]] = {}
        self._lines_left, self._members_left = MOST_LINES, MOST_MEMBERS

    def take(self, said: dict[str, Any]) -> None:
        """Add one document; raise when it cannot be true."""
        tests = [_text(test) for test in said["failed"]]
        self._members_left -= sum(len(group) for group in said["groups"])
        self._lines_left -= sum(len(entries) for entries in said["files"].values())
        if self._lines_left < 0 or self._members_left < 0:
            raise ValueError(self._lines_left)
        first = len(self.failed)
        groups = [tuple(first + _below(index, len(tests)) for index in group) for group in said["groups"]]
        self.passed += _count(said["passed"])
        self.failed += tests
        for path, entries in said["files"].items():
            known = self.lines.setdefault(path, {})
            for line, count, group in entries:
                before = known.get(_count(line))
                failed = groups[_below(group, len(groups))]
                if before is not None:
                    known[line] = Hits(_count(count) + before.passed, before.failed + failed)
                else:
                    known[line] = Hits(_count(count), failed)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(value)
    return value


def _below(value: Any, limit: int) -> int:
    if _count(value) >= limit:
        raise ValueError(value)
    return int(value)
