"""What pytest prints: a section per failing test, the short summary with node ids, and the closing line."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.exceptions import described, exception_type
from healer.evidence.frames import parse_frames
from healer.evidence.identity import place_in_test
from healer.evidence.limits import FAILURES, LINE_CHARACTERS, TEXT_CHARACTERS
from healer.evidence.paths import is_foreign
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.evidence import StackFrame

_SECTION = re.compile(r"={3,400} (.{1,200}) ={3,400}")
_HEADER = re.compile(r"_{1,400} (\S.{0,3000}) _{1,400}")
_CAPTURED = re.compile(r"-{3,400} (?:Captured .{1,200}|live log .{1,60}) -{3,400}")
_SUMMARY = re.compile(r"(FAILED|ERROR|SUBFAIL(?:ED)?(?:\([^)]{0,500}\)|\[[^\]]{0,500}\]){0,2}) (\S.*)")
_CLOSING = re.compile(
    r"^(?:={1,400} )?"
    r"((?:\d{1,9} [a-z]{3,20}(?: [a-z]{3,20})?, ){0,12}\d{1,9} [a-z]{3,20}(?: [a-z]{3,20})?|no tests ran)"
    r" in \d[\d.:hms ]{0,30}s?(?: \([\d:. a-z,]{1,30}\))?(?: ={1,400})?[ \t]*$",
    re.MULTILINE,
)
_CONFTEST = re.compile(r"^ImportError while loading conftest '([^'\n]{1,1024})'\.?$", re.MULTILINE)
_COUNTED = {
    "passed": "passed",
    "xpassed": "passed",
    "failed": "failed",
    "error": "errors",
    "errors": "errors",
    "skipped": "skipped",
    "xfailed": "skipped",
}
_PHASES = ("ERROR at setup of ", "ERROR at teardown of ", "ERROR collecting ")


@dataclass(slots=True)
class _Block:
    """One test's section: its title without the phase, and its lines."""

    title: str
    kind: CaseOutcome
    lines: list[str] = field(default_factory=list)
    length: int = 0


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing test cases with their node ids; a test that fails and breaks in teardown comes twice."""
    blocks, summary = _parsed(text)
    waiting: defaultdict[tuple[CaseOutcome, str], deque[_Block]] = defaultdict(deque)
    for block in blocks:
        waiting[block.kind, block.title].append(block)
    found = []
    for kind, identity, said in summary[:FAILURES]:
        queue = waiting.get((kind, _title(identity)))
        found.append(_failure(identity, kind, queue.popleft() if queue else None, said))
    if not summary:
        found = [_failure(_guessed(block), block.kind, block, "") for block in blocks[:FAILURES]]
    if not found and (conftest := _CONFTEST.search(text)):
        block = _Block("", CaseOutcome.ERROR, text[conftest.start() :][:TEXT_CHARACTERS].splitlines())
        found = [_failure(conftest[1], CaseOutcome.ERROR, block, "")]
    return tuple(found)


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last closing line stands and what it counts; None if there is none."""
    closing = None
    for closing in _CLOSING.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    if closing is None:
        return None
    counts = dict.fromkeys(("passed", "failed", "errors", "skipped"), 0)
    known = closing[1] == "no tests ran"
    for part in closing[1].split(", "):
        number, _, word = part.partition(" ")
        if word in _COUNTED:
            counts[_COUNTED[word]] += int(number)
        known = known or word in _COUNTED or word in {"deselected", "rerun", "warning", "warnings"}
    return (closing.start(), Tally(**counts)) if known else None


def _parsed(text: str) -> tuple[list[_Block], list[tuple[CaseOutcome, str, str]]]:
    blocks: list[_Block] = []
    summary: list[tuple[CaseOutcome, str, str]] = []
    section, is_captured = "", False
    for raw in text.splitlines():
        line = raw[:LINE_CHARACTERS].rstrip()
        if line.startswith("===") and (match := _SECTION.fullmatch(line)):
            section, is_captured = match[1], False
        elif section == "short test summary info":
            if match := _SUMMARY.match(line):
                kind = CaseOutcome.ERROR if match[1] == "ERROR" else CaseOutcome.FAILED
                summary.append((kind, *_split(match[2])))
        elif section in {"FAILURES", "ERRORS"}:
            if line.startswith("_") and not line.startswith("_ _") and (match := _HEADER.fullmatch(line)):
                kind = CaseOutcome.ERROR if section == "ERRORS" else CaseOutcome.FAILED
                blocks.append(_Block(_without_phase(match[1]), kind))
                is_captured = False
            elif _CAPTURED.fullmatch(line):
                is_captured = True
            elif blocks and not is_captured and blocks[-1].length < TEXT_CHARACTERS:
                blocks[-1].lines.append(line)
                blocks[-1].length += len(line) + 1
    return blocks, summary


def _split(words: str) -> tuple[str, str]:
    """Split a summary line's rest into node id and message; parameters in brackets may hold the separator."""
    opened = words.find("[")
    first = words.find(" - ")
    if 0 <= opened < first and (closed := words.find("] - ", opened)) >= 0:
        return words[: closed + 1], words[closed + 4 :]
    return (words[:first], words[first + 3 :]) if first >= 0 else (words, "")


def _without_phase(title: str) -> str:
    for phase in _PHASES:
        title = title.removeprefix(phase)
    return title.partition(" (")[0].partition(" [")[0]


def _title(identity: str) -> str:
    """Return how pytest titles the section of a node id: `a.py::B::c[d::e]` as `B.c[d::e]`."""
    address, bracket, parameters = identity.partition("[")
    parts = address.split("::")
    title = ".".join(parts[1:]) if len(parts) > 1 else address
    return _without_phase(title + bracket + parameters)


def _guessed(block: _Block) -> str:
    """Rebuild a node id from the first place in the project that a section names."""
    if block.title.endswith(".py"):
        return block.title
    address, bracket, parameters = block.title.partition("[")
    own = next(_own(parse_frames("\n".join(block.lines))), None)
    parts = address.split(".")
    return "::".join([*([own] if own else []), *parts]) + bracket + parameters


def _own(frames: Sequence[StackFrame]) -> Iterator[str]:
    return (frame.file for frame in frames if not is_foreign(frame.file))


def _failure(identity: str, kind: CaseOutcome, block: _Block | None, said: str) -> Failure:
    text = "\n".join(block.lines).strip("\n") if block else ""
    frames = parse_frames(text)
    exception, message = described(None, "", text) if text else (exception_type(said), said)
    address, bracket, parameters = identity.partition("[")
    suite, _, name = address.rpartition("::")
    file, line = place_in_test(identity, frames)
    return Failure(
        id=identity,
        name=f"{name}{bracket}{parameters}",
        kind=kind,
        suite=suite,
        file=file,
        line=line,
        type=exception,
        message=message,
        text=text,
        frames=frames,
    )
