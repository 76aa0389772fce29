"""What Minitest prints, alone or under Rails, and test-unit like it: a block per failing test, and the counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.blocks import said
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_COUNTS = re.compile(
    r"^(\d{1,9}) (?:runs|tests), \d{1,9} assertions, (\d{1,9}) failures, (\d{1,9}) errors"
    r"(?:, (\d{1,9}) skips|, (\d{1,9}) pendings, (\d{1,9}) omissions, \d{1,9} notifications)$",
    re.MULTILINE,
)
_WORD = re.compile(r"( {0,2}\d{1,9}\) )?(Failure|Error|Skipped):$")
_TITLE = re.compile(r"([^\n#]{1,1000})#(test_.{0,3000}):$")
_PLACE = re.compile(r"(.{1,1024}):(\d{1,9})\]")
_UNIT = re.compile(r"(Failure|Error): (test.{0,1000}?)\(([\w:]{1,300})\)(?:: (.{0,3000}))?$")
_RULE = re.compile(r"={79}$")
_AGAIN = re.compile(r"(?:bin/)?(?:rails test|rake test|ruby -I)\b")
_STACK = re.compile(r"\s{2,12}\S.{0,1024}?:\d{1,9}:in ")
_UNIT_STACK = re.compile(r"\S.{0,1024}?:\d{1,9}:in ")
_SOURCE = re.compile(r"\s{0,8}(?:=> )?\s{0,8}\d{1,9}: ")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `TestClass::test_name`."""
    if not any(_results(text)):
        return ()
    found: list[Failure] = []
    for word, header, lines in _blocks(text):
        found.append(_failure(word, header, lines))
        if len(found) >= FAILURES:
            break
    return tuple(found)


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count."""
    position, total = -1, Tally()
    for match in _results(text):
        ran, failed, errors, *skips = (int(number or 0) for number in match.groups())
        skipped = sum(skips)
        total += Tally(max(0, ran - failed - errors - skipped), failed, errors, skipped)
        position = match.start()
    return (position, total) if position >= 0 else None


def _results(text: str) -> Iterator[re.Match[str]]:
    """Yield the counts of runs that said how long they took, as no test prints them."""
    start = 0
    for match in _COUNTS.finditer(text) if " assertions, " in text else ():
        if text.find("Finished in ", start, match.start()) >= 0:
            start = match.end()
            yield match


def _blocks(text: str) -> Iterator[tuple[str, re.Match[str], list[str]]]:
    """Yield of each failing test what it is, its header, and what is said below it."""
    word, is_numbered = "", False
    current: tuple[str, re.Match[str], list[str]] | None = None
    for raw in text.splitlines():
        line = raw[:LINE_CHARACTERS]
        opened, unit = _WORD.match(line), _UNIT.match(line)
        if opened and current and is_numbered and not opened[1]:
            opened = None  # the same test broke in its teardown too
            line = ""
        elif current and is_numbered and (again := _TITLE.match(line)) and again[2] == _split(current[1][2])[0]:
            line = ""
        title = _TITLE.match(line) if word else None
        if current and (opened or unit or _RULE.match(line) or _AGAIN.match(line) or _COUNTS.match(line)):
            yield current
            current = None
        if unit:
            current = (unit[1], unit, [])
        elif title and current is None:
            if word != "Skipped":
                current = (word, title, [])
        elif current:
            current[2].append(line)
        word = opened[2] if opened else ""
        is_numbered = bool(opened[1]) if opened else is_numbered
    if current:
        yield current


def _split(words: str) -> tuple[str, re.Match[str] | None]:
    """Split the name of a test from the place in brackets behind it."""
    name, _, place = words.rpartition(" [")
    match = _PLACE.fullmatch(place) if name else None
    return (name, match) if match else (words, None)


def _failure(word: str, header: re.Match[str], lines: list[str]) -> Failure:
    is_unit = header.re is _UNIT
    name, place = (header[2], None) if is_unit else _split(header[2])
    text = "\n".join([header[4], *lines] if is_unit and header[4] else lines).strip("\n")
    frames = parse_frames(text)
    if is_unit:
        kept = [line for line in lines if not _UNIT_STACK.match(line) and not _SOURCE.match(line)]
        file, line = (frames[0].file, frames[0].line) if frames else (None, None)
        message = header[4] or said("\n".join(kept), _RULE)
    else:
        file, line = (place[1], int(place[2])) if place else (None, None)
        message = said(text, _STACK)
    kind = CaseOutcome.ERROR if word == "Error" else CaseOutcome.FAILED
    return failure_of(
        kind,
        name=name,
        suite=header[3] if is_unit else header[1],
        file=file,
        line=line,
        message=message,
        text=text,
        frames=frames,
    )
