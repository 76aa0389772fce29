"""What `go test` and gotestsum print: failing tests with their package, packages that broke, and what was counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs import go_words
from healer.models.evidence import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from healer.models.evidence import Failure

_Summed = tuple[str, str, int, list[str]]
_MARKER = re.compile(r"--- (FAIL|PASS|SKIP|BENCH): ((?:Test|Fuzz|Example|Benchmark)\S{0,1000}) \(\d{1,9}\.\d\ds\)$")
_CURRENT = re.compile(r"=== (RUN|PAUSE|CONT|NAME) {1,4}(\S{0,1000})$")
_PACKAGE = re.compile(r"(ok|FAIL|\?|---)[ \t]+([^\s\[\]:]{1,1000})(?:[ \t]+(\S.{0,300}))?$")
_RAN = re.compile(r"\d{1,9}\.\d{1,3}s(?:[ \t]|$)|\(cached\)|\[no test files\]|\[(?:build|setup) failed\]")
_HEADING = re.compile(r"# (?:\[)?([\w.\-~/]{1,1000})(?: \[[^\]]{1,1000}\])?\]?$")
_DIED = re.compile(r"panic: |fatal error: |SIG[A-Z]{3,8}: |unexpected fault address ")
_SUMMED = re.compile(
    r"=== FAIL: (\S{1,1000}) ((?:Test|Fuzz|Example|Benchmark)\S{0,1000}|)(?: \(re-run \d{1,4}\))?"
    r" \((?:\d{1,9}\.\d\ds|[a-z]{1,20})\)"
)
_ATTEMPT = re.compile(r"\(re-run (\d{1,4})\)")
_DONE = re.compile(
    r"^DONE (?:(\d{1,9}) runs, )?(\d{1,9}) tests?(?:, (\d{1,9}) skipped)?(?:, (\d{1,9}) failures?)?"
    r"(?:, (\d{1,9}) errors?)? in \d[\d.hms]{0,20}$",
    re.MULTILINE,
)
_PROGRESS = re.compile(r"(?:PASS|FAIL|SKIP) \S{1,1000} \(\d{1,9}\.\d\ds\)$")
_CALLED = re.compile(r"^([\w.\-~/]{1,1000})\.(?:Test|Fuzz|Example)\w{0,300}[.(]", re.MULTILINE)
_UNREAD = "WARN invalid TestEvent: "
_MARKS = ("--- FAIL: ", "--- PASS: ", "--- SKIP: ", "ok  \t", "ok   ", "FAIL\t", "FAIL  ", "?   ")
_NOISE = frozenset({"FAIL", "PASS", "exit status 1", "exit status 2", "testing: warning: no tests to run"})
_PENDING_LINES = 200
_COMPONENTS = 20


@dataclass(slots=True)
class _Package:
    """What was printed since the last package ended: tests by name, and lines that belong to none of them yet."""

    tests: dict[str, list[str]] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    failing: dict[str, None] = field(default_factory=dict)
    passed: int = 0
    skipped: int = 0
    pending: list[str] = field(default_factory=list)
    death: list[str] = field(default_factory=list)
    running: str = ""
    last: str = ""

    def run(self, word: str, name: str) -> None:
        """Note which test prints from here on; under `-v` every test is announced."""
        self.running, self.last = name if word != "PAUSE" else "", ""
        if word == "RUN":
            self.started.add(name)

    def knows(self, name: str) -> bool:
        """Whether a result can be this test's; under `-v` one that was never announced was printed by a test."""
        return not self.started or name in self.started

    def take(self, line: str) -> None:
        """Give a line to the test that is running or was just marked, else keep it for the next one that fails."""
        if self.running or (self.last and (line.startswith("    ") or self.last.startswith("Example"))):
            self.tests.setdefault(self.running or self.last, []).append(line)
        elif line:
            self.last = ""
            self.pending.append(line)
            if len(self.pending) > 2 * _PENDING_LINES:
                del self.pending[:-_PENDING_LINES]

    def mark(self, word: str, name: str, before: str) -> None:
        """Note how a test ended; `before` was printed on the same line."""
        lines = self.tests.setdefault(name, [])
        if before.strip():
            lines.append(before)
        if word == "FAIL":
            if "/" not in name:
                lines[:0] = self.pending[-_PENDING_LINES:]
            self.failing[name] = None
        elif word == "SKIP":
            self.skipped += 1
        else:
            self.passed += word == "PASS"
        if "/" not in name:
            self.pending.clear()
        self.running, self.last = "", name


