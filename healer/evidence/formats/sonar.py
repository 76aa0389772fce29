"""Sonar's generic test execution format (`testExecutions`), which Catch2, Jest and others write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.formats.javascript_errors import test_id
from healer.evidence.formats.xml_elements import ElementReader, read_elements
from healer.evidence.paths import in_checkout
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.bounded import BoundedText
    from healer.evidence.formats.xml_documents import TextSwitch
    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Failure, Report

FORMAT = "sonar"
_ROOTS = ("testExecutions", "unitTest")
_NATIVE = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp")
"""Whose test cases have names of their own, without a file (Catch2)."""
_OUTCOMES = {"failure": CaseOutcome.FAILED, "error": CaseOutcome.ERROR, "skipped": CaseOutcome.SKIPPED}


@dataclass(slots=True)
class _Case:
    name: str
    file: str
    outcome: CaseOutcome = CaseOutcome.PASSED
    message: str = ""
    text: BoundedText | None = None


def recognises(head: Head) -> bool:
    """Whether the root element is that of the format, of version 1 or before."""
    return head.root in _ROOTS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read all test cases; what stood before a break counts, with a warning."""
    return read_elements(chunks, source, FORMAT, _Cases, _ROOTS)


class _Cases(ElementReader):
    resumes_at = ("testCase", "file")
    resumes_within = frozenset({*_ROOTS, "file"})

    def __init__(self, gathered: Gathered, deliver_text: TextSwitch) -> None:
        super().__init__(gathered, deliver_text)
        self._file = ""
        self._case: _Case | None = None

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "file":
            self._file = attributes.get("path", "")
        elif name == "testCase":
            self._case = _Case(attributes.get("name", ""), self._file)
        elif self._case and name in _OUTCOMES and self.parent() == "testCase":
            self._take(self._case, name, attributes)

    def closed(self, name: str) -> None:
        if name == "testCase" and self._case:
            self._close(self._case)

    def abandoned(self) -> None:
        if self._case and self._case.outcome.is_failing:
            self._close(self._case)
        self._case = None

    def _take(self, case: _Case, name: str, attributes: Mapping[str, str]) -> None:
        """Take one of several outcomes: an error outweighs a failure, a failure one that was skipped."""
        outcome = _OUTCOMES[name]
        if case.outcome is CaseOutcome.ERROR or (case.outcome.is_failing and outcome is CaseOutcome.SKIPPED):
            return
        if not case.outcome.is_failing or outcome is not case.outcome:
            case.message, case.text = attributes.get("message", ""), self.captured()
        case.outcome = outcome

    def _close(self, case: _Case) -> None:
        self._case = None
        name = test_id(case.file, [case.name])
        if case.outcome.is_failing:
            self.gathered.add(case.outcome, lambda: _failure(case), name=name)
        else:
            self.gathered.count(case.outcome, names=(name,))


def _failure(case: _Case) -> Failure:
    is_native = case.file.lower().endswith(_NATIVE)
    return failure_of(
        case.outcome,
        name=case.name,
        suite=in_checkout(case.file),
        identity=case.name if is_native else test_id(case.file, [case.name]),
        file=case.file or None,
        message=case.message,
        text=str(case.text or ""),
    )
