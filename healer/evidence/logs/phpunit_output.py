"""What PHPUnit prints: numbered errors and failures, each kind under its own heading, and the counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, FRAMES, LINE_CHARACTERS
from healer.evidence.logs.blocks import Block, own_frame, said
from healer.models.evidence import CaseOutcome, Failure, StackFrame, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADING = re.compile(r"There (?:was|were) (\d{1,9}) (\S.{0,60}?)s?:$")
_FAILING = {
    "error": CaseOutcome.ERROR,
    "failure": CaseOutcome.FAILED,
    "warning": CaseOutcome.ERROR,
    "PHPUnit error": CaseOutcome.ERROR,
}
_ENTRY = re.compile(r"(\d{1,9})\) (\S.*)")
_METHOD = re.compile(r"([\w\\]{1,500}|[^\s:]{1,500}\.phpt)(?:::(\S.*))?$")
_DATA_SET = re.compile(r"(\w{1,300} with data set (?:#\d{1,9}|\"[^\"]{0,1000}\"))(?: \(.*)?$")
_PLACE = re.compile(r"((?:/|[A-Za-z]:[\\/]|phar://)\S?[^\n:]{0,1024}):(\d{1,9})$")
_CLOSING = re.compile(
    r"^(?:OK \((\d{1,9}) tests?, \d{1,9} assertions?\)"
    r"|Tests: \d{1,9}, Assertions: \d{1,9}(?:, [A-Z][A-Za-z ]{1,40}: \d{1,9}){0,14}\.)$"
    r"|^No tests executed!$",
    re.MULTILINE,
)
_TITLE = re.compile(r"\S.{0,300} \(([\w\\]{1,500})\)$")
_CAUSE = re.compile(r"^Caused by$", re.MULTILINE)
_FAILED_ASSERTION = r"PHPUnit\Framework\ExpectationFailedException"
_COUNT = re.compile(r"([A-Z][A-Za-z ]{1,40}): (\d{1,9})")
_HEADLINES = ("ERRORS!", "FAILURES!", "WARNINGS!", "OK, but", "Tests: ", "OK (")
_SAID_END = re.compile(r"(?:/|[A-Za-z]:\\).{1,1024}:\d{1,9}$|Caused by$|Stack trace:$")


def failures(text: str) -> tuple[Failure, ...]:
    r"""Return the failing tests as `Full\Class::testName`, with the name of their data set."""
    if ("\nThere w" not in text and "\n \u2718 " not in text) or not any(_closings(text)):
        return ()
    found: list[Failure] = []
    for kind, block in _entries(text) if "\nThere w" in text else _documented(text):
        found.append(_failure(kind, block))
        if len(found) >= FAILURES:
            break
    return tuple(found)


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; risky tests are left out, incomplete ones are skipped."""
    if not any(word in text for word in (" assertion", "Assertions: ", "No tests executed!")):
        return None
    position, total = -1, Tally()
    for match in _closings(text):
        position = match.start()
        counts = {word: int(number) for word, number in _COUNT.findall(match[0])}
        tests = int(match[1]) if match[1] else counts.get("Tests", 0)
        headline = text.rfind("\n", 0, max(0, position - 1)) + 1
        is_green = text.startswith("OK", headline)
        if text.startswith(_HEADLINES, headline):
            position = headline
        errors = counts.get("Errors", 0) + counts.get("PHPUnit Errors", 0)
        if "PHPUnit" not in match[0] and not is_green:
            errors += counts.get("Warnings", 0)
        failed = counts.get("Failures", 0)
        skipped = counts.get("Skipped", 0) + counts.get("Incomplete", 0)
        total += Tally(max(0, tests - errors - failed - skipped - counts.get("Risky", 0)), failed, errors, skipped)
    return (position, total) if position >= 0 else None


