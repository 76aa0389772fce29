"""What `cargo test` prints, binary after binary: failing tests by libtest's names, doc-tests, binaries that died."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs import nextest_output
from healer.evidence.logs.rust_panics import PANICKED, failure_from
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from healer.models.evidence import Failure

_RUNNING = re.compile(
    r" {1,12}Running (?:unittests )?(?:(\S.{0,500}?) \()?([^\s()`]{1,1000}-[0-9a-f]{16}(?:\.exe)?)\)?$"
)
_DOCUMENTS = re.compile(r" {1,12}Doc-tests (\S{1,300})$")
_BEGIN = re.compile(r"running (\d{1,9}) tests?$")
_BLOCK = re.compile(r"---- (\S.{0,1000}?) (?:stdout|stderr) ----$")
_LISTED = re.compile(r" {4}([^\s`].{0,1000})$")
_WORDS = ("ok", "FAILED", "ignored", "bench:")
_RESULT = re.compile(
    r"test result: (ok|FAILED)\. (\d{1,9}) passed; (\d{1,9}) failed; (\d{1,9}) ignored; (\d{1,9}) measured; "
)
_KINDS = (" - should panic", " - compile fail", " - compile")
_EXITED = re.compile(
    r" {0,8}process didn't exit successfully: `(.{1,2000}?)` \(((?:signal|exit (?:status|code)): .{1,100})\)$"
)
_OVERFLOWED = re.compile(r"^thread '.{1,500}?' .{0,20}has overflowed its stack")
_LOOSE_LINES = 200


@dataclass(slots=True)
class _Binary:
    """One test binary's part of the output."""

    name: str = ""
    has_begun: bool = False
    result: str = ""
    failed: dict[str, None] = field(default_factory=dict)
    listed: dict[str, None] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)
    loose: dict[str, list[str]] = field(default_factory=dict)
    unfinished: str = ""
    speaker: str = ""
    expected: int = -1

    def failures(self, limit: int) -> list[Failure]:
        """Return the failing tests in the order in which they ended or were listed."""
        names = list(self.listed or self.failed)[:limit]
        return [failure_from(name, self.name, [*self.loose.get(name, ()), *self.said.get(name, ())]) for name in names]

    def died(self, how: str, command: str) -> Failure | None:
        """Return the failure of the test that was running when the process ended, or of the binary as a whole."""
        if self.result == "FAILED" or (self.result == "ok" and how.startswith("exit")):
            return None
        overflowed = [name for name, lines in self.loose.items() if any(map(_OVERFLOWED.search, lines))]
        name = (overflowed or [self.unfinished])[0]
        if not self.result and name and name not in self.failed:
            lines = self.loose.get(name, [])
            return failure_from(name, self.name, [*(lines or [how]), *([how] if lines else [])], kind=CaseOutcome.ERROR)
        if not self.result and self.failed and how.startswith("exit"):
            return None
        binary = self.name or command.partition(" ")[0].replace("\\", "/").rpartition("/")[2]
        spoken = [line for lines in self.loose.values() for line in lines]
        return failure_from(binary, "", [*spoken, how], kind=CaseOutcome.ERROR)


