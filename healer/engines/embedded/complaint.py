"""What Python said went wrong: exception class and message, from whatever part of a failure holds them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.models.evidence import Failure

_RAISED = re.compile(
    r"^(?:E[ \t]+)?(?:\w+\.)*(?P<type>[A-Z]\w*(?:Error|Exception|Iteration|Warning))(?::[ \t]*(?P<message>[^\n]*))?$",
    re.MULTILINE,
)
_SUGGESTION = re.compile(r"Did you mean: '(?:self\.|\.)?([^\W\d]\w*)'\?")
_SCANNED = 20_000
_MOST = 4


@dataclass(frozen=True, slots=True)
class Complaint:
    """An exception's plain class name, its one-line message, and the name Python itself suggested, if it did."""

    type: str
    message: str
    suggestion: str | None = None


def complaints(failure: Failure) -> tuple[Complaint, ...]:
    """Return what was raised, the failure's own exception first, then others of its trace, the last of them first."""
    found: dict[tuple[str, str], Complaint] = {}
    for kind, message in _raised(failure):
        suggestion = _SUGGESTION.search(message)
        plain = _SUGGESTION.sub("", message).strip()
        plain = plain.removesuffix(".") if suggestion else plain
        known = found.get((kind, plain))
        if known is None or (suggestion and not known.suggestion):
            found[kind, plain] = Complaint(kind, plain, suggestion[1] if suggestion else None)
    return tuple(found.values())[:_MOST]


def _raised(failure: Failure) -> Iterator[tuple[str, str]]:
    kind = (failure.type or "").rsplit(".", 1)[-1]
    first_line = failure.message.strip().split("\n", 1)[0].strip()
    match = _RAISED.match(first_line)
    if match:
        yield match["type"], (match["message"] or "").strip()
    elif kind:
        yield kind, first_line
    for later in reversed(list(_RAISED.finditer(failure.text[-_SCANNED:]))):
        yield later["type"], (later["message"] or "").strip()
