"""Placed changes become bytes: from the last to the first, each line with the ending of the lines around it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.models.change import FileEdit, RejectedBy, Rejection
from healer.patches.text import SourceText, declared_encoding

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Splice:
    """What is left of a placed hunk without its context; `region` is the matched range with it."""

    start: int
    end: int
    lines: tuple[str, ...]
    region: range
    final_newline: bool | None = None


def spliced(path: str, data: bytes, text: SourceText, unsorted: Sequence[Splice]) -> FileEdit | Rejection:
    """Return the file with all changes made, or why they cannot stand together or be written as it is."""
    splices = sorted(unsorted, key=lambda splice: (splice.start, splice.end))
    for one, other in itertools.pairwise(splices):
        if other.start < one.end or one.start == other.start:
            where = f"line {other.start + 1}"
            return _refused("overlap", f"{path}: two hunks change the same lines, at {where}; put them into one hunk.")
    for splice in splices:
        if len(_endings_around(text, splice)) > 1:
            return _refused(
                "mixed_line_endings",
                f"{path} mixes line endings around line {splice.start + 1}; such lines are not edited.",
            )
    text = _replaced(text, splices)
    after = text.encode()
    if declared_encoding(path, after) != text.encoding:
        return _refused("encoding", f"{path} would declare another encoding than it is written in.")
    return FileEdit(path, data, after)


def _endings_around(text: SourceText, splice: Splice) -> set[str]:
    return set(text.endings[splice.region.start : splice.region.stop]) - {""}


def _replaced(text: SourceText, splices: Sequence[Splice]) -> SourceText:
    """Put the new lines in, from the last to the first, each with the line ending of the lines around it."""
    usual = next(iter(text.endings), "") or "\n"
    ends_with_newline = text.endings[-1:] != ("",)
    lines, endings = list(text.lines), [ending or usual for ending in text.endings]
    for splice in reversed(splices):
        ending = next(iter(_endings_around(text, splice)), usual)
        lines[splice.start : splice.end] = splice.lines
        endings[splice.start : splice.end] = [ending] * len(splice.lines)
        if splice.final_newline is not None:
            ends_with_newline = splice.final_newline
    if endings and not ends_with_newline:
        endings[-1] = ""
    return SourceText(tuple(lines), tuple(endings), text.encoding)


def _refused(code: str, message: str) -> Rejection:
    return Rejection(RejectedBy.PLACEMENT, code, message)
