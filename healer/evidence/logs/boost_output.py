"""What Boost.Test prints: `path(line): error: in "suite/case": …`, an uncaught exception's checkpoint, and a count."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.ctest_regions import blanked
from healer.models.evidence import CaseOutcome, StackFrame, Tally

if TYPE_CHECKING:
    from healer.models.evidence import Failure

_ERROR = re.compile(r'(\S.{0,1000}?)\((\d{1,9})\): (fatal error|error): in "(.{1,1000}?)": (.{0,3000})$')
_CHECKPOINT = re.compile(r"(\S.{0,1000}?)\((\d{1,9})\): last checkpoint: ")
_RUNNING = re.compile(r"^Running (\d{1,9}) test cases?\.\.\.$", re.MULTILINE)
_CLOSING = re.compile(
    r"(?<=\n\n)\*\*\* (No errors detected|(\d{1,9}) failures? (?:is|are) (detected|expected)"
    r"(?: \(\d{1,9} failures? (?:is|are) expected\))? in the test (?:module|suite|unit|case) \"[^\"\n]{0,500}\""
    r"|Errors? (?:where|were) detected[^\n]{0,200}|The test (?:module|suite) [^\n]{0,300})"
)
_PASSED = re.compile(r"^ {2,60}Test case \"([^\"\n]{1,1000})\" has passed", re.MULTILINE)
_MODULE = re.compile(r"^Test module \"[^\"\n]{1,500}\" (?:has|was) ", re.MULTILINE)
_MODULE_SKIPPED = re.compile(
    r"^Test module \"[^\"\n]{1,500}\" (?:has|was) [^\n]{1,40}:\n(?:  \S[^\n]{0,200}\n){0,8}?"
    r"  (\d{1,9}) test cases? out of \d{1,9} skipped$",
    re.MULTILINE,
)
_NOTHING = re.compile(r"^Test setup error: no test cases matching filter", re.MULTILINE)
_SCRIPT_LINES = 60


@dataclass(slots=True)
class _Case:
    name: str
    lines: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    places: list[StackFrame] = field(default_factory=list)
    fatal: bool = False


@dataclass(slots=True)
class _Run:
    """One program's run: how many test cases it announced, where its result stands, and which of them failed."""

    tests: int | None
    end: int
    red: list[_Case]
    is_red: bool
    has_closed: bool
    skipped: int = 0


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing test cases as `suite/case`; a run that closes without errors had only expected ones."""
    if ': in "' not in text:
        return ()
    return tuple(_failure(case) for run in _runs(text) for case in run.red)[:FAILURES]


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last result stands and what all programs count; test cases that show no error passed.

    Of a program that did not print its result, only what failed is known.
    """
    text = blanked(text)
    counted, end = Tally(), None
    for run in _runs(text):
        if run.tests is not None:
            errors = sum(case.fatal for case in run.red)
            failed = max(len(run.red) - errors, 1 if run.is_red and not run.red else 0)
            passed = max(0, run.tests - failed - errors) if run.has_closed else 0
            counted += Tally(passed, failed, errors, run.skipped)
            end = run.end if run.has_closed or run.red else end
    for match in _NOTHING.finditer(text):
        end = max(end or 0, match.start())
    return None if end is None else (end, counted)


def _runs(text: str) -> list[_Run]:
    """Split the output into the runs of programs, each with its last result; expected failures do not make one red."""
    begins = list(_RUNNING.finditer(text))
    found = []
    for number, begin in enumerate([None, *begins]):
        start = begin.end() if begin else 0
        stop = begins[number].start() if number < len(begins) else len(text)
        part = text[start:stop]
        closing = None
        for closing in _CLOSING.finditer(part):  # noqa: B007 - the last one is wanted
            pass
        is_green = closing is not None and (closing[1].startswith("No errors") or closing[3] == "expected")
        forgiven = set(_PASSED.findall(part))
        red = [] if is_green else [case for name, case in _cases(part).items() if name not in forgiven]
        end = start + closing.start() if closing else begin.start() if begin else 0
        is_red = closing is not None and not is_green
        has_closed = closing is not None or _MODULE.search(part) is not None
        run = _Run(int(begin[1]) if begin else None, end, red, is_red, has_closed)
        run.skipped = sum(int(number) for number in _MODULE_SKIPPED.findall(part))
        found.append(run)
    return found


def _cases(text: str) -> dict[str, _Case]:
    cases: dict[str, _Case] = {}
    case: _Case | None = None
    since = 0
    for raw in text.split("\n"):
        line = raw[:LINE_CHARACTERS].rstrip()
        if match := _ERROR.match(line):
            case = cases.setdefault(match[4], _Case(match[4]))
            case.said.append(match[5])
            if match[1] != "unknown location":
                case.places.append(StackFrame(match[1], int(match[2])))
            case.fatal = case.fatal or (match[3] == "fatal error" and match[1] == "unknown location")
            case.lines.append(line)
            since = 0
        elif case is not None and (match := _CHECKPOINT.match(line)):
            case.places.append(StackFrame(match[1], int(match[2])))
            case.lines.append(line)
        elif case is not None and line.startswith(("Failure occurred in", "    ", "\t")) and since < _SCRIPT_LINES:
            case.lines.append(line)
            since += 1
        else:
            case = None
    return cases


def _failure(case: _Case) -> Failure:
    suite, _, name = case.name.rpartition("/")
    return failure_of(
        CaseOutcome.ERROR if case.fatal else CaseOutcome.FAILED,
        name=name,
        suite=suite,
        identity=case.name,
        file=case.places[0].file if case.places else None,
        line=case.places[0].line if case.places else None,
        message=case.said[0],
        text="\n".join(case.lines),
        frames=tuple(case.places[:100]),
    )
