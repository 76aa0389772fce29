"""Bytes of an XML report to UTF-8 that expat accepts, in one pass, with a word on everything that was repaired."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}["']([A-Za-z][\w.:-]{0,40})["']""")
_ILLEGAL = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D})
_MARKUP = re.compile(
    rb"<!\[CDATA\[|\]\]>|&(?:#(?:[xX]([0-9a-fA-F]{1,32})|([0-9]{1,32}));|(?!(?:amp|lt|gt|quot|apos);))"
)
_XML_CHARACTERS = (
    range(0x9, 0xB),
    range(0xD, 0xE),
    range(0x20, 0xD800),
    range(0xE000, 0xFFFE),
    range(0x10000, 0x110000),
)
_LONGEST_MARK = 40

CONTROLS_REMOVED = "control characters that XML forbids were removed"
REFERENCES_REPLACED = "character references that XML forbids were replaced"
AMPERSANDS_REPAIRED = "ampersands and entities that mean nothing in XML were taken as plain text"
BYTES_REPLACED = "bytes that are not valid {encoding} were replaced"


def encoding_of(head: bytes) -> tuple[str, int]:
    """Return the codec that a document's first bytes ask for, and how many bytes its mark takes.

    A byte order mark wins, then the shape of the first `<`, then the declaration where Python knows the codec and it
    can be true of these bytes; else UTF-8.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    for start, name in _UNMARKED:
        if head.startswith(start):
            return name, 0
    declared = _DECLARED.search(head[:4096])
    if declared:
        name = declared[1].decode("ascii")
        try:
            info = codecs.lookup(name)
            "<".encode(name)
        except (LookupError, UnicodeError):
            return "utf-8", 0
        is_wide = info.name.startswith(("utf-16", "utf-32", "utf_16", "utf_32"))
        if not is_wide and info.name not in {"idna", "punycode", "utf-7", "raw_unicode_escape", "unicode_escape"}:
            return info.name, 0
    return "utf-8", 0


class Utf8Chunks:
    """Iterates over legal UTF-8; `warnings` fills while it does. Decoding and stripping run in C for legal input."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._seen: dict[str, None] = {}
        self._in_cdata = False

    @property
    def warnings(self) -> tuple[str, ...]:
        """What had to be repaired so far, a sentence each."""
        return tuple(self._seen)

    def __iter__(self) -> Iterator[bytes]:
        first = next(self._chunks, b"")
        encoding, skipped = encoding_of(first)
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        held = b""
        chunk, is_last = first[skipped:], False
        while not is_last:
            following = next(self._chunks, b"")
            is_last = not following
            state = decoder.getstate()
            try:
                text = decoder.decode(chunk, is_last)
            except UnicodeError:
                self._seen.setdefault(BYTES_REPLACED.format(encoding=encoding.upper()))
                decoder = codecs.getincrementaldecoder(encoding)("replace")
                decoder.setstate(state)
                text = decoder.decode(chunk, is_last)
            data, held = self._legal(held, text, is_last=is_last)
            if data:
                yield data
            chunk = following

    def _legal(self, held: bytes, text: str, *, is_last: bool) -> tuple[bytes, bytes]:
        """Return what can be passed on, and what must wait because a mark may go on in the next chunk."""
        if not text.isascii():
            text = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
        raw = text.encode("utf-8", "replace")
        data = raw.translate(None, _ILLEGAL)
        if len(data) != len(raw):
            self._seen.setdefault(CONTROLS_REMOVED)
        data = held + data
        if b"&" not in data and b"<!" not in data and b"]" not in data:
            return data, b""
        cut = len(data) if is_last else _safe_cut(data)
        return _MARKUP.sub(self._repaired, data[:cut]), data[cut:]

    def _repaired(self, match: re.Match[bytes]) -> bytes:
        found = match[0]
        if self._in_cdata:
            self._in_cdata = found != b"]]>"
            return found
        if found[:1] == b"<":
            self._in_cdata = True
            return found
        if found == b"]]>":
            return b"]]&gt;"
        if found == b"&":
            self._seen.setdefault(AMPERSANDS_REPAIRED)
            return b"&amp;"
        code = int(match[1], 16) if match[1] else int(match[2])
        if any(code in legal for legal in _XML_CHARACTERS):
            return found
        self._seen.setdefault(REFERENCES_REPLACED)
        return "\N{REPLACEMENT CHARACTER}".encode()


def _safe_cut(data: bytes) -> int:
    """Return the last place where no mark can be cut in two."""
    tail = max(0, len(data) - _LONGEST_MARK)
    places = [place for mark in (b"&", b"<", b"]") if (place := data.find(mark, tail)) >= 0]
    return min(places, default=len(data))
