"""Untrusted text made fit for a prompt: visible, free of secrets, bounded, and unable to end its own fence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.invisible import is_invisible

if TYPE_CHECKING:
    from collections.abc import Callable

READ_LIMIT = 200_000
"""Characters of one field that are looked at at all; what is cut out here lies in the middle, which is never shown."""

_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_TAIL_SHARE = 0.6
"""A trace says at its end what went wrong, and at its start where it came from."""


def visible(text: str) -> str:
    """Return the text with LF line ends and without anything that a reader would not see."""
    text = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_VISIBLE)


class _Visible(dict[int, "int | None"]):
    """A translation table that decides on a character when it first meets it."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if is_invisible(chr(code)) and chr(code) not in "\n\t" else code
        return self[code]


_VISIBLE = _Visible()


def cut_middle(text: str, limit: int) -> str:
    """Return at most about `limit` characters, whole lines of the head and the tail, saying what was left out."""
    if len(text) <= limit:
        return text
    tail_size = int(limit * _TAIL_SHARE)
    head, tail = text[: limit - tail_size], text[len(text) - tail_size :]
    # A cut through a line is moved to its end, unless that would leave next to nothing.
    head = head[: head.rfind("\n")] if head.rfind("\n") > len(head) // 2 else head
    tail = tail[tail.find("\n") + 1 :] if 0 <= tail.find("\n") < len(tail) // 2 else tail
    lines = text.count("\n") - head.count("\n") - tail.count("\n")
    return f"{head}\n[... {max(lines - 1, 1)} lines left out ...]\n{tail}"


@dataclass(frozen=True, slots=True)
class Fence:
    """One prompt's marker, and how text is let in between its lines."""

    marker: str
    redact: Callable[[str], str]

    def clean(self, text: str, limit: int) -> str:
        """Return the text visible, redacted, without the marker, and cut to about `limit` characters."""
        text = self.redact(visible(cut_middle(text, READ_LIMIT)))
        while self.marker in text:  # taking one out can put another together
            text = text.replace(self.marker, "")
        return cut_middle(text.strip("\n"), limit)

    def line(self, text: str, limit: int = 200) -> str:
        """Return the text as a single short line."""
        return " ".join(self.clean(text, 4 * limit).split())[:limit]

    def enclose(self, text: str) -> str:
        """Return the block with its two marker lines; every piece of `text` has been cleaned before."""
        return f"<<<{self.marker}\n{text}\n{self.marker}>>>"
