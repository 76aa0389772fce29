"""Joining two candidate patches of the same base into one, where they touch different lines."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from healer.models.change import FileEdit
from healer.patches.diff import opcodes

if TYPE_CHECKING:
    from collections.abc import Sequence

Splice = tuple[int, int, list[bytes]]
"""A half-open range of the base's lines and what stands in its place."""


def merged(ours: Sequence[FileEdit], theirs: Sequence[FileEdit]) -> tuple[FileEdit, ...] | None:
    """Return the edits of both, or None where they change the same or neighbouring lines, or create the same file."""
    by_path = {edit.path: edit for edit in ours}
    for edit in theirs:
        other = by_path.get(edit.path)
        joined = edit if other is None else _joined(other, edit)
        if joined is None:
            return None
        by_path[edit.path] = joined
    return tuple(by_path.values())


def _joined(one: FileEdit, other: FileEdit) -> FileEdit | None:
    if one.after == other.after:
        return one
    if one.before is None or one.before != other.before:
        return None
    lines = one.before.splitlines(keepends=True)
    splices = sorted([*_splices(lines, one.after), *_splices(lines, other.after)], key=lambda splice: splice[:2])
    for earlier, later in itertools.pairwise(splices):
        if later[0] <= earlier[1]:
            return None
    for start, end, replacement in reversed(splices):
        lines[start:end] = replacement
    return FileEdit(one.path, one.before, b"".join(lines))


def _splices(before: list[bytes], after: bytes) -> list[Splice]:
    # Lines are compared as text of one character a byte: that keeps every byte and serves any encoding.
    new = after.splitlines(keepends=True)
    old_text, new_text = ([line.decode("latin-1") for line in lines] for lines in (before, new))
    return [(i, j, new[k:m]) for tag, i, j, k, m in opcodes(old_text, new_text) if tag != "equal"]
