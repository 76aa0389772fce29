"""Markup that expat stops at, mended while it streams by; what CDATA, comments and instructions hold is left alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SECTION = re.compile(rb"<!\[CDATA\[|<!--|<\?")
_SECTION_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}
_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)(?:#(?:[xX]([0-9a-fA-F]{1,32})|([0-9]{1,32}));)?")
_TAG = re.compile(
    rb"<[A-Za-z_:][\w:.-]{0,200}+"
    rb"(?:[ \t\r\n]++[A-Za-z_:][\w:.-]{0,200}+[ \t\r\n]*+=[ \t\r\n]*+(?:\"[^\"]{0,16384}+\"|'[^']{0,16384}+'))*+"
    rb"[ \t\r\n]*+/?>"
)
WHOLE_TAG = re.compile(_TAG.pattern + rb"|</[^<>]*+>")
_XML_CHARACTERS = (
    range(0x9, 0xB),
    range(0xD, 0xE),
    range(0x20, 0xD800),
    range(0xE000, 0xFFFE),
    range(0x10000, 0x110000),
)
_CONTROLS = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D})
_LONGEST_REFERENCE = 40
_LONGEST_WAITING_TAG = 8_192
_LONGEST_MENDED_TAG = 16 * 1024

CONTROLS_REMOVED = "control characters that XML forbids were removed"
REFERENCES_REPLACED = "character references that XML forbids were replaced"
AMPERSANDS_REPAIRED = "ampersands and entities that mean nothing in XML were taken as plain text"
ANGLES_REPAIRED = "a `<` inside of an attribute was taken as plain text"


def without_controls(data: bytes, warnings: dict[str, None]) -> bytes:
    """Return the bytes without those that XML forbids."""
    legal = data.translate(None, _CONTROLS)
    if len(legal) != len(data):
        warnings.setdefault(CONTROLS_REMOVED)
    return legal


class Skim(Protocol):
    """Takes elements that need no parser out of the text before it is parsed."""

    def __call__(self, texts: Sequence[bytes], root_end: bytes) -> Sequence[bytes]:
        """Return the same pieces without what was taken out of them; the newlines all stay.

        The pieces are of one chunk, with CDATA sections, comments or instructions standing between them. Nothing is
        taken out where `root_end`, with which the end of the document begins, is left in them.
        """


class Markup:
    """One document's bytes on their way to expat; `warnings` gathers what had to be mended.

    Each tag is only searched for a `<` in its attributes where `mends_angles` is set, since that takes time.
    """

    def __init__(self, warnings: dict[str, None], skim: Skim | None, *, mends_angles: bool = False) -> None:
        self._warnings = warnings
        self._skim = None if mends_angles else skim
        self._mends_angles = mends_angles
        self._section_end = b""
        self.held = b""

    def mended(self, data: bytes, *, is_last: bool = False, root_end: bytes = b"") -> bytes:
        """Return what can be parsed of the bytes that came so far; the rest is `held` because it may go on.

        Only where the document has begun, so that it is known with what it will end, anything may be skimmed.
        """
        data = self.held + without_controls(data, self._warnings)  # first, since they may stand inside of a mark
        cut = len(data) if is_last else self._safe_cut(data)
        self.held = data[cut:]
        pieces = list(self._pieces(data[:cut] if self.held else data))
        texts: Sequence[bytes] = pieces[::2]
        if self._skim and root_end:
            texts = self._skim(texts, root_end)
        pieces[::2] = map(self._plain, texts)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield text and sections in turn, beginning and ending with text, which may be empty."""
        position = 0
        if self._section_end:
            end = data.find(self._section_end)
            yield b""
            if end < 0:
                yield data
                yield b""
                return
            position = end + len(self._section_end)
            yield data[:position]
            self._section_end = b""
        may_hold = b"!" in data or b"?" in data
        while may_hold and (section := _SECTION.search(data, position)):
            yield data[position : section.start()]
            mark = _SECTION_ENDS[section[0]]
            end = data.find(mark, section.end())
            if end < 0:
                self._section_end = mark
                yield data[section.start() :]
                yield b""
                return
            position = end + len(mark)
            yield data[section.start() : position]
        yield data[position:] if position else data

    def _safe_cut(self, data: bytes) -> int:
        """Return the last place where no mark is cut in two and, unless it is a long one, no tag."""
        tail = max(0, len(data) - _LONGEST_REFERENCE)
        places = [place for mark in (b"&", b"<") if (place := data.find(mark, tail)) >= 0]
        tag = data.rfind(b"<", max(0, len(data) - _LONGEST_WAITING_TAG))
        if tag >= 0 and data.find(b">", tag) < 0:
            places.append(tag)
        if self._mends_angles:
            whole = 0
            for whole_tag in WHOLE_TAG.finditer(data):
                whole = whole_tag.end()
            if (start := data.find(b"<", whole)) >= 0 and len(data) - start < _LONGEST_MENDED_TAG:
                places.append(start)
        if data.endswith((b"]", b"-", b"?")):
            places.append(max(0, len(data) - 2))
        return min(places, default=len(data))

    def _plain(self, text: bytes) -> bytes:
        if self._mends_angles:
            text = _TAG.sub(self._tag, text)
        if b"]]>" in text:
            text = text.replace(b"]]>", b"]]&gt;")
        return _AMPERSAND.sub(self._reference, text) if b"&" in text else text

    def _tag(self, match: re.Match[bytes]) -> bytes:
        tag = match[0]
        if tag.find(b"<", 1) < 0:
            return tag
        self._warnings.setdefault(ANGLES_REPAIRED)
        return b"<" + tag[1:].replace(b"<", b"&lt;")

    def _reference(self, match: re.Match[bytes]) -> bytes:
        digits = match[1] or match[2]
        if not digits:
            self._warnings.setdefault(AMPERSANDS_REPAIRED)
            return b"&amp;"
        code = int(digits, 16 if match[1] else 10)
        if any(code in legal for legal in _XML_CHARACTERS):
            return match[0]
        self._warnings.setdefault(REFERENCES_REPLACED)
        return "\N{REPLACEMENT CHARACTER}".encode()
