"""What Mocha prints, and Cypress after it: counts, and a numbered list of the failing tests and hooks."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs.blocks import CODE_OR_STACK, JOINT, Block, own_frame, placed, said, thrown
from healer.evidence.paths import in_checkout
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

_PASSING = re.compile(r"(?:(?<=\n\n)|\A) {2}(\d{1,9}) passing \([^)\n]{1,20}\)$", re.MULTILINE)
_OTHER = re.compile(r" {2}(\d{1,9}) (pending|failing)$")
_HEADER = re.compile(r" {2}(\d{1,9})\) (\S.*)")
_DEEPER = re.compile(r" {7,200}\S")
_TIMEOUT = re.compile(r"Error: Timeout of \d{1,9}ms exceeded\.[^\n]{1,300} \((\S[^()\n]{1,1024})\)")
_CODE_PLACE = re.compile(r"(?:file://)?((?:/|[A-Za-z]:\\)[^:\n]{1,1024}):(\d{1,9})$")
_SPEC = re.compile(r"^ {2}Running: {2}(\S.{0,500}?) {2,200}\(\d{1,6} of \d{1,6}\)$", re.MULTILINE)
_BROKEN = re.compile(r"^ (?:Exception during run|\u2716 ERROR): (.{0,4096})$", re.MULTILINE)
_DIFFERENCE = re.compile(r"\s*\+ expected - actual$")
_TITLE_LINES = 40


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `ancestor > title`, below their file where it is told."""
    found: list[Failure] = []
    if " passing (" in text:
        for _, _, file, listed in _runs(text):
            entries = [_Entry(block) for block in listed[: FAILURES - len(found)]]
            known = {entry.file for entry in entries if entry.file and not entry.file.startswith("/")}
            for entry in entries:
                entry.spell_like(known)
            files = {entry.titles[0]: entry.file for entry in entries if entry.file}
            found.extend(entry.failure(file or files.get(entry.titles[0])) for entry in entries)
    if (" Exception during run: " in text or " \u2716 ERROR: " in text) and (broken := _BROKEN.search(text)):
        found.append(_unloaded(text[broken.start() :].partition("\n}\n")[0], broken[1]))
    return tuple(found)


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; failing hooks count as Mocha counts them."""
    if " passing (" not in text:
        return None
    position, total = -1, Tally()
    for start, counts, _, _ in _runs(text):
        total += Tally(counts["passing"], counts.get("failing", 0), 0, counts.get("pending", 0))
        position = start
    return (position, total) if position >= 0 else None


def _runs(text: str) -> Iterator[tuple[int, dict[str, int], str | None, list[Block]]]:
    """Yield of each run where its counts stand, the counts, its file if it is named, and what failed."""
    matches = list(_PASSING.finditer(text))
    specs = list(_SPEC.finditer(text)) if "  Running:  " in text else []
    for number, match in enumerate(matches):
        end = matches[number + 1].start() if number + 1 < len(matches) else len(text)
        lines = text[match.end() + 1 : end].splitlines()
        counts = {"passing": int(match[1])}
        others = list(itertools.takewhile(bool, map(_OTHER.match, lines[:2])))
        counts.update((other[2], int(other[1])) for other in others if other)
        file = next((spec[1] for spec in reversed(specs) if spec.start() < match.start()), None)
        yield match.start(), counts, file, _listed(lines[len(others) :], counts.get("failing", 0))


def _listed(lines: list[str], failing: int) -> list[Block]:
    """Return the entries of the list, whose numbers tell them from what tests say."""
    found: list[Block] = []
    for line in lines:
        header = _HEADER.match(line[:LINE_CHARACTERS])
        if header and int(header[1]) == len(found) + 1 and len(found) < failing:
            found.append(Block(header))
        elif found:
            if line[:1] not in {"", " ", "+", "-", "\t"} and len(found) == failing and _is_over(found[-1]):
                break
            found[-1].lines.append(line)
    return found


def _is_over(block: Block) -> bool:
    return any(line.lstrip().startswith("at ") for line in block.lines) and not block.lines[-1].strip()


def _titles(block: Block) -> tuple[list[str], int]:
    """Return the titles of an entry and how many of its lines they take; the last one ends in a colon."""
    titles, used = [block.header[2]], 0
    for line in block.lines[:_TITLE_LINES]:
        if titles[-1].endswith(":") and not _DEEPER.match(line):
            break
        if _DEEPER.match(line):
            titles.append(line.strip())
        else:
            titles[-1] = f"{titles[-1]} {line.strip()}"
        used += 1
    titles[-1] = titles[-1].removesuffix(":")
    return titles, used


class _Entry:
    """One entry of the list: its titles, and what its trace says."""

    def __init__(self, block: Block) -> None:
        self.titles, used = _titles(block)
        self.text = Block(block.header, block.lines[used:]).text
        self.frames = parse_frames(self.text)
        timeout = _TIMEOUT.match(self.text)
        in_test = own_frame([frame for frame in self.frames if "Context." in (frame.function or "")])
        self.file = timeout[1] if timeout else in_test.file if in_test else None
        """The test's file, which its trace tells: the frame of Mocha's context, or the path in a timeout."""

    def spell_like(self, known: set[str]) -> None:
        """Write an absolute path as the traces of the same run write it."""
        file = self.file or ""
        self.file = next((each for each in known if file.endswith(f"/{each}")), self.file)

    def failure(self, file: str | None) -> Failure:
        """Build the failure; a failing hook counts as a failing test, as Mocha counts."""
        place, line = placed(file, self.text)
        identity = JOINT.join(self.titles)
        lines = self.text.splitlines()
        difference = next((n for n, line in enumerate(lines) if _DIFFERENCE.match(line)), None)
        message = said("\n".join(lines[:difference]), CODE_OR_STACK)
        return failure_of(
            CaseOutcome.FAILED,
            name=self.titles[-1],
            suite=JOINT.join(self.titles[:-1]),
            identity=f"{file}::{identity}" if file else identity,
            file=place,
            line=line,
            type_name=thrown(message),
            message=message,
            text=self.text,
            frames=self.frames,
        )


def _unloaded(text: str, words: str) -> Failure:
    """Read what kept Mocha from loading a file."""
    place = _CODE_PLACE.match(words)
    message = said(text.partition("^\n")[2].lstrip("\n") if place and "^\n" in text else words)
    frames = parse_frames(text)
    file, line = (place[1], int(place[2])) if place else placed(None, text)
    return failure_of(
        CaseOutcome.ERROR,
        name=in_checkout(file) if file else "Exception during run",
        file=file,
        line=line,
        type_name=thrown(message),
        message=message,
        text=text.strip(),
        frames=frames,
    )
