"""Dots and remarks that stand for code which was left out."""

from __future__ import annotations

import re

_LONGEST = 200
_WORDS = r"(?:rest|remainder|remaining|existing|unchanged|same|previous|other|omitted|as before|code)"
_LEADER = r"(?:#|//|/\*+|<!--|--|;|%|\*)"
_ELISION = re.compile(
    rf"\s*(?:{_LEADER}\s*)?[\[(]?(?:\.{{3,}}|\u2026)(?:[^\n]{{0,60}}\b{_WORDS}\b[^\n]{{0,60}})?(?:\.{{3,}}|\u2026)?[\])]?\s*(?:\*/|-->)?\s*"
)
_REMARK = re.compile(
    rf"\s*{_LEADER}\s*[\[(]?(?:(?:\.{{3,}}|\u2026)\s*(?:[^\n]{{0,60}}\b{_WORDS}\b[^\n]{{0,60}})?|"
    rf"(?:the )?(?:rest|remainder) of (?:the |this )?(?:code|file|function|method|class|module|body)\b[^\n]{{0,60}}|"
    r"(?:existing|unchanged|remaining) code\b[^\n]{0,60})[\])]?\s*(?:\*/|-->)?\s*",
    re.IGNORECASE,
)


def is_elision(line: str) -> bool:
    """Whether a line of context says that lines are left out: `...`, `# ... existing code ...`."""
    return len(line) <= _LONGEST and bool(_ELISION.fullmatch(line) or _REMARK.fullmatch(line))


def is_elision_remark(line: str) -> bool:
    """Whether a new line says so in a comment; bare dots are code in some languages."""
    return len(line) <= _LONGEST and bool(_REMARK.fullmatch(line))
