"""The structure of a file in another language than Python: its definitions, what it imports, its constants.

By tree-sitter's grammars, which make something of a broken file too.
"""

from __future__ import annotations

import bisect
import enum
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from healer.localization.outline_names import full_name, name_of, name_of_call
from healer.localization.outline_queries import GROUP_CALLS, QUERIES, SETUP_CALLS, TEST_CALLS
from healer.patches.syntax_trees import find_nodes, language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from healer.patches.syntax_trees import FoundNode

MOST_DEFINITIONS = 5000
DEEPEST = 100
"""Levels of definitions inside each other; what is deeper counts as part of the one around."""
_SHORT_CONSTANT = 12
"""Lines."""
_BEFORE_LEAD = re.compile(rb"^[\xef\xbb\xbf\s]*(?:template\s*)?$")
_LIKE = {"bats": "bash", "h": "C++"}
"""Suffixes of what is read like another language, but is none to judge a change by."""
_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_MARKED_ROWS, _MARKED_BYTES = 6, 2000
"""Of a definition's beginning, where what marks it as a test stands."""
_BODY = re.compile(rb"[{;]|=>")
_MARKING = frozenset({"Rust", "Java", "C#", "C", "C++"})
_BATS = re.compile(rb"^([ \t]*)@test[ \t]+(?:\"([^\"\n]*)\"|'([^'\n]*)')[ \t]*\{", re.MULTILINE)
_TEST_MARK = re.compile(
    rb"#\[(?:\w+::)*(?:test|rstest|test_case|bench)\b|#\[cfg\((?:test\b|all\([^)\n]*\btest\b)"
    rb"|@(?:Parameterized|Repeated)?Test\b|\[(?:Fact|Theory|Test|TestCase|TestMethod|DataTestMethod)\b|\bTEST(?:_[FP])?\b"
)


class Kind(enum.Enum):
    """What a definition is."""

    FUNCTION = "function"
    """A function or method, or a block of code with a name of its own (`it("adds", …)`)."""
    CONTAINER = "container"
    """What holds such: a class, a struct or its methods, an interface, a module, a group of tests."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A node that defines something; bytes and rows count from 0, `end` is behind the last byte."""

    start: int
    end: int
    row: int
    end_row: int
    name: str
    own: str
    kind: Kind
    is_call: bool = False
    is_test: bool = False
    is_setup: bool = False


@dataclass(frozen=True, slots=True)
class Outlined:
    """One definition with the comments and attributes right above; lines are 1-based, `end_line` inclusive.

    `is_test` is said where the code itself marks it as a test or as part of one.
    """

    name: str
    qualname: str
    kind: Kind
    line: int
    end_line: int
    parent: Outlined | None = None
    is_test: bool = False
    is_setup: bool = False

    @property
    def is_container(self) -> bool:
        """Whether it holds other definitions rather than code."""
        return self.kind is Kind.CONTAINER

    @property
    def owner(self) -> Outlined | None:
        """The container that a function stands in directly."""
        return self.parent if self.parent and self.parent.is_container and not self.is_container else None


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A file's definitions in the order of their lines, and the ranges of lines of its imports and short constants."""

    path: str
    language: str
    lines: tuple[str, ...]
    definitions: tuple[Outlined, ...]
    header: tuple[tuple[int, int], ...]
    _by_name: Mapping[str, Sequence[Outlined]] = field(repr=False)

    def text(self, line: int, end_line: int) -> str:
        """Return these lines, ends included."""
        return "".join(self.lines[line - 1 : end_line])

    def around(self, line: int) -> tuple[Outlined, ...]:
        """Return the definitions around a line, the outermost first; of several side by side on it, the last."""
        before = bisect.bisect_right(self.definitions, line, key=lambda one: one.line)
        one = self.definitions[before - 1] if before else None
        found = []
        while one:
            if line <= one.end_line:
                found.append(one)
            one = one.parent
        return tuple(reversed(found))

    def function(self, line: int) -> Outlined | None:
        """Return the innermost function around a line."""
        return next((one for one in reversed(self.around(line)) if not one.is_container), None)

    def named(self, name: str) -> tuple[Outlined, ...]:
        """Return the definitions of that plain name."""
        return tuple(self._by_name.get(name, ()))

    def inside(self, container: Outlined) -> tuple[Outlined, ...]:
        """Return the definitions that stand directly in another."""
        return tuple(one for one in self.definitions if one.parent is container)


def plain(name: str) -> str:
    """Return the letters and digits of a name, in lower case: `adds_up`, `addsUp` and `adds up` are the same."""
    return "".join(character for character in name.casefold() if character.isalnum())


def outlined_language(path: str) -> str | None:
    """Return the language that a path's outline is read in; None for those without."""
    language = _LIKE.get(path.rpartition(".")[2]) or language_of(path)
    return language if language in QUERIES else None


