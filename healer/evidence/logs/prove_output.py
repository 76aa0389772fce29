"""What Perl's prove prints: what failing tests say, and a summary of the scripts that failed."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.blocks import said
from healer.models.evidence import CaseOutcome, Failure, StackFrame, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESULT = re.compile(r"^Files=(\d{1,9}), Tests=(\d{1,9}), [^\n]{1,200}\nResult: (PASS|FAIL|NOTESTS)$", re.MULTILINE)
_REPORT = "\nTest Summary Report\n"
_SCRIPT = re.compile(r"(\S.{0,1024}?) +\(Wstat: \d{1,9}(?: \([^)\n]{1,60}\))? Tests: \d{1,9} Failed: (\d{1,9})\)$")
_NUMBERS = re.compile(r" {2}Failed tests?: {1,4}([\d, -]{1,4000})$")
_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")
_WRONG = re.compile(r" {2}(?:Non-zero exit status|Parse errors|Non-zero wait status): ")
_FAILED = re.compile(r"#   Failed test(?: '(.{0,3000})'| at (.{1,1024}) line (\d{1,9})\.)?$")
_AT = re.compile(r"(?:#   )?(?:in .{1,200} )?at (.{1,1024}?) line (\d{1,9})\.$")
_INNER = re.compile(r" {4,400}#(?! Looks like you )")
_LINE = re.compile(r"(\S.{0,1024}?) \.{2,200} ?(?:ok|skipped|$)")
_SKIPPED = re.compile(r"^\t\(less (\d{1,9}) skipped subtests?: ", re.MULTILINE)
_DIED = re.compile(r" at (\S.{0,1024}?) line (\d{1,9})\b")
_TAP = re.compile(r" {0,40}(?:\d{1,9}\.\.\d{1,9}\b|(?:not )?ok\b|# Subtest: )")
_NUMBER_OF_LISTED = 10_000


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `t/a.t::description`; scripts that broke otherwise as `t/a.t`."""
    found: list[Failure] = []
    start = 0
    for result in _RESULT.finditer(text) if "\nResult: " in text else ():
        run, start = text[start : result.start()], result.end()
        if result[3] == "FAIL" and _REPORT in run:
            output, _, summary = run.rpartition(_REPORT)
            found.extend(_of_run(output, summary))
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; scripts that broke without a failing test are errors."""
    position, total, start = -1, Tally(), 0
    for result in _RESULT.finditer(text) if "\nResult: " in text else ():
        run, start, position = text[start : result.start()], result.end(), result.start()
        failed = errors = 0
        for _, numbers, is_wrong in _scripts(run.rpartition(_REPORT)[2]) if _REPORT in run else ():
            failed += len(numbers)
            errors += int(is_wrong and not numbers)
        if result[3] == "FAIL" and not failed + errors:
            errors = 1
        skipped = sum(int(number) for number in _SKIPPED.findall(run))
        total += Tally(max(0, int(result[2]) - failed - skipped), failed, errors, skipped)
    return (position, total) if position >= 0 else None


def _scripts(summary: str) -> Iterator[tuple[str, list[int], bool]]:
    """Yield each script of the summary with the numbers of its failing tests, and whether it broke."""
    script, numbers, is_wrong = "", list[int](), False
    for raw in summary.splitlines():
        line = raw[:LINE_CHARACTERS]
        if match := _SCRIPT.match(line):
            if script:
                yield script, numbers, is_wrong
            script, numbers, is_wrong = match[1], [], False
        elif script and (match := _NUMBERS.match(line)):
            for first, last in _RANGE.findall(match[1]):
                end = min(int(last or first), int(first) + _NUMBER_OF_LISTED)
                numbers.extend(range(int(first), end + 1))
        elif script and _WRONG.match(line):
            is_wrong = True
    if script:
        yield script, numbers, is_wrong


def _of_run(output: str, summary: str) -> Iterator[Failure]:
    told, outputs = _told(output)
    for script, numbers, is_wrong in _scripts(summary):
        blocks = told.get(script, [])
        for index, number in enumerate(numbers):
            name, line, body = blocks[index] if len(blocks) == len(numbers) else ("", None, "")
            text = body or (f"Failed test at {script} line {line}." if line else outputs.get(script, ""))
            inner = [int(at[2]) for at in map(_AT.match, body.splitlines()) if at]
            frames = tuple(StackFrame(script, at) for at in (line, *inner) if at)
            words = "\n".join(each for each in body.splitlines() if not _AT.match(each))
            yield failure_of(
                CaseOutcome.FAILED,
                name=name or str(number),
                suite=script,
                file=script,
                line=line,
                message="\n".join(filter(None, (f"Failed test '{name or number}'", said(words)))),
                text=text,
                frames=frames,
            )
        if is_wrong and not numbers:
            text = outputs.get(script, "")
            plain = "\n".join(each for each in text.splitlines() if not each.startswith("#"))
            died = _DIED.search(plain)
            frames = (StackFrame(died[1], int(died[2])),) if died else ()
            yield failure_of(
                CaseOutcome.ERROR,
                name=script,
                file=died[1] if died else script,
                line=int(died[2]) if died else None,
                message=said(plain) or said(text),
                text=text or script,
                frames=frames,
            )


_Told = tuple[str, int | None, str]


def _told(output: str) -> tuple[dict[str, list[_Told]], dict[str, str]]:
    """Return by script what its failing tests say, and all that was printed while it ran."""
    told: defaultdict[str, list[_Told]] = defaultdict(list)
    outputs: dict[str, str] = {}
    since: list[str] = []
    for raw in output.splitlines():
        line = raw[:LINE_CHARACTERS]
        if match := _LINE.match(line):
            outputs[match[1]] = "\n".join(each for each in since if not _TAP.match(each)).strip()
            told[match[1]].extend(_blocks(since))
            since = []
        elif not line.startswith(("Dubious, test returned ", "Failed ", "No subtests run", "\t(less ")):
            since.append(line)
    return told, outputs


def _blocks(lines: list[str]) -> Iterator[_Told]:
    current: re.Match[str] | None = None
    line_number: int | None = None
    body: list[str] = []
    inner: list[str] = []
    for line in [*lines, ""]:
        match = _FAILED.match(line)
        if current and (match or not line.startswith("#") or line.startswith("# Looks like you ")):
            yield current[1] or "", line_number, "\n".join(each.lstrip().removeprefix("#").lstrip() for each in body)
            current = None
        if match:
            # What a subtest says stands above what is said of it.
            current, line_number, body, inner = match, int(match[3]) if match[3] else None, inner, []
        elif current and (at := _AT.match(line)) and line_number is None:
            line_number = int(at[2])
        elif current:
            body.append(line)
        elif _INNER.match(line):
            inner.append(line)
