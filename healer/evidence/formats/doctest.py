"""doctest's own XML (the C++ framework), which is Catch2's with a few other words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.evidence.formats.catch2 import CaseReader
from healer.evidence.formats.xml_elements import read_elements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "doctest"
_ROOTS = ("doctest",)


def recognises(head: Head) -> bool:
    """Whether the root element is doctest's."""
    return head.root in _ROOTS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read a run; what stood before a break counts, with a warning."""
    return read_elements(chunks, source, FORMAT, CaseReader, _ROOTS)
