"""Replies that say an edit, and everything that is known to happen to them on the way from a model's mind.

A kind of damage turns an edit into a reply, and says what placing it must come to. Placing it otherwise is wrong;
refusing it is right where the reply leaves doubt, and a miss where it does not.
"""

from __future__ import annotations

import difflib
import enum
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Lines = list[str]
"""Body lines of a hunk, each with its sign."""


class Meaning(enum.Enum):
    """What is left of an edit's meaning."""

    CLEAR = "clear"
    """The reply says it all: it is to be placed wherever the lines that it shows are in the file once."""
    DOUBTFUL = "doubtful"
    """It may be placed, but only right."""
    LOST = "lost"
    """It has to be refused."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """A hunk of the undamaged diff; `head` is its header with numbers."""

    head: str
    lines: Lines

    @property
    def old(self) -> Lines:
        """The lines that the file has."""
        return [line[1:] for line in self.lines if line[0] != "+"]


@dataclass(frozen=True)
class Case:
    """An edit of one file and its diff with some lines of context."""

    path: str
    before: str
    after: str
    context: int = 3
    is_numbered: bool = True
    """Whether damage that is not about numbers leaves right ones."""

    @cached_property
    def hunks(self) -> list[Hunk]:
        """The diff as git would print it."""
        one, other = (text.split("\n")[:-1] for text in (self.before, self.after))
        found: list[Hunk] = []
        for line in list(difflib.unified_diff(one, other, lineterm="", n=self.context))[2:]:
            if line.startswith("@@ "):
                found.append(Hunk(line, []))
            else:
                found[-1].lines.append(line)
        return found

    def with_context(self, context: int) -> Case:
        """Return the same edit, shown with another number of lines around."""
        return Case(self.path, self.before, self.after, context, self.is_numbered)


@dataclass(slots=True)
class Reply:
    """A damaged reply, and the file it is about where that is not the edit's own."""

    text: str
    meaning: Meaning = Meaning.CLEAR
    before: str | None = None
    after: str | None = None
    key: Callable[[str], str] = str
    """How two lines of the file have to differ to be told apart by this reply."""
    shown: list[Lines] | None = None
    """The lines, hunk by hunk, that have to be in the file only once for the reply to be clear."""


Damage = "Callable[[Case, random.Random], Reply | None]"
"""None where an edit has nothing that could be damaged in this way."""


def diff(case: Case, bodies: list[Lines] | None = None, *, heads: Lines | None = None, prefix: bool = True) -> str:
    """Return the edit as a unified diff, with other bodies or other headers than its own."""
    old, new = (f"a/{case.path}", f"b/{case.path}") if prefix else (case.path, case.path)
    written = [f"--- {old}", f"+++ {new}"]
    for number, hunk in enumerate(case.hunks):
        lines = hunk.lines if bodies is None else bodies[number]
        written += [heads[number] if heads else hunk.head, *lines]
    return "\n".join(written) + "\n"


def damaged(case: Case, bodies: list[Lines]) -> str:
    """Return a diff with other bodies and words around: by the draw without numbers, or with numbers that fit."""
    if not case.is_numbered:
        return fenced(diff(case, bodies, heads=["@@"] * len(bodies)))
    heads = []
    for hunk, lines in zip(case.hunks, bodies, strict=True):
        old, new = (part[1:].partition(",")[0] for part in hunk.head.split(" ")[1:3])
        without = [sum(line[:1] != sign for line in lines) for sign in "+-"]
        heads.append(f"@@ -{old},{without[0]} +{new},{without[1]} @@")
    return fenced(diff(case, bodies, heads=heads))


def fenced(text: str, info: str = "diff") -> str:
    """Return a text in a code block, with words before and after."""
    return f"The cause is clear:\n\n```{info}\n{text}```\n\nThat repairs it.\n"


def changes(lines: Lines) -> Iterator[tuple[int, int]]:
    """Yield the half-open ranges of a hunk's lines that are changes."""
    start: int | None = None
    for index, line in enumerate([*lines, " "]):
        if line[0] in "+-":
            start = index if start is None else start
        elif start is not None:
            yield start, index
            start = None


def context_of(lines: Lines) -> list[int]:
    """Return where a hunk's lines are context."""
    return [index for index, line in enumerate(lines) if line[0] == " "]


def is_beside_change(lines: Lines, index: int) -> bool:
    """Whether a line of context is next to a change."""
    return any(index in {start - 1, end} for start, end in changes(lines))


def cores(lines: Lines, around: int = 1) -> list[Lines]:
    """Return each change of a hunk with its neighbours, as lines of the file."""
    found = []
    for start, end in changes(lines):
        above = [line[1:] for line in lines[max(0, start - around) : start] if line[0] != "+"]
        below = [line[1:] for line in lines[end : end + around] if line[0] != "+"]
        found.append([*above, *(line[1:] for line in lines[start:end] if line[0] == "-"), *below])
    return found


def occurrences(text: str, wanted: Lines, key: Callable[[str], str]) -> int:
    """Return how often the wanted lines stand in a text, compared by a key."""
    lines, wanted = [key(line) for line in text.split("\n")[:-1]], [key(line) for line in wanted]
    if not wanted:
        return 0
    return sum(
        lines[start : start + len(wanted)] == wanted
        for start in range(len(lines) - len(wanted) + 1)
        if lines[start] == wanted[0]
    )


def is_unique(case: Case, reply: Reply) -> bool:
    """Whether a careful reader without line numbers could find the one place for each hunk."""
    text = case.before if reply.before is None else reply.before
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    shown = [hunk.old for hunk in case.hunks] if reply.shown is None else reply.shown
    return reply.meaning is Meaning.CLEAR and all(occurrences(text, lines, reply.key) == 1 for lines in shown)
