"""What is worth reading of files in other languages than Python: whole functions, heads of classes, imports."""

from __future__ import annotations

import itertools
import re
from itertools import islice
from typing import TYPE_CHECKING

from healer.localization.identifiers import named_in
from healer.localization.outlined_calls import reached
from healer.localization.outlined_tests import find_test
from healer.models.code import Excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.localization.inquiry import Inquiry
    from healer.localization.outline import Outline, Outlined
    from healer.localization.pysource import SourceIndex
    from healer.models.code import Location
    from healer.models.evidence import FailureCluster

SMALL_CONTAINER = 40
"""Lines; up to here a method is shown with its whole class."""
LONGEST_OUTER = 120
"""Lines; a function around another is shown with it up to here, for some files are one function."""
LONGEST_FUNCTION = 400
"""Lines; beyond, a window around the line says more for its price."""
MOST_FOLLOWED = 24
MOST_TYPES = 3
_LONGEST_HEAD = 40


def of_test(inquiry: Inquiry, cluster: FailureCluster) -> Iterator[Excerpt]:
    """Yield the failing test's own function, what prepares for it and what helps it in its file, and the imports."""
    failure = cluster.representative
    found = find_test(inquiry, failure)
    if found is None:
        return
    outline, test = found
    yield _whole(outline, test, f"the failing test {failure.id}")
    holders = []
    holder = test.parent
    while holder:
        holders.append(holder)
        holder = holder.parent
    named = named_in(outline, test.line, test.end_line)
    setups = {"setup", "setUp", "set_up", "SetUp", "beforeEach", "beforeAll", "TestMain"}
    for one in outline.definitions:
        if one.is_container or one is test or not (one.parent is None or one.parent in holders):
            continue
        if one.is_setup or one.name in setups:
            yield _whole(outline, one, f"set-up of {failure.id}")
        elif one.name in named:
            yield _whole(outline, one, f"used by {failure.id}")
    yield from header(outline)


def suspicious(outline: Outline, place: Location, reason: str) -> Iterator[Excerpt | None]:
    """Yield the function around a location with the head of its class, or the whole class where that is small."""
    function = around(outline, place.line)
    if function is None:
        holders = outline.around(place.line)
        if holders and holders[-1].end_line - holders[-1].line < SMALL_CONTAINER:
            yield _whole(outline, holders[-1], reason)
        return
    if function.end_line - function.line >= LONGEST_FUNCTION:
        return
    owner = function.owner
    if owner is None or owner.is_test or _is_wide(outline, owner):
        yield _whole(outline, function, reason)
    elif owner.end_line - owner.line < SMALL_CONTAINER:
        yield _whole(outline, owner, reason)
    else:
        yield _head(outline, owner)
        yield _whole(outline, function, reason)
    yield from _types(outline, function)


def _types(outline: Outline, function: Outlined) -> Iterator[Excerpt | None]:
    """Yield the type that a method is of where it does not stand inside, as in Go and Rust."""
    qualifiers = re.split(r"::|\.", function.qualname)[:-1]
    for one in outline.named(qualifiers[-1])[:MOST_TYPES] if qualifiers else ():
        if one.is_container and one is not function.owner:
            holds = any(other.parent is one for other in outline.definitions)
            yield _head(outline, one) if holds else _type(outline, one, f"the type of {function.qualname}")


def _type(outline: Outline, one: Outlined, reason: str) -> Excerpt | None:
    """Return a type, of a long one not the comment before it; None where that is long still."""
    line = one.line
    if one.end_line - line > _LONGEST_HEAD:
        remarks = itertools.takewhile(_is_remark, outline.text(line, one.end_line).split("\n"))
        line += sum(1 for _ in remarks)
    fits = one.end_line - line <= _LONGEST_HEAD
    return Excerpt(outline.path, line, one.end_line, outline.text(line, one.end_line), reason) if fits else None


def _is_remark(line: str) -> bool:
    return line.lstrip().startswith(("//", "/*", "*", "#"))


def around(outline: Outline, line: int) -> Outlined | None:
    """Return the function around a line that explains it: not one nested in another, unless that is very long."""
    functions = [one for one in outline.around(line) if not one.is_container]
    fitting = [one for one in functions if one.end_line - one.line < LONGEST_OUTER]
    if not fitting:
        return functions[-1] if functions else None
    chosen = fitting[-1]
    while chosen.parent in fitting:
        chosen = chosen.parent
    return chosen


def called_by_location(index: SourceIndex, outline: Outline, place: Location, *, directly: bool) -> Iterator[Excerpt]:
    """Yield what the function around a location calls, itself or through others."""
    function = around(outline, place.line)
    if function is None:
        return
    for home, one, _, caller, depth in islice(reached(index, outline, function), MOST_FOLLOWED):
        if (depth == 1) is directly:
            yield _whole(home, one, f"called by {caller.qualname}")


def header(outline: Outline) -> Iterator[Excerpt]:
    """Yield a file's imports and short constants."""
    for line, end_line in outline.header:
        yield Excerpt(outline.path, line, end_line, outline.text(line, end_line), "imports and constants")


def _is_wide(outline: Outline, owner: Outlined) -> bool:
    """Whether a container only groups definitions, as namespaces and modules do."""
    return any(one.is_container for one in outline.inside(owner)) and owner.parent is None


def _whole(outline: Outline, one: Outlined, reason: str) -> Excerpt:
    return Excerpt(outline.path, one.line, one.end_line, outline.text(one.line, one.end_line), reason)


def _head(outline: Outline, owner: Outlined) -> Excerpt:
    """Return a class down to its first method."""
    first = min((one.line for one in outline.inside(owner)), default=owner.end_line + 1)
    end = max(min(first - 1, owner.line + _LONGEST_HEAD), owner.line)
    return Excerpt(outline.path, owner.line, end, outline.text(owner.line, end), f"the head of {owner.qualname}")