@dataclass(slots=True)
class _Read:
    """What all binaries said."""

    failures: list[Failure] = field(default_factory=list)
    counted: Tally = field(default_factory=Tally)
    end: int | None = None

    def close(self, binary: _Binary) -> None:
        if binary.has_begun and len(self.failures) < FAILURES:
            self.failures.extend(binary.failures(FAILURES - len(self.failures)))


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests with libtest's names as ids; the suite is the crate or the binary."""
    nextest = nextest_output.failures(text)
    if "test result: " not in text and "running " not in text and "process didn't exit" not in text:
        return nextest
    return (*nextest, *_read(nextest_output.outside(text)).failures)[:FAILURES]


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last result stands and what all binaries count together; one that died counts an error."""
    nextest = nextest_output.tally(text)
    if "test result: " not in text and "process didn't exit" not in text:
        return nextest
    rest = nextest_output.outside(text)
    read = _read(rest)
    if read.end is None:
        return nextest
    end = read.end + len(text) - len(rest)
    return (max(end, nextest[0]), nextest[1] + read.counted) if nextest else (end, read.counted)


def _read(text: str) -> _Read:
    reader = _Reader()
    position = 0
    for raw in text.split("\n"):
        line = raw[:LINE_CHARACTERS].rstrip()
        if not reader.take_binary(line, position) and not reader.take_failures(line) and reader.binary.has_begun:
            _progress(reader.binary, line)
        position += len(raw) + 1
    reader.read.close(reader.binary)
    return reader.read


class _Reader:
    """Takes the output line by line; each method returns whether the line was its own."""

    def __init__(self) -> None:
        self.read, self.binary = _Read(), _Binary()
        self.section = ""
        self.block: list[str] | None = None
        self.has_built = False

    def take_binary(self, line: str, start: int) -> bool:
        """Follow how binaries begin and end; what a test prints of the same shape stands inside its block."""
        if (match := _RUNNING.match(line)) or (match := _DOCUMENTS.match(line)):
            self._next(_Binary(_bare(match[2]) if match.re is _RUNNING else match[1]))
            return True
        if self.block is not None:
            return False
        self.has_built = self.has_built or line.startswith("    Finished ")
        if match := _BEGIN.match(line):
            if self.binary.has_begun:
                self._next(_Binary(self.binary.name))
            self.binary.has_begun, self.binary.expected = True, int(match[1])
        elif (match := _RESULT.match(line)) and _adds_up(match, self.binary):
            self.binary.result, self.section = match[1], ""
            self.read.counted += Tally(int(match[2]) + int(match[5]), int(match[3]), 0, int(match[4]))
            self._begin(start)
        elif match := _EXITED.match(line):
            binary = self.binary
            self._next(_Binary())
            if (binary.has_begun or binary.name) and (dead := binary.died(match[2], match[1])):
                self.read.failures.append(dead)
                self.read.counted += Tally(errors=1)
                self._begin(start)
        else:
            return False
        return True

    def _begin(self, start: int) -> None:
        """Note where a run of cargo begins: with its first result after it has built."""
        if self.has_built or self.read.end is None:
            self.read.end, self.has_built = start, False

    def take_failures(self, line: str) -> bool:
        """Follow the two sections on failures: what each test printed, and the list of their names."""
        if line.startswith("error: ") and self.section == "failures":
            self.section = ""
        elif line in {"failures:", "successes:"} and self.binary.has_begun:
            self.section, self.block = line[:-1], None
            self.binary.listed.clear()
        elif self.section and (match := _BLOCK.match(line)):
            self.block = self.binary.said.setdefault(match[1], [])
        elif self.block is not None:
            self.block.append(line)
        elif self.section == "failures" and (match := _LISTED.match(line)):
            self.binary.listed[match[1]] = None
        else:
            return False
        return True

    def _next(self, binary: _Binary) -> None:
        self.read.close(self.binary)
        self.binary, self.section, self.block = binary, "", None


def _adds_up(result: re.Match[str], binary: _Binary) -> bool:
    """Whether a result is the binary's own, not something that a test printed."""
    return binary.expected in {-1, sum(int(result[number]) for number in range(2, 6))}


def _progress(binary: _Binary, line: str) -> None:
    """Follow the tests as they end, and what they print past libtest's capture."""
    if match := PANICKED.match(line):
        binary.speaker = match[1]
        binary.loose.setdefault(match[1], []).append(line)
        if "panicked" not in line:
            binary.unfinished = match[1]
    elif line.startswith("test ") and (middle := line.find(" ...")) > 0:
        name, word = _without_kind(line[5:middle]), line[middle + 4 :].strip()
        binary.speaker = binary.unfinished = "" if word.startswith(_WORDS) else name
        if word.startswith("FAILED"):
            binary.failed[name] = None
        elif word and binary.speaker:
            binary.loose[name] = [word]
    elif line.endswith(" --- FAILED"):
        binary.failed[_without_kind(line.removesuffix(" --- FAILED"))] = None
    elif line in {"FAILED", "ok"}:
        if line == "FAILED" and binary.unfinished:
            binary.failed[binary.unfinished] = None
        binary.speaker = binary.unfinished = ""
    elif binary.speaker and len(lines := binary.loose.setdefault(binary.speaker, [])) < _LOOSE_LINES:
        lines.append(line)


def _without_kind(name: str) -> str:
    for kind in _KINDS:
        name = name.removesuffix(kind)
    return name


def _bare(path: str) -> str:
    """Return a test binary's name without directories, hash and ending."""
    return path.replace("\\", "/").rpartition("/")[2].removesuffix(".exe").rpartition("-")[0]
