"""What Gradle prints of tests: a line per failing test with its exception below, and a count per failing task."""

from __future__ import annotations

import re

from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.blocks import Block
from healer.evidence.logs.surefire_output import of_throwable
from healer.models.evidence import CaseOutcome, Failure, Tally

_HEADER = re.compile(r"(?![>:#*+-])(\S.{0,2000}?) FAILED$")
_COUNTS = re.compile(r"^(\d{1,9}) tests? completed(?:, (\d{1,9}) failed)?(?:, (\d{1,9}) skipped)?$", re.MULTILINE)
_EXECUTOR = re.compile(r"(?:Gradle Test Run \S{1,200} > )?(?:Gradle Test Executor \d{1,9} > )?")
_SHORT = re.compile(r"([\w.$]{1,300}) at ([\w$-]{1,200}\.\w{1,8}):(\d{1,9})$")
_CLASS = re.compile(r"[A-Z_][\w$]{0,200}$")
_MARGIN = "    "


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `fully.qualified.Class::method`; Gradle does not tell errors from failures."""
    if " FAILED\n" not in text or " > " not in text:
        return ()
    found: list[Failure] = []
    current: Block | None = None
    for raw in [*text.splitlines(), "."]:
        line = raw[:LINE_CHARACTERS]
        if current and (line.startswith(_MARGIN) or (not line.strip() and current.lines and len(found) < FAILURES)):
            current.lines.append(line)
            continue
        if current and current.lines and len(found) < FAILURES:
            found.append(_failure(current))
        match = _HEADER.match(line) if line.endswith(" FAILED") and " > " in line else None
        current = Block(match) if match else None
    return tuple(found)


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; Gradle counts only where a test failed."""
    position, total = -1, Tally()
    for match in _COUNTS.finditer(text) if " completed" in text else ():
        tests, failed, skipped = (int(number or 0) for number in match.groups())
        total += Tally(max(0, tests - failed - skipped), failed, 0, skipped)
        position = match.start()
    return (position, total) if position >= 0 else None


def _failure(block: Block) -> Failure:
    first, *path = _EXECUTOR.sub("", block.header[1], count=1).split(" > ")
    nested = 0
    while nested < len(path) - 1 and _CLASS.match(path[nested]):
        nested += 1
    suite = "$".join([first, *path[:nested]])
    text = _spelled_out(block.text)
    if "." not in suite and (
        named := re.search(rf"\bat (?:[\w.@-]{{0,100}}/){{0,2}}((?:\w{{1,100}}\.){{1,20}}){re.escape(suite)}[.$]", text)
    ):
        suite = named[1] + suite
    return of_throwable(CaseOutcome.FAILED, suite, " > ".join(path[nested:]), text)


def _spelled_out(text: str) -> str:
    """Write Gradle's short form, `java.lang.AssertionError at CalcTest.java:6`, as an exception with a stack."""
    lines = []
    for line in text.splitlines():
        match = _SHORT.match(line.strip().removeprefix("Caused by: "))
        lines.append(f"{line[: line.find(' at ')]}\n\tat ({match[2]}:{match[3]})" if match else line)
    return "\n".join(lines)
