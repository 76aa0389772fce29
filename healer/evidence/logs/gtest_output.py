"""What GoogleTest prints: failing tests with their expectations, suites that could not be set up, and crashes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.ctest_regions import blanked
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.evidence import Failure

_STATUS = re.compile(
    r"\[(?: RUN      |       OK |  FAILED  |  SKIPPED |  PASSED  |==========|----------| DISABLED )\] "
)
_NAMED = re.compile(r"([^\s,:]{1,1000})(?:, where .{0,2000}?)?(?: \(\d{1,9} ms\))?$")
_BEGINS = re.compile(r"Running (\d{1,9}) tests? from (\d{1,9}) test (?:suites?|cases?)\.")
_ENDS = re.compile(r"(\d{1,9}) tests? from \d{1,9} test (?:suites?|cases?) ran\.")
_SUITE = re.compile(r"\d{1,9} tests? from ([^\s,]{1,1000})(?:, where .{0,2000}?)?( \(\d{1,9} ms total\))?$")
_COUNT = re.compile(r"(\d{1,9}) tests?(?:, listed below:|\.)$")
_BAD_SUITE = re.compile(r"([^\s,:]{1,1000}): SetUpTestSuite or TearDownTestSuite$")
_DISABLED = re.compile(r"\s{2}YOU HAVE (\d{1,9}) DISABLED TESTS?$")
_FAILED_AT = re.compile(
    r"(\S.{0,1000}?)(?::(\d{1,9}): Failure|\((\d{1,9})\): error: ?.{0,200})$"
    r"|unknown file: Failure$|unknown file: error: .{0,200}$"
)
_CTEST = re.compile(r"\s{0,8}\d{1,9}/\d{1,9} Test {1,9}#\d{1,9}: |\s{1,8}Start {1,9}\d{1,9}: ")
_NUMBERED = re.compile(r"\d{1,9}: ")
_SETTING_UP = "Global test environment set-up."
_CRASH_LINES = 200


@dataclass(slots=True)
class _Run:
    """One test program's run."""

    running: dict[str, list[str]] = field(default_factory=dict)
    current: str = ""
    failed: dict[str, list[str]] = field(default_factory=dict)
    outside: dict[str, list[str]] = field(default_factory=dict)
    suite: str = ""
    bad_suites: list[str] = field(default_factory=list)
    listed: dict[str, None] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    announces: bool = False
    ended: bool = False

    def take(self, line: str) -> None:
        """Keep a line for the test that runs, or for the suite around it."""
        if self.current:
            self.running[self.current].append(line)
        else:
            self.outside.setdefault(self.suite, []).append(line)

    def finish(self, name: str, *, failed: bool) -> None:
        """Note a test's end; in brief mode its beginning was not printed."""
        lines = self.running.pop(name, None)
        if lines is None and not self.current:
            lines = self.outside.pop(self.suite, [])
        if failed:
            self.failed.setdefault(name, lines or [])
        if self.current in {name, ""}:
            self.current = ""

    @property
    def number_failed(self) -> int:
        """How many tests failed; the brief form does not say, and leaves it to be reckoned."""
        counts = self.counts
        others = counts.get("PASSED", 0) + counts.get("SKIPPED", 0)
        return counts.get("FAILED", max(0, counts.get("ran", 0) - others))

    @property
    def has_bad_environment(self) -> bool:
        """Whether something failed before the first suite."""
        return any(map(_FAILED_AT.match, self.outside.get(_SETTING_UP, ())))

    @property
    def crashed(self) -> list[str]:
        """The tests that began and never ended."""
        return [name for name in self.running if name not in self.failed and name not in self.listed]

    @property
    def tally(self) -> Tally:
        """What the run counts; suites that broke and tests that never ended are errors."""
        errors = len(self.bad_suites) + self.has_bad_environment + len(self.crashed)
        skipped = self.counts.get("SKIPPED", 0) + self.counts.get("disabled", 0)
        return Tally(self.counts.get("PASSED", 0), self.number_failed, errors, skipped)

    def failures(self) -> list[Failure]:
        """Return the tests that failed, suites that broke, and tests that began and never ended."""
        names = [*(self.listed if len(self.listed) == self.number_failed else self.failed | self.listed)]
        if self.ended and len(names) > self.number_failed:  # a test that printed such a line shows nothing that failed
            names = [name for name in names if any(map(_FAILED_AT.match, self.failed.get(name, ())))] or names
        found = [_failure(name, self.failed.get(name, []), CaseOutcome.FAILED) for name in names[:FAILURES]]
        found += [_failure(name, self.outside.get(name, []), CaseOutcome.ERROR) for name in self.bad_suites]
        if self.has_bad_environment:
            found.append(_failure(_SETTING_UP.rstrip("."), self.outside[_SETTING_UP], CaseOutcome.ERROR))
        return found + [_crash(name, self.running[name][:_CRASH_LINES]) for name in self.crashed[:FAILURES]]


