"""The ladder: from exact equality to looser readings of a hunk, each finding all places where it holds.

The first rung that finds any place decides; a second place on it means doubt, and doubt never falls through to a
looser rung. Line numbers are never used, not even to choose between two places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.patches.align import aligned
from healer.patches.diff import opcodes
from healer.patches.entities import is_escaped, is_tainted, unescaped
from healer.patches.indent import is_unproven, is_unvouched, mixes_styles, shifted, tabs_for_spaces
from healer.patches.prefix import lost_prefix
from healer.patches.spots import TRAILING, Place, occurrences, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from healer.models.change import Hunk
    from healer.patches.diff import Opcode


def ladder(lines: Sequence[str], hunk: Hunk) -> Iterator[list[Place]]:
    """Yield the places that each rung finds, strictest rung first; whoever reads on must have found none so far."""
    codes = opcodes(hunk.before, hunk.after)
    if mixes_styles(lines, hunk):
        if not is_unproven(hunk):
            yield tabs_for_spaces(lines, hunk, codes)
        return
    if is_unvouched(lines, hunk) or is_escaped(_added(hunk, codes), hunk.before):
        return
    for rung in (_exact, _trailing_space, tabs_for_spaces, lost_prefix, shifted):
        yield rung(lines, hunk, codes)
    if not is_tainted(_added(hunk, codes), hunk.before):
        yield unescaped(lines, hunk, codes)
        yield aligned(lines, hunk, codes)


def _added(hunk: Hunk, codes: list[Opcode]) -> list[str]:
    return [line for tag, _, _, k, m in codes if tag != "equal" for line in hunk.after[k:m]]


def _exact(lines: Sequence[str], hunk: Hunk, codes: list[Opcode]) -> list[Place]:
    return _matched(lines, hunk, codes, lambda line: line)


def _trailing_space(lines: Sequence[str], hunk: Hunk, codes: list[Opcode]) -> list[Place]:
    return _matched(lines, hunk, codes, lambda line: line.rstrip(TRAILING))


def _matched(lines: Sequence[str], hunk: Hunk, codes: list[Opcode], key: Callable[[str], str]) -> list[Place]:
    found = occurrences([key(line) for line in lines], [key(line) for line in hunk.before])
    return [put(lines, start, codes, len(hunk.before), hunk.after) for start in found]
