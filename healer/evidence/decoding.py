"""Bytes of a text, whatever their encoding, to UTF-8, in one pass over chunks."""

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
_UNMARKED = (
    (re.compile(rb"<\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0<"), "utf-32-be"),
    (re.compile(rb"<\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0<\0[^\0]"), "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}["']([A-Za-z][\w.:-]{0,40})["']""")
_ASCII_AS_IT_IS = frozenset({"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252"})
"""Encodings in which a chunk of ASCII bytes means itself, whatever stood before it."""

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
        if start.match(head):
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
    """Iterates over UTF-8; `warnings` fills while it does. Nothing is decoded of chunks that are ASCII."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._seen: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What had to be repaired so far, a sentence each."""
        return tuple(self._seen)

    def __iter__(self) -> Iterator[bytes]:
        first = next(self._chunks, b"")
        encoding, skipped = encoding_of(first)
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        is_plain = encoding in _ASCII_AS_IT_IS
        chunk, is_last = first[skipped:], False
        while not is_last:
            following = next(self._chunks, b"")
            is_last = not following
            state = decoder.getstate()
            if is_plain and not state[0] and chunk.isascii():
                raw = chunk
            else:
                try:
                    text = decoder.decode(chunk, is_last)
                except UnicodeError:
                    self._seen.setdefault(BYTES_REPLACED.format(encoding=encoding.upper()))
                    decoder = codecs.getincrementaldecoder(encoding)("replace")
                    decoder.setstate(state)
                    text = decoder.decode(chunk, is_last)
                raw = _legal(text)
            if raw:
                yield raw
            chunk = following


def _legal(text: str) -> bytes:
    """Encode text without the two characters above U+FFFD that XML forbids."""
    if not text.isascii():
        text = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    return text.encode("utf-8", "replace")
