"""The change that broke what fails, as lines taken out and put in."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.delivery.diagnosis_sources import Sources
    from healer.models.code import ChangedHunk, Culprit

CONTEXT = 3


class Sign(enum.StrEnum):
    """What became of a line."""

    SAME = " "
    REMOVED = "-"
    ADDED = "+"


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line of a diff; `line` is its number in the base, None where it is no longer there."""

    sign: Sign
    line: int | None
    text: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """One contiguous change with its surroundings."""

    path: str
    lines: tuple[ChangedLine, ...]


def told(culprit: Culprit) -> str:
    """Say which commit it was, and how that is known."""
    proof = (
        "what fails passes when this is put back" if culprit.changes else "what fails passes with the code before it"
    )
    return f"{culprit.commit.id[:7]} '{culprit.commit.subject}', {_age(culprit.age)}: {proof}"


def _age(age: int) -> str:
    if age == 0:
        return "the newest commit"
    return f"{age} commit{'s' if age > 1 else ''} before the newest"


def decisive(culprit: Culprit, sources: Sources) -> Iterator[FileChange]:
    """Yield the least of the change that makes the difference, as it reads in the base."""
    for change in culprit.changes:
        lines = sources.lines(change.path)
        removed = change.stood_after
        start = min(change.line - 1 if removed is None else removed, len(lines))
        end = min(change.end_line, len(lines)) if removed is None else start
        before = range(max(start - CONTEXT, 0), start)
        after = range(end, min(end + CONTEXT, len(lines)))
        earlier = sources.shown("".join(change.earlier)) if change.earlier else ()
        shown = [
            *(ChangedLine(Sign.SAME, number + 1, lines[number]) for number in before),
            *(ChangedLine(Sign.REMOVED, None, text) for text in earlier),
            *(ChangedLine(Sign.ADDED, number + 1, lines[number]) for number in range(start, end)),
            *(ChangedLine(Sign.SAME, number + 1, lines[number]) for number in after),
        ]
        yield FileChange(change.path, tuple(shown))


def whole(culprit: Culprit, sources: Sources, most: int) -> tuple[tuple[FileChange, ...], int]:
    """Return the commit's changes up to so many lines, and how many lines were left out."""
    kept, room, left = [], most, 0
    for hunk in culprit.commit.hunks:
        size = len(hunk.old_lines) + len(hunk.new_lines)
        if size > room:
            left += size
            continue
        room -= size
        kept.append(FileChange(hunk.path, tuple(_lines(hunk, sources))))
    return tuple(kept), left


def _lines(hunk: ChangedHunk, sources: Sources) -> Iterator[ChangedLine]:
    """Yield a hunk's lines; their numbers are those of its commit, so none is given."""
    for sign, texts in ((Sign.REMOVED, hunk.old_lines), (Sign.ADDED, hunk.new_lines)):
        for text in sources.shown("".join(texts)) if texts else ():
            yield ChangedLine(sign, None, text)
