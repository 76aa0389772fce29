"""NUnit's own XML, of version 3 (`test-run`) and of version 2 (`test-results`).

A suite that failed on its own account (a one-time set-up or tear-down, an assembly that does not load) is one error,
unless the set-up's failure shows in the test cases that it took down. What a suite says only on account of its
children or of its parent is not counted again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.formats.dotnet_names import exception_and_message, named
from healer.evidence.formats.xml_elements import ElementReader, number, read_elements
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.bounded import BoundedText
    from healer.evidence.formats.xml_documents import TextSwitch
    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Failure, Report

FORMAT = "nunit"
_ROOTS = ("test-run", "test-results")
_SUITES = frozenset({*_ROOTS, "test-suite"})
_OUTCOMES = {
    "passed": CaseOutcome.PASSED,
    "success": CaseOutcome.PASSED,
    "warning": CaseOutcome.PASSED,
    "failed": CaseOutcome.FAILED,
    "failure": CaseOutcome.FAILED,
    "skipped": CaseOutcome.SKIPPED,
    "ignored": CaseOutcome.SKIPPED,
    "inconclusive": CaseOutcome.SKIPPED,
    "notrunnable": CaseOutcome.SKIPPED,
    "invalid": CaseOutcome.SKIPPED,
}
_TEXTS = frozenset({"message", "stack-trace"})
_BORROWED = frozenset({"child", "parent"})
_NOT_RUNNABLE = "test cases that cannot be run (invalid, not runnable) were counted as skipped, as NUnit does"


@dataclass(slots=True)
class _Open:
    """A suite or test case that has not ended; `below` counts what failed inside of it."""

    attributes: Mapping[str, str]
    outcome: CaseOutcome
    is_suite: bool
    texts: dict[str, BoundedText] = field(default_factory=dict)
    below: int = 0

    @property
    def name(self) -> str:
        return self.attributes.get("fullname", "") or self.attributes.get("name", "")

    @property
    def site(self) -> str:
        return self.attributes.get("site", "").lower()


def recognises(head: Head) -> bool:
    """Whether the root element is NUnit's."""
    return head.root in _ROOTS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read a run of either version; what stood before a break counts, with a warning."""
    return read_elements(chunks, source, FORMAT, _Run, _ROOTS)


class _Run(ElementReader):
    resumes_at = ("test-case", "test-suite")
    resumes_within = frozenset({*_SUITES, "results"})

    def __init__(self, gathered: Gathered, deliver_text: TextSwitch) -> None:
        super().__init__(gathered, deliver_text)
        self._open: list[_Open] = []
        self._claims = False

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "test-case":
            self._open.append(_Open(attributes, _outcome(attributes), is_suite=False))
            if attributes.get("result", "").lower() in {"notrunnable", "invalid"}:
                self.gathered.warn(_NOT_RUNNABLE)
        elif name in _SUITES:
            if name in _ROOTS:
                bad = ("failed", "failures", "errors")
                self._claims = self._claims or any(number(attributes.get(counter)) for counter in bad)
            self._open.append(_Open(attributes, _outcome(attributes), is_suite=True))
        elif self._open and self._open[-1].outcome.is_failing and name not in self._open[-1].texts:
            is_failures = name in _TEXTS and self.parent() == "failure" and self.parent(2) in {"test-case", *_SUITES}
            if is_failures or (name == "output" and self.parent() == "test-case"):
                self._open[-1].texts[name] = self.captured()

    def closed(self, name: str) -> None:
        if (name == "test-case" or name in _SUITES) and self._open:
            self._close(self._open.pop())

    def abandoned(self) -> None:
        while self._open and not self._open[-1].is_suite:
            self._close(self._open.pop())  # its outcome was said already; of a suite, children may be to come

    @property
    def claimed(self) -> str | None:
        if not self._claims:
            return None
        return "the run states that it failed, but none of its test cases and suites shows why"

    def _close(self, ended: _Open) -> None:
        if not ended.is_suite:
            failing = ended.outcome.is_failing
            if failing:
                self.gathered.add(ended.outcome, lambda: _failure(ended), name=ended.name)
            else:
                self.gathered.count(ended.outcome, names=(ended.name,))
            below = int(failing)
        else:
            below = ended.below
            if ended.outcome.is_failing and self._is_own(ended):
                self.gathered.add(CaseOutcome.ERROR, lambda: _failure(ended))
                below += 1
        if self._open:
            self._open[-1].below += below

    def _is_own(self, suite: _Open) -> bool:
        if not self._open and not suite.texts:
            self._claims = True  # the root only sums up
            return False
        return suite.site == "teardown" or (suite.site not in _BORROWED and not suite.below)


def _outcome(attributes: Mapping[str, str]) -> CaseOutcome:
    """Return what the attributes of a suite or test case say; `Failed(Child)` is how Unity writes a failed run."""
    result = attributes.get("result", "").partition("(")[0].strip().lower()
    if not result:
        if attributes.get("executed", "").lower() == "false":
            return CaseOutcome.SKIPPED
        success = attributes.get("success", "").lower()
        said = "passed" if success == "true" else "failed" if success == "false" else ""
        is_suite = "testcasecount" in attributes or "total" in attributes or "type" in attributes
        return _OUTCOMES.get(said, CaseOutcome.PASSED if is_suite else CaseOutcome.ERROR)
    outcome = _OUTCOMES.get(result, CaseOutcome.ERROR)
    return CaseOutcome.ERROR if outcome is CaseOutcome.FAILED and attributes.get("label") else outcome


def _failure(ended: _Open) -> Failure:
    said = {name: str(text).strip("\r\n") for name, text in ended.texts.items()}
    attributes = ended.attributes
    full, short = attributes.get("fullname", ""), attributes.get("name", "")
    if ended.is_suite:
        suite, name = "", full or short
    elif full.endswith(f".{short}") and short:
        suite, name = full[: -len(short) - 1], short
    else:
        suite, name = named(attributes.get("classname", ""), attributes.get("methodname", ""), full or short)
    exception, message = exception_and_message(said.get("message", ""))
    trace = said.get("stack-trace", "")
    printed = "" if message.strip() or trace.strip() else said.get("output", "")
    text = "\n".join(filter(None, (said.get("message", ""), trace, printed)))
    return failure_of(
        ended.outcome if not ended.is_suite else CaseOutcome.ERROR,
        name=name,
        suite=suite,
        type_name=exception,
        message=message or attributes.get("label", "") or "the report says that it failed, but not why",
        text=text,
    )
