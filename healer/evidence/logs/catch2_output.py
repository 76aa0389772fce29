"""What Catch2 prints on a console: the failing assertions of each test case and section, with their expansion."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.ctest_regions import blanked
from healer.models.evidence import CaseOutcome, StackFrame, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.evidence import Failure

_RULE = "-" * 79
_DOUBLE_RULE = "=" * 79
_DOTS = "." * 79
_FAILED_AT = re.compile(r"(\S.{0,1000}?)(?::(\d{1,9})|\((\d{1,9})\)): FAILED:$")
_OTHER = re.compile(r"\S.{0,1000}?(?::\d{1,9}|\(\d{1,9}\)): (?:PASSED|SKIPPED|WARNING|warning|FAILED - but was ok):?$")
_CLOSING = re.compile(
    r"^(?:test cases: +(\d{1,9}) \|(.{1,200})|All tests passed \(\d{1,9} assertions? in (\d{1,9}) test cases?\)"
    r"|Failed (\d{1,9}) test cases?, failed \d{1,9} assertions?\.|No tests ran"
    r"|Passed all (\d{1,9}) test cases? with .{1,60})$",
    re.MULTILINE,
)
_COMPACT = re.compile(r"^(\S[^\n]{0,1000}?)(?::(\d{1,9})|\((\d{1,9})\)): failed: ([^\n]{1,3000})$", re.MULTILINE)
_COMPACT_END = re.compile(r"^Failed \d{1,9} test cases?, failed \d{1,9} assertions?\.$", re.MULTILINE)
_COUNT = re.compile(r"(\d{1,9}) (passed|failed as expected|failed|skipped)")
_HEAD_LINES = 60


@dataclass(slots=True)
class _Case:
    """The failing assertions of one test case, over all its sections."""

    name: str
    lines: list[str] = field(default_factory=list)
    places: list[StackFrame] = field(default_factory=list)
    crashed: bool = False


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing test cases by name; the sections are in the text.

    A run that ends green has only failures that were expected (`[!mayfail]`).
    """
    if _RULE not in text and _COMPACT_END.search(text) and (compact := list(_COMPACT.finditer(text))):
        return tuple(map(_compact, compact[:FAILURES]))
    if _RULE not in text or ": FAILED:" not in text:
        return ()
    found: list[Failure] = []
    position = 0
    for closing in [*_closings(text), None]:
        end = closing.start() if closing else len(text)
        if closing is None or _counted(closing).failing or closing[4]:
            found.extend(map(_failure, _cases(text[position:end])))
        position = closing.end() if closing else end
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last program's count stands and what all count; failures that were expected are skipped."""
    text = blanked(text)
    counted, end = Tally(), None
    for closing in _closings(text):
        counted += _counted(closing)
        end = closing.start()
    return None if end is None else (end, counted)


def _closings(text: str) -> list[re.Match[str]]:
    """Return the results of programs: they stand under a double rule, or belong to the compact reporter."""
    every = list(_CLOSING.finditer(text))
    ruled = [closing for closing in every if text.endswith(f"{_DOUBLE_RULE}\n", 0, closing.start())]
    return ruled or [closing for closing in every if closing[4] or closing[5]]


def _compact(match: re.Match[str]) -> Failure:
    """Return a failing assertion of the compact reporter, which leaves the test case's name out."""
    line = match[2] or match[3]
    place = f"{match[1]}:{line}"
    return failure_of(CaseOutcome.FAILED, name=place, file=match[1], line=int(line), message=match[4], text=match[0])


def _counted(closing: re.Match[str]) -> Tally:
    if closing[2]:
        counts = {word: int(number) for number, word in _COUNT.findall(closing[2])}
        skipped = counts.get("failed as expected", 0) + counts.get("skipped", 0)
        passed = counts.get("passed", 0)
        failed = max(counts.get("failed", 0), int(closing[1]) - passed - skipped)  # the line may be cut off
        return Tally(passed, failed, 0, skipped)
    return Tally(passed=int(closing[3] or closing[5] or 0), failed=int(closing[4] or 0))


def _cases(text: str) -> list[_Case]:
    cases: dict[tuple[str, str], _Case] = {}
    lines = text.split("\n")
    number, case = 0, None
    while number < len(lines):
        line = lines[number][:LINE_CHARACTERS].rstrip()
        number += 1
        if line == _RULE and (head := _head(lines, number)):
            name, place, sections, number = head
            case = cases.setdefault((name, place), _Case(name))
            if sections:
                case.lines.extend(sections)
        elif line == _DOUBLE_RULE:
            case = None
        elif case is not None:
            if match := _FAILED_AT.match(line):
                case.places.append(StackFrame(match[1], int(match[2] or match[3])))
            case.crashed = case.crashed or line == "due to a fatal error condition:"
            case.lines.append(line)
    return [case for case in cases.values() if case.places]


def _head(lines: Sequence[str], start: int) -> tuple[str, str, list[str], int] | None:
    """Read a test case's name, wrapped at the console's width, its sections, and the number of the line after."""
    names: list[str] = []
    sections: list[str] = []
    number = start
    while number < min(len(lines), start + _HEAD_LINES) and lines[number].rstrip() != _RULE:
        line = lines[number].rstrip()
        (sections if line.startswith("  ") or sections else names).append(line)
        number += 1
    if number + 2 >= len(lines) or not names or lines[number].rstrip() != _RULE or lines[number + 2].rstrip() != _DOTS:
        return None
    return " ".join(names), lines[number + 1].strip(), sections, number + 3


def _failure(case: _Case) -> Failure:
    first = next(n for n, line in enumerate(case.lines) if _FAILED_AT.match(line))
    said: list[str] = []
    for line in case.lines[first + 1 :]:
        if not line or _FAILED_AT.match(line) or _OTHER.match(line):
            break
        said.append(line.strip())
    return failure_of(
        CaseOutcome.ERROR if case.crashed else CaseOutcome.FAILED,
        name=case.name,
        file=case.places[0].file,
        line=case.places[0].line,
        message="\n".join(said),
        text="\n".join(case.lines),
        frames=tuple(case.places[:100]),
    )
