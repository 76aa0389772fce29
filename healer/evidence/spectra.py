"""Line spectra as the suite's processes left them: JSON that tests could have written as well as our own plugin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from healer.models.spectra import Hits, Spectra

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_LINES = 2_000_000


def parse_spectra(documents: Iterable[bytes]) -> Spectra | None:
    """Return what all documents of one run say together; None where there is none, or one that cannot be true."""
    passed = 0
    failed: list[str] = []
    lines: dict[str, dict[int, Hits]] = {}
    room = MOST_LINES
    for document in documents:
        try:
            said = json.loads(document)
            tests = [_text(test) for test in said["failed"]]
            passed += _count(said["passed"])
            for path, entries in said["files"].items():
                known = lines.setdefault(path, {})
                room -= len(entries)
                if room < 0:
                    return None
                for line, count, indexes in entries:
                    here = tuple(len(failed) + _below(index, len(tests)) for index in indexes)
                    before = known.get(_count(line))
                    known[line] = Hits(
                        _count(count) + (before.passed if before else 0), (*(before.failed if before else ()), *here)
                    )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        failed += tests
    return Spectra(passed, tuple(failed), lines) if lines else None


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
