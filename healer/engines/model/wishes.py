"""What a model says it would have to see: names, read from its words and from the record of attempts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.engines.model.fencing import visible
from healer.engines.model.reading import Wish

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.engines.model.fencing import Fence
    from healer.models.code import Sought
    from healer.models.outcome import Attempt

MOST_WISHES = 6
"""Names that one answer may give."""
MOST_UNITED = 12
"""Names that are looked for, those of the last answers first."""
LONGEST_NAME = 200
_READ_LIMIT = 4_000
"""Characters of an answer that names are looked for in."""
_BULLET = re.compile(r"^[\s>*+#-]*(?:\d{1,3}[.)]\s+)?")
_FENCE = re.compile(r"^\s*(?:`{3}|~{3})")
_QUOTED = re.compile(r"`([^`\n]+)`")
_KIND = re.compile(r"^(?:async\s+)?(?:def|class|func|function|fn|method|file|module|struct)\s+(?=\S)", re.IGNORECASE)
_REMARK = re.compile(r"\s+(?:[-\u2013\u2014(#].*|in the .*)$|:\s.*$")
_PARAMETERS = re.compile(r"(?<=\w)\([^()]*\)?")
_SIGNATURE = re.compile(r"(?<=\w)\(.*$")
_RECEIVER = re.compile(r"^\((?:\w+\s+)?\*?(\w+)\)\s*\.?\s*(?=\w)")


def named(text: str) -> tuple[str, ...]:
    """Return the names that a text gives, each once and at most MOST_WISHES.

    A name stands between back-ticks, or is all of a line or of a piece between commas; what else is said is no name.
    """
    found: dict[str, None] = {}
    for line in visible(text[:_READ_LIMIT]).splitlines():
        if _FENCE.match(line):
            continue
        quoted = _QUOTED.findall(line)
        for piece in quoted or re.split(r"[,;]", _REMARK.sub("", _bare(_BULLET.sub("", line)))):
            name = _name(_bare(piece), is_quoted=bool(quoted))
            if name:
                found.setdefault(name)
    return tuple(found)[:MOST_WISHES]


def told(names: Iterable[str]) -> str:
    """Return names as an attempt's record keeps them; `named` reads them back."""
    return ", ".join(f"`{name}`" for name in names)


def of(attempts: Sequence[Attempt], number: int) -> Wish:
    """Return what a round is to show because models asked for it before, whoever did: the last wishes first."""
    united: dict[str, None] = {}
    for attempt in reversed(attempts):
        if attempt.lacks_code:
            united.update(dict.fromkeys(named(attempt.why.partition(":")[2])))
    answers = [attempt for attempt in attempts if attempt.round == number - 1 and attempt.model is not None]
    is_all = bool(answers) and all(attempt.lacks_code for attempt in answers)
    return Wish(tuple(united)[:MOST_UNITED], is_all)


def answered(sought: Sequence[Sought], fence: Fence) -> str:
    """Return what became of the names that were asked for, as far as the code does not show it."""
    lines = [f"- {fence.line(one.name)}: {one.note}" for one in sought if one.note]
    return "\n".join(["asked for, and not shown here or not whole:", *lines]) if lines else ""


def _bare(text: str) -> str:
    """Return what is left of a signature without its keyword, parameters and result; Go's receiver is the owner."""
    bare, count = _KIND.subn("", text.strip())
    named_so = _RECEIVER.sub(r"\1.", bare)
    return (_SIGNATURE if count else _PARAMETERS).sub("", named_so)


def _name(piece: str, *, is_quoted: bool) -> str:
    """Return a piece as a name; empty where it can be none."""
    name = piece.strip().strip("*\"'").rstrip(".:").strip()
    name = name if "(" in name else name.rstrip(")")
    spaced = any(character.isspace() for character in name)
    fits = 0 < len(name) <= LONGEST_NAME and "`" not in name and any(character.isalnum() for character in name)
    return name if fits and (is_quoted or not spaced) else ""
