"""Lint XML: Checkstyle's and its many imitators, PMD's, Cppcheck's, Android lint's, JSLint's, CSSLint's, SpotBugs'.

Findings of level error and warning fail, others are counted as passed: the tool reported them without objecting. Where
a tool has no such levels (PMD, SpotBugs, JSLint), each finding that it reports is one that it objects to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.findings import FAILING_LEVELS, ONLY_NOTES, finding_of, rule_of
from healer.evidence.formats.lint_dialects import opened_finding
from healer.evidence.formats.xml_elements import ElementReader, number, read_elements
from healer.evidence.limits import SHORT_TEXT_CHARACTERS
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.formats.lint_dialects import LintFinding
    from healer.evidence.formats.xml_documents import TextSwitch
    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Failure, Report

FORMAT = "checkstyle"
_ROOTS = ("checkstyle", "pmd", "results", "issues", "jslint", "lint", "BugCollection", "phpcs")
_CPPCHECK = re.compile(r"<results(?:\s[^>]{0,200})?>\s{0,200}<(?:cppcheck[\s/>]|error\s)")
_ANDROID = re.compile(r"""<issues\s[^>]{0,400}?\s?(?:format|by)\s{0,9}=""")
_FINDINGS = frozenset({"error", "violation", "issue", "BugInstance", "warning", "exception", "suppressedviolation"})


def recognises(head: Head) -> bool:
    """Whether the root element is that of lint XML; two common words of them need a second mark."""
    if head.root == "results":
        return bool(_CPPCHECK.search(head.text))
    if head.root == "issues":
        return bool(_ANDROID.search(head.text))
    return head.root in _ROOTS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read all findings; a report without any is a pass, unless it breaks off."""
    return read_elements(chunks, source, FORMAT, _Findings, _ROOTS)


class _Findings(ElementReader):
    is_analyser = True
    resumes_at = (*sorted(_FINDINGS), "file")
    resumes_within = frozenset({*_ROOTS, "file", "errors"})

    def __init__(self, gathered: Gathered, deliver_text: TextSwitch) -> None:
        super().__init__(gathered, deliver_text)
        self._file = ""
        self._open: LintFinding | None = None
        self._depth = 0

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "file":
            self._file = attributes.get("name", "")
        elif self._open is not None:
            self._inside(self._open, name, attributes)
        elif name in _FINDINGS and len(self.path) > 1:
            self._open = opened_finding(self.path[0], name, attributes, self._file)
            self._depth = len(self.path)
            if self._open and self.path[0] in {"pmd", "phpcs", "checkstyle"}:
                self._open.text = self.captured(SHORT_TEXT_CHARACTERS)

    def closed(self, _name: str) -> None:
        if self._open is not None and len(self.path) == self._depth:
            finding, self._open = self._open, None
            self._count(finding)

    def abandoned(self) -> None:
        if self._open is not None:
            self._count(self._open)
            self._open = None

    def finished(self) -> None:
        tally = self.gathered.tally
        if tally.passed and not tally.failing:
            self.gathered.warn(ONLY_NOTES)

    def _inside(self, finding: LintFinding, name: str, attributes: Mapping[str, str]) -> None:
        """Take what stands inside a finding: Cppcheck's and Android's first location, SpotBugs' texts and lines."""
        if name == "location" and not finding.file:
            finding.file = attributes.get("file", "")
            finding.line, finding.column = number(attributes.get("line")), number(attributes.get("column"))
        elif name == "SourceLine" and not finding.is_placed:
            finding.is_placed = self.parent() == "BugInstance"  # those of classes and methods around it are vaguer
            if finding.is_placed or not finding.file:
                finding.file = attributes.get("relSourcepath", "") or attributes.get("sourcepath", "")
                finding.line = number(attributes.get("start"))
        elif name in {"LongMessage", "ShortMessage"} and (finding.text is None or name == "LongMessage"):
            finding.text = self.captured(SHORT_TEXT_CHARACTERS)

    def _count(self, finding: LintFinding) -> None:
        if finding.is_suppressed:
            self.gathered.count(CaseOutcome.SKIPPED)
        elif finding.level not in FAILING_LEVELS:
            self.gathered.count(CaseOutcome.PASSED)
        else:
            kind = CaseOutcome.ERROR if finding.is_crash else CaseOutcome.FAILED
            self.gathered.add(kind, lambda: _failure(finding, kind))


def _failure(finding: LintFinding, kind: CaseOutcome) -> Failure:
    said = finding.message or str(finding.text or "").strip()
    said = said.removesuffix(f" ({finding.rule})")  # ESLint's way, which would make it another message than elsewhere
    text = "\n\n".join(filter(None, (said, finding.verbose if finding.verbose != said else "")))
    return finding_of(
        rule_of(finding.rule, level=finding.level, url=finding.url, help_text=finding.verbose),
        tool=finding.tool,
        file=finding.file,
        line=finding.line,
        column=finding.column,
        message=said,
        text=text,
        kind=kind,
    )
