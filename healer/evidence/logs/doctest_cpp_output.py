"""What the C++ library doctest prints: the failing assertions of each test case and its subcases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.ctest_regions import blanked
from healer.models.evidence import CaseOutcome, StackFrame, Tally

if TYPE_CHECKING:
    from healer.models.evidence import Failure

_RULE = re.compile(r"^={79}$", re.MULTILINE)
_HEAD = re.compile(
    r"\n?(\S[^\n]{0,1000}?)(?::(\d{1,9}):|\((\d{1,9})\):)\n(?:DESCRIPTION: [^\n]{0,1000}\n)?"
    r"(?:TEST SUITE: ([^\n]{0,1000})\n)?TEST CASE: {1,4}([^\n]{1,2000})\n"
)
_FAILED_AT = re.compile(r"(\S.{0,1000}?)(?::(\d{1,9}): |\((\d{1,9})\): )(?:FATAL )?ERROR: (.{0,3000})$")
_FORGIVEN = ("Failed as expected so marking it as not failed", "Allowed to fail so marking it as not failed")
_VERDICT = re.compile(r"(?:Should have failed|Failed exactly|Didn't fail exactly).{0,200}! Marking it as failed!")
_COUNTS = re.compile(
    r"^\[doctest\] test cases: +\d{1,9} \| +(\d{1,9}) passed \| +(\d{1,9}) failed \| +(\d{1,9}) skipped *$",
    re.MULTILINE,
)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing test cases by name; subcases of one test case are together."""
    if "[doctest] " not in text or "TEST CASE:" not in text:
        return ()
    cases: dict[tuple[str, str, str], list[str]] = {}
    forgiven = set()
    for block in _RULE.split(text):
        head = _HEAD.match(block)
        if head is None:
            continue
        key = (f"{head[1]}:{head[2] or head[3]}", head[4] or "", head[5].strip())
        lines = [line[:LINE_CHARACTERS].rstrip() for line in block[head.end() :].split("\n")]
        cases.setdefault(key, []).extend(lines)
        if any(line in _FORGIVEN for line in lines):
            forgiven.add(key)
    red = [(key, lines) for key, lines in cases.items() if key not in forgiven and any(map(_is_red, lines))]
    return tuple(_failure(*key, lines) for key, lines in red[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last program's count stands and what all programs count."""
    text = blanked(text)
    counted, end = Tally(), None
    for match in _COUNTS.finditer(text):
        counted += Tally(int(match[1]), int(match[2]), 0, int(match[3]))
        end = match.start()
    return None if end is None else (end, counted)


def _is_red(line: str) -> bool:
    return bool(_FAILED_AT.match(line) or _VERDICT.match(line))


def _failure(place: str, suite: str, name: str, lines: list[str]) -> Failure:
    first = next(number for number, line in enumerate(lines) if _is_red(line))
    at = [match for line in lines if (match := _FAILED_AT.match(line))]
    said = [at[0][4] if at else lines[first]]
    for line in lines[first + 1 :]:
        if not line or _is_red(line):
            break
        said.append(line.strip())
    file, _, line_number = place.rpartition(":")
    crashed = bool(at) and "test case CRASHED" in at[0][4]
    return failure_of(
        CaseOutcome.ERROR if crashed else CaseOutcome.FAILED,
        name=name,
        suite=suite,
        identity=name,
        file=at[0][1] if at else file,
        line=int(at[0][2] or at[0][3]) if at else int(line_number),
        message="\n".join(said),
        text="\n".join(lines),
        frames=tuple(StackFrame(match[1], int(match[2] or match[3])) for match in at[:100]),
    )
