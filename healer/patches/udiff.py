"""Unified diffs: the well-formed by `unidiff`, all others by a reader that trusts neither numbers nor headers."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchedFile, PatchSet

from healer.patches.headers import NULL, git_header_paths, header_path
from healer.patches.sections import RawHunk, Section, body_line, scope_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERED = re.compile(r"^@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_OPENINGS = frozenset("@d-")
_BARE_BLANKS = frozenset({("?", ""), ("?", "\r")})
_REFUSALS = {
    "rename from ": "renames a file", "copy from ": "copies a file", "old mode ": "changes a file's mode",
    "GIT binary patch": "holds binary data", "Binary files ": "holds binary data",
    "new file mode 12": "creates a symbolic link", "new file mode 16": "creates a submodule",
    "new file mode 1007": "creates an executable file",
}  # fmt: skip


def is_diff(lines: Sequence[str]) -> bool:
    """Whether the lines look like a diff, well-formed or not."""
    return any(
        line.startswith(("@@ ", "diff --git "))
        or line.rstrip() == "@@"
        or (line.startswith("--- ") and index + 1 < len(lines) and lines[index + 1].startswith("+++ "))
        for index, line in enumerate(lines)
        if line[:1] in _OPENINGS
    )


def read_diff(lines: Sequence[str]) -> list[Section]:
    """Return the diff's files; a count is believed only where every count in the diff agrees with every line."""
    sections = _read_exactly(lines)
    sections = _read_loosely(lines) if sections is None else sections
    is_crlf = next((line.endswith("\r") for line in lines if line.startswith("@@")), False)
    for section in sections:
        for hunk in section.hunks:
            hunk.is_carried_as_crlf = is_crlf
    return sections


def _read_exactly(lines: Sequence[str]) -> list[Section] | None:
    """Read by the numbers, or return None unless they account for each line from the first header to the end.

    Only the numbers tell a removed line `-- x` followed by an added line `++ y` from a pair of headers.
    """
    first = next((i for i, line in enumerate(lines) if line.startswith(("diff --git ", "--- "))), None)
    if first is None or not any(_NUMBERED.match(line) for line in lines):
        return None
    if any(line.startswith("\\") and line.endswith("\r") for line in lines):
        return None  # unidiff forgets how the marker itself ended, which says whose the carriage return before it is
    text = "".join(f"{line}\n" for line in lines[first:])
    try:
        patch = PatchSet(io.StringIO(text))
        echoed = str(patch)
    except (UnidiffParseError, ValueError, IndexError, AssertionError):
        return None
    if _comparable(echoed) != _comparable(text) or any(map(_asks_for_more, lines[first:])):
        return None
    return [_converted(file) for file in patch]


def _comparable(text: str) -> list[str]:
    lines = [("@@" if _NUMBERED.match(line) else line.rstrip()) for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _asks_for_more(line: str) -> bool:
    return line.startswith((*_REFUSALS, "deleted file mode ", "new file mode "))


def _converted(file: PatchedFile) -> Section:
    section = Section(header_path(file.source_file or ""), header_path(file.target_file or ""))
    for hunk in file:
        raw = RawHunk(claimed=(hunk.source_length, hunk.target_length))
        for line in hunk:
            # A line of type '' is a separator that unidiff hung onto the hunk, not content.
            if line.line_type:
                raw.lines.append((line.line_type, line.value.removesuffix("\n")))
        section.hunks.append(raw)
    return section


def _read_loosely(lines: Sequence[str]) -> list[Section]:
    sections: list[Section] = []
    hunk: RawHunk | None = None
    for index, raw in enumerate(lines):
        line = raw.removesuffix("\r")
        if line.startswith("diff --git "):
            old, new = git_header_paths(line)
            sections.append(Section(old, new))
            hunk = None
        elif _is_header_pair(lines, index, inside=hunk is not None):
            _open_file(sections, old=header_path(line[4:]), new=header_path(lines[index + 1][4:]))
            hunk = None
        elif hunk is None and _is_second_of_pair(lines, index):
            continue
        elif line.startswith("@@"):
            if not sections:
                sections.append(Section())
            hunk = RawHunk(scope_of(line), claimed=_claimed(line))
            sections[-1].hunks.append(hunk)
        elif hunk is not None:
            hunk.lines.append(body_line(raw))
        else:
            hunk = _before_hunks(sections, raw)
    for section in sections:
        _trim(section)
    return sections


def _is_header_pair(lines: Sequence[str], index: int, *, inside: bool) -> bool:
    """Whether `--- x`, `+++ y` open a file; inside a hunk only when a hunk header follows at once."""
    if not lines[index].startswith("--- ") or index + 1 >= len(lines) or not lines[index + 1].startswith("+++ "):
        return False
    following = next((line for line in lines[index + 2 : index + 4] if line.strip()), "")
    return not inside or following.startswith("@@")


def _is_second_of_pair(lines: Sequence[str], index: int) -> bool:
    return lines[index].startswith("+++ ") and index > 0 and lines[index - 1].startswith("--- ")


def _open_file(sections: list[Section], *, old: str, new: str) -> None:
    """Give a section its header lines: the one that a `diff --git` line opened, or a new one."""
    if sections and not sections[-1].is_started and not sections[-1].hunks:
        sections[-1].old, sections[-1].new = old, new
    else:
        sections.append(Section(old, new))
    sections[-1].is_started = True


def _before_hunks(sections: list[Section], raw: str) -> RawHunk | None:
    """Read a line between a file's headers and its hunks; return a hunk when its header was left out."""
    line = raw.removesuffix("\r")
    if line.startswith(("--- ", "+++ ")):
        name = header_path(line[4:])
        _open_file(sections, old=name if line[0] == "-" else "", new=name if line[0] == "+" else "")
        return None
    if not sections:
        return None
    section = sections[-1]
    section.refusal = section.refusal or next((why for mark, why in _REFUSALS.items() if line.startswith(mark)), "")
    if line.startswith("new file mode "):
        section.old = NULL
    elif line.startswith("deleted file mode "):
        section.new = NULL
    elif section.is_started and line[:1] in {"+", "-", " "}:
        section.hunks.append(RawHunk(lines=[body_line(raw)]))
        return section.hunks[-1]
    return None


def _claimed(header: str) -> tuple[int, int] | None:
    match = _NUMBERED.match(header)
    return (int(match[1] or 1), int(match[2] or 1)) if match else None


def _trim(section: Section) -> None:
    """Drop blank lines at the rims of hunks: they may be separators, and less context is never wrong."""
    for hunk in section.hunks:
        if not hunk.is_exact:
            end = len(hunk.lines)
            while end and hunk.lines[end - 1] in _BARE_BLANKS:
                end -= 1
            start = 0
            while start < end and hunk.lines[start] in _BARE_BLANKS:
                start += 1
            hunk.lines = hunk.lines[start:end]
    section.hunks = [hunk for hunk in section.hunks if hunk.lines]
