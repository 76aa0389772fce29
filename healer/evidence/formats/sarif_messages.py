"""SARIF messages as plain text: by id with arguments, with their embedded links resolved (SARIF 2.1.0, §3.11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.evidence.formats.json_documents import text_of
from healer.evidence.limits import NAME_CHARACTERS, TEXT_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PLACEHOLDER = re.compile(r"\{(?:(\d{1,4})\}|\{)|\}\}")
_LINK = re.compile(
    r"(?<!\\)\[((?:[^\[\]\\]|\\.){1,2000})\]\((\d{1,9}|[a-zA-Z][a-zA-Z0-9+.-]{1,20}:[^)\s]{0,2000}|#?[^)\s]{0,400})\)"
)
_ESCAPED = re.compile(r"\\([\\\[\]])")
_ESSENTIAL_TARGET = re.compile(r"https?://", re.IGNORECASE)


def message_text(message: object, strings: Iterable[object] = ()) -> str:
    """Return what a message says; `strings` are the objects that its id is looked up in, the nearest first.

    Plain text is preferred to Markdown. Placeholders without an argument stay as they are.
    """
    if isinstance(message, str):  # not SARIF, but seen
        return message[:TEXT_CHARACTERS]
    if not isinstance(message, dict):
        return ""
    found = _worded(message)
    identity = message.get("id")
    if not found and isinstance(identity, str):
        named = (table.get(identity) for table in strings if isinstance(table, dict))
        found = next(filter(None, (_worded(entry) for entry in named if isinstance(entry, dict))), "") or identity
    return without_links(_filled(found[:TEXT_CHARACTERS], message.get("arguments")))


def multiformat(value: object) -> str:
    """Return a multiformat message as it stands, Markdown first: it is shown to those who read it well."""
    if not isinstance(value, dict):
        return text_of(value)
    return (text_of(value.get("markdown")) or text_of(value.get("text")))[:TEXT_CHARACTERS]


def without_links(text: str) -> str:
    """Replace `[text](1)` by its text; of a link to the web, keep the address behind it."""
    if "](" not in text:
        return _ESCAPED.sub(r"\1", text) if "\\" in text else text

    def replaced(link: re.Match[str]) -> str:
        return f"{link[1]} ({link[2]})" if _ESSENTIAL_TARGET.match(link[2]) and link[1] != link[2] else link[1]

    return _ESCAPED.sub(r"\1", _LINK.sub(replaced, text))


def _worded(message: Mapping[str, Any]) -> str:
    return text_of(message.get("text")) or text_of(message.get("markdown"))


def _filled(text: str, arguments: object) -> str:
    """Put arguments into `{0}`, within the limit of one text: a short template could ask for a long one many times."""
    if "{" not in text and "}" not in text:
        return text
    given = [text_of(argument)[:NAME_CHARACTERS] for argument in arguments] if isinstance(arguments, list) else []
    if not given:
        return text
    pieces: list[str] = []
    end, length = 0, 0
    for placeholder in _PLACEHOLDER.finditer(text):
        if placeholder[1]:
            index = int(placeholder[1])
            piece = given[index] if index < len(given) else placeholder[0]
        else:
            piece = placeholder[0][0]
        pieces += [text[end : placeholder.start()], piece]
        length += len(pieces[-2]) + len(piece)
        end = placeholder.end()
        if length > TEXT_CHARACTERS:
            break
    return "".join([*pieces, text[end:]])[:TEXT_CHARACTERS]
