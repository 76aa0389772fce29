"""Characters that nobody sees, or that make text read differently than it runs (CVE-2021-42574)."""

from __future__ import annotations

import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""What is shown in the place of such a character where its number would be in the way."""
_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
# Drawn as nothing or as blanks although their category says letter, mark or symbol.
_FILLERS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2028\u2029\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
_LAYOUT = frozenset("\n\t\r\f")


def is_invisible(character: str) -> bool:
    """Whether a character is a control, format, private, unassigned or filling one."""
    return character in _FILLERS or unicodedata.category(character) in _CATEGORIES


def holds_invisible(text: str) -> bool:
    """Whether a text holds such a character, line ends, tabs and form feeds not counted."""
    return any(map(is_invisible, set(text) - _LAYOUT))
