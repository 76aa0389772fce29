"""What a model asked to see, from the base's source alone and within a budget of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.localization.hunks import split_lines
from healer.localization.lookup import Library, Span
from healer.localization.outlined_context import around
from healer.localization.pysource import SIZE_LIMIT, SourceIndex
from healer.models.code import Excerpt, Sought

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.code import Diagnosis
    from healer.ports import SourceTree

CHARACTERS_PER_TOKEN = 4
MOST_ALIKE = 3
"""Definitions of one name that are shown."""
MOST_TOLD = 5
"""Places of further ones that are told."""
WINDOW = 20
"""Lines each side of a line that lies in no function."""
_LONGEST_HEAD = 3
"""Lines of a definition's head; the rest of a longer one is left out."""
_LEAST_LINES = 8
"""Fewer lines of a file are not worth showing."""
NOWHERE = 0
"""Heads stand at no line: they come from all over a file."""
NOT_THERE = "nothing of that name in the repository"
NOT_SHOWN = "tests that do not fail now, and files of version control and CI, are not shown"
NO_TEXT = "not a text"
NO_ROOM = "too long for what is left"


def wanted(names: Sequence[str], diagnosis: Diagnosis, source: SourceTree, *, token_budget: int) -> tuple[Sought, ...]:
    """Return what there is of each name, in their order: whole, or where that is too long, heads or a beginning.

    Each name may take an even share of what those before it left, at four characters a token.
    """
    library = Library(SourceIndex(source), diagnosis)
    left = token_budget * CHARACTERS_PER_TOKEN
    found = []
    for number, name in enumerate(names):
        sought = _sought(library, name, left // (len(names) - number))
        left -= sum(len(excerpt.text) for excerpt in sought.excerpts)
        found.append(sought)
    return tuple(found)


def _sought(library: Library, name: str, room: int) -> Sought:
    spans = library.find(name)
    shown = [span for span in spans if library.may_be_shown(span.path)]
    if not shown:
        return Sought(name, note=NOT_SHOWN if spans else NOT_THERE)
    excerpts: list[Excerpt] = []
    notes: list[str] = []
    for number, span in enumerate(shown[:MOST_ALIKE]):
        lines = _lines(library, span.path)
        if lines is None or (span.line or 1) not in range(1, len(lines) + 1):
            notes.append(NO_TEXT if lines is None else f"the file has {len(lines)} lines")
            continue
        share = room // (min(len(shown), MOST_ALIKE) - number)
        excerpt = next((one for one in _versions(library, span, lines, name, share) if len(one.text) <= share), None)
        if excerpt is None:
            notes.append(NO_ROOM)
            continue
        room -= len(excerpt.text)
        excerpts.append(excerpt)
    if more := shown[MOST_ALIKE:]:
        places = ", ".join(f"{span.path}:{span.line}" for span in more[:MOST_TOLD])
        notes.append(f"{len(more)} more of that name: {places}{', …' if len(more) > MOST_TOLD else ''}")
    return Sought(name, tuple(excerpts), "; ".join(dict.fromkeys(notes)))


def _lines(library: Library, path: str) -> list[str] | None:
    """Return a file's lines, ends included, as they can be written as UTF-8; None for what is no text."""
    data = library.index.read(path)
    if data is None or len(data) > SIZE_LIMIT or b"\0" in data:
        return None
    return [line.encode("utf-8", "replace").decode() for line in split_lines(data)]


def _versions(library: Library, span: Span, lines: list[str], name: str, room: int) -> Iterator[Excerpt]:
    """Yield what may be shown of a span, the best first."""
    asked = f"asked for as {name}" if span.holder and span.holder != name else "asked for"
    first, last = _range(library, span, len(lines))
    yield _excerpt(span.path, lines, first, last, asked)
    if span.line is not None and not span.holder:  # a line in what is too long
        for reach in (WINDOW, WINDOW // 2):
            start, end = max(1, span.line - reach), min(len(lines), (span.end_line or span.line) + reach)
            yield _excerpt(span.path, lines, start, end, asked)
    if heads := "".join(_heads(library, span.path, lines, first, last)):
        yield Excerpt(span.path, NOWHERE, NOWHERE, heads, f"{asked}; too long, so the heads of its definitions only")
    end, size = first - 1, 0
    while end < last and size + len(lines[end]) <= room:
        size += len(lines[end])
        end += 1
    if end - first + 1 >= _LEAST_LINES:
        yield _excerpt(span.path, lines, first, end, f"{asked}; too long, so its beginning only")


def _excerpt(path: str, lines: Sequence[str], first: int, last: int, reason: str) -> Excerpt:
    return Excerpt(path, first, last, "".join(lines[first - 1 : last]), reason)


def _range(library: Library, span: Span, count: int) -> tuple[int, int]:
    """Return the lines that are meant: of a line, the function around it; of a whole file, all."""
    if span.line is None or span.end_line is None:
        return 1, count
    if span.holder or span.line != span.end_line:
        return span.line, min(span.end_line, count)
    module, outline = library.index.module(span.path), library.index.outline(span.path)
    one = (
        module.enclosing(span.line, functions_only=True) if module else around(outline, span.line) if outline else None
    )
    if one is not None:
        return one.line, min(one.end_line, count)
    return max(1, span.line - WINDOW), min(count, span.line + WINDOW)


def _heads(library: Library, path: str, lines: Sequence[str], first: int, last: int) -> Iterator[str]:
    """Yield the heads of the definitions that begin in a range of lines, in their order."""
    module, outline = library.index.module(path), library.index.outline(path)
    for one in module.definitions if module else ():
        if first <= one.node.lineno <= last and (one.parent is None or one.parent.is_class):
            end = max(one.node.lineno, one.node.body[0].lineno - 1)
            yield from lines[one.node.lineno - 1 : min(end, one.node.lineno + _LONGEST_HEAD - 1)]
    for other in outline.definitions if outline and not module else ():
        if first <= other.line <= last and (other.parent is None or other.parent.is_container):
            body = lines[other.line - 1 : other.end_line]
            yield next((line for line in body if other.name in line), body[0])