@dataclass(slots=True)
class _Read:
    """The whole output: failures in its order, and the count."""

    failures: list[Failure] = field(default_factory=list)
    names: set[tuple[str, str]] = field(default_factory=set)
    packages: list[str] = field(default_factory=list)
    counted: Tally = field(default_factory=Tally)
    end: int | None = None

    def close(self, package: _Package, path: str, builds: dict[str, list[str]], word: str, said: str) -> None:
        """Turn what a package printed into failures; `word` is what its own line begins with, empty without one."""
        found: list[Failure] = []
        failing = list(package.failing)[: max(0, FAILURES - len(self.failures))]
        if "failed]" in said:
            lines = builds.get(path) or [line for lines in builds.values() for line in lines]
            found = [go_words.broken(path, said, lines)]
        elif word in {"FAIL", ""}:
            found = go_words.failed(path, package.tests, failing, package.death, package.running)
            if word and not found and not package.failing:
                found = [go_words.died(path, package.pending[-_PENDING_LINES:])]
        self.packages.append(path)
        self.names.update((path, failure.name) for failure in found)
        self.failures.extend(found[: FAILURES - len(self.failures)])
        errors = sum(failure.kind == "error" for failure in found)
        is_silent = word == "ok" and not package.passed + package.skipped and "[no tests to run]" not in said
        failed = len(found) - errors + len(package.failing) - len(failing)
        self.counted += Tally(package.passed + is_silent, failed, errors, package.skipped)


