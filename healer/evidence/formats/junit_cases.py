"""The test cases of a JUnit XML document, gathered from expat's events; passing ones are counted and forgotten.

Every `testcase` element counts once, wherever it stands. It is an error if it holds an `<error>`, else failed if it
holds a `<failure>`, else skipped or passed. A failure that the runner itself excuses (Catch2's `!mayfail`, a todo of
`node --test`) is a skip; `flakyFailure` and `rerunFailure` tell of an earlier try and change nothing. A failure
beside the cases, of a suite as a whole, is one error more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.bounded import BoundedText
from healer.evidence.formats.junit_failure import ProblemElement, built_failure
from healer.evidence.limits import FAILURES, SHORT_TEXT_CHARACTERS, TEXT_CHARACTERS, TOTAL_TEXT_CHARACTERS
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from healer.models.evidence import Failure

_SUITES = frozenset({"testsuite", "testsuites"})
_PROBLEMS = {"failure": CaseOutcome.FAILED, "error": CaseOutcome.ERROR}
_SKIPS = frozenset({"skipped", "disabled"})
_EARLIER_TRIES = frozenset({"flakyFailure", "flakyError", "rerunFailure", "rerunError"})
_OUTPUTS = frozenset({"system-out", "system-err"})
_WORDS = {
    "failed": CaseOutcome.FAILED,
    "failure": CaseOutcome.FAILED,
    "fail": CaseOutcome.FAILED,
    "error": CaseOutcome.ERROR,
    "errored": CaseOutcome.ERROR,
    "disabled": CaseOutcome.SKIPPED,
    "notrun": CaseOutcome.SKIPPED,
    "skipped": CaseOutcome.SKIPPED,
    "ignored": CaseOutcome.SKIPPED,
    "suppressed": CaseOutcome.SKIPPED,
}
_EXCUSE = "TEST_CASE tagged with !"


@dataclass(slots=True)
class _OpenCase:
    """A test case whose end was not seen yet; `stands_for` a suite that failed as a whole."""

    attributes: Mapping[str, str]
    suite: Mapping[str, str]
    stands_for_suite: bool = False
    problems: list[ProblemElement] = field(default_factory=list)
    output: BoundedText | None = None
    is_skipped: bool = False
    is_excused: bool = False


class CaseCollector:
    """Receives elements by local name. `deliver_text` is called with where character data shall go, or with None."""

    def __init__(self, deliver_text: Callable[[Callable[[str], None] | None], None]) -> None:
        self._deliver_text = deliver_text
        self._counts = dict.fromkeys(CaseOutcome, 0)
        self._suites: list[tuple[str, Mapping[str, str]]] = []
        self._bare: Mapping[str, str] | None = None
        self._cases: list[_OpenCase] = []
        self._captures: list[tuple[str, BoundedText]] = []
        self._earlier_tries = 0
        self._text_left = TOTAL_TEXT_CHARACTERS
        self._claimed_by_root = 0
        self._claimed_by_suites = 0
        self._excused = 0
        self.failures: list[Failure] = []

    @property
    def tally(self) -> Tally:
        """The count so far."""
        return Tally(
            passed=self._counts[CaseOutcome.PASSED],
            failed=self._counts[CaseOutcome.FAILED],
            errors=self._counts[CaseOutcome.ERROR],
            skipped=self._counts[CaseOutcome.SKIPPED],
        )

    @property
    def claimed(self) -> int:
        """How many failures the attributes state although no test case, not even an excused one, shows any."""
        shown = self.tally.failing + self._excused
        return 0 if shown else max(self._claimed_by_root, self._claimed_by_suites)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""
        if name == "testcase":
            if self._bare is not None:
                self._opened()
            # Most cases pass and hold nothing: they never become an object.
            self._bare = attributes
        elif name in _SUITES:
            self._open_suite(name, attributes)
        elif name in _PROBLEMS:
            self._open_problem(name, attributes)
        elif name in _EARLIER_TRIES:
            self._earlier_tries += 1
        elif name in _SKIPS:
            case = self._opened()
            if case and not self._earlier_tries:
                case.is_skipped = True
                is_todo = attributes.get("type") == "todo" or attributes.get("message", "").startswith(_EXCUSE)
                case.is_excused = case.is_excused or is_todo
        elif name in _OUTPUTS and self._cases and self._bare is None and not self._earlier_tries:
            case = self._cases[-1]
            if case.problems:
                case.output = case.output or BoundedText(SHORT_TEXT_CHARACTERS)
                self._capture(name, case.output)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if self._captures and self._captures[-1][0] == name:
            self._captures.pop()
            self._deliver_text(self._captures[-1][1].add if self._captures else None)
        if name == "testcase":
            if self._bare is not None and not _says_more(self._bare):
                self._bare = None
                self._counts[CaseOutcome.PASSED] += 1
            elif self._opened():
                self._close(self._cases.pop())
        elif name in _PROBLEMS and self._cases and self._cases[-1].stands_for_suite and self._bare is None:
            self._close(self._cases.pop())
        elif name in _SUITES and self._suites:
            self._suites.pop()
        elif name in _EARLIER_TRIES and self._earlier_tries:
            self._earlier_tries -= 1

    def end_of_document(self) -> None:
        """Count the cases that a truncated document breaks off in, as far as they had already failed."""
        self._opened()
        while self._cases:
            case = self._cases.pop()
            if case.problems:
                self._close(case)
        self._captures.clear()
        self._suites.clear()
        self._earlier_tries = 0
        self._deliver_text(None)

    def _opened(self) -> _OpenCase | None:
        """Return the innermost open case."""
        if self._bare is not None:
            suite = self._suites[-1][1] if self._suites and self._suites[-1][0] == "testsuite" else {}
            self._cases.append(_OpenCase(self._bare, suite))
            self._bare = None
        return self._cases[-1] if self._cases else None

    def _open_suite(self, name: str, attributes: Mapping[str, str]) -> None:
        claimed = _number(attributes.get("failures")) + _number(attributes.get("errors"))
        if not self._suites and name == "testsuites":
            self._claimed_by_root += claimed
        elif all(outer == "testsuites" for outer, _ in self._suites):
            self._claimed_by_suites += claimed
        self._suites.append((name, attributes))

    def _open_problem(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._earlier_tries:
            return
        case = self._opened()
        if case is None:
            if not self._suites:
                return
            suite = self._suites[-1][1]
            case = _OpenCase({"name": suite.get("name", "")}, {}, stands_for_suite=True)
            self._cases.append(case)
        limit = min(TEXT_CHARACTERS, self._text_left) if len(self.failures) < FAILURES else 0
        problem = ProblemElement(_PROBLEMS[name], attributes, BoundedText(max(limit, SHORT_TEXT_CHARACTERS)))
        case.problems.append(problem)
        self._capture(name, problem.text)

    def _capture(self, name: str, text: BoundedText) -> None:
        self._captures.append((name, text))
        self._deliver_text(text.add)

    def _close(self, case: _OpenCase) -> None:
        outcome = self._outcome(case)
        self._counts[outcome] += 1
        if outcome.is_failing and len(self.failures) < FAILURES:
            output = str(case.output) if case.output else ""
            failure = built_failure(case.attributes, case.suite, case.problems, kind=outcome, output=output)
            self._text_left = max(0, self._text_left - len(failure.text))
            self.failures.append(failure)

    def _outcome(self, case: _OpenCase) -> CaseOutcome:
        if case.stands_for_suite:
            return CaseOutcome.ERROR
        kinds = {problem.kind for problem in case.problems}
        if kinds and case.is_excused:
            self._excused += 1
            return CaseOutcome.SKIPPED
        if kinds:
            return CaseOutcome.ERROR if CaseOutcome.ERROR in kinds else CaseOutcome.FAILED
        words = [case.attributes.get(key, "").lower() for key in ("status", "result")]
        spoken = {_WORDS[word] for word in words if word in _WORDS}
        if case.is_skipped or CaseOutcome.SKIPPED in spoken:
            return CaseOutcome.SKIPPED
        return spoken.pop() if len(spoken) == 1 else CaseOutcome.ERROR if spoken else CaseOutcome.PASSED


def _says_more(attributes: Mapping[str, str]) -> bool:
    """Whether the outcome may stand in the attributes, where passing cases rarely carry any word on it."""
    return "status" in attributes or "result" in attributes


def _number(text: str | None) -> int:
    """Return a count from an attribute; anything but a plain number of sane size is 0."""
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdigit() else 0  # noqa: PLR2004 - any bound
