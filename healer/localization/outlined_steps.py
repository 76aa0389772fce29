"""The lines of a failing test in other languages than Python by what they have to do with its failure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.localization.steps import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.localization.outline import Outline, Outlined

LONGEST_STATEMENT = 10
"""Lines."""
MOST_LINES = 2000
"""Before the statement that failed, that are read for what it draws on."""
_FURTHEST = 4
"""Assignments, one from another, that are followed back from the statement that failed."""
_TEXT = re.compile(r'"(?:[^"\\\n]|\\.){0,500}"')
_HEAD = re.compile(r"\s*(?:\}\s*else\s+)?(?:if|for|switch|case)\b")
_ASSIGNED = re.compile(r"^(.{0,200}?[^=!<>:+\-*/%&|^\s])[ \t]{0,20}(?::|[-+*/%&|^]|<<|>>)?=(?![=>])")
_NAME = re.compile(r"[^\W\d]\w*")
_FORWARD, _BACKWARD = "([", ")]"


def steps(outline: Outline, test: Outlined, line: int | None) -> Iterator[tuple[Step, int, int]]:
    """Yield the lines of a test with what they have to do with the failure of one, each line once.

    Without a line that failed they are all others.
    """
    if line is None:
        yield Step.OTHER, test.line, test.end_line
        return
    first, last = statement(outline, line, test)
    yield Step.FAILED, first, last
    wanted = set(_NAME.findall(_plain(outline, first, last)))
    made: set[int] = set()
    stored = {number: _stored(outline, number) for number in range(max(test.line + 1, first - MOST_LINES), first)}
    for _ in range(_FURTHEST):
        found = {number for number, names in stored.items() if names & wanted} - made
        if not found:
            break
        made |= found
        for number in found:
            wanted |= set(_NAME.findall(_plain(outline, *statement(outline, number, test))))
    for number in range(test.line, test.end_line + 1):
        if not first <= number <= last:
            yield (Step.MADE if number in made else Step.OTHER), number, number


def statement(outline: Outline, line: int, one: Outlined) -> tuple[int, int]:
    """Return the lines of the statement that a line is in: to the end of its brackets, in Go from the condition on."""
    first = line
    if outline.language == "Go":
        above = range(line, max(line - 6, one.line), -1)
        first = next((number for number in above if _HEAD.match(outline.lines[number - 1])), line)
    last, depth = line, 0
    for last in range(line, min(line + LONGEST_STATEMENT, one.end_line) + 1):
        text = _TEXT.sub("", outline.lines[last - 1])
        depth += sum(map(text.count, _FORWARD)) - sum(map(text.count, _BACKWARD))
        if depth <= 0:
            break
    return first, last


def _plain(outline: Outline, first: int, last: int) -> str:
    return _TEXT.sub('""', outline.text(first, last))


def _stored(outline: Outline, line: int) -> frozenset[str]:
    """Return what a line assigns to: of `got, err := Parse(x)` got and err."""
    found = _ASSIGNED.match(_TEXT.sub('""', outline.lines[line - 1][:500]))
    return frozenset(_NAME.findall(found[1])) if found else frozenset()
