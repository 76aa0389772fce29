"""Cucumber's messages (`--format message`): JSON lines with every attempt of a scenario."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from healer.evidence.failures import failure_of
from healer.evidence.formats.javascript_errors import before_stack, type_of
from healer.evidence.formats.json_documents import number_of, objects, strings_of, text_of
from healer.evidence.formats.json_lines import JsonLines
from healer.evidence.gathered import Gathered
from healer.evidence.wording import clean, without_blank_lines
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "cucumber_messages"
_META = re.compile(r'^\{"meta": ?\{(?=[^\n]{0,1000}"protocolVersion")', re.MULTILINE)
_WORST_FIRST = ("FAILED", "AMBIGUOUS", "UNDEFINED", "PENDING", "SKIPPED")
_OUTCOMES = {"FAILED": CaseOutcome.FAILED, "SKIPPED": CaseOutcome.SKIPPED}
_HELD = 200_000


def recognises(head: Head) -> bool:
    """Whether a line of the beginning is the message that opens such a stream."""
    return _META.search(head.text) is not None


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read the stream; of a scenario that is tried again, the last attempt counts."""
    lines = JsonLines(chunks)
    run = _Run()
    for message, _ in lines:
        for kind, body in (message or {}).items():
            if isinstance(body, dict):
                run.take(kind, body)
    cut_off = lines.cut_off or (None if run.has_ended else "the stream ends before the run does")
    return run.gathered.report(source, FORMAT, cut_off=cut_off, claimed=run.claimed())


@dataclass(slots=True)
class _Scenario:
    """A scenario of a feature file, or the row of an outline."""

    file: str
    name: str
    line: int | None


@dataclass(slots=True)
class _Attempt:
    """How an attempt stands: its worst word, and what was said with it."""

    case: str
    number: int
    word: str = ""
    said: str = ""
    line: int | None = None


