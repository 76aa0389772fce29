"""A diff before it is judged: its files and hunks line by line, as two readers agree to hand them over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from healer.models.change import Hunk, RejectedBy, Rejection
from healer.patches.text import NO_NEWLINE

_SCOPE_NUMBERED = re.compile(r"^@@+ -\d")
_SCOPE = re.compile(r"^@@+\s*(.*?)\s*(?:@@.*)?$")


@dataclass(slots=True)
class RawHunk:
    r"""Body lines as (prefix, text): ` `, `+`, `-`, `\`, or `?` for a line without any, whose text is then whole."""

    scope: str | None = None
    is_carried_as_crlf: bool = False
    """Whether the diff's own header lines end in a carriage return, so that those of the body say nothing."""
    lines: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """One file's part of a diff; `old` and `new` are the cleaned header paths, `refusal` what it asks beyond text."""

    old: str = ""
    new: str = ""
    hunks: list[RawHunk] = field(default_factory=list)
    refusal: str = ""
    is_started: bool = False
    """Whether a `---` or `+++` line was read, so that the next one opens another file."""


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
    if any(plain) and not all(plain):
        return Rejection(
            RejectedBy.REPLY, "line_endings", "A hunk mixes line endings; write all of its lines with the same one."
        )
    shows_old = any(kind in "- " and index not in ends for index, (kind, _) in enumerate(raw.lines))
    # Without an old line to compare with, a carriage return can only be meant as content.
    is_crlf = raw.is_carried_as_crlf or (any(plain) and shows_old)
    unprefixed = any(kind == "?" for kind, _ in raw.lines)
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
            if (marker_is_crlf if has_marker else is_crlf or (kind == " " and text == "\r"))
            else text
        )
        if unprefixed and kind == " " and line:
            line = f" {line}"
        if kind != "+":
            before.append(line)
            open_ended["-"] = has_marker
        if kind != "-":
            after.append(line)
            open_ended["+"] = has_marker
    if open_ended["-"] and not open_ended["+"]:
        before.append(NO_NEWLINE)
    elif open_ended["+"] and not open_ended["-"]:
        after.append(NO_NEWLINE)
    return Hunk(tuple(before), tuple(after), raw.scope)
