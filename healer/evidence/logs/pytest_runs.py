"""The runs of pytest in printed output, each with its own sections; a run that a test printed is not one of them.

A suite that tests a pytest plugin runs pytest in its tests, and pytest shows what they printed when they fail: whole
runs, headings and all, inside the outer one. Runs are told apart by pairing each beginning with its closing line, and
what stands under a `Captured stdout call` heading is never looked at.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

from healer.evidence.limits import LINE_CHARACTERS, TEXT_CHARACTERS
from healer.models.evidence import CaseOutcome

_START = re.compile(
    # Behind the progress of a run without capture, an inner one begins in the middle of a line.
    r"(?:\S{1,1024}\.\w{1,4}(?:::\S{1,1024})? )?[.FEsxXR]{0,400}={3,400} test session starts(?: \([^)]{0,200}\))? ={3,400}"
    r"|Test session starts \(platform: .{1,200}"
)
_SECTION = re.compile(r"={3,400} (.{1,200}) ={3,400}")
_HEADER = re.compile(r"_{1,400} (\S.{0,3000}) _{1,400}")
_CAPTURED = re.compile(r"-{3,400} (?:Captured .{1,200}|live log .{1,60}|generated (?:xml|json|html).{1,400}) -{3,400}")
_SUMMARY = re.compile(r"(FAILED|ERROR|SUBFAIL(?:ED)?((?:\([^)]{0,500}\)|\[[^\]]{0,500}\]| (?=\()){0,4})) ([^\s(].*)")
_COUNT = r"\d{1,9} [a-z]{3,20}(?: [a-z]{3,20})?"
_CLOSING = re.compile(
    rf"(?:={{1,400}} )?((?:{_COUNT}, ){{0,12}}{_COUNT}|no tests ran)"
    r" in \d[\d.:hms ]{0,30}s?(?: \([\d:. a-z,]{1,30}\))?(?: ={1,400})?"
)
_WORKER = re.compile(r"\[gw\d{1,4}\] \S{1,40} -- Python .{1,1024}")
_COUNTED = frozenset(
    {"passed", "failed", "error", "errors", "skipped", "xfailed", "xpassed", "deselected", "rerun", "warning"}
    | {"warnings", "subtests"}
)
_MOST_RUNS = 5_000
"""That are told apart from the beginning of the output, and as many from its end."""

_PHASES = ("ERROR at setup of ", "ERROR at teardown of ", "ERROR collecting ", "[doctest] ")
_OUTCOMES = frozenset({"FAILURES", "ERRORS"})
_SUMMARY_TITLE = "short test summary info"


@dataclass(slots=True)
class Block:
    """One test's section: its title without the phase, and its lines."""

    title: str
    kind: CaseOutcome
    lines: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, line: str) -> None:
        """Add a line; which worker of xdist ran the test says nothing of it."""
        if self.lines or not _WORKER.fullmatch(line):
            self.lines.append(line)
            self.length += len(line) + 1


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the short summary: a node id, its message, and how a subtest of it is called."""

    kind: CaseOutcome
    identity: str
    said: str
    subtest: str


@dataclass(slots=True)
class PytestRun:
    """What one run printed of its own."""

    is_started: bool = False
    """Whether its opening line was seen, so that a closing line is expected."""
    was_captured: bool = False
    """Whether it stands in what a test of another run printed."""
    blocks: list[Block] = field(default_factory=list)
    summary: list[Listed] = field(default_factory=list)
    closing: str | None = None
    position: int = 0
    """Where in the text its closing line stands."""
    lines: list[str] = field(default_factory=list)
    """What stands in no section: the progress, and what went wrong with pytest itself."""
    nested: list[PytestRun] = field(default_factory=list)
    section: str = ""
    is_captured: bool = False
    doubted: tuple[str, int] | None = None
    """The section and the number of blocks when a heading came up in captured output: it may be a nested run's."""

    @property
    def is_hidden(self) -> bool:
        """Whether what comes next stands in a test's own output."""
        return self.is_captured or self.was_captured

    def is_cut_off_by(self, line: str) -> bool:
        """Whether a line shows that a run in a test's output died: it heads a section, and this one had none yet."""
        if not self.was_captured or self.section or not line.startswith(("---", "___")):
            return False
        return bool(_CAPTURED.fullmatch(line.rstrip()) or _HEADER.fullmatch(line.rstrip()))

    def take(self, line: str) -> None:
        """Put one line where it belongs; a test's section keeps the blanks at their ends, for an empty `E` has some."""
        raw, line = line, line.rstrip()
        if line.startswith("===") and (match := _SECTION.fullmatch(line)):
            self._enter(match[1])
        elif line.startswith("---") and _CAPTURED.fullmatch(line):
            self.is_captured = True
        elif self.section == _SUMMARY_TITLE:
            self._take_summary(line)
        elif (
            line.startswith("_") and self.section and not line.startswith("_ _") and (match := _HEADER.fullmatch(line))
        ):
            self.is_captured = False
            if self.section in _OUTCOMES:
                kind = CaseOutcome.ERROR if self.section == "ERRORS" else CaseOutcome.FAILED
                self.blocks.append(Block(_without_phase(match[1]), kind))
        elif self.section in _OUTCOMES:
            if line.startswith("!!!"):
                self.lines.append(line)
            elif self.blocks and not self.is_captured and self.blocks[-1].length < TEXT_CHARACTERS:
                self.blocks[-1].add(raw)
        elif not self.is_captured:
            self.lines.append(line)

    def send_off(self, closing: str, position: int) -> None:
        """Tell a quiet run without an opening line, which a test printed, from this one, which goes on."""
        is_live = self.doubted is None and not self.is_captured
        section, blocks = self.doubted or (
            self.section if self.is_captured else "",
            len(self.blocks) * self.is_captured,
        )
        guest = PytestRun(was_captured=not is_live, closing=closing, position=position, section=self.section)
        guest.blocks, guest.summary = self.blocks[blocks:], self.summary
        self.nested.append(guest)
        self.section, self.summary, self.doubted, self.is_captured = section, [], None, not is_live
        del self.blocks[blocks:]

    def _enter(self, section: str) -> None:
        if self.is_captured and self.doubted is None and (section in _OUTCOMES or section == _SUMMARY_TITLE):
            self.doubted = self.section, len(self.blocks)
        self.section, self.is_captured = section, False
        if section == _SUMMARY_TITLE:
            self.summary.clear()

    def _take_summary(self, line: str) -> None:
        if match := _SUMMARY.match(line):
            kind = CaseOutcome.ERROR if match[1] == "ERROR" else CaseOutcome.FAILED
            identity, said = _split(match[3])
            self.summary.append(Listed(kind, identity, said, (match[2] or "").strip()))
        elif line.startswith("!!!"):
            self.lines.append(line)


