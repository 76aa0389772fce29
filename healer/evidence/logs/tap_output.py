"""The Test Anything Protocol on a terminal: what node, tap, bats or `prove --verbose` print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.formats.tap import is_tap
from healer.evidence.formats.tap_stream import TapStream
from healer.evidence.gathered import Gathered

if TYPE_CHECKING:
    from healer.models.evidence import Failure, Tally

_BEGINNING = re.compile(
    r"^(?:TAP version 1[2-4]\s{0,8}$|1\.\.\d{1,9}(?:\s{0,8}#.{0,1024})?$|(?:not )?ok 1\b|# Subtest: )",
    re.MULTILINE,
)

_PROVED = re.compile(r"^Files=\d{1,9}, Tests=\d{1,9}, ", re.MULTILINE)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the points that failed, and a plan that was not kept; nothing if the text is not of the protocol."""
    return tuple(_gathered(text)[0].failures)


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last test point stands and what all of them count; None if there is none."""
    gathered, last = _gathered(text)
    return (last, gathered.tally) if gathered.tally.tests else None


def _gathered(text: str) -> tuple[Gathered, int]:
    gathered = Gathered()
    beginning = _BEGINNING.search(text)
    if beginning is None or not is_tap(text) or _PROVED.search(text):  # prove sums up, and is heard for itself
        return gathered, 0
    stream = TapStream(gathered)
    position, last, seen = beginning.start(), beginning.start(), 0
    for line in text[beginning.start() :].split("\n"):
        stream.take(line)
        if stream.seen != seen:
            last, seen = position, stream.seen
        position += len(line) + 1
    stream.end()
    return gathered, last
