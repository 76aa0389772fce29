"""Cucumber's JSON, which Behave, Godog, pytest-bdd and Karate write too: an array of features with their scenarios.

A scenario fails if a step of it, of its background or of a hook failed, or if a step is undefined, pending or
ambiguous: Cucumber's own runners, which are strict, end with an error then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.evidence.failures import failure_of
from healer.evidence.formats.javascript_errors import before_stack, type_of
from healer.evidence.formats.json_documents import number_of, objects, read_report_of, strings_of, text_of
from healer.evidence.wording import clean, without_blank_lines
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "cucumber"
_ELEMENTS = re.compile(r'"elements"\s{0,20}:\s{0,20}\[')
_KEYS = re.compile(r'"(keyword|steps|uri|location|name|id)"\s{0,20}:')
_ENOUGH_KEYS = 3
_STEPS = frozenset({"failed", "error", "undefined", "pending", "ambiguous"})
_SAID = {
    "undefined": "The step is not defined: {step}",
    "pending": "The step is pending: {step}",
    "ambiguous": "Several definitions match the step: {step}",
    "failed": "The step failed: {step}",
    "error": "The step broke: {step}",
}


def recognises(head: Head) -> bool:
    """Whether a JSON array begins with a feature."""
    text = head.json
    return text.startswith("[") and bool(_ELEMENTS.search(text)) and len(set(_KEYS.findall(text))) >= _ENOUGH_KEYS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read one or several documents; of a truncated one, the scenarios before the break."""
    return read_report_of(chunks, source, FORMAT, is_wanted=_is_wanted, gather=_gather)


def _is_wanted(document: object) -> bool:
    features = list(objects(document))
    return isinstance(document, list) and (not document or any("elements" in feature for feature in features))


@dataclass(slots=True)
class _Scenario:
    """A scenario as far as it was run: its words, and what failed first."""

    feature: Mapping[str, Any]
    element: Mapping[str, Any]
    words: set[str] = field(default_factory=set)
    failing: tuple[str, Mapping[str, Any], bool] | None = None

    def add(self, part: Mapping[str, Any], *, is_hook: bool) -> None:
        """Take a step's or a hook's result."""
        result = part.get("result")
        word = text_of(result.get("status")).lower() if isinstance(result, dict) else ""
        if word:
            self.words.add(word)
        if word in _STEPS and self.failing is None:
            self.failing = (word, part, is_hook)

    def add_all(self, element: Mapping[str, Any]) -> None:
        """Take an element's hooks and steps in the order they ran in."""
        for hook in objects(element.get("before")):
            self.add(hook, is_hook=True)
        for step in objects(element.get("steps")):
            for hook in objects(step.get("before")):
                self.add(hook, is_hook=True)
            is_hook = step.get("hidden") is True or text_of(step.get("keyword")).strip() in {"Before", "After"}
            self.add(step, is_hook=is_hook)
            for hook in objects(step.get("after")):
                self.add(hook, is_hook=True)
        for hook in objects(element.get("after")):
            self.add(hook, is_hook=True)

    @property
    def file(self) -> str:
        """The feature file."""
        uri = text_of(self.feature.get("uri")) or text_of(self.feature.get("location")).rpartition(":")[0]
        return uri.removeprefix("file:").removeprefix("./")

    @property
    def line(self) -> int | None:
        """Where the scenario, or the row of its outline, stands."""
        digits = text_of(self.element.get("location")).rpartition(":")[2]
        return number_of(self.element.get("line")) or (int(digits) if digits.isdecimal() and len(digits) < 10 else None)  # noqa: PLR2004 - any sane bound

    @property
    def key(self) -> tuple[str, str]:
        """What names it, though not it alone."""
        return self.file, text_of(self.element.get("name"))

    @property
    def name(self) -> tuple[str, str, int | None]:
        """What names it alone, rows of an outline apart."""
        return *self.key, self.line

    def outcome(self) -> CaseOutcome:
        """Return how it ended."""
        if self.failing is not None:
            return CaseOutcome.FAILED if self.failing[0] == "failed" else CaseOutcome.ERROR
        word = text_of(self.element.get("status")).lower()
        if word in {"failed", "error", "undefined", "hook_error", "cleanup_error"}:
            return CaseOutcome.FAILED if word == "failed" else CaseOutcome.ERROR
        if "skipped" in self.words or word in {"skipped", "untested"} or not self.words | {word} - {""}:
            return CaseOutcome.SKIPPED
        return CaseOutcome.PASSED


def _gather(document: list[Any], gathered: Gathered) -> None:
    earlier: set[tuple[tuple[str, str], int | None]] = set()
    scenarios = []
    for scenario in _scenarios(document):
        if "retried" in scenario.words or scenario.element.get("retried") is True:
            earlier.add((scenario.key, scenario.line))
        else:
            scenarios.append(scenario)
    lines: dict[tuple[str, str], set[int | None]] = {}
    for scenario in scenarios:
        lines.setdefault(scenario.key, set()).add(scenario.line)
    for scenario in scenarios:
        outcome = scenario.outcome()
        is_ambiguous = len(lines[scenario.key]) > 1
        identity = "::".join(filter(None, scenario.key)) + (f":{scenario.line}" if is_ambiguous else "")
        if outcome.is_failing:
            _add(scenario, outcome, identity, gathered)
            continue
        gathered.count(outcome, names=(scenario.name,))
        if outcome is CaseOutcome.PASSED and (scenario.key, scenario.line) in earlier:
            gathered.flaky(identity)


def _scenarios(document: list[Any]) -> Iterator[_Scenario]:
    for feature in objects(document):
        background: Mapping[str, Any] = {}
        for element in objects(feature.get("elements")):
            if element.get("type") == "background" or element.get("keyword") == "Background":
                background = element
                continue
            scenario = _Scenario(feature, element)
            scenario.add_all({**background, "after": None})
            scenario.add_all(element)
            background = {}
            yield scenario
        if background:  # nothing follows: it broke off there
            scenario = _Scenario(feature, background)
            scenario.add_all(background)
            if scenario.failing:
                yield scenario


def _add(scenario: _Scenario, outcome: CaseOutcome, identity: str, gathered: Gathered) -> None:
    word, part, is_hook = scenario.failing or ("failed", {}, False)
    step = " ".join(text_of(part.get(key)).strip() for key in ("keyword", "name")).strip() or (
        "hook" if is_hook else ""
    )
    result = part.get("result")
    said = result.get("error_message") if isinstance(result, dict) else ""
    text = clean("\n".join(strings_of(said)) if isinstance(said, list) else text_of(said)).strip()
    match = part.get("match")
    where = text_of(match.get("location")) if isinstance(match, dict) else ""
    fallback = (
        _SAID[word].format(step=step)
        if step
        else f"The scenario ended as {text_of(scenario.element.get('status')) or 'failed'}."
    )
    message = without_blank_lines(before_stack(text)) if text else fallback
    shown = "\n".join(filter(None, (step, text or fallback, where and f"# {where}")))
    line = number_of(part.get("line")) if not is_hook else None
    gathered.add(
        outcome,
        lambda: failure_of(
            outcome,
            name=scenario.key[1],
            suite=text_of(scenario.feature.get("name")),
            identity=identity,
            file=scenario.file or None,
            line=line or scenario.line,
            type_name=type_of(message),
            message=message,
            text=shown,
        ),
        name=scenario.name,
    )
