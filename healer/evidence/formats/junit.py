"""JUnit XML, whatever tool wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.evidence.formats.junit_cases import SUITES, CaseCollector
from healer.evidence.formats.junit_skim import Skim
from healer.evidence.formats.xml_documents import Resumption, TextSwitch, read_xml
from healer.evidence.gathered import Gathered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "junit"
_ROOTS = frozenset({"testsuites", "testsuite", "testcase"})


def recognises(head: Head) -> bool:
    """Whether the root element is JUnit's."""
    return head.root in _ROOTS


def read(chunks: Iterator[bytes], source: str, *, may_skim: bool = True) -> Report:
    """Read one or several concatenated documents; what stood before a break counts, with a warning.

    Without `may_skim` every test case is parsed; the answer is the same, only later.
    """
    gathered, deliver_text = Gathered(), TextSwitch()
    collector = CaseCollector(gathered, deliver_text)
    reading = read_xml(
        chunks,
        collector,
        deliver_text,
        ("testsuite", "testcase"),
        skim=Skim(gathered, collector) if may_skim else None,
        resumption=Resumption(("testcase", "testsuite", "failure", "error"), SUITES, collector.abandon),
    )
    collector.abandon()
    for sentence in reading.warnings:
        gathered.warn(sentence)
    return gathered.report(source, FORMAT, cut_off=reading.cut_off, claimed=_claimed(collector, gathered))


def _claimed(collector: CaseCollector, gathered: Gathered) -> str | None:
    """Say how the totals contradict the test cases: something failed outside of them."""
    number = collector.suites.claimed
    if not number:
        return None
    outside = "something failed outside of them (a file that does not load, a package that does not build)"
    if gathered.tally.failing:
        return f"the report's own totals state {number} failing more than its test cases show; {outside}"
    return f"the report's own totals state {number} failing, but none of its test cases shows one; {outside}"
