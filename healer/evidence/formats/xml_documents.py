"""XML in one forward pass of expat over chunks: no tree, no DTD, no recursion, several documents in a row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from healer.evidence.decoding import Utf8Chunks
from healer.evidence.formats.xml_markup import without_controls
from healer.evidence.formats.xml_parser import ElementHandler, Outlet, RefusedError, TextSwitch, XmlParser
from healer.evidence.limits import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from healer.evidence.formats.xml_markup import Skim
    from healer.evidence.formats.xml_parser import Stop

__all__ = ["ElementHandler", "Resumption", "TextSwitch", "XmlReading", "read_xml"]

_BEGINNING = re.compile(rb"\s*(?=<[?!A-Za-z_])")
_RESUMPTIONS = 1_000
_UNFINISHED_TAG = 16 * 1024
_MANY = 8
_SHORT = 4 * 1024

_SKIPPED = "text outside of the XML document was skipped"
_SEVERAL = "several XML documents stand in one file; all of them were read"


@dataclass(frozen=True, slots=True)
class Resumption:
    """How to read on after a place that is no XML: at the next of the elements `at`.

    `within` names the elements that may stay open around them. `abandon` is called because elements inside of those
    were open, whose ends are lost.
    """

    at: tuple[str, ...]
    within: frozenset[str]
    abandon: Callable[[], None]


@dataclass(frozen=True, slots=True)
class XmlReading:
    """How reading ended: what had to be repaired or skipped, and why it ended early or left something out."""

    warnings: tuple[str, ...]
    cut_off: str | None


def read_xml(
    chunks: Iterator[bytes],
    handler: ElementHandler,
    deliver_text: TextSwitch,
    roots: Collection[str],
    *,
    skim: Skim | None = None,
    resumption: Resumption | None = None,
) -> XmlReading:
    """Feed the handler with one or several concatenated documents; what stood before a break was delivered.

    `roots` are the local names that a document may begin with where lines of text stand before it. `skim` may take
    out what needs no parsing, `resumption` says how to read on after a break. Never raises for what the bytes hold:
    the answer says it.
    """
    decoded = Utf8Chunks(chunks)
    documents = _Documents(Outlet(handler, deliver_text, skim, {}), roots, resumption)
    try:
        for chunk in decoded:
            documents.feed(chunk)
        documents.end()
    except RefusedError as refusal:
        documents.cut_off = documents.cut_off or str(refusal)
    return XmlReading((*decoded.warnings, *documents.outlet.warnings), documents.cut_off)


class _Documents:
    """One parser per document, skipping what stands before, between and after documents."""

    def __init__(self, outlet: Outlet, roots: Collection[str], resumption: Resumption | None) -> None:
        self.outlet = outlet
        self.cut_off: str | None = None
        self._starts = (b"<?xml", *(b"<" + root.encode() for root in roots))
        self._resumption = resumption
        self._parser: XmlParser | None = None
        self._is_at_start = True
        self._is_lost = False
        self._still_open: list[str] = []
        self._lines = 0
        self._waiting = b""
        self._count = 0
        self._resumed = 0

    def feed(self, data: bytes, *, is_last: bool = False) -> None:
        """Parse further bytes; raise RefusedError when reading cannot go on.

        Past each end of a document the rest of the bytes is looked at once more, so that where there are many documents
        it must be short.
        """
        pending: bytes | None = data
        while pending is not None:
            waiting, self._waiting = self._waiting, b""
            pending = waiting + pending if waiting else pending
            is_short = self._count + self._resumed > _MANY
            size = len(waiting) + _SHORT if is_short else len(pending)
            piece, later = pending[:size], pending[size:]
            rest = self._step(piece, is_last=is_last and not later)
            pending = rest + later if rest is not None else later or None

    def _step(self, data: bytes, *, is_last: bool) -> bytes | None:
        """Give the bytes to whom they are for, and return those that are left for another."""
        if self._parser:
            stop = self._parser.feed(data, is_last=is_last)
            return self._after(stop, self._parser, is_last=is_last) if stop else None
        if self._is_lost and self._resumption:
            return self._resumed_in(data, self._resumption)
        return self._begun_in(data)

    def end(self) -> None:
        """Finish; raise RefusedError if the document breaks off before its end."""
        self.feed(b"", is_last=True)
        if self._parser:
            self._parser.end()
        elif not self._count:
            raise RefusedError("no XML document begins in it")
        elif self._waiting.strip() and not self._is_lost:
            self.outlet.warnings.setdefault(_SKIPPED)

    def _begun_in(self, data: bytes) -> bytes | None:
        """Take a new parser where the next document begins."""
        data = without_controls(data, self.outlet.warnings)
        begins = min((place for start in self._starts if (place := data.find(start)) >= 0), default=None)
        if self._is_at_start and (own := _BEGINNING.match(data)):
            begins = own.end()
        if begins is None:
            longest = max(map(len, self._starts))
            if data.strip() and len(data) > longest:
                self.outlet.warnings.setdefault(_SKIPPED)
                self._is_at_start = False
            self._waiting = data[-longest:]
            return None
        if data[:begins].strip():
            self.outlet.warnings.setdefault(_SKIPPED)
        self._count += 1
        self._is_at_start = False
        if self._count > DOCUMENTS:
            raise RefusedError(f"it holds more than {DOCUMENTS} documents one after the other")
        if self._count == 2:  # noqa: PLR2004 - the second document
            self.outlet.warnings.setdefault(_SEVERAL)
        self._parser = XmlParser(self.outlet)
        return data[begins:]

    def _after(self, stop: Stop, parser: XmlParser, *, is_last: bool) -> bytes | None:
        """Go on after a document's end, at a tag that can be mended, or give up on what stands before the next one."""
        if stop.is_past_root:
            self._parser = None
            return stop.rest
        if stop.tag is not None and not parser.mends_angles:
            self._parser = XmlParser(self.outlet, parser.open, stop.tag_line - 1, mends_angles=True)
            return stop.tag
        if stop.tag is not None and not is_last and len(stop.tag) < _UNFINISHED_TAG:
            self._parser = XmlParser(self.outlet, parser.open, stop.tag_line - 1, mends_angles=True)
            self._waiting = stop.tag
            return None
        self.cut_off = self.cut_off or stop.why
        self._resumed += 1
        if self._resumption is None or self._resumed > _RESUMPTIONS:
            raise RefusedError(stop.why)
        within = self._resumption.within
        self._still_open = list(takewhile(lambda name: name.rpartition(":")[2] in within, parser.open))
        self._resumption.abandon()
        self._parser, self._is_lost, self._lines = None, True, stop.line - 1
        return stop.rest[1:] if stop.is_first else stop.rest

    def _resumed_in(self, data: bytes, resumption: Resumption) -> bytes | None:
        """Take a new parser at the next element to read on at."""
        marks = [b"<" + name.encode() for name in resumption.at]
        begins = min((place for mark in marks if (place := data.find(mark)) >= 0), default=None)
        passed = len(data) - max(map(len, marks)) if begins is None else begins
        self._lines += data.count(b"\n", 0, max(0, passed))
        if begins is None:
            self._waiting = data[max(0, passed) :]
            return None
        self._parser, self._is_lost = XmlParser(self.outlet, self._still_open, self._lines), False
        return data[begins:]
