"""What `dotnet test` prints, with VSTest or the testing platform: a block per failing test, and counts per assembly."""

from __future__ import annotations

import re

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.blocks import Block, blocks, own_frame, said
from healer.models.evidence import CaseOutcome, Failure, Tally

_COUNTS = re.compile(
    r"^(?:Failed|Passed|Skipped)! {1,4}- Failed: {1,9}(\d{1,9}), Passed: {1,9}(\d{1,9}), Skipped: {1,9}"
    r"(\d{1,9}), Total: {1,9}\d{1,9}",
    re.MULTILINE,
)
_DETAILED = re.compile(r"^Total tests: (\d{1,9})((?:\n {1,20}(?:Passed|Failed|Skipped): \d{1,9}){1,3})$", re.MULTILINE)
_DETAIL = re.compile(r"(Passed|Failed|Skipped): (\d{1,9})")
_SUMMARY = re.compile(
    r"^(?:Test summary: )total: (\d{1,9}), failed: (\d{1,9}), succeeded: (\d{1,9}), skipped: (\d{1,9})", re.MULTILINE
)
_PLATFORM = re.compile(
    r"^Test run summary: [A-Z][^\n]{0,1000}\n(?:  error: \d{1,9}\n)? {2}total: (\d{1,9})\n {2}failed: "
    r"(\d{1,9})\n {2}succeeded: (\d{1,9})\n"
    r" {2}skipped: (\d{1,9})",
    re.MULTILINE,
)
_FAILED = re.compile(r" {0,4}(?:Failed|\u00d7|X) (\S.{0,3000}?) \[(?:< )?\d[\d ,.mshd]{0,20}\]$")
_FAILED_NOW = re.compile(r"failed (\S.{0,3000}?) \((?:\d{1,9}[a-z]{1,2} ?){1,4}\)$")
_TERMINAL = re.compile(
    r" {0,8}\S.{0,1024}?\(\d{1,9}\): error TESTERROR: *(?:(\S.{0,3000}?) \([^()]{1,20}\): Error Message: (.*))?$"
)
_LATER = re.compile(r"\s{2,10}(\S.{0,3000}?) \(<?[\d ]{1,12}m?s[^()]{0,12}\): Error Message: (.*)$")
_END = re.compile(
    r"(?: {0,4}(?:Passed|Skipped|Failed|\u221a|!) \S.{0,3000} \[|(?:Failed|Passed|Skipped)! |Test Run "
    r"|Total tests: |Results File: |\[xUnit\.net "
    r"|Test run |Test summary: |(?:passed|skipped|failed) \S.{0,3000} \(\d|\S.{0,1024}\(\d{1,9}\): error "
    r"|Attachments:|\s{0,4}Standard Output Messages:)"
)
_LABEL = re.compile(r"\s{0,12}(Error Message|Stack Trace|Standard Output Messages|Standard Error Messages):$")
_THROWN = re.compile(r"([A-Z_][\w.+`]{0,300}(?:Exception|Error)\w{0,60}) : ")
_METHOD = re.compile(r"([\w.+`<>]{1,1000})(\(.*)?$")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `Fully.Qualified.Class::Method`, with their arguments."""
    found: list[Failure] = []
    if "\n  Error Message:" in text or "\nError Message:" in text:
        found.extend(
            _failure(block, block.header[1]) for block in blocks(text.splitlines(), _FAILED, _END) if block.lines
        )
    elif " error TESTERROR:" in text:
        found.extend(_failure(block, block.header[1]) for block in _reported(text))
    elif "\nTest run summary: " in text:
        found.extend(_failure(block, block.header[1]) for block in blocks(text.splitlines(), _FAILED_NOW, _END))
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last assembly's counts stand and what those of all assemblies are."""
    position, total = -1, Tally()
    if "Passed: " in text:
        for match in _COUNTS.finditer(text):
            failed, passed, skipped = map(int, match.groups())
            total += Tally(passed, failed, 0, skipped)
            position = match.start()
        for match in _DETAILED.finditer(text) if position < 0 else ():
            counts = {word: int(number) for word, number in _DETAIL.findall(match[2])}
            total += Tally(counts.get("Passed", 0), counts.get("Failed", 0), 0, counts.get("Skipped", 0))
            position = match.start()
    for pattern in (_SUMMARY, _PLATFORM):
        for match in pattern.finditer(text) if position < 0 and "succeeded: " in text else ():
            _, failed, passed, skipped = map(int, match.groups())
            total += Tally(passed, failed, 0, skipped)
            position = match.start()
    return (position, total) if position >= 0 else None


def _reported(text: str) -> list[Block]:
    """Return the blocks of the terminal logger; the test's name stands behind the word error or on the next line."""
    found: list[Block] = []
    current: Block | None = None
    for raw in text.splitlines():
        line = raw[:LINE_CHARACTERS]
        if match := _TERMINAL.match(line):
            current = Block(match, [match[2]] if match[1] else [])
            found.append(current)
        elif current is None:
            continue
        elif not current.lines and (match := _LATER.match(line)):
            found[-1] = current = Block(match, [match[2]])
        elif _END.match(line):
            current = None
        else:
            current.lines.append(line)
    return [block for block in found if block.header[1]]


def _failure(block: Block, title: str) -> Failure:
    lines = [line for line in block.lines if not (match := _LABEL.match(line)) or match[1] == "Stack Trace"]
    text = Block(block.header, lines).text.replace("  Stack Trace:\n", "").replace("Stack Trace:\n", "")
    stack = next(
        (n for n, line in enumerate(lines) if _LABEL.match(line) or line.lstrip().startswith("at ")), len(lines)
    )
    message = said("\n".join(lines[:stack]), _LABEL)
    frames = parse_frames(text)
    match = _METHOD.match(title)
    name, arguments = (match[1], match[2] or "") if match else (title, "")
    suite, _, method = name.rpartition(".")
    if not suite and match:
        called = [frame.function or "" for frame in frames if (frame.function or "").rpartition(".")[2] == method]
        suite = called[0].removeprefix("at ").rpartition(".")[0] if called else ""
    thrown = _THROWN.match(message)
    named = f"{suite}.{method}"
    place = next((frame for frame in frames if (frame.function or "") == named), None) or own_frame(frames)
    return failure_of(
        CaseOutcome.FAILED,
        name=f"{method}{arguments}" if match else title,
        suite=suite,
        file=place.file if place else None,
        line=place.line if place else None,
        type_name=thrown[1] if thrown else None,
        message=message,
        text=text,
        frames=frames,
    )
