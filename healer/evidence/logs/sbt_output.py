"""What sbt prints of ScalaTest and MUnit: failing tests below their suites, and counts per project."""

from __future__ import annotations

import re

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.blocks import said
from healer.evidence.logs.surefire_output import of_throwable
from healer.models.evidence import CaseOutcome, Failure, Tally

_LEVEL = re.compile(r"\[(?:info|error|warn)\] ?")
_COUNTS = re.compile(
    r"^\[(?:info|error)\] (Passed|Failed|Error): Total (\d{1,9}), Failed (\d{1,9}), Errors (\d{1,9}), Passed (\d{1,9})"
    r"((?:, [A-Z][a-z]{1,20} \d{1,9}){0,5})$",
    re.MULTILINE,
)
_OTHER = re.compile(r"(?:Skipped|Ignored|Canceled|Pending) (\d{1,9})")
_SUITE = re.compile(r"([A-Z]\w{0,200}):$")
_TEST = re.compile(r"( {0,40})- (\S.{0,2000}?)( \*\*\* FAILED \*\*\*)?(?: \([\d, a-z]{1,60}\))?$")
_ABORTED = re.compile(r"([\w.$]{1,300}) \*\*\* ABORTED \*\*\*$")
_MUNIT = re.compile(r"==> X ([\w.$]{1,300})\.(\S.{0,2000}?) {1,4}[\d.]{1,12}s (.*)$")
_NAMED = re.compile(r"\[error\] \t([\w.$]{1,300})$")
_SAID_DEPTH = 2
_PLACE = re.compile(r"\(([\w$-]{1,200}\.scala):(\d{1,9})\)")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `fully.qualified.Suite::scope and title`."""
    if "[error] " not in text or not _COUNTS.search(text):
        return ()
    named = [match[1] for line in text.splitlines() if (match := _NAMED.match(line))]
    reading = _Reading({name.rpartition(".")[2]: name for name in named})
    for line in text.splitlines():
        reading.take(line[:LINE_CHARACTERS])
    reading.finish()
    return tuple(reading.found[:FAILURES])


class _Reading:
    """Where in the output one is: the suite, the scopes that titles stand below, and the failing test."""

    def __init__(self, full: dict[str, str]) -> None:
        self._full = full
        self._suite = ""
        self._scopes: list[tuple[int, str]] = []
        self._kind, self._name, self._body = CaseOutcome.FAILED, "", list[str]()
        self.found: list[Failure] = []

    def take(self, raw: str) -> None:
        """Read one line."""
        level = _LEVEL.match(raw)
        line = raw[level.end() :].rstrip() if level else ""
        depth = len(line) - len(line.lstrip())
        if level and self._opens(line, depth):
            return
        if self._name and level and depth >= _SAID_DEPTH:
            self._body.append(line)
            return
        self.finish()
        if match := _SUITE.match(line):
            self._suite, self._scopes = match[1], []
        elif line and raw.startswith("[info]") and not line.startswith(("*** ", "Run ", "Total ")):
            self._scopes = [*(scope for scope in self._scopes if scope[0] < depth), (depth, line.strip())]

    def finish(self) -> None:
        """Keep the failing test that was read last."""
        if self._name:
            suite = self._full.get(self._suite, self._suite)
            self.found.append(_failure(self._kind, suite, self._name, "\n".join(self._body)))
        self._name = ""

    def _opens(self, line: str, depth: int) -> bool:
        if test := _TEST.match(line):
            # What was taken for the failing test's last words is the scope that this test stands below.
            scope = self._body.pop() if self._name and depth and len(self._body) > 1 else ""
            if len(scope) - len(scope.lstrip()) != depth:
                self._body.extend(filter(None, [scope]))
                scope = ""
            self.finish()
            if scope:
                self._scopes.append((depth, scope.strip()))
            self._scopes = [scope for scope in self._scopes if scope[0] <= depth]
            title = " ".join([*(scope for _, scope in self._scopes), test[2]])
            self._kind, self._name, self._body = CaseOutcome.FAILED, title if test[3] else "", []
        elif aborted := _ABORTED.match(line):
            self.finish()
            self._suite = aborted[1].rpartition(".")[2]
            self._kind, self._name, self._body = CaseOutcome.ERROR, "aborted", []
        elif munit := _MUNIT.match(line):
            self.finish()
            self._suite = munit[1]
            self._kind, self._name, self._body = CaseOutcome.FAILED, munit[2], [munit[3]]
        else:
            return False
        return True


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last project's counts stand and what those of all projects are."""
    position, total = -1, Tally()
    for match in _COUNTS.finditer(text) if ": Total " in text else ():
        _, failed, errors, passed = (int(match[group]) for group in (2, 3, 4, 5))
        errors += int(match[1] != "Passed" and not failed + errors)
        total += Tally(passed, failed, errors, sum(map(int, _OTHER.findall(match[6]))))
        position = match.start()
    return (position, total) if position >= 0 else None


def _failure(kind: CaseOutcome, suite: str, name: str, text: str) -> Failure:
    if parse_frames(text) and "\n  at " in f"\n{text}":
        return of_throwable(kind, suite, name, text)
    place = _PLACE.search(text)
    return failure_of(
        kind,
        name=name,
        suite=suite,
        file=place[1] if place else None,
        line=int(place[2]) if place else None,
        message=said(text),
        text=text,
    )