@lru_cache(maxsize=64)  # ranking and choosing what to read look at the same files
def outline_of(path: str, data: bytes) -> Outline | None:
    """Return the outline of a file; None for another language, or where no parser should meet it."""
    language = outlined_language(path)
    if language is None:
        return None
    code, titles = _without_bats(data) if path.endswith(".bats") else (data, {})
    found = find_nodes(language, code, QUERIES[language])
    if found is None:
        return None
    rows = code.split(b"\n")
    lines = tuple(_LINE.findall(data.removeprefix(_BOM).decode("utf-8", "replace")))
    definitions = tuple(_definitions(language, _drafts(language, found, titles), _leads(found, rows), rows))
    by_name: dict[str, list[Outlined]] = {}
    for one in definitions:
        by_name.setdefault(one.name, []).append(one)
    return Outline(path, language, lines, definitions, tuple(_header(found, definitions)), by_name)


def _without_bats(data: bytes) -> tuple[bytes, dict[int, str]]:
    """Return the Bash that stands for tests of Bats, row by row the same, and the titles of the tests by row."""
    titles = {
        data.count(b"\n", 0, match.start()): (match[2] or match[3] or b"").decode("utf-8", "replace")
        for match in islice(_BATS.finditer(data), MOST_DEFINITIONS)
    }
    return _BATS.sub(rb"\1bats_test() {", data), titles


def _rows(node: FoundNode) -> tuple[int, int]:
    """Return the first and the last row of a node; a line comment may end before the first character of the next."""
    first, (last, column) = node.start_point[0], node.end_point
    return first, max(first, last if column else last - 1)


def _drafts(language: str, found: Mapping[str, list[FoundNode]], titles: Mapping[int, str]) -> Iterator[_Draft]:
    """Yield what defines something and has a name, the outer before the inner."""
    kinds = [(node, kind) for kind in ("function", "container", "call") for node in found.get(kind, ())]
    kinds.sort(key=lambda one: (one[0].start_byte, -one[0].end_byte))
    seen: set[tuple[int, int]] = set()
    for node, kind in kinds:
        span = node.start_byte, node.end_byte
        title = titles.get(node.start_point[0])
        draft = _draft(language, node, kind, (title, title) if title else None)
        if draft and span not in seen:
            seen.add(span)
            yield draft


def _draft(language: str, node: FoundNode, kind: str, names: tuple[str, str] | None) -> _Draft | None:
    first, last = _rows(node)
    if kind == "call":
        title, called = name_of_call(node)
        is_group = called in GROUP_CALLS
        if not is_group and called not in TEST_CALLS and called not in SETUP_CALLS:
            return None
        name = title or called
        return _Draft(
            node.start_byte, node.end_byte, first, last, name, name, Kind.CONTAINER if is_group else Kind.FUNCTION,
            is_call=True, is_test=True, is_setup=called in SETUP_CALLS,
        )  # fmt: skip
    told = names or name_of(language, node)
    if told is None:
        return None
    which = Kind.CONTAINER if kind == "container" else Kind.FUNCTION
    return _Draft(node.start_byte, node.end_byte, first, last, *told, which, is_test=names is not None)


def _leads(found: Mapping[str, list[FoundNode]], rows: list[bytes]) -> dict[int, int]:
    """Return where what belongs to the next row begins, by its last row; behind code nothing does."""
    leads = {}
    for node in found.get("lead", ()):
        first, last = _rows(node)
        if _BEFORE_LEAD.match(rows[first][: node.start_point[1]]):
            leads[last] = first
    return leads


def _definitions(
    language: str, drafts: Iterable[_Draft], leads: Mapping[int, int], rows: list[bytes]
) -> Iterator[Outlined]:
    around: list[tuple[int, Outlined]] = []
    for draft in islice(drafts, MOST_DEFINITIONS):
        while around and around[-1][0] <= draft.start:
            around.pop()
        if len(around) >= DEEPEST:
            continue
        parent = around[-1][1] if around else None
        first = draft.row
        while first - 1 in leads and (parent is None or leads[first - 1] + 1 > parent.line):
            first = leads[first - 1]
        beginning = b"\n".join(rows[first : draft.row + _MARKED_ROWS])[:_MARKED_BYTES]
        marked = _TEST_MARK.search(_BODY.split(beginning, maxsplit=1)[0])
        one = Outlined(
            draft.name, full_name(language, parent.qualname if parent else None, draft.own, is_call=draft.is_call),
            draft.kind, first + 1, draft.end_row + 1, parent,
            is_test=bool(draft.is_test or (marked and language in _MARKING) or (parent and parent.is_test)),
            is_setup=draft.is_setup,
        )  # fmt: skip
        around.append((draft.end, one))
        yield one


def _header(found: Mapping[str, list[FoundNode]], definitions: Iterable[Outlined]) -> Iterator[tuple[int, int]]:
    """Yield the lines of imports and short constants that are no definitions, neighbours together."""
    defined = {line for one in definitions for line in (one.line, one.end_line)}
    spans = [_rows(node) for node in found.get("import", ())]
    spans += [(first, last) for first, last in map(_rows, found.get("constant", ())) if last - first < _SHORT_CONSTANT]
    merged: list[list[int]] = []
    for first, last in sorted(spans):
        if defined.intersection(range(first + 1, min(last, first + _SHORT_CONSTANT) + 2)):
            continue
        if merged and first - merged[-1][1] <= 2:  # noqa: PLR2004 - one blank line or comment between
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    yield from ((first + 1, last + 1) for first, last in merged)
