"""JUnit XML, whatever tool wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.evidence.conclusion import concluded
from healer.evidence.formats.junit_cases import CaseCollector
from healer.evidence.formats.xml_documents import TextSwitch, read_xml
from healer.evidence.limits import FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "junit"
_ROOTS = frozenset({"testsuites", "testsuite", "testcase"})


def recognises(head: Head) -> bool:
    """Whether the root element is JUnit's."""
    return head.root in _ROOTS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read one or several concatenated documents; what stood before a break counts, with a warning."""
    deliver_text = TextSwitch()
    collector = CaseCollector(deliver_text)
    reading = read_xml(chunks, collector, deliver_text, ("testsuite", "testcase"))
    collector.end_of_document()
    warnings = list(reading.warnings)
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
        source, FORMAT, collector.tally, collector.failures,
        warnings=warnings, cut_off=reading.cut_off, claimed=claimed,
    )  # fmt: skip
