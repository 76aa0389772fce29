"""XML in one forward pass of expat over chunks: no tree, no DTD, no recursion, several documents in a row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from xml.parsers import expat

from healer.evidence.decoding import Utf8Chunks
from healer.evidence.limits import DEPTH, DOCUMENTS, TOKEN_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

_BEGINNING = re.compile(rb"\s*(?=<[?!A-Za-z_])")

_SKIPPED = "text outside of the XML document was skipped"


class ElementHandler(Protocol):
    """Receives elements by local name."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""


class TextSwitch:
    """Where character data goes: to the receiver that a handler has set last, or nowhere."""

    def __init__(self) -> None:
        self._parser: expat.XMLParserType | None = None

    def attach(self, parser: expat.XMLParserType) -> None:
        """Switch this parser from now on."""
        self._parser = parser

    def __call__(self, receiver: Callable[[str], None] | None) -> None:
        """Deliver character data to the receiver, in pieces, or to nobody."""
        if self._parser:
            self._parser.CharacterDataHandler = receiver


@dataclass(frozen=True, slots=True)
class XmlReading:
    """How reading ended: what had to be repaired or skipped, and why it ended early if it did."""

    warnings: tuple[str, ...]
    cut_off: str | None


class _Refused(Exception):  # noqa: N818 - reads as what happened; it never leaves this module
    """The document is not read any further, for the reason given."""


def read_xml(
    chunks: Iterator[bytes], handler: ElementHandler, deliver_text: TextSwitch, roots: Collection[str]
) -> XmlReading:
    """Feed the handler with one or several concatenated documents; what stood before a break was delivered.

    `roots` are the local names that a document may begin with where lines of text stand before it. Never raises for
    what the bytes hold: the answer says it.
    """
    decoded = Utf8Chunks(chunks)
    documents = _Documents(handler, deliver_text, roots)
    cut_off: str | None = None
    try:
        for chunk in decoded:
            documents.feed(chunk)
        documents.close()
    except _Refused as refusal:
        cut_off = str(refusal)
    return XmlReading((*decoded.warnings, *documents.warnings), cut_off)


class _Documents:
    """Feeds expat, one parser per document, skipping what stands before, between and after documents."""

    def __init__(self, handler: ElementHandler, deliver_text: TextSwitch, roots: Collection[str]) -> None:
        self._handler = handler
        self._deliver_text = deliver_text
        self._starts = (b"<?xml", *(b"<" + root.encode() for root in roots))
        self._longest_start = max(map(len, self._starts))
        self._parser: expat.XMLParserType | None = None
        self._waiting = b""
        self._previous = b""
        self._fed = 0
        self._depth = 0
        self._is_closed = False
        self._count = 0
        self._warnings: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was skipped, a sentence each."""
        return tuple(self._warnings)

    def feed(self, data: bytes) -> None:
        """Parse further bytes; raise _Refused when reading cannot go on."""
        rest: bytes | None = data
        while rest:
            rest = self._feed_document(rest) if self._parser else self._find_document(rest)

    def close(self) -> None:
        """Finish; raise _Refused if the document breaks off before its end."""
        if self._parser and not self._is_closed:
            try:
                self._parser.Parse(b"", True)  # noqa: FBT003 - expat takes no keywords
            except expat.ExpatError as error:
                raise _Refused(f"it breaks off in line {error.lineno}: the end of the file is missing") from None
        elif not self._parser and not self._count:
            raise _Refused("no XML document begins in it")
        elif not self._parser and self._waiting.strip():
            self._warnings.setdefault(_SKIPPED)

    def _find_document(self, data: bytes) -> bytes | None:
        data = self._waiting + data
        begins = [place for start in self._starts if (place := data.find(start)) >= 0]
        if not self._count and (own := _BEGINNING.match(data)):
            begins = [own.end()]
        if not begins:
            if data.strip() and len(data) > self._longest_start:
                self._warnings.setdefault(_SKIPPED)
            self._waiting = data[-self._longest_start :]
            return None
        first = min(begins)
        if data[:first].strip():
            self._warnings.setdefault(_SKIPPED)
        self._waiting = b""
        self._count += 1
        if self._count > DOCUMENTS:
            raise _Refused(f"it holds more than {DOCUMENTS} documents one after the other")
        if self._count == 2:  # noqa: PLR2004 - the second document
            self._warnings.setdefault("several XML documents stand in one file; all of them were read")
        self._parser = self._new_parser()
        return data[first:]

    def _new_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = _refuse_doctype
        self._deliver_text.attach(parser)
        self._fed, self._depth, self._is_closed, self._previous = 0, 0, False, b""
        return parser

    def _feed_document(self, data: bytes) -> bytes | None:
        parser = self._parser
        if parser is None:
            return data
        try:
            parser.Parse(data, False)  # noqa: FBT003 - expat takes no keywords
        except expat.ExpatError as error:
            if not self._is_closed:
                raise _Refused(_malformed(error)) from None
            seen = self._previous + data
            rest = seen[max(0, parser.ErrorByteIndex - self._fed + len(self._previous)) :]
            self._parser = None
            return rest
        self._fed += len(data)
        self._previous = data[-4096:]
        if self._fed - parser.CurrentByteIndex > TOKEN_BYTES:
            raise _Refused(f"one tag or comment is larger than {TOKEN_BYTES // 2**20} MiB")
        return None

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise _Refused(f"its elements are nested more than {DEPTH} deep")
        self._handler.start(name.rpartition(":")[2] if ":" in name else name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._handler.end(name.rpartition(":")[2] if ":" in name else name)
        self._is_closed = self._depth == 0


def _refuse_doctype(*_declaration: object) -> None:
    raise _Refused("it declares a document type (DTD), which reports do not need and attacks use")


def _malformed(error: expat.ExpatError) -> str:
    why = expat.ErrorString(error.code)
    where = f"line {error.lineno}, column {error.offset + 1}"
    return f"it is not well-formed XML in {where} ({why}), and was read up to there"
