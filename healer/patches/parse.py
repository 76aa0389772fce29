"""Read a model's whole reply into one form: per file, old lines to be found and new lines to replace them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from healer.models.change import FileChange, Hunk, RejectedBy, Rejection
from healer.patches.apply_patch import has_patch, read_patch
from healer.patches.fences import Block, fenced_blocks, is_bare_patch
from healer.patches.guidance import shortened
from healer.patches.headers import NULL, common_path, path_in_words
from healer.patches.objections import objection
from healer.patches.search_replace import has_blocks, read_blocks
from healer.patches.sections import Section, to_hunk
from healer.patches.udiff import is_diff, read_diff
from healer.patches.whole_file import read_whole_files

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CHARACTERS = 1_000_000
MOST_HUNKS = 500
_MAIL_SIGNATURE = re.compile(r"\n-- \r?\n\d[\w.\- ()]{0,80}\s*\Z")


def parse_reply(text: str) -> tuple[FileChange, ...] | Rejection:
    """Return the changes that a reply holds, one per path in the order of first mention, or why there are none to use.

    Understands unified diffs in any state of repair (numbers are ignored), SEARCH/REPLACE blocks and the format that
    begins with `*** Begin Patch`, fenced or bare; and, where there is none of these, code blocks with a path that hold
    a whole file. A reply that was cut off is refused whole: the first half of a change is not a change.
    """
    if len(text) > MOST_CHARACTERS:
        return _refused("too_large", f"The reply has more than {MOST_CHARACTERS:,} characters.")
    lines = _MAIL_SIGNATURE.sub("\n", text).split("\n")
    if lines[-1] == "":
        lines.pop()
    blocks, bare, is_cut_off = ([], lines, False) if is_bare_patch(lines) else fenced_blocks(lines)
    if is_cut_off:
        return _refused("truncated", "The reply ends inside a code block; send the whole answer again, shorter.")
    result = _merged(_found(blocks, bare, lines))
    return replace(result, message=shortened(result.message)) if isinstance(result, Rejection) else result


def _found(blocks: Sequence[Block], outside: Sequence[str], lines: Sequence[str]) -> list[FileChange] | Rejection:
    """Return the changes in code blocks, or in the reply as a whole where no block holds any."""
    changing = [block for block in blocks if _has_change(block.lines)]
    if changing and _has_change(outside):
        return _refused(
            "ambiguous_reply", "The reply holds changes inside and outside of code blocks; put all of them inside."
        )
    found: list[FileChange] = []
    for block in changing or [Block(tuple(lines))]:
        changes = _changes(block, is_bare=not changing)
        if isinstance(changes, Rejection):
            return changes
        found += changes
    return found or read_whole_files(blocks)


def _changes(block: Block, *, is_bare: bool) -> list[FileChange] | Rejection:
    if has_blocks(block.lines):
        return read_blocks(block.lines, block.info, block.lead)
    if not _has_change(block.lines):
        return []
    named = path_in_words(block.lead) or path_in_words(block.info.partition(" ")[2])
    found: list[FileChange] = []
    sections = read_patch(block.lines) if has_patch(block.lines) else read_diff(block.lines)
    if isinstance(sections, Rejection):
        return sections
    for section in sections:
        change = _change(section, named, is_bare_end=is_bare and section is sections[-1])
        if isinstance(change, Rejection):
            return change
        found.append(change)
    return found


def _has_change(lines: Sequence[str]) -> bool:
    return has_blocks(lines) or has_patch(lines) or is_diff(lines)


def _change(section: Section, named: str, *, is_bare_end: bool) -> FileChange | Rejection:
    path = common_path(section.old, section.new, is_plain=section.is_plain) if section.old or section.new else named
    if path is None:
        return _refused(
            "rename", f"The diff renames {section.old} to {section.new}; a repair keeps files where they are."
        )
    if path in {"", NULL}:
        return _refused("no_path", "A diff names no file; write `--- a/path` and `+++ b/path` above its hunks.")
    if section.refusal:
        return _refused("unsupported", f"The diff {section.refusal} ({path}); only the text of files can be changed.")
    hunks: list[Hunk] = []
    for raw in section.hunks:
        is_end = is_bare_end and raw is section.hunks[-1]
        hunk = objection(raw, is_bare_end=is_end) or to_hunk(raw)
        if isinstance(hunk, Rejection):
            return replace(hunk, message=f"{path}: {hunk.message}")
        lacking = max(0, raw.claimed[0] - raw.lengths[0]) if is_end and raw.claimed else 0
        hunks.append(replace(hunk, lacking=lacking))
    return FileChange(path, tuple(hunks), creates=section.old == NULL, deletes=section.new == NULL)


def _merged(found: Sequence[FileChange] | Rejection) -> tuple[FileChange, ...] | Rejection:
    """Put the hunks of one path together, each once; refuse a reply that has none."""
    if isinstance(found, Rejection):
        return found
    if not found:
        return _refused(
            "no_change",
            "The reply holds no change; write a unified diff in a code block: --- path, +++ path, @@, lines.",
        )
    if sum(len(change.hunks) for change in found) > MOST_HUNKS:
        return _refused(
            "too_large", f"The reply holds more than {MOST_HUNKS} hunks; change only what repairs the fault."
        )
    merged: dict[str, FileChange] = {}
    for change in found:
        known = merged.get(change.path)
        if known is None:
            merged[change.path] = replace(change, hunks=tuple(dict.fromkeys(change.hunks)))
        elif known == change:
            continue
        elif _is_about_the_whole(known) or _is_about_the_whole(change):
            return _refused("conflict", f"The reply changes {change.path} in two ways that exclude each other.")
        else:
            merged[change.path] = replace(known, hunks=tuple(dict.fromkeys(known.hunks + change.hunks)))
    return tuple(merged.values())


def _is_about_the_whole(change: FileChange) -> bool:
    return change.creates or change.deletes or change.whole is not None


def _refused(code: str, message: str) -> Rejection:
    return Rejection(RejectedBy.REPLY, code, message)