def without_captured(text: str) -> str:
    """Return clean output without what pytest shows of its tests' own output, in which anything may stand."""
    if "Captured " not in text:
        return text
    shown: list[str] = []
    runs_of(text, shown)
    return "\n".join(shown)


def runs_of(text: str, shown: list[str] | None = None) -> tuple[list[PytestRun], list[str]]:
    """Return the outermost runs that clean output shows, in its order, and the lines outside of all of them.

    Lines that no test of a run printed are also put into `shown`.
    """
    lines = text.split("\n")
    marks = _marks(lines)
    closes_next = _followed_by_closing(marks)
    last = max(marks, default=-1)
    roots: list[PytestRun] = []
    stack: list[PytestRun] = []
    outside: list[str] = []
    position = 0
    for number, raw in enumerate(lines):
        line = raw[:LINE_CHARACTERS]
        current = stack[-1] if stack else None
        closing = marks.get(number)
        was_hidden = current is not None and current.is_hidden
        if number in marks and closing is None:
            opened = PytestRun(is_started=True, was_captured=was_hidden)
            (current.nested if current else roots).append(opened)
            stack.append(opened)
        elif closing is not None and current is None:
            roots.append(PytestRun(closing=closing, position=position))
        elif closing is not None and current is not None:
            is_quiet_guest = current.is_started and not line.startswith("=")
            if is_quiet_guest or (number in closes_next and (current.is_captured or current.doubted is not None)):
                current.send_off(closing, position)
            else:
                # The last closing line is the outermost run's, whatever inner ones were cut off in a test's output.
                while number == last and stack[-1].was_captured and len(stack) > 1:
                    stack.pop()
                stack[-1].closing, stack[-1].position = closing, position
                stack.pop()
        elif current is not None:
            while len(stack) > 1 and stack[-1].is_cut_off_by(line):
                stack.pop()
            stack[-1].take(line)
        elif (
            line.startswith("===") and (match := _SECTION.fullmatch(line)) and match[1] in _OUTCOMES | {_SUMMARY_TITLE}
        ):
            roots.append(PytestRun(section=match[1]))
            stack.append(roots[-1])
        else:
            outside.append(line)
        if shown is not None and not (was_hidden and stack and stack[-1].is_hidden):
            shown.append(raw)
        position += len(raw) + 1
    return _outermost(roots), outside


