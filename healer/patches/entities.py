"""Context that came back as a web page or a word processor would write it: entities, curly quotes, no-break spaces."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from healer.patches.spots import TRAILING, Place, occurrences, put

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.models.change import Hunk
    from healer.patches.diff import Opcode

_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{1,5}|#[xX][0-9a-fA-F]{1,4});")
_RAW = re.compile(r"[<>\"']|&(?!\w{1,8};|#\w{1,6};)")
_TYPOGRAPHY = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"', "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{NON-BREAKING HYPHEN}": "-",
        "\N{EN DASH}": "-", "\N{EM DASH}": "-", "\N{MINUS SIGN}": "-", "\N{HORIZONTAL ELLIPSIS}": "...",
    }
)  # fmt: skip
_FOREIGN = re.compile("[" + "".join(map(chr, _TYPOGRAPHY)) + "]")


def plain(line: str) -> str:
    """Return a line with its entities and typographic characters as a programmer types them."""
    if "&" in line:
        line = html.unescape(line) if _ENTITY.search(line) else line
    return line if line.isascii() else line.translate(_TYPOGRAPHY)


def is_escaped(added: Iterable[str], before: Iterable[str]) -> bool:
    """Whether new lines are written for a web page from end to end, and no old line says that the reply is not."""
    text, old = "\n".join(added), "\n".join(before)
    return bool(_ENTITY.search(text)) and not _RAW.search(text) and not _RAW.search(old) and not _ENTITY.search(old)


def is_tainted(added: Iterable[str], before: Iterable[str]) -> bool:
    """Whether both old and new lines hold entities or typography, so that the new ones may not be meant."""
    text = "\n".join(added)
    return bool(_ENTITY.search(text) or _FOREIGN.search(text)) and any(plain(line) != line for line in before)


def unescaped(lines: Sequence[str], hunk: Hunk, codes: list[Opcode]) -> list[Place]:
    """Match old lines with their entities and typography taken back."""
    before = [plain(line).rstrip(TRAILING) for line in hunk.before]
    if all(was.rstrip(TRAILING) == now for was, now in zip(hunk.before, before, strict=True)):
        return []
    found = occurrences([plain(line).rstrip(TRAILING) for line in lines], before)
    return [put(lines, start, codes, len(before), hunk.after) for start in found]
