"""TRX, the report of `dotnet test --logger trx`, VSTest and MSTest.

A result says its outcome in an attribute; where there is none it is Error, the default that the writer leaves out.
What class a test belongs to stands in the definitions, which may come before the results or after them. A result with
inner results (data rows, ordered tests) is their sum, and counts only where none of them shows its failure.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.bounded import BoundedText
from healer.evidence.failures import failure_of
from healer.evidence.formats.dotnet_names import exception_and_message, named
from healer.evidence.formats.xml_elements import ElementReader, number, read_elements
from healer.evidence.limits import SHORT_TEXT_CHARACTERS
from healer.evidence.wording import first_paragraph
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.formats.xml_documents import TextSwitch
    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Failure, Report

FORMAT = "trx"
_RESULTS = frozenset(
    {
        "UnitTestResult", "GenericTestResult", "ManualTestResult", "WebTestResult", "LoadTestResult",
        "CodedWebTestResult", "TestResult", "TestResultAggregation",
    }
)  # fmt: skip
_OUTCOMES = {
    "passed": CaseOutcome.PASSED,
    "passedbutrunaborted": CaseOutcome.PASSED,
    "completed": CaseOutcome.PASSED,
    "warning": CaseOutcome.PASSED,
    "failed": CaseOutcome.FAILED,
    "notexecuted": CaseOutcome.SKIPPED,
    "inconclusive": CaseOutcome.SKIPPED,
    "pending": CaseOutcome.SKIPPED,
}
_TEXTS = {"Message": "ErrorInfo", "StackTrace": "ErrorInfo", "StdOut": "Output", "StdErr": "Output"}
_BAD_COUNTERS = ("failed", "error", "timeout", "aborted")
_GREEN_SUMMARIES = frozenset({"passed", "completed", "warning", "notexecuted", "inconclusive", ""})
_DEFINITIONS = 100_000
"""Classes remembered while it is not known yet whose tests fail."""


@dataclass(slots=True)
class _Result:
    attributes: Mapping[str, str]
    outcome: CaseOutcome
    texts: dict[str, BoundedText] = field(default_factory=dict)
    inner: int = 0
    inner_failing: int = 0


def recognises(head: Head) -> bool:
    """Whether the root element is VSTest's."""
    return head.root == "TestRun"


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read a run; what stood before a break counts, with a warning."""
    return read_elements(chunks, source, FORMAT, _Run, ("TestRun",))


class _Run(ElementReader):
    resumes_at = (*sorted(_RESULTS), "UnitTest", "TestDefinitions", "ResultSummary")
    resumes_within = frozenset({"TestRun", "Results", "TestDefinitions"})

    def __init__(self, gathered: Gathered, deliver_text: TextSwitch) -> None:
        super().__init__(gathered, deliver_text)
        self._results: list[_Result] = []
        self._awaiting: dict[str, list[int]] = {}
        self._methods: dict[str, tuple[str, str]] = {}
        self._classes: dict[str, str] = {}
        self._definition = ""
        self._summary = ""
        self._counted_bad = 0
        self._said: BoundedText | None = None

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in _RESULTS:
            if self._results:
                self._results[-1].inner += 1
            self._results.append(_Result(attributes, _outcome(attributes.get("outcome"))))
        elif self._results:
            result = self._results[-1]
            if result.outcome.is_failing and name not in result.texts and _TEXTS.get(name) == self.parent():
                result.texts[name] = self.captured()
        elif self.parent() == "TestDefinitions":
            self._definition = attributes.get("id", "")
        elif name == "TestMethod":
            self._define(attributes)
        else:
            self._sum_up(name, attributes)

    def _sum_up(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "ResultSummary":
            self._summary = attributes.get("outcome", "").lower()
        elif name == "Counters":
            self._counted_bad += sum(number(attributes.get(counter)) for counter in _BAD_COUNTERS)
        elif name == "RunInfo" and attributes.get("outcome", "").lower() in {"error", "failed"} and not self._said:
            self._said = BoundedText(SHORT_TEXT_CHARACTERS)
        elif name == "Text" and self.parent() == "RunInfo" and self._said and not str(self._said):
            self._said = self.captured(SHORT_TEXT_CHARACTERS)

    def closed(self, name: str) -> None:
        if name in _RESULTS and self._results:
            self._close(self._results.pop())

    def abandoned(self) -> None:
        while self._results:  # their outcome was said already
            self._close(self._results.pop())

    def finished(self) -> None:
        for test, places in self._awaiting.items():
            if test in self._methods:
                for place in places:
                    failure = self.gathered.failures[place]
                    self.gathered.failures[place] = _renamed(failure, *self._methods[test])

    @property
    def claimed(self) -> str | None:
        if self._summary in _GREEN_SUMMARIES and not self._counted_bad and not self._said:
            return None
        said = first_paragraph(str(self._said or ""))
        return "the run as a whole failed although none of its tests did" + (f": {said}" if said else "")

    def _define(self, attributes: Mapping[str, str]) -> None:
        is_wanted = self._definition in self._awaiting if self._awaiting else len(self._methods) < _DEFINITIONS
        if self._definition and is_wanted:
            class_name = attributes.get("className", "")
            class_name = self._classes.setdefault(class_name, class_name)  # many tests, few classes
            self._methods[self._definition] = class_name, attributes.get("name", "")

    def _close(self, result: _Result) -> None:
        is_shown = bool(result.inner_failing)
        if self._results and (is_shown or result.outcome.is_failing):
            self._results[-1].inner_failing += 1
        test = result.attributes.get("testId", "")
        name = (test, result.attributes.get("testName", ""))  # alone it has no class; VSTest makes the id of both
        if not result.outcome.is_failing:
            if not result.inner:
                self.gathered.count(result.outcome, names=(name if test else "",))
        elif not is_shown:
            kept = len(self.gathered.failures)
            self.gathered.add(result.outcome, lambda: _failure(result), name=name if test else "")
            if test and len(self.gathered.failures) > kept:
                self._awaiting.setdefault(test, []).append(kept)


def _outcome(word: str | None) -> CaseOutcome:
    """Return what an outcome means; of those that are not named here, each tells of a test that could not end."""
    return _OUTCOMES.get((word or "").lower(), CaseOutcome.ERROR)


def _failure(result: _Result) -> Failure:
    said = {name: str(text).strip("\r\n") for name, text in result.texts.items()}
    message, trace = said.get("Message", ""), said.get("StackTrace", "")
    printed = [] if message.strip() or trace.strip() else [said.get("StdOut", ""), said.get("StdErr", "")]
    suite, name = named("", "", result.attributes.get("testName", ""))
    exception, message = exception_and_message(message)
    text = "\n".join(filter(None, (said.get("Message", ""), trace, *printed)))
    if not text.strip():
        message = f"its outcome is {result.attributes.get('outcome', 'Error')}, and the report says no more"
    return failure_of(result.outcome, name=name, suite=suite, type_name=exception, message=message, text=text)


def _renamed(failure: Failure, class_name: str, method: str) -> Failure:
    """Give a failure the class that its definition names; what the report showed had none, or had it in one word."""
    shown = f"{failure.suite}.{failure.name}" if failure.suite else failure.name
    suite, name = named(class_name, method, shown)
    return dataclasses.replace(failure, id="::".join(filter(None, (suite, name))), suite=suite, name=name)
