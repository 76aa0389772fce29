"""SEARCH/REPLACE blocks: a path, the old lines, the new lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.models.change import FileChange, Hunk, RejectedBy, Rejection
from healer.patches.fences import REPLACE, SEARCH
from healer.patches.headers import path_in_words
from healer.patches.objections import elided, is_lazy

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIVIDER = re.compile(r"^={5,9}$")


def has_blocks(lines: Sequence[str]) -> bool:
    """Whether any line opens a SEARCH/REPLACE block."""
    return any(SEARCH.match(line) for line in lines)


def read_blocks(lines: Sequence[str], info: str, lead: str) -> list[FileChange] | Rejection:
    """Return one change per block; a block without a path of its own is about the file of the one before it."""
    changes: list[FileChange] = []
    path = path_in_words(lead) or path_in_words(info.partition(" ")[2] or info)
    body: list[str] | None = None
    for raw in lines:
        line = raw.removesuffix("\r")
        if body is None:
            if SEARCH.match(line):
                body = []
            elif line.strip():
                path = path_in_words(line) or path
        elif REPLACE.match(line):
            change = _change(path, body)
            if isinstance(change, Rejection):
                return change
            changes.append(change)
            body = None
        else:
            body.append(line)
    if body is not None:
        return Rejection(
            RejectedBy.REPLY, "truncated", "A SEARCH/REPLACE block has no end; send the whole answer again, shorter."
        )
    return changes


def _change(path: str, body: list[str]) -> FileChange | Rejection:
    if not path:
        return Rejection(
            RejectedBy.REPLY,
            "no_path",
            "A SEARCH/REPLACE block names no file; put its path on the line above <<<<<<< SEARCH.",
        )
    dividers = [index for index, line in enumerate(body) if _DIVIDER.match(line)]
    if len(dividers) != 1:
        found = "no ======= line" if not dividers else f"{len(dividers)} lines that could be its ======= line"
        return Rejection(
            RejectedBy.REPLY, "ambiguous_reply", f"A SEARCH/REPLACE block for {path} has {found}; write exactly one."
        )
    before, after = tuple(body[: dividers[0]]), tuple(body[dividers[0] + 1 :])
    if is_lazy([*(("-", line) for line in before), *(("+", line) for line in after)]):
        return elided()
    return FileChange(path, (Hunk(before, after),))
