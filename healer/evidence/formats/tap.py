"""The Test Anything Protocol, versions 12 to 14, whatever tool wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.formats.tap_stream import TapStream
from healer.evidence.gathered import Gathered
from healer.evidence.lines import read_lines
from healer.evidence.wording import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "tap"
_VERSION = re.compile(r"^TAP version 1[2-4]\s{0,8}$", re.MULTILINE)
_PLAN = re.compile(r"^1\.\.\d{1,9}(?:\s{0,8}#.{0,1024})?\s{0,8}$", re.MULTILINE)
_NOTHING_TO_RUN = re.compile(r"\s{0,100}1\.\.0(?:\s{0,8}#.{0,1024})?\s{0,8}")
_POINT = re.compile(r"^(?:not )?ok \d{1,9}(?![\w.,:%/])", re.MULTILINE)
_FIRST = re.compile(r"^(?:not )?ok 1(?![\w.,:%/])", re.MULTILINE)
_SECOND = re.compile(r"^(?:not )?ok 2(?![\w.,:%/])", re.MULTILINE)
_BEGINNING = re.compile(r"^(?:TAP version |1\.\.\d|(?:not )?ok \d|# Subtest: )", re.MULTILINE)
_OTHER_LINES = 40


def recognises(head: Head) -> bool:
    """Whether the text begins as the protocol does, past a few lines of other text."""
    beginning = _BEGINNING.search(head.text)
    return beginning is not None and head.text.count("\n", 0, beginning.start()) < _OTHER_LINES and is_tap(head.text)


def is_tap(text: str) -> bool:
    """Whether text holds the protocol: its version, or a plan and points, or points that count from one."""
    text = text.replace("\r\n", "\n")
    if _VERSION.search(text) or _NOTHING_TO_RUN.fullmatch(text):
        return True
    if not (point := _POINT.search(text)):
        return False
    return bool(_PLAN.search(text)) or bool(
        (first := _FIRST.search(text, point.start())) and _SECOND.search(text, first.end())
    )


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read one or several documents, line by line."""
    gathered = Gathered()
    stream = TapStream(gathered)
    cut_off = None
    try:
        for line in read_lines(chunks):
            stream.take(clean(line) if not line.isprintable() else line)
    except OSError as error:
        cut_off = f"the stream could be read only in part ({error.strerror or error})"
    stream.end()
    return gathered.report(source, FORMAT, cut_off=cut_off)