def _closings(text: str) -> Iterator[re.Match[str]]:
    """Yield the counts of runs that said how long they took, as no test prints them."""
    start = 0
    for match in _CLOSING.finditer(text):
        if match[0].startswith("No tests") or text.find("Time: ", start, match.start()) >= 0 or match.start() == 0:
            start = match.end()
            yield match


def _entries(text: str) -> Iterator[tuple[CaseOutcome, Block]]:
    """Yield what is listed below headings of failing kinds; numbers tell entries from what tests say."""
    kind: CaseOutcome | None = None
    expected, announced = 0, 0
    current: Block | None = None
    for raw in text.splitlines():
        line = raw[:LINE_CHARACTERS]
        heading = _HEADING.match(line)
        if heading or (line == "--" and expected == announced) or line.startswith(_HEADLINES):
            if current and kind:
                yield kind, current
            current = None
            kind = _FAILING.get(heading[2]) if heading else None
            announced, expected = int(heading[1]) if heading else 0, 0
        elif kind and (entry := _ENTRY.match(line)) and int(entry[1]) == expected + 1 <= announced:
            if current:
                yield kind, current
            current, expected = Block(entry), expected + 1
        elif current:
            current.lines.append(line)
    if current and kind:
        yield kind, current


def _documented(text: str) -> Iterator[tuple[CaseOutcome, Block]]:
    """Yield what `--testdox` marks as failing; it names tests by sentences, and says no more of their kind."""
    suite = ""
    current: Block | None = None
    for raw in text.splitlines():
        line = raw[:LINE_CHARACTERS]
        if current and line.startswith("   \u2502"):
            current.lines.append(line[4:])
            continue
        if current:
            yield CaseOutcome.FAILED, current
            current = None
        if match := _TITLE.match(line):
            suite = match[1]
        elif line.startswith(" \u2718 ") and suite and (header := _ENTRY.match(f"1) {suite}Test::{_method(line[3:])}")):
            current = Block(header)
    if current:
        yield CaseOutcome.FAILED, current


def _method(title: str) -> str:
    """Return the method that a sentence of `--testdox` was made of, as far as PHPUnit's own rule tells."""
    words, data, rest = title.partition(" with data set ")
    return "test" + "".join(word[:1].upper() + word[1:] for word in words.split()) + data + rest


def _failure(kind: CaseOutcome, block: Block) -> Failure:
    text = block.text
    frames = _frames(text)
    match = _METHOD.match(block.header[2])
    is_test = match is not None and (match[2] is not None or match[1].endswith(".phpt"))
    suite, name = (match[1], match[2]) if match and match[2] else ("", block.header[2])
    data_set = _DATA_SET.match(name)
    message = said(text, _SAID_END)
    if suite.startswith("PHPUnit\\Framework\\"):
        suite, is_test = "", False
    if not suite and (named := re.search(r"\b([\w\\]{1,500})::(\w{1,300}) is invalid", text[:LINE_CHARACTERS])):
        suite, name = named[1], named[2]
    cause = _CAUSE.search(text)
    place = own_frame(_frames(text[: cause.start()] if cause else text)) or own_frame(frames)
    return failure_of(
        kind,
        name=name if is_test or suite else message.partition("\n")[0],
        suite=suite,
        identity=f"{suite}::{data_set[1]}" if data_set else None,
        type_name=_FAILED_ASSERTION if "Failed asserting that " in message and kind is CaseOutcome.FAILED else None,
        file=place.file if place else None,
        line=place.line if place else None,
        message=message,
        text=text,
        frames=frames,
    )


def _frames(text: str) -> tuple[StackFrame, ...]:
    """Read the bare `path:line` lines, the innermost first; each cause for itself."""
    found: list[StackFrame] = []
    run: list[StackFrame] = []
    for line in text.splitlines():
        if match := _PLACE.match(line):
            run.append(StackFrame(match[1], int(match[2])))
        elif line.strip() and run:
            found.extend(reversed(run))
            run = []
    found.extend(reversed(run))
    return tuple(found[-FRAMES:]) or parse_frames(text)
