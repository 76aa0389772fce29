"""Streams of JSON objects, one to a line: an object at a time in memory, whatever stands between them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from healer.evidence.lines import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator


class JsonLines:
    """Iterates over (object, line): the object is None where the line holds none, and then the line is as it stands.

    `cut_off` says, once the lines have ended, why they ended early.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._lines = read_lines(chunks)
        self.cut_off: str | None = None

    def __iter__(self) -> Iterator[tuple[dict[str, Any] | None, str]]:
        is_half = False
        try:
            for line in self._lines:
                value = _object(line) if line.startswith("{") else None
                is_half = value is None and line.startswith('{"')
                yield value, line
        except OSError as error:
            self.cut_off = f"the stream could be read only in part ({error.strerror or error})"
        if is_half:
            self.cut_off = self.cut_off or "the stream breaks off inside of its last line"


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
