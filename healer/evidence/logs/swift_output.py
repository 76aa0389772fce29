"""What Swift's test runners print: XCTest's lines per assertion, Swift Testing's per issue, and the counts of both."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.models.evidence import CaseOutcome, Failure, StackFrame, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASSERTION = re.compile(
    r"(\S.{0,1024}?):(\d{1,9}): error: (?:-\[([\w.]{1,300}) ([\w:]{1,300})\]|([A-Za-z_][\w.]{0,300})\."
    r"(test\w{0,300})) : (.*)$"
)
_CASE = re.compile(r"Test Case '(?:-\[([\w.]{1,300}) ([\w:]{1,300})\]|([\w.]{1,300})\.(\w{1,300}))' failed \(")
_EXECUTED = re.compile(
    r"^\t{0,4} {0,8}Executed (\d{1,9}) tests?, with (?:(\d{1,9}) tests? skipped and )?(\d{1,9}) failures? \("
    r"(\d{1,9}) unexpected\) in [\d.]{1,20}",
    re.MULTILINE,
)
_SUITE = re.compile(r"^Test Suite '([^'\n]{1,300})' (?:passed|failed) at ", re.MULTILINE)
_ISSUE = " recorded an issue"
_TEST = re.compile(r"[^\w\s] {1,3}Test (.{1,2000})$")
_AT = re.compile(r" at (\S{1,1024}):(\d{1,9}):\d{1,9}: ")
_NOTE = re.compile(
    r"[^\w\s] {1,3}(?:Test|Suite) .{1,2000} (?:started|passed|failed|skipped|recorded)\b|[^\w\s] {1,3}Test run "
)
_RAN = re.compile(
    r"^[^\w\s] {1,3}Test run with (\d{1,9}) tests?(?: in \d{1,9} suites?)? (passed"
    r"|failed) after [\d.]{1,20} seconds(?: with (\d{1,9}) issues?)?",
    re.MULTILINE,
)
_FAILED = re.compile(
    r"^[^\w\s] {1,3}Test (?!run with |case passing )([^\n]{1,2000}?) failed after [\d.]{1,20} seconds", re.MULTILINE
)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests: of XCTest as `Module.Class::testName`, of Swift Testing by their own names."""
    found: list[Failure] = []
    if "Test Case '" in text:
        found.extend(_of_xctest(text))
    if " recorded an issue" in text:
        found.extend(_of_testing(text))
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; of XCTest's nested suites, the outermost."""
    position, total = -1, Tally()
    if "Executed " in text and "Test Suite '" in text:
        start = told = 0
        for match in _EXECUTED.finditer(text):
            suite = None
            for suite in _SUITE.finditer(text, start, match.start()):  # noqa: B007 - the nearest one is wanted
                pass
            start = match.end()
            if suite and suite[1] in {"All tests", "Selected tests"}:
                skipped = int(match[2] or 0)
                broken = set(_xctests(text[told : match.start()]))
                told = match.end()
                failed = min(int(match[3]), len(broken)) if broken else int(match[3])
                total += Tally(max(0, int(match[1]) - failed - skipped), failed, 0, skipped)
                position = suite.start()
    told = 0
    for match in _RAN.finditer(text) if "Test run with " in text else ():
        failed = len(set(_FAILED.findall(text, told, match.start()))) or int(match[2] == "failed")
        failed = min(failed, int(match[1])) if match[2] == "failed" else 0
        total += Tally(int(match[1]) - failed, failed or int(match[2] == "failed"))
        position = max(position, match.start())
        told = match.end()
    return (position, total) if position >= 0 else None


def _xctests(text: str) -> Iterator[tuple[str, str]]:
    return ((match[1] or match[3], match[2] or match[4]) for match in _CASE.finditer(text))


def _of_xctest(text: str) -> list[Failure]:
    """Put together what the assertions of one test say."""
    told: dict[tuple[str, str], list[re.Match[str]]] = {name: [] for name in _xctests(text)}
    for line in text.splitlines() if told else ():
        if ": error: " in line and (match := _ASSERTION.match(line[:LINE_CHARACTERS])):
            told.setdefault((match[3] or match[5], match[4] or match[6]), []).append(match)
    return [
        _failure(suite, name, [(match[1], int(match[2]), match[7], match[0]) for match in matches])
        for (suite, name), matches in told.items()
    ]


def _of_testing(text: str) -> list[Failure]:
    told: dict[str, list[tuple[str, int, str, str]]] = {}
    current = ""
    for raw in text.splitlines():
        line = raw[:LINE_CHARACTERS]
        head, recorded, tail = line.partition(_ISSUE)
        test, place = (_TEST.match(head), _AT.search(tail)) if recorded else (None, None)
        if test and place:
            current = test[1]
            told.setdefault(current, []).append((place[1], int(place[2]), tail[place.end() :], line))
        elif current and _NOTE.match(line):
            current = ""
        elif current and line.strip():
            file, number, message, whole = told[current][-1]
            told[current][-1] = file, number, f"{message}\n{line.strip()}", f"{whole}\n{line}"
        else:
            current = ""
    return [_failure("", name.strip('"'), issues) for name, issues in told.items()]


def _failure(suite: str, name: str, issues: list[tuple[str, int, str, str]]) -> Failure:
    frames = tuple(StackFrame(file, line) for file, line, _, _ in issues[:1] if not file.startswith("<"))
    message = issues[0][2] if issues else ""
    return failure_of(
        CaseOutcome.FAILED,
        name=name,
        suite=suite,
        file=frames[0].file if frames else None,
        line=frames[0].line if frames else None,
        message=message,
        text="\n".join(whole for *_, whole in issues),
        frames=frames,
    )
