"""The format that begins with `*** Begin Patch`: files by name, hunks by content, a scope behind `@@`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.models.change import RejectedBy, Rejection
from healer.patches.headers import NULL, header_path
from healer.patches.sections import RawHunk, Section, body_line, scope_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEGIN, _END = "*** Begin Patch", "*** End Patch"
_UPDATE, _ADD, _DELETE = "*** Update File:", "*** Add File:", "*** Delete File:"
_MOVE, _END_OF_FILE = "*** Move to:", "*** End of File"
_OPENINGS = (_UPDATE, _ADD, _DELETE)
_FRAME = (_BEGIN, *_OPENINGS)


def has_patch(lines: Sequence[str]) -> bool:
    """Whether any line belongs to this format's frame."""
    return any(line.startswith(_FRAME) for line in lines)


def read_patch(lines: Sequence[str]) -> list[Section] | Rejection:
    """Return the files of all patches among the lines; words around them are passed over.

    A patch that is begun and not ended was cut off.
    """
    sections: list[Section] = []
    is_open = False
    for raw in lines:
        line = raw.rstrip("\r")
        if line.startswith(_BEGIN):
            is_open = True
        elif line.startswith(_END):
            is_open = False
        elif line.startswith(_OPENINGS):
            sections.append(_section(line))
            is_open = True
        elif line.startswith(_MOVE) and sections:
            sections[-1].refusal = "renames a file"
        elif is_open and sections and not line.startswith(_END_OF_FILE):
            _read_line(sections[-1], raw, line)
    if is_open:
        return Rejection(
            RejectedBy.REPLY, "truncated", f"The patch has no {_END!r} line; send the whole answer again, shorter."
        )
    for section in sections:
        section.hunks = [hunk for hunk in section.hunks if hunk.lines]
        _trim(section)
    return sections


def _section(line: str) -> Section:
    opening = next(opening for opening in _OPENINGS if line.startswith(opening))
    path = header_path(line.removeprefix(opening))
    section = Section(NULL if opening == _ADD else path, NULL if opening == _DELETE else path)
    section.is_plain = True
    return section


def _read_line(section: Section, raw: str, line: str) -> None:
    if line.startswith("@@"):
        scope = scope_of(line)
        if section.hunks and not section.hunks[-1].lines:
            # Scopes on lines of their own are nested: a class, then its method.
            section.hunks[-1].scope = ": ".join(filter(None, (section.hunks[-1].scope, scope))) or None
        else:
            section.hunks.append(RawHunk(scope))
    else:
        if not section.hunks:
            section.hunks.append(RawHunk())
        section.hunks[-1].lines.append(body_line(raw))


def _trim(section: Section) -> None:
    """Drop blank lines without a sign behind the last hunk: they separate files."""
    for hunk in section.hunks:
        while hunk.lines and hunk.lines[-1] in {("?", ""), ("?", "\r")}:
            hunk.lines.pop()
