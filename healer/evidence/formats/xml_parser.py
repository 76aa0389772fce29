"""One XML document on its way through expat, up to its end or to the place where it is no XML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from xml.parsers import expat

from healer.evidence.formats.xml_markup import WHOLE_TAG, Markup
from healer.evidence.limits import DEPTH, TOKEN_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from healer.evidence.formats.xml_markup import Skim

_KEPT = 16 * 1024
"""Bytes kept of what was parsed, for an error of which expat tells late."""


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
        self._receiver: Callable[[str], None] | None = None

    def attach(self, parser: expat.XMLParserType) -> None:
        """Switch this parser from now on."""
        self._parser = parser
        parser.CharacterDataHandler = self._receiver

    def __call__(self, receiver: Callable[[str], None] | None) -> None:
        """Deliver character data to the receiver, in pieces, or to nobody."""
        self._receiver = receiver
        if self._parser:
            self._parser.CharacterDataHandler = receiver


class RefusedError(Exception):
    """The document is not read any further, for the reason given; it never leaves the XML layer."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where expat stopped: `rest` begins there, `tag` with the tag that holds the place, if it is in one.

    `is_first` tells that it stopped at the very first byte, from which it must not be begun again.
    """

    why: str
    line: int
    rest: bytes
    tag: bytes | None
    tag_line: int
    is_past_root: bool
    is_first: bool


@dataclass(frozen=True, slots=True)
class Outlet:
    """What parsing delivers to, for all documents of a file."""

    handler: ElementHandler
    deliver_text: TextSwitch
    skim: Skim | None
    warnings: dict[str, None]


class XmlParser:
    """Feeds the handler from chunks of one document."""

    def __init__(
        self, outlet: Outlet, still_open: list[str] | None = None, lines: int = 0, *, mends_angles: bool = False
    ) -> None:
        """Begin, after that many lines, inside of elements whose starts were delivered before."""
        self.open = still_open or []
        self.mends_angles = mends_angles
        self.is_closed = False
        self._handler = outlet.handler
        self._lines = lines
        self._markup = Markup(outlet.warnings, outlet.skim, mends_angles=mends_angles)
        self._previous = "".join(f"<{name}>" for name in self.open).encode("utf-8", "replace")
        self._fed = self._replayed = len(self._previous)
        self._expat = parser = expat.ParserCreate("utf-8")
        parser.Parse(self._previous, False)  # noqa: FBT003 - expat takes no keywords
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = _refuse_doctype
        outlet.deliver_text.attach(parser)

    def feed(self, data: bytes, *, is_last: bool = False) -> Stop | None:
        """Parse further bytes; raise RefusedError where reading must not go on."""
        legal = self._markup.mended(data, is_last=is_last, root_end=self._root_end())
        try:
            self._expat.Parse(legal, False)  # noqa: FBT003 - expat takes no keywords
        except expat.ExpatError as error:
            self._expat.buffer_text = False  # delivers the text that it holds
            seen = self._previous + legal + self._markup.held
            return self._stopped(error, seen, self._expat.ErrorByteIndex - self._fed + len(self._previous))
        self._fed += len(legal)
        self._previous = (legal if len(legal) > _KEPT else self._previous + legal)[-_KEPT:]
        if self._fed - self._expat.CurrentByteIndex > TOKEN_BYTES:
            raise RefusedError(f"one tag or comment is larger than {TOKEN_BYTES // 2**20} MiB")
        return None

    def end(self) -> None:
        """Finish; raise RefusedError if the document breaks off before its end."""
        try:
            self._expat.Parse(b"", True)  # noqa: FBT003 - expat takes no keywords
        except expat.ExpatError as error:
            line = self._lines + error.lineno
            raise RefusedError(f"it breaks off in line {line}: the end of the file is missing") from None

    def _root_end(self) -> bytes:
        """Return what the document's end begins with, or nothing if the document has not begun."""
        return f"</{self.open[0]}".encode("utf-8", "replace") if self.open else b""

    def _stopped(self, error: expat.ExpatError, seen: bytes, place: int) -> Stop:
        place = max(0, place)
        line = self._lines + error.lineno
        start = seen.rfind(b"<", 0, place) if seen.startswith(b"<", place) else -1
        if start >= 0 and WHOLE_TAG.match(seen, start, place):
            start = -1  # it was delivered
        return Stop(
            why=f"it is not well-formed XML in line {line} ({expat.ErrorString(error.code)})",
            line=line,
            rest=seen[place:],
            tag=seen[start:] if start >= 0 else None,
            tag_line=line - seen.count(b"\n", start, place) if start >= 0 else line,
            is_past_root=self.is_closed,
            is_first=self._expat.ErrorByteIndex <= self._replayed,
        )

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.open.append(name)
        if len(self.open) > DEPTH:
            raise RefusedError(f"its elements are nested more than {DEPTH} deep")
        self._handler.start(name.rpartition(":")[2] if ":" in name else name, attributes)

    def _end(self, name: str) -> None:
        self.open.pop()
        self._handler.end(name.rpartition(":")[2] if ":" in name else name)
        self.is_closed = not self.open


def _refuse_doctype(*_declaration: object) -> None:
    raise RefusedError("it declares a document type (DTD), which reports do not need and attacks use")