def failures(text: str) -> tuple[Failure, ...]:
    """Return failing tests and packages that did not build, with ids `<import path>::TestX/sub`."""
    if not any(mark in text for mark in ("--- FAIL: ", "FAIL\t", "FAIL  ", "=== FAIL: ")):
        return ()
    return tuple(_read(text).failures)


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last result stands and what all of them count; a package of which no test shows is one."""
    done = None
    for done in _DONE.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    if done is not None:
        tests, skipped, failed, errors = (int(number or 0) for number in done.groups()[1:])
        return done.start(), Tally(max(0, tests - skipped - failed), failed, errors, skipped)
    if not any(mark in text for mark in _MARKS):
        return None
    read = _read(text)
    return None if read.end is None else (read.end, read.counted)


def _read(text: str) -> _Read:
    reader = _Reader()
    position = 0
    for raw in text.split("\n"):
        line = raw[:LINE_CHARACTERS].rstrip().removeprefix(_UNREAD)
        if not reader.take_summed(line) and not reader.take_result(line, position):
            reader.take_words(line)
        position += len(raw) + 1
    if reader.package.failing:
        reader.read.close(reader.package, "", reader.builds, "", "")
    if reader.summed:
        _add_summed(reader.read, reader.summed, text)
    go_words.give_words_to_parents(reader.read.failures)
    return reader.read


class _Reader:
    """Takes the output line by line; each method returns whether the line was its own."""

    def __init__(self) -> None:
        self.read, self.package = _Read(), _Package()
        self.builds: dict[str, list[str]] = {}
        self.building: list[str] | None = None
        self.summed: list[_Summed] = []
        self.has_ended = False

    def _begin(self, start: int) -> None:
        """Note where a run of `go test` begins: with its first result, after the last word of the run before."""
        if self.has_ended or self.read.end is None:
            self.read.end, self.has_ended = start, False

    def take_summed(self, line: str) -> bool:
        """Follow the sections that gotestsum prints at the end, a test each."""
        if line.startswith("=== FAIL: ") and (match := _SUMMED.match(line)):
            attempt = _ATTEMPT.search(line)
            self.summed.append((match[1], match[2], int(attempt[1]) if attempt else 0, []))
            return True
        if not self.summed or not self.summed[-1][0]:
            return False
        if line.startswith(("=== ", "DONE ")) and not _CURRENT.match(line):
            self.summed.append(("", "", 0, []))
        elif (match := _ended(line)) is not None:
            self.read.packages.append(match[2])
        elif not (line in _NOISE or _CURRENT.match(line) or _MARKER.match(line.lstrip())):
            self.summed[-1][3].append(line)
        return True

    def take_result(self, line: str, start: int) -> bool:
        """Follow which test prints, how tests end and how packages end."""
        if (found := line.find("--- ")) >= 0 and (match := _MARKER.match(line, found)) and self.package.knows(match[2]):
            self.package.mark(match[1], match[2], line[:found])
            self._begin(start)
        elif line.startswith("=== ") and (match := _CURRENT.match(line)):
            self.package.run(match[1], match[2])
        elif (match := _ended(line)) is not None and not (self.package.failing and match[1] == "ok"):
            self.read.close(self.package, match[2], self.builds, match[1], match[3] or "")
            self.package = _Package()
            self._begin(start)
        else:
            return False
        self.building = None
        return True

    def take_words(self, line: str) -> None:
        """Keep what compilers, tests and dying binaries say."""
        self.has_ended = self.has_ended or (line == "FAIL" and not self.package.tests and self.read.end is not None)
        if line.startswith("# ") and (match := _HEADING.match(line)):
            self.building = self.builds.setdefault(match[1], [])
        elif self.building is not None and len(self.building) < _PENDING_LINES:
            self.building.append(line)
        elif self.package.death or _DIED.match(line):
            self.package.death.append(line)
        elif line not in _NOISE and not line.startswith("coverage: ") and not _PROGRESS.match(line):
            self.package.take(line)


def _ended(line: str) -> re.Match[str] | None:
    if line.startswith(("ok ", "ok\t", "FAIL\t", "FAIL ", "? ", "?\t")) and (match := _PACKAGE.match(line)):
        said = match[3] or ""
        if _RAN.match(said):
            return match
    return None


def _add_summed(read: _Read, summed: list[_Summed], text: str) -> None:
    """Add what gotestsum sums up and no package showed; of tests that were run again, those that failed to the end.

    It leaves the module's name off the packages; stack traces and package lines may tell it.
    """
    done = [int(match[1]) for match in _DONE.finditer(text) if match[1]]
    last = done[-1] - 1 if done else 0
    whole = _by_suffix([*filter(None, read.packages), *(match[1] for match in _CALLED.finditer(text))])
    shown = {relative: whole[relative] for relative, *_ in summed if relative in whole}
    module = next((path.removesuffix(relative) for relative, path in shown.items() if path != relative), "")
    homeless = {failure.name: number for number, failure in enumerate(read.failures) if not failure.suite}
    for relative, name, attempt, lines in summed:
        path = shown.get(relative, module + relative)
        if not relative or attempt < last or (path, name or path) in read.names or len(read.failures) >= FAILURES:
            continue
        read.names.add((path, name or path))
        if (number := homeless.pop(name, None)) is not None:
            read.failures[number] = replace(read.failures[number], id=f"{path}::{name}", suite=path)
            continue
        death = next((at for at, line in enumerate(lines) if _DIED.match(line)), len(lines))
        tests = {name: lines[:death]}
        found = go_words.failed(path, tests, [name], lines[death:], "") if name else [go_words.died(path, lines)]
        read.failures.extend(found[:1])


def _by_suffix(paths: Iterable[str]) -> dict[str, str]:
    """Return each path by every suffix of whole components, the first path of each."""
    found: dict[str, str] = {}
    for path in paths:
        parts = path.split("/")
        for start in range(max(0, len(parts) - _COMPONENTS), len(parts)):
            found.setdefault("/".join(parts[start:]), path)
        found.setdefault(path, path)
    return found