class _Run:
    """What the messages before mean for those that follow."""

    def __init__(self) -> None:
        self.gathered = Gathered()
        self.has_ended = False
        self._success = True
        self._scenarios: dict[str, _Scenario] = {}
        self._cases: dict[str, str] = {}
        self._attempts: dict[str, _Attempt] = {}
        self._names: dict[tuple[str, str], int] = {}
        self._lines: dict[str, int] = {}
        """Where steps stand, by the id of each of their forms: in the document, the pickle and the test case."""

    def take(self, kind: str, body: Mapping[str, Any]) -> None:
        """Take one message."""
        if kind == "gherkinDocument":
            self._take_document(body)
        elif kind == "pickle" and len(self._scenarios) < _HELD:
            self._take_pickle(body)
        elif kind == "testCase" and len(self._cases) < _HELD:
            self._take_case(body)
        elif kind == "testCaseStarted" and len(self._attempts) < _HELD:
            case, number = text_of(body.get("testCaseId")), number_of(body.get("attempt")) or 0
            self._attempts[text_of(body.get("id"))] = _Attempt(case, number)
        elif kind == "testStepFinished":
            self._take_step(body)
        elif kind == "testCaseFinished":
            attempt = self._attempts.pop(text_of(body.get("testCaseStartedId")), None)
            if attempt is not None and body.get("willBeRetried") is not True:
                self._count(attempt)
        else:
            self._take_around(kind, body)

    def claimed(self) -> str | None:
        """Return how the end of the run contradicts its scenarios."""
        shown = self.gathered.tally.failing
        return None if self._success or shown else "the run states that it failed, but none of its scenarios did"

    def _take_around(self, kind: str, body: Mapping[str, Any]) -> None:
        """Take what belongs to no scenario."""
        if kind == "testRunHookFinished":
            self._take_result(body.get("result"), "a hook of the whole run")
        elif kind == "parseError":
            source = body.get("source")
            reference = source if isinstance(source, dict) else {}
            self._add_error(text_of(reference.get("uri")) or "feature file", text_of(body.get("message")))
        elif kind == "testRunFinished":
            self.has_ended = True
            self._success = body.get("success") is not False

    def _take_document(self, document: Mapping[str, Any]) -> None:
        parts = [document.get("feature")]
        while parts:
            part = parts.pop()
            if not isinstance(part, dict):
                continue
            place = part.get("location")
            line = number_of(place.get("line")) if isinstance(place, dict) else None
            if line and "keyword" in part and len(self._lines) < _HELD:
                self._lines[text_of(part.get("id"))] = line
            parts += [part.get(key) for key in ("background", "scenario", "rule")]
            parts += [*objects(part.get("children")), *objects(part.get("steps"))]

    def _take_case(self, case: Mapping[str, Any]) -> None:
        self._cases[text_of(case.get("id"))] = text_of(case.get("pickleId"))
        for step in objects(case.get("testSteps")):
            self._place(step, [step.get("pickleStepId")])

    def _place(self, step: Mapping[str, Any], forms: Iterable[object]) -> None:
        """Give a step the line of the first of its other forms that has one."""
        lines = (self._lines.get(text_of(form)) for form in forms)
        if (line := next(filter(None, lines), None)) and len(self._lines) < _HELD:
            self._lines[text_of(step.get("id"))] = line

    def _take_pickle(self, body: Mapping[str, Any]) -> None:
        place = body.get("location")
        line = number_of(place.get("line")) if isinstance(place, dict) else None
        file = text_of(body.get("uri")).removeprefix("file:").removeprefix("./")
        scenario = _Scenario(file, text_of(body.get("name")), line)
        self._scenarios[text_of(body.get("id"))] = scenario
        for step in objects(body.get("steps")):
            self._place(step, strings_of(step.get("astNodeIds")))
        key = scenario.file, scenario.name
        self._names[key] = self._names.get(key, 0) + 1

    def _take_step(self, body: Mapping[str, Any]) -> None:
        attempt = self._attempts.get(text_of(body.get("testCaseStartedId")))
        result = body.get("testStepResult")
        if attempt is None or not isinstance(result, dict):
            return
        word = text_of(result.get("status"))
        if word in _WORST_FIRST and (
            attempt.word not in _WORST_FIRST or _WORST_FIRST.index(word) < _WORST_FIRST.index(attempt.word)
        ):
            attempt.word, attempt.said = word, clean(text_of(result.get("message")))
            attempt.line = self._lines.get(text_of(body.get("testStepId")))

    def _take_result(self, result: object, name: str) -> None:
        if isinstance(result, dict) and text_of(result.get("status")) == "FAILED":
            self._add_error(name, text_of(result.get("message")))

    def _count(self, attempt: _Attempt) -> None:
        scenario = self._scenarios.get(self._cases.get(attempt.case, ""), _Scenario("", attempt.case, None))
        repeated = self._names.get((scenario.file, scenario.name), 0) > 1
        identity = "::".join(filter(None, (scenario.file, scenario.name))) + (f":{scenario.line}" if repeated else "")
        name = (scenario.file, scenario.name, scenario.line)
        if not attempt.word:
            self.gathered.count(CaseOutcome.PASSED, names=(name,))
            if attempt.number:
                self.gathered.flaky(identity)
            return
        outcome = _OUTCOMES.get(attempt.word, CaseOutcome.ERROR)
        if not outcome.is_failing:
            self.gathered.count(outcome, names=(name,))
            return
        message = without_blank_lines(before_stack(attempt.said)) or f"a step is {attempt.word.lower()}"
        self.gathered.add(
            outcome,
            lambda: failure_of(
                outcome,
                name=scenario.name,
                identity=identity,
                suite=scenario.file,
                file=scenario.file or None,
                line=attempt.line or scenario.line,
                type_name=type_of(message),
                message=message,
                text=attempt.said or message,
            ),
            name=name,
        )

    def _add_error(self, name: str, said: str) -> None:
        self.gathered.add(
            CaseOutcome.ERROR,
            lambda: failure_of(
                CaseOutcome.ERROR, name=name, message=without_blank_lines(before_stack(clean(said))), text=said
            ),
        )
