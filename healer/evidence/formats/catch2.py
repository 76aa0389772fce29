"""Catch2's own XML, of version 3 (`Catch2TestRun`) and version 2 (`Catch`, with groups); doctest's is much alike.

The overall result of a test case is the runner's word: one that may fail is no failure although its expression failed.
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

FORMAT = "catch2"
_ROOTS = ("Catch2TestRun", "Catch")
_TOTALS = frozenset({"OverallResults", "OverallResultsAsserts"})
_SECTIONS = frozenset({"Section", "SubCase"})
_CRASH = "FatalErrorCondition"
_PROBLEMS = {"Failure": "", "Message": "", "Exception": "Exception", _CRASH: _CRASH}
_NOTES = frozenset({"Info", "Warning"})
_EXPRESSIONS = {"Original": "expression:", "Expanded": "with expansion:"}
_SHOULD_HAVE = "Should have failed but didn't"
_NOTHING_SAID = "it failed without a failed assertion"
_MOST_PARTS = 200
"""Of one test case: sections, notes and problems that are kept."""


@dataclass(slots=True)
class _Case:
    attributes: Mapping[str, str]
    parts: list[tuple[str, BoundedText | None]] = field(default_factory=list)
    said: list[BoundedText] = field(default_factory=list)
    place: Mapping[str, str] | None = None
    problems: int = 0
    has_crashed: bool = False
    has_passed: bool | None = None
    is_skipped: bool = False


def recognises(head: Head) -> bool:
    """Whether the root element is Catch2's."""
    return head.root in _ROOTS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read a run; what stood before a break counts, with a warning."""
    return read_elements(chunks, source, FORMAT, CaseReader, _ROOTS)


class CaseReader(ElementReader):
    """Reads the test cases of either runner."""

    resumes_at = ("TestCase", "TestSuite", "OverallResults", "OverallResultsAsserts")
    resumes_within = frozenset({*_ROOTS, "doctest", "Group", "TestSuite"})

    def __init__(self, gathered: Gathered, deliver_text: TextSwitch) -> None:
        super().__init__(gathered, deliver_text)
        self._suite = ""
        self._case: _Case | None = None
        self._is_failing_expression = False
        self._claims = 0

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""
        if name == "TestCase":
            self._case = _Case(attributes)
        elif self._case is not None:
            self._inside(self._case, name, attributes)
        elif len(self.path) == 1:
            self._suite = attributes.get("name", "") or attributes.get("binary", "")
        elif name in _TOTALS and len(self.path) == 2:  # noqa: PLR2004 - of the run as a whole
            self._claims += number(attributes.get("failures"))

    def closed(self, name: str) -> None:
        """Take the end of an element."""
        if name == "TestCase" and self._case:
            self._close(self._case)
        elif name == "Expression":
            self._is_failing_expression = False

    def abandoned(self) -> None:
        """Count a case that had failed already."""
        if self._case and self._case.problems:
            self._close(self._case)
        self._case = None

    @property
    def claimed(self) -> str | None:
        """Compare with the totals."""
        if not self._claims:
            return None
        return f"its totals state {self._claims} failed assertions, but none of its test cases shows one"

    def _inside(self, case: _Case, name: str, attributes: Mapping[str, str]) -> None:
        is_within_passed = self.parent() == "Expression" and not self._is_failing_expression
        if name == "OverallResult" or (name == "OverallResultsAsserts" and self.parent() == "TestCase"):
            said = attributes.get("success", "") or attributes.get("test_case_success", "")
            case.has_passed = said.lower() == "true"
            case.is_skipped = number(attributes.get("skips")) > 0
        elif name in _SECTIONS:
            self._note(case, f"in section {attributes.get('name', '').strip()}")
        elif name == "Expression":
            self._is_failing_expression = attributes.get("success", "").lower() != "true"
            if self._is_failing_expression:
                self._problem(case, attributes, f"{attributes.get('type', '')} failed".strip())
        elif is_within_passed:
            return
        elif name in _EXPRESSIONS:
            text = self._text(case)
            self._note(case, _EXPRESSIONS[name], text)
            self._say(case, text)
        elif name in _NOTES:
            self._note(case, "", self._text(case))
        elif name in _PROBLEMS and attributes.get("type", "").upper() != "WARNING":
            case.has_crashed = case.has_crashed or name == _CRASH
            text = self._text(case)
            self._problem(case, attributes, _PROBLEMS[name], text)
            self._say(case, text)

    def _say(self, case: _Case, text: BoundedText | None) -> None:
        """Take what is said of the first problem; of an expression, its expansion is said last."""
        if case.problems == 1 and text is not None:
            case.said.append(text)

    def _text(self, case: _Case) -> BoundedText | None:
        if len(case.parts) >= _MOST_PARTS:
            return None
        return self.captured(TEXT_CHARACTERS if case.problems <= 1 else SHORT_TEXT_CHARACTERS)

    def _note(self, case: _Case, title: str, text: BoundedText | None = None) -> None:
        if len(case.parts) < _MOST_PARTS:
            case.parts.append((title, text))

    def _problem(self, case: _Case, attributes: Mapping[str, str], title: str, text: BoundedText | None = None) -> None:
        case.problems += 1
        if attributes.get("filename"):
            case.place = case.place or attributes
        at = ":".join(filter(None, (attributes.get("filename", ""), attributes.get("line", ""))))
        self._note(case, f"{at}: {title}".strip(": ") if title else at, text)

    def _close(self, case: _Case) -> None:
        self._case = None
        name = (self._suite, case.attributes.get("name", ""))
        if case.has_passed or case.attributes.get("skipped") == "true":
            is_excused = case.problems and self.path[0] != "doctest"  # which counts one that may fail as passed
            is_skipped = is_excused or case.is_skipped or not case.has_passed
            self.gathered.count(CaseOutcome.SKIPPED if is_skipped else CaseOutcome.PASSED, names=(name,))
        else:
            is_failed = case.has_passed is False or case.problems
            kind = CaseOutcome.ERROR if case.has_crashed or not is_failed else CaseOutcome.FAILED
            self.gathered.add(kind, lambda: _failure(case, kind, self._suite), name=name)


def _failure(case: _Case, kind: CaseOutcome, suite: str) -> Failure:
    parts = [(title, str(text or "").strip("\r\n")) for title, text in case.parts]
    lines = [_joined(title, text) for title, text in parts]
    place = case.place or case.attributes
    name = case.attributes.get("name", "").strip()
    is_expected = case.attributes.get("should_fail") == "true" or "[!shouldfail]" in case.attributes.get("tags", "")
    said = next((text for piece in reversed(case.said) if (text := str(piece).strip())), "")
    return failure_of(
        kind,
        name=name,
        suite=suite,
        identity=name,
        file=place.get("filename") or None,
        line=number(place.get("line")),
        message=said or (_SHOULD_HAVE if is_expected else _NOTHING_SAID),
        text="\n".join(filter(None, lines)),
    )


def _joined(title: str, text: str) -> str:
    """Put a title before a text: on its line if it is one line, else above it."""
    if "\n" in text.strip():
        return "\n".join(filter(None, (title, text)))
    return " ".join(filter(None, (title, text.strip())))
