"""Common ground of the XML readers that are no JUnit: where in the document one is, and the text of chosen elements."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from healer.evidence.bounded import BoundedText
from healer.evidence.formats.xml_documents import Resumption, TextSwitch, read_xml
from healer.evidence.gathered import Gathered
from healer.evidence.limits import SHORT_TEXT_CHARACTERS, TEXT_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from healer.models.evidence import Report

_LONGEST_NUMBER = 9


class ElementReader:
    """Counts into `gathered` what its elements say; a format overrides `opened` and `closed`, and `claimed` if it can.

    `path` holds the local names of the open elements. In `opened` the element itself is its last; in `closed` too.
    """

    is_analyser = False
    """Whether a document without any finding is a pass, and not a run in which no test ran."""

    resumes_at: tuple[str, ...] = ()
    """Elements to read on at, after a place that is not well-formed."""

    resumes_within: frozenset[str] = frozenset()
    """Elements that stay open over such a place."""

    def __init__(self, gathered: Gathered, deliver_text: TextSwitch) -> None:
        self.gathered = gathered
        self.path: list[str] = []
        self._deliver_text = deliver_text
        self._captures: list[tuple[int, BoundedText]] = []

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""

    def closed(self, name: str) -> None:
        """Take the end of an element."""

    def abandoned(self) -> None:
        """Take it that the ends of test cases or findings that are open were lost, if there are any."""

    def finished(self) -> None:
        """Take the end of the file."""

    @property
    def claimed(self) -> str | None:
        """How the document claims a failure that nothing in it shows."""
        return None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Follow the path down."""
        self.path.append(name)
        self.opened(name, attributes)

    def end(self, name: str) -> None:
        """Follow the path up."""
        if self._captures and self._captures[-1][0] == len(self.path):
            self._captures.pop()
            self._deliver_text(self._captures[-1][1].add if self._captures else None)
        self.closed(name)
        self.path.pop()

    def abandon(self) -> None:
        """Follow the path up to the elements that stay open where the ends of the others are lost."""
        self._captures.clear()
        self._deliver_text(None)
        self.abandoned()
        self.path = list(takewhile(self.resumes_within.__contains__, self.path))

    def parent(self, above: int = 1) -> str:
        """Return the name of the element that many levels above the current one, or "" above the root."""
        return self.path[-1 - above] if len(self.path) > above else ""

    def captured(self, limit: int = TEXT_CHARACTERS) -> BoundedText:
        """Gather the text of the element that was just opened."""
        text = BoundedText(SHORT_TEXT_CHARACTERS if self.gathered.is_full else limit)
        self._captures.append((len(self.path), text))
        self._deliver_text(text.add)
        return text


def read_elements(
    chunks: Iterator[bytes],
    source: str,
    report_format: str,
    reader: Callable[[Gathered, TextSwitch], ElementReader],
    roots: tuple[str, ...],
) -> Report:
    """Read one or several concatenated documents into a report; `roots` are those of `read_xml`."""
    gathered, deliver_text = Gathered(), TextSwitch()
    elements = reader(gathered, deliver_text)
    resumption = Resumption(elements.resumes_at, elements.resumes_within, elements.abandon)
    reading = read_xml(chunks, elements, deliver_text, roots, resumption=resumption if elements.resumes_at else None)
    for sentence in reading.warnings:
        gathered.warn(sentence)
    elements.abandon()
    elements.finished()
    return gathered.report(
        source,
        report_format,
        cut_off=reading.cut_off,
        claimed=None if gathered.tally.failing else elements.claimed,
        is_clean=elements.is_analyser,
    )


def number(text: str | None) -> int:
    """Return a count, line or column from an attribute; anything but a plain number of sane size is 0."""
    return int(text) if text and len(text) <= _LONGEST_NUMBER and text.isascii() and text.isdigit() else 0