def counted(closing: str) -> dict[str, int]:
    """Return the numbers of a closing line by the word behind them."""
    parts = (part.split(" ") for part in closing.split(", "))
    return {part[1]: int(part[0]) for part in parts if part[0].isdecimal() and len(part) == 2}  # noqa: PLR2004 - a pair


def title_of(identity: str) -> str:
    """Return how pytest titles the section of a node id: `a.py::B::c[d::e]` as `B.c[d::e]`."""
    address, bracket, parameters = identity.partition("[")
    parts = address.split("::")
    title = ".".join(parts[1:]) if len(parts) > 1 else address
    return _without_phase(title + bracket + parameters)


def _marks(lines: list[str]) -> dict[int, str | None]:
    """Return the numbers of opening lines (None) and of closing lines (what they count)."""
    found: dict[int, str | None] = {}
    for number, line in enumerate(lines):
        if "session starts" in line:
            if _START.fullmatch(line[:LINE_CHARACTERS].rstrip()):
                found[number] = None
        elif line and line[0] in "=0123456789n" and " in " in line[:500]:
            match = _CLOSING.fullmatch(line[:500].rstrip())
            words = {part.split(" ")[1] for part in match[1].split(", ")} if match else set()
            if match and (match[1] == "no tests ran" or words & _COUNTED):
                found[number] = match[1]
    marks = list(found.items())
    return found if len(marks) <= 2 * _MOST_RUNS else dict(marks[:_MOST_RUNS] + marks[-_MOST_RUNS:])


def _followed_by_closing(marks: dict[int, str | None]) -> frozenset[int]:
    """Return the marks after which the next one is a closing line."""
    numbers = list(marks)
    return frozenset(one for one, other in itertools.pairwise(numbers) if marks[other] is not None)


def _outermost(roots: list[PytestRun]) -> list[PytestRun]:
    """Take a run out of one that never closed: that one died, and this one came after it."""
    found: list[PytestRun] = []
    waiting = list(reversed(roots))
    while waiting:
        run = waiting.pop()
        found.append(run)
        if run.closing is None:
            waiting += [nested for nested in reversed(run.nested) if not nested.was_captured]
    return found


def _split(words: str) -> tuple[str, str]:
    """Split a summary line's rest into node id and message; parameters in brackets may hold the separator."""
    opened = words.find("[")
    first = words.find(" - ")
    if 0 <= opened < first:
        closed = words.find("] - ", opened)
        if closed >= 0:
            return words[: closed + 1], words[closed + 4 :]
        if words.endswith("]"):
            return words, ""
    return (words[:first], words[first + 3 :]) if first >= 0 else (words, "")


def _without_phase(title: str) -> str:
    for phase in _PHASES:
        title = title.removeprefix(phase)
    return title.partition(" (")[0].partition(" [")[0]
