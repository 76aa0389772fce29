"""JUnit XML, whatever tool wrote it: one forward pass of expat over chunks, no tree, no DTD, no recursion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from healer.evidence.conclusion import concluded
from healer.evidence.decoding import Utf8Chunks
from healer.evidence.junit_cases import CaseCollector
from healer.evidence.limits import DEPTH, DOCUMENTS, FAILURES, TOKEN_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "junit"
_ROOTS = frozenset({"testsuites", "testsuite", "testcase"})
_STARTS = (b"<?xml", b"<testsuite", b"<testcase")
_BEGINNING = re.compile(rb"\s*(?=<[?!A-Za-z_])")
_LONGEST_START = max(map(len, _STARTS))

_SKIPPED = "text outside of the XML document was skipped"


class _Refused(Exception):  # noqa: N818 - reads as what happened; it never leaves this module
    """The document is not read any further, for the reason given."""


def recognises(head: Head) -> bool:
    """Whether the root element is JUnit's."""
    return head.root in _ROOTS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read one or several concatenated documents; what stood before a break counts, with a warning."""
    decoded = Utf8Chunks(chunks)
    documents = _Documents()
    cut_off: str | None = None
    try:
        for chunk in decoded:
            documents.feed(chunk)
        documents.close()
    except _Refused as refusal:
        cut_off = str(refusal)
    collector = documents.collector
    collector.end_of_document()
    warnings = [f"{warning}" for warning in (*decoded.warnings, *documents.warnings)]
    kept, failing = len(collector.failures), collector.tally.failing
    if kept < failing:
        warnings.append(f"{failing} test cases fail; the first {FAILURES} are kept, the others only counted")
    claimed = None
    if collector.claimed:
        claimed = (
            f"the report's own totals state {collector.claimed} failing, but none of its test cases shows one; "
            "something failed outside of them (a file that does not load, a package that does not build)"
        )
    return concluded(
        source, FORMAT, collector.tally, collector.failures, warnings=warnings, cut_off=cut_off, claimed=claimed
    )


class _Documents:
    """Feeds expat, one parser per document, skipping what stands before, between and after documents."""

    def __init__(self) -> None:
        self._parser: expat.XMLParserType | None = None
        self._waiting = b""
        self._previous = b""
        self._fed = 0
        self._depth = 0
        self._is_closed = False
        self._count = 0
        self._warnings: dict[str, None] = {}
        self.collector = CaseCollector(self._deliver_text)

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
        begins = [place for start in _STARTS if (place := data.find(start)) >= 0]
        if not self._count and (own := _BEGINNING.match(data)):
            begins = [own.end()]
        if not begins:
            if data.strip() and len(data) > _LONGEST_START:
                self._warnings.setdefault(_SKIPPED)
            self._waiting = data[-_LONGEST_START:]
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
        self.collector.start(name.rpartition(":")[2] if ":" in name else name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.collector.end(name.rpartition(":")[2] if ":" in name else name)
        self._is_closed = self._depth == 0

    def _deliver_text(self, receiver: Callable[[str], None] | None) -> None:
        if self._parser:
            self._parser.CharacterDataHandler = receiver


def _refuse_doctype(*_declaration: object) -> None:
    raise _Refused("it declares a document type (DTD), which reports do not need and attacks use")


def _malformed(error: expat.ExpatError) -> str:
    why = expat.ErrorString(error.code)
    where = f"line {error.lineno}, column {error.offset + 1}"
    return f"it is not well-formed XML in {where} ({why}), and was read up to there"
