"""The suites around JUnit's test cases: what they claim, where a case stands, which cases are one test run again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.formats.junit_identity import NOTHING, Place
from healer.evidence.formats.junit_outcome import never_started
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from healer.evidence.formats.junit_failure import ProblemElement
    from healer.evidence.gathered import Gathered

_COUNT_DIGITS = 9
_TEARDOWN = "failed on teardown with"
_NEVER_STARTED = "none of the suite's test cases was started: its set-up failed, or skipped them all"


@dataclasses.dataclass(slots=True)
class _OpenSuite:
    """A suite whose end was not seen yet; `tells_retries` if a test's name is unique in each run that it holds."""

    name: str
    attributes: Mapping[str, str]
    tells_retries: bool
    never_started: int = 0


class Suites:
    """The open suites, the totals that they claim, and the attempts at tests whose failure may be taken back."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._open: list[_OpenSuite] = []
        self._around: tuple[Mapping[str, str], Mapping[str, str], tuple[str, ...]] = (NOTHING, NOTHING, ())
        self._claimed_by_root = 0
        self._claimed_by_suites = 0
        self.attempts: dict[bytes, tuple[int, ...]] = {}
        self.excused = 0
        self.problems = 0

    @property
    def current(self) -> Mapping[str, str] | None:
        """The attributes of the innermost suite or root."""
        return self._open[-1].attributes if self._open else None

    @property
    def claimed(self) -> int:
        """How many more failures the attributes state than the test cases show, however a tool may count them."""
        shown = max(self._gathered.tally.failing + self.excused, self.problems)
        return max(0, self._claimed_by_root - shown, self._claimed_by_suites - shown)

    def open(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of a suite or root."""
        claimed = _number(attributes.get("failures")) + _number(attributes.get("errors"))
        if not self._open and name == "testsuites":
            self._claimed_by_root += claimed
        elif all(outer.name == "testsuites" for outer in self._open):
            self._claimed_by_suites += claimed
        self._open.append(_OpenSuite(name, attributes, attributes.get("name") == "pytest"))
        self._moved()

    def property(self, attributes: Mapping[str, str]) -> None:
        """Take a suite's property; Go's report writers name their version so."""
        if self._open and attributes.get("name") == "go.version":
            self._open[-1].tells_retries = True

    def close(self) -> None:
        """Take the end of a suite or root."""
        if not self._open:
            return
        suite = self._open.pop()
        self._moved()
        if suite.never_started and suite.never_started == _number(suite.attributes.get("tests")):
            name = suite.attributes.get("name", "")
            self._gathered.add(
                CaseOutcome.ERROR, lambda: failure_of(CaseOutcome.ERROR, name=name, message=_NEVER_STARTED)
            )

    def place(self, case: Mapping[str, str]) -> Place:
        """Return a case among the suites that are open."""
        return Place(case, *self._around)

    def _moved(self) -> None:
        """Work out once for all cases what is around them; a test of another suite is another test."""
        self.attempts.clear()
        suites = self._open
        root = suites[0].attributes if suites and suites[0].name == "testsuites" else NOTHING
        inner = suites[-1].attributes if suites and suites[-1].name == "testsuite" else NOTHING
        names = (suite.attributes.get("name", "").strip() for suite in suites if suite.name == "testsuite")
        self._around = (inner, root, tuple(names))

    def skipped(self, case: Mapping[str, str]) -> None:
        """Take the end of a case that was skipped."""
        if self._open and never_started(case):
            self._open[-1].never_started += 1

    def passed(self, case: Mapping[str, str]) -> None:
        """Take the end of a case that passed; earlier failures of the same test are taken back."""
        kept = self.attempts.pop(key_of(case), ()) if self.attempts else ()
        for index in kept:
            self._gathered.take_back(index)
            self._gathered.flaky(self._gathered.failures[index].id)

    def failed(self, case: Mapping[str, str], problems: Sequence[ProblemElement]) -> None:
        """Take the end of a case that failed and was just kept; of several attempts at one test the last stays.

        pytest tells by a further case that the teardown broke after the test had failed, which is no further attempt.
        """
        key = key_of(case) if self._open and self._open[-1].tells_retries else b""
        if not key:
            return
        earlier = self.attempts.get(key, ())
        if any(problem.attributes.get("message", "").startswith(_TEARDOWN) for problem in problems):
            self.attempts[key] = (*earlier, len(self._gathered.failures) - 1)
            return
        for index in earlier:
            self._gathered.take_back(index)
        self.attempts[key] = (len(self._gathered.failures) - 1,)


def key_of(case: Mapping[str, str]) -> bytes:
    """Return what tells a test in a run, as pytest's and Go's report writers begin a case; b"" of other cases."""
    first, second = (*case, "", "")[:2]
    if (first == "classname" and second == "name") or (first == "name" and second == "classname"):
        return f'{first}="{case[first]}" {second}="{case[second]}"'.encode("utf-8", "replace")
    return b""


def name_of(case: Mapping[str, str]) -> bytes:
    """Return what tells a test case from others of its report as well as its attributes can."""
    return key_of(case) or f"{case.get('classname', '')}\0{case.get('name', '')}".encode("utf-8", "replace")


def _number(text: str | None) -> int:
    """Return a count from an attribute; anything but a plain number of sane size is 0."""
    return int(text) if text and len(text) <= _COUNT_DIGITS and text.isascii() and text.isdigit() else 0
