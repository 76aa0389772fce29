"""The sections of one run of pytest, line by line: tests that failed, the short summary, and what stands in neither."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from healer.evidence.limits import TEXT_CHARACTERS
from healer.models.evidence import CaseOutcome

_SECTION = re.compile(r"={3,400} (.{1,200}) ={3,400}")
_HEADER = re.compile(r"_{1,400} (\S.{0,3000}) _{1,400}")
_CAPTURED = re.compile(r"-{3,400} (?:Captured .{1,200}|live log .{1,60}|generated (?:xml|json|html).{1,400}) -{3,400}")
_SUMMARY = re.compile(r"(FAILED|ERROR|SUBFAIL(?:ED)?((?:\([^)]{0,500}\)|\[[^\]]{0,500}\]| (?=\()){0,4})) ([^\s(].*)")
_PLACED = re.compile(r"\S.{0,1023}?\.\w{1,8}:\d{1,9}: \S.*")
_WORKER = re.compile(r"\[gw\d{1,4}\] \S{1,40} -- Python .{1,1024}")
_PHASES = ("ERROR at setup of ", "ERROR at teardown of ", "ERROR collecting ", "[doctest] ")
_OUTCOMES = frozenset({"FAILURES", "ERRORS"})
SUMMARY = "short test summary info"


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
    is_between: bool = True
    """Whether the next line begins a failure, in a section without headings."""
    is_headed: bool = False
    """Whether a heading was seen in this section; `--tb=line` has none, and ends each failure with its place."""
    doubted: tuple[str, int] | None = None
    """The section and the number of blocks when a heading came up in captured output: it may be a nested run's."""

    @property
    def is_hidden(self) -> bool:
        """Whether what comes next stands in a test's own output."""
        return self.is_captured or self.was_captured

    def is_left_by(self, line: str, *, is_outermost: bool, goes_on: bool) -> bool:
        """Whether a closing line is another run's, of which no opening line was seen, as quiet runs have none."""
        if not line.startswith("="):
            return self.is_started or goes_on
        return is_outermost and goes_on and (self.is_captured or self.doubted is not None)

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
        elif self.section == SUMMARY:
            self._take_summary(line)
        elif (
            line.startswith("_") and self.section and not line.startswith("_ _") and (match := _HEADER.fullmatch(line))
        ):
            self.is_captured = False
            if self.section in _OUTCOMES:
                self.is_headed = True
                self._begin(_without_phase(match[1]))
        elif self.section in _OUTCOMES:
            self._take_outcome(raw)
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
        if self.is_captured and self.doubted is None and (section in _OUTCOMES or section == SUMMARY):
            self.doubted = self.section, len(self.blocks)
        self.section, self.is_captured, self.is_headed = section, False, False
        if section in _OUTCOMES:
            self.is_between = True
        if section == SUMMARY:
            self.summary.clear()

    def _begin(self, title: str) -> None:
        self.blocks.append(Block(title, CaseOutcome.ERROR if self.section == "ERRORS" else CaseOutcome.FAILED))

    def _take_outcome(self, line: str) -> None:
        if line.startswith("!!!"):
            self.lines.append(line.rstrip())
        elif not self.is_headed:
            self._take_unheaded(line)
        elif self.blocks and not self.is_captured and self.blocks[-1].length < TEXT_CHARACTERS:
            self.blocks[-1].add(line)

    def _take_unheaded(self, line: str) -> None:
        if self.is_between and line.strip():
            self._begin("")
            self.is_between = False
        if not self.is_between and self.blocks[-1].length < TEXT_CHARACTERS:
            self.blocks[-1].add(line)
            self.is_between = bool(_PLACED.fullmatch(line))

    def _take_summary(self, line: str) -> None:
        if match := _SUMMARY.match(line):
            kind = CaseOutcome.ERROR if match[1] == "ERROR" else CaseOutcome.FAILED
            identity, said = _split(match[3])
            self.summary.append(Listed(kind, identity, said, (match[2] or "").strip()))
        elif line.startswith("!!!"):
            self.lines.append(line)


def opens_outcome(line: str) -> bool:
    """Whether a line heads a section that only a run with failures, or one that lists more, has."""
    match = _SECTION.fullmatch(line.rstrip()) if line.startswith("===") else None
    return match is not None and match[1] in _OUTCOMES | {SUMMARY}


def heads(line: str) -> bool:
    """Whether a line is a heading of any kind."""
    return any(pattern.fullmatch(line) for pattern in (_SECTION, _HEADER, _CAPTURED))


def title_of(identity: str) -> str:
    """Return how pytest titles the section of a node id: `a.py::B::c[d::e]` as `B.c[d::e]`."""
    address, bracket, parameters = identity.partition("[")
    parts = address.split("::")
    title = ".".join(parts[1:]) if len(parts) > 1 else address
    return _without_phase(title + bracket + parameters)


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
