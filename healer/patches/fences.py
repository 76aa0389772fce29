"""The fenced blocks of a Markdown reply, and what stands before each."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^( {0,8})(`{3,}|~{3,})([^`]*)$")
_RAW_PATCH = re.compile(r"\s*(?:diff --git |--- |Index: |From [0-9a-f]{40} |\*\*\* Begin Patch)")
SEARCH = re.compile(r"^<{5,9} ?SEARCH\b")
REPLACE = re.compile(r"^>{5,9} ?REPLACE\b")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that may hold a change; `info` is what follows the opening fence, `lead` the last words before it."""

    lines: tuple[str, ...]
    info: str = ""
    lead: str = ""


def is_bare_patch(lines: list[str]) -> bool:
    """Whether the text itself is a patch, so that a fence in it is content."""
    first = next((line for line in lines if line.strip()), "")
    return bool(_RAW_PATCH.match(first))


def fenced_blocks(lines: list[str]) -> tuple[list[Block], list[str], bool]:
    """Return the fenced blocks, the lines outside, and whether the last block was left open: the reply was cut off.

    A fence is closed by the same character, at least as often, at the same indentation, with nothing behind it; what
    stands between the markers of a SEARCH/REPLACE block is content whatever it looks like.
    """
    blocks: list[Block] = []
    opening: re.Match[str] | None = None
    body: list[str] = []
    outside: list[str] = []
    lead = ""
    in_search = False
    for raw in lines:
        line = raw.removesuffix("\r")
        if opening is None:
            opening = _FENCE.match(line)
            body, in_search = [], False
            if opening is None:
                outside.append(raw)
                lead = line.strip() or lead
            continue
        in_search = not REPLACE.match(line) if in_search else bool(SEARCH.match(line))
        if not in_search and opening[2] in line and _closes(line, opening):
            blocks.append(Block(_outdented(body, opening[1]), opening[3].strip(), lead))
            opening, lead = None, ""
        else:
            body.append(raw)
    return blocks, outside, opening is not None


def _outdented(body: list[str], margin: str) -> tuple[str, ...]:
    """Take the margin of a block in a list away, if all of its lines have it."""
    if margin and all(line.startswith(margin) or not line.strip() for line in body):
        return tuple(line.removeprefix(margin) for line in body)
    return tuple(body)


def _closes(line: str, opening: re.Match[str]) -> bool:
    marker = opening[2]
    rest = line.removeprefix(opening[1]).rstrip()
    return rest.startswith(marker) and not rest.strip(marker[0])