@dataclass(slots=True)
class _Read:
    runs: list[_Run] = field(default_factory=list)
    end: int | None = None


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `Suite.Test` under the id `Suite::Test`, each program's in its order."""
    if "[ RUN      ] " not in text and "[  FAILED  ] " not in text and "[==========] " not in text:
        return ()
    found: list[Failure] = []
    for run in _read(text).runs:
        if len(found) < FAILURES:
            found.extend(run.failures())
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last program's count stands and what all count; crashes and broken suites are errors."""
    text = blanked(text)
    if "[==========] " not in text:
        return None
    read = _read(text)
    if read.end is None:
        return None
    return read.end, sum((run.tally for run in read.runs), Tally())


def _read(text: str) -> _Read:
    read = _Read([_Run()])
    position = 0
    for raw in text.split("\n"):
        line = raw[:LINE_CHARACTERS].rstrip("\r")
        run = read.runs[-1]
        if "[" in line and (status := _STATUS.search(line)) and not _NUMBERED.match(line):
            before = line[: status.start()]
            if not _take_status(read, status[0][1:11], line[status.end() :].rstrip(), position, before):
                run.take(line)
        elif disabled := _DISABLED.match(line):
            run.counts["disabled"] = int(disabled[1])
        elif _CTEST.match(line):
            run.current, run.suite = "", ""
        elif not run.ended:
            run.take(line)
        position += len(raw) + 1
    return read


def _take_status(read: _Read, word: str, rest: str, position: int, before: str) -> bool:
    """Follow a line that bears GoogleTest's mark; False when a test printed it: nothing runs by that name."""
    run = read.runs[-1]
    if word == "=" * 10:
        if _BEGINS.match(rest):
            read.runs.append(_Run())
            read.end = position
        elif ended := _ENDS.match(rest):
            run.ended, run.current, read.end = True, "", position
            run.counts["ran"] = int(ended[1])
    elif word == "-" * 10:
        if rest == _SETTING_UP:
            run.suite = _SETTING_UP
        elif match := _SUITE.match(rest):
            run.suite = "" if match[2] else match[1]
            run.current = ""
    elif run.ended:
        _take_summary(read, word, rest)
    elif match := _NAMED.match(rest):
        return _take_test(run, word, match[1], before)
    else:
        return False
    return True


def _take_summary(read: _Read, word: str, rest: str) -> None:
    run = read.runs[-1]
    if counted := _COUNT.match(rest):
        run.counts[word.strip()] = int(counted[1])
    elif bad := _BAD_SUITE.match(rest):
        run.bad_suites.append(bad[1])
    elif word == "  FAILED  " and (match := _NAMED.match(rest)) and "." in match[1]:
        run.listed[match[1]] = None


def _take_test(run: _Run, word: str, name: str, before: str) -> bool:
    if word == " RUN      ":
        run.running[name] = []
        run.current, run.announces = name, True
    elif word in {"  FAILED  ", "       OK ", "  SKIPPED "} and "." in name:
        if run.announces and name not in run.running:
            return False
        if before.strip():
            run.take(before)
        run.finish(name, failed=word == "  FAILED  ")
    return True


def _failure(name: str, lines: Sequence[str], kind: CaseOutcome) -> Failure:
    suite, _, test = name.partition(".")
    place = next((match for line in lines if (match := _FAILED_AT.match(line))), None)
    start = next((number for number, line in enumerate(lines) if _FAILED_AT.match(line)), -1)
    end = next((n for n in range(start + 1, len(lines)) if _FAILED_AT.match(lines[n])), len(lines)) if place else 0
    line = (place[2] or place[3]) if place else None
    return failure_of(
        kind,
        name=test or name,
        suite=suite if test else "",
        identity=f"{suite}::{test}" if test else name,
        file=place[1] if place and place[1] else None,
        line=int(line) if line else None,
        message="\n".join(said for said in lines[start + 1 : end] if said.strip()) if place else "",
        text="\n".join(lines) or f"[  FAILED  ] {name}",
    )


def _crash(name: str, lines: Sequence[str]) -> Failure:
    """Return the failure of a test during which the program ended: what it had found by then, and its last words."""
    suite, _, test = name.partition(".")
    spoken = [line for line in lines if line.strip()]
    found = _failure(name, lines, CaseOutcome.ERROR)
    return failure_of(
        CaseOutcome.ERROR,
        name=test,
        suite=suite,
        identity=f"{suite}::{test}",
        file=found.file,
        line=found.line,
        type_name="crash",
        message="the test began and never ended" + (f": {spoken[-1].strip()}" if spoken else ""),
        text="\n".join(lines),
    )
