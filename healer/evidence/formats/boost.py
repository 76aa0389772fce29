"""Boost.Test's log as XML (`--log_format=XML`); it lists passing test cases from `--log_level=test_suite` on only.

Failures that a test case declares as expected are in the log like any other, so that they count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.formats.xml_elements import ElementReader, number, read_elements
from healer.evidence.limits import SHORT_TEXT_CHARACTERS, TEXT_CHARACTERS
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.bounded import BoundedText
    from healer.evidence.formats.xml_documents import TextSwitch
    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Failure, Report

FORMAT = "boost"
_PROBLEMS = {"Error": CaseOutcome.FAILED, "FatalError": CaseOutcome.FAILED, "Exception": CaseOutcome.ERROR}
_NO_PLACE = frozenset({"unknown location", "boost.test framework", ""})
_MOST_PROBLEMS = 100
"""Of one test case, that are kept."""


@dataclass(slots=True)
class _Problem:
    kind: CaseOutcome
    attributes: Mapping[str, str]
    text: BoundedText
    context: list[BoundedText] = field(default_factory=list)

    @property
    def file(self) -> str:
        file = self.attributes.get("file", "")
        return "" if file in _NO_PLACE else file

    def __str__(self) -> str:
        at = f"{self.file}:{self.attributes.get('line', '')}: " if self.file else ""
        context = (" ".join(str(frame).split()) for frame in self.context)
        return "\n".join((f"{at}{str(self.text).strip()}", *(f"    with {frame}" for frame in context if frame)))


@dataclass(slots=True)
class _Unit:
    """An open test case or suite; suites can fail too, in their fixtures."""

    name: str
    is_case: bool
    is_skipped: bool
    problems: list[_Problem] = field(default_factory=list)
    place: Mapping[str, str] | None = None


def recognises(head: Head) -> bool:
    """Whether the root element is that of Boost.Test's log."""
    return head.root == "TestLog"


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read the log; what stood before a break counts, with a warning."""
    return read_elements(chunks, source, FORMAT, _Log, ("TestLog",))


class _Log(ElementReader):
    resumes_at = ("TestCase", "TestSuite")
    resumes_within = frozenset({"TestLog", "TestSuite"})

    def __init__(self, gathered: Gathered, deliver_text: TextSwitch) -> None:
        super().__init__(gathered, deliver_text)
        self._units: list[_Unit] = []

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in {"TestCase", "TestSuite"}:
            is_skipped = attributes.get("skipped", "").lower() == "yes"
            self._units.append(_Unit(attributes.get("name", ""), name == "TestCase", is_skipped))
        elif not self._units:
            return
        elif name in _PROBLEMS and len(self._units[-1].problems) < _MOST_PROBLEMS:
            limit = SHORT_TEXT_CHARACTERS if self._units[-1].problems else TEXT_CHARACTERS
            self._units[-1].problems.append(_Problem(_PROBLEMS[name], attributes, self.captured(limit)))
        elif name == "LastCheckpoint" and self._units[-1].problems:
            self._units[-1].place = self._units[-1].place or attributes
            self.captured(SHORT_TEXT_CHARACTERS)  # it is no part of what was thrown
        elif name == "Frame" and self._units[-1].problems and self.parent(2) in _PROBLEMS:
            problem = self._units[-1].problems[-1]
            if len(problem.context) < _MOST_PROBLEMS:
                problem.context.append(self.captured(SHORT_TEXT_CHARACTERS))

    def closed(self, name: str) -> None:
        if name in {"TestCase", "TestSuite"} and self._units:
            self._close(self._units)

    def abandoned(self) -> None:
        while self._units and self._units[-1].is_case:
            if self._units[-1].problems:
                self._close(self._units)
            else:
                self._units.pop()

    def _close(self, units: list[_Unit]) -> None:
        path = "/".join(unit.name for unit in units[1:]) or units[0].name
        name = (units[0].name, path)
        unit = units.pop()
        if unit.problems:
            is_error = not unit.is_case or any(problem.kind is CaseOutcome.ERROR for problem in unit.problems)
            kind = CaseOutcome.ERROR if is_error else CaseOutcome.FAILED
            self.gathered.add(kind, lambda: _failure(unit, kind, path), name=name)
        elif unit.is_case:
            self.gathered.count(CaseOutcome.SKIPPED if unit.is_skipped else CaseOutcome.PASSED, names=(name,))


def _failure(unit: _Unit, kind: CaseOutcome, path: str) -> Failure:
    placed = next((problem.attributes for problem in unit.problems if problem.file), unit.place) or {}
    return failure_of(
        kind,
        name=unit.name,
        suite=path.rpartition("/")[0],
        identity=path,
        file=placed.get("file") or None,
        line=number(placed.get("line")),
        message=str(unit.problems[0].text).strip(),
        text="\n".join(map(str, unit.problems)),
    )
