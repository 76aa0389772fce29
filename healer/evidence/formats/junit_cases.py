"""The test cases of a JUnit XML document, gathered from expat's events; passing ones are counted and forgotten.

Every `testcase` element counts once, wherever it stands. It is an error if it holds an `<error>`, else failed if it
holds a `<failure>`, else skipped or passed. A failure that the runner itself excuses (Catch2's `!mayfail`, a todo of
`node --test`) is a skip; `flakyFailure` and `rerunFailure` tell of an earlier try. A failure beside the cases, of a
suite as a whole, is one error more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.bounded import BoundedText
from healer.evidence.formats.junit_failure import ProblemElement, built_failure
from healer.evidence.formats.junit_identity import NOTHING, Place
from healer.evidence.formats.junit_outcome import PROBLEMS, SKIPS, could_not_run, excuses, says_more, spoken_outcome
from healer.evidence.formats.junit_suites import Suites, name_of
from healer.evidence.limits import SHORT_TEXT_CHARACTERS, TEXT_CHARACTERS
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from healer.evidence.gathered import Gathered

SUITES = frozenset({"testsuite", "testsuites"})
_EARLIER_TRIES = frozenset({"flakyFailure", "flakyError", "rerunFailure", "rerunError"})
_OUTPUTS = frozenset({"system-out", "system-err"})


@dataclass(slots=True)
class _OpenCase:
    """A test case whose end was not seen yet; `stands_for` a suite that failed as a whole."""

    place: Place
    stands_for_suite: bool = False
    problems: list[ProblemElement] = field(default_factory=list)
    output: BoundedText | None = None
    is_skipped: bool = False
    is_excused: bool = False
    could_not_run: str = ""
    is_flaky: bool = False


class CaseCollector:
    """Receives elements by local name. `deliver_text` is called with where character data shall go, or with None."""

    def __init__(self, gathered: Gathered, deliver_text: Callable[[Callable[[str], None] | None], None]) -> None:
        self._gathered = gathered
        self._deliver_text = deliver_text
        self._bare: Mapping[str, str] | None = None
        self._cases: list[_OpenCase] = []
        self._captures: list[tuple[str, BoundedText]] = []
        self._earlier_tries = 0
        self.suites = Suites(gathered)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""
        if name == "testcase":
            if self._bare is not None:
                self._opened()
            # Most cases pass and hold nothing: they never become an object.
            self._bare = attributes
        elif name in PROBLEMS:
            self._open_problem(name, attributes)
        elif name in SUITES:
            self.suites.open(name, attributes)
        elif name in SKIPS:
            self._skip(attributes)
        elif name in _EARLIER_TRIES:
            self._earlier_tries += 1
            if (case := self._opened()) and name.startswith("flaky"):
                case.is_flaky = True
        elif name in _OUTPUTS and not self._earlier_tries and (case := self._opened()):
            case.output = case.output or BoundedText(SHORT_TEXT_CHARACTERS)
            self._capture(name, case.output)
        elif name == "property" and not self._cases and self._bare is None:
            self.suites.property(attributes)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if self._captures and self._captures[-1][0] == name:
            self._captures.pop()
            self._deliver_text(self._captures[-1][1].add if self._captures else None)
        if name == "testcase":
            if (bare := self._bare) is not None and not says_more(bare):
                self._bare = None
                self._gathered.count(CaseOutcome.PASSED, names=(name_of(bare),))
                if self.suites.attempts:
                    self.suites.passed(bare)
            elif self._opened():
                self._close(self._cases.pop())
        elif name in PROBLEMS and self._cases and self._cases[-1].stands_for_suite and self._bare is None:
            self._close(self._cases.pop())
        elif name in SUITES:
            self.suites.close()
        elif name in _EARLIER_TRIES and self._earlier_tries:
            self._earlier_tries -= 1

    def open_cases(self) -> list[Mapping[str, str]]:
        """Return the attributes of the cases that are open."""
        bare = [self._bare] if self._bare is not None else []
        return bare + [case.place.case for case in self._cases]

    def abandon(self) -> None:
        """Count the open cases, whose ends are lost, as far as they had already failed."""
        self._opened()
        while self._cases:
            case = self._cases.pop()
            if case.problems:
                self._close(case)
        self._captures.clear()
        self._earlier_tries = 0
        self._deliver_text(None)

    def _opened(self) -> _OpenCase | None:
        """Return the innermost open case."""
        if self._bare is not None:
            self._cases.append(_OpenCase(self.suites.place(self._bare)))
            self._bare = None
        return self._cases[-1] if self._cases else None

    def _skip(self, attributes: Mapping[str, str]) -> None:
        case = self._opened()
        if case and not self._earlier_tries:
            case.is_skipped = True
            case.is_excused = case.is_excused or excuses(attributes)
            if could_not_run(case.place.case, attributes):
                case.could_not_run = attributes["message"]

    def _open_problem(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._earlier_tries:
            return
        case = self._opened()
        if case is None:
            suite = self.suites.current
            if suite is None:
                return
            named = {"name": suite.get("name", "")}
            case = _OpenCase(Place(named, NOTHING, NOTHING), stands_for_suite=True)
            self._cases.append(case)
        limit = SHORT_TEXT_CHARACTERS if self._gathered.is_full else TEXT_CHARACTERS
        problem = ProblemElement(PROBLEMS[name], attributes, BoundedText(limit))
        self.suites.problems += 1
        case.problems.append(problem)
        self._capture(name, problem.text)

    def _capture(self, name: str, text: BoundedText) -> None:
        self._captures.append((name, text))
        self._deliver_text(text.add)

    def _close(self, case: _OpenCase) -> None:
        outcome = self._outcome(case)
        attributes = case.place.case
        name = name_of(attributes)
        if not outcome.is_failing:
            self._gathered.count(outcome, names=(name,))
            if outcome is CaseOutcome.SKIPPED:
                self.suites.skipped(attributes)
                return
            self.suites.passed(attributes)
            if case.is_flaky:
                self._gathered.flaky(case.place.identity())
            return
        output = str(case.output) if case.output else case.could_not_run
        is_kept = not self._gathered.is_full
        self._gathered.add(
            outcome, lambda: built_failure(case.place, case.problems, kind=outcome, output=output), name=name
        )
        if is_kept and not case.stands_for_suite:
            self.suites.failed(attributes, case.problems)

    def _outcome(self, case: _OpenCase) -> CaseOutcome:
        if case.stands_for_suite:
            return CaseOutcome.ERROR
        kinds = {problem.kind for problem in case.problems}
        if kinds and case.is_excused:
            self.suites.excused += 1
            return CaseOutcome.SKIPPED
        if kinds:
            return CaseOutcome.ERROR if CaseOutcome.ERROR in kinds else CaseOutcome.FAILED
        if case.could_not_run:
            return CaseOutcome.ERROR
        return CaseOutcome.SKIPPED if case.is_skipped else spoken_outcome(case.place.case) or CaseOutcome.PASSED
