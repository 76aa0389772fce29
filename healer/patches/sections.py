"""A diff before it is judged: its files and hunks line by line, as two readers agree to hand them over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from healer.models.change import Hunk, RejectedBy, Rejection

_SCOPE_NUMBERED = re.compile(r"^@@+ -\d")
_SCOPE = re.compile(r"^@@+\s*(.*?)\s*(?:@@.*)?$")


@dataclass(slots=True)
class RawHunk:
    r"""Body lines as (prefix, text): ` `, `+`, `-`, `\`, or `?` for a line without any (whole, perhaps empty)."""

    scope: str | None = None
    is_carried_as_crlf: bool = False
    """Whether the diff's own header lines end in a carriage return, so that those of the body say nothing."""
    claimed: tuple[int, int] | None = None
    """How many old and new lines the header says there are, where that is all it is used for."""
    lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def lengths(self) -> tuple[int, int]:
        """How many old and new lines there are."""
        return sum(kind in "- ?" for kind, _ in self.lines), sum(kind in "+ ?" for kind, _ in self.lines)

    @property
    def is_exact(self) -> bool:
        """Whether the header's counts vouch for every line and its prefix."""
        return self.claimed == self.lengths


@dataclass(slots=True)
class Section:
    """One file's part of a diff; `old` and `new` are the cleaned header paths, `refusal` what it asks beyond text."""

    old: str = ""
    new: str = ""
    hunks: list[RawHunk] = field(default_factory=list)
    refusal: str = ""
    is_started: bool = False
    """Whether a `---` or `+++` line was read, so that the next one opens another file."""
    is_plain: bool = False
    """Whether the paths are written without the prefixes of git."""


def body_line(raw: str) -> tuple[str, str]:
    """Return the sign and the text of a line in a hunk."""
    if raw in {"", "\r"}:
        return "?", raw
    if raw[0] in "+- ":
        return raw[0], raw[1:]
    return ("\\", raw) if raw.startswith("\\ ") else ("?", raw)


def scope_of(header: str) -> str | None:
    """Return the definition that an unnumbered `@@ def name @@` line names.

    What follows the numbers of a real hunk header is no scope: git prints there the last heading *before* the hunk,
    which need not be the definition that encloses the change.
    """
    if _SCOPE_NUMBERED.match(header):
        return None
    match = _SCOPE.match(header)
    text = match[1].strip() if match else ""
    return text if text.strip(". \u2026") and not text.startswith("-") else None


def to_hunk(raw: RawHunk) -> Hunk | Rejection:
    """Reduce a hunk to its two sides; line endings and markers are taken out, mixed line endings are refused."""
    ends = {index for index, (kind, _) in enumerate(raw.lines[1:]) if kind == "\\"}
    plain = [
        text.endswith("\r")
        for index, (kind, text) in enumerate(raw.lines)
        if index not in ends and kind != "\\" and not (kind in " ?" and text in {"", "\r"})
    ]
    old = [text.endswith("\r") for index, (kind, text) in enumerate(raw.lines) if kind in "- ?" and index not in ends]
    if any(plain) and not (all(plain) and (any(old) or not old)) and not raw.is_carried_as_crlf:
        return Rejection(
            RejectedBy.REPLY,
            "line_endings",
            "A hunk mixes line endings; write all of its lines with the same one.",
        )
    # Without an old line to compare with, a carriage return can only be meant as content.
    is_crlf = raw.is_carried_as_crlf or (any(plain) and any(old))
    before: list[str] = []
    after: list[str] = []
    open_ended = {"-": False, "+": False}
    for index, (kind, text) in enumerate(raw.lines):
        if kind == "\\":
            continue
        has_marker = index in ends
        marker_is_crlf = has_marker and raw.lines[index + 1][1].endswith("\r")
        line = (
            text.removesuffix("\r")
            if (marker_is_crlf if has_marker else is_crlf or (kind in " ?" and text == "\r"))
            else text
        )
        if kind != "+":
            before.append(line)
            open_ended["-"] = has_marker
        if kind != "-":
            after.append(line)
            open_ended["+"] = has_marker
    final_newline = None if open_ended["-"] == open_ended["+"] else open_ended["-"]
    signs = "".join(kind if text.strip() or kind != "?" else " " for kind, text in raw.lines if kind != "\\")
    return Hunk(tuple(before), tuple(after), raw.scope, final_newline, raw.is_exact, signs)
