"""Replies that hold a whole file, and what tells it from a part of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.models.change import FileChange, RejectedBy, Rejection
from healer.patches.diff import opcodes
from healer.patches.elision import is_elision_remark
from healer.patches.headers import path_in_words
from healer.patches.spots import TRAILING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.patches.diff import Opcode
    from healer.patches.fences import Block

_LONGEST_LOST_RIM = 1
_LEAST_KEPT = 0.4
_LONGEST_LOST = 0.3
"""The greatest part of a file that may go without anything in its place, at once."""


def read_whole_files(blocks: Sequence[Block]) -> list[FileChange] | Rejection:
    """Return a change for each code block that a path stands before, or behind its opening fence."""
    found: dict[str, FileChange] = {}
    for block in blocks:
        path = path_in_words(block.lead) or path_in_words(block.info.partition(" ")[2] or block.info)
        if not path or not block.lines:
            continue
        is_carried_as_crlf = all(line.endswith("\r") for line in block.lines)
        lines = tuple(line.removesuffix("\r") for line in block.lines) if is_carried_as_crlf else block.lines
        change = FileChange(path, (), whole=lines)
        if found.setdefault(path, change) != change:
            return Rejection(
                RejectedBy.REPLY, "ambiguous_reply", f"Two code blocks are about {path}; send a diff of what changes."
            )
    return list(found.values())


def whole_file_codes(path: str, before: Sequence[str], after: Sequence[str]) -> list[Opcode] | Rejection:
    """Return what changes when these lines are the whole file, or why they seem to be only a part of it.

    Space lost at the end of a line is refused: writing a file anew loses it by the way, or it is what is repaired.
    """
    old, new = ([line.rstrip(TRAILING) for line in lines] for lines in (before, after))
    codes = opcodes(old, new)
    added = [line for tag, _, _, k, m in codes if tag != "equal" for line in new[k:m]]
    if any(is_elision_remark(line) and line not in old for line in added):
        return _refused(f"The code for {path} leaves lines out; write a diff, or the whole file.")
    kept = sum(_solid(old[i:j]) for tag, i, j, *_ in codes if tag == "equal")
    lost = [(i, j, _solid(old[i:j]) - _solid(new[k:m])) for tag, i, j, k, m in codes if tag != "equal"]
    is_part = (
        kept < _LEAST_KEPT * _solid(old)
        or any(gone >= _LONGEST_LOST_RIM for i, j, gone in lost if i == 0 or j == len(old))
        or any(gone > max(_LONGEST_LOST_RIM, _LONGEST_LOST * _solid(old)) for _, _, gone in lost)
    )
    if is_part:
        return _refused(f"The code for {path} is only a part of that file; write a diff of what changes.")
    for tag, i, j, k, m in codes:
        pairs = zip(range(i, j), before[i:j], after[k:m], strict=True) if tag == "equal" else ()
        stripped = next((index for index, theirs, ours in pairs if theirs != ours), None)
        if stripped is not None:
            return _refused(f"The code for {path} has other space at the end of line {stripped + 1}; write a diff.")
    return codes


def _solid(lines: Sequence[str]) -> int:
    return sum(bool(line.strip()) for line in lines)


def _refused(message: str) -> Rejection:
    return Rejection(RejectedBy.PLACEMENT, "not_whole", message)
