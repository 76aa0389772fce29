"""The runs of pytest in printed output, each with its own sections; a run that a test printed is not one of them.

A suite that tests a pytest plugin runs pytest in its tests, and pytest shows what they printed when they fail: whole
runs, headings and all, inside the outer one. Runs are told apart by pairing each beginning with its closing line, and
what stands under a `Captured stdout call` heading is never looked at.
"""

from __future__ import annotations

import itertools
import re

from healer.evidence.limits import LINE_CHARACTERS
from healer.evidence.logs.pytest_sections import SUMMARY, PytestRun, heads, opens_outcome

_START = re.compile(
    # Behind the progress of a run without capture, an inner one begins in the middle of a line.
    r"(?:\S{1,1024}\.\w{1,4}(?:::\S{1,1024})? )?[.FEsxXR]{0,400}"
    r"={3,400} test session starts(?: \([^)]{0,200}\))? ={3,400}"
    r"|Test session starts \(platform: .{1,200}"
)
_COUNT = r"\d{1,9} [a-z]{3,20}(?: [a-z]{3,20})?"
_CLOSING = re.compile(
    rf"(?:={{1,400}} )?((?:{_COUNT}, ){{0,12}}{_COUNT}|no tests ran)"
    r" in \d[\d.:hms ]{0,30}s?(?: \([\d:. a-z,]{1,30}\))?(?: ={1,400})?"
)
_COUNTED = frozenset(
    {"passed", "failed", "error", "errors", "skipped", "xfailed", "xpassed", "deselected", "rerun", "warning"}
    | {"warnings", "subtests"}
)
_MOST_RUNS = 5_000
"""That are told apart from the beginning of the output, and as many from its end."""


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
    going_on = _going_on(lines, marks)
    last = max(marks, default=-1)
    roots: list[PytestRun] = []
    stack: list[PytestRun] = []
    outside: list[str] = []
    position = 0
    for number, raw in enumerate(lines):
        line = raw[:LINE_CHARACTERS]
        current = stack[-1] if stack else None
        was_hidden = current is not None and current.is_hidden
        if number in marks:
            closing = marks[number]
            if closing is None:
                opened = PytestRun(is_started=True, was_captured=was_hidden)
                (current.nested if current else roots).append(opened)
                stack.append(opened)
            elif current is None:
                roots.append(PytestRun(closing=closing, position=position))
            elif (number != last or not current.was_captured) and current.is_left_by(
                line, is_outermost=len(stack) == 1, goes_on=number in going_on
            ):
                current.send_off(closing, position)
            else:
                _close(stack, closing, position, is_last=number == last)
        elif current is not None:
            while len(stack) > 1 and stack[-1].is_cut_off_by(line):
                stack.pop()
            stack[-1].take(line)
        elif opens_outcome(line):
            roots.append(PytestRun(section=line.strip("= ")))
            stack.append(roots[-1])
        else:
            outside.append(line)
        if shown is not None and not (was_hidden and stack and stack[-1].is_hidden):
            shown.append(raw)
        position += len(raw) + 1
    return _outermost(roots), outside


def _close(stack: list[PytestRun], closing: str, position: int, *, is_last: bool) -> None:
    """Close the innermost run; the last closing line is the outermost's, whatever was cut off in a test's output."""
    while is_last and len(stack) > 1 and stack[-1].was_captured:
        stack.pop()
    run = stack.pop()
    run.closing, run.position = closing, position


def counted(closing: str) -> dict[str, int]:
    """Return the numbers of a closing line by the word behind them."""
    parts = (part.split(" ") for part in closing.split(", "))
    return {part[1]: int(part[0]) for part in parts if part[0].isdecimal() and len(part) == 2}  # noqa: PLR2004 - a pair


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


def _going_on(lines: list[str], marks: dict[int, str | None]) -> frozenset[int]:
    """Return the closing lines after which the sections of another run go on, so that theirs was printed by a test."""
    found = set()
    for number, following in itertools.pairwise([*marks, len(lines)]):
        if marks[number] is None:
            continue
        between = [line[:LINE_CHARACTERS].rstrip() for line in lines[number + 1 : following] if line.strip()]
        heading = next((line for line in between if line.startswith(("===", "___", "---")) and heads(line)), "")
        if (heading and (heading[0] != "=" or SUMMARY in heading)) or (not between and following < len(lines)):
            found.add(number)
    return frozenset(found)


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
