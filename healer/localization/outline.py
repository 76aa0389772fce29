"""The structure of a file in another language than Python: its definitions, what it imports, its constants.

By tree-sitter's grammars, which make something of a broken file too.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from healer.localization.outline_names import callee, full_name, name_of
from healer.localization.outline_queries import GROUP_CALLS, QUERIES, SETUP_CALLS, TEST_CALLS
from healer.patches.syntax_trees import find_nodes, language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from healer.patches.syntax_trees import FoundNode

MOST_DEFINITIONS = 5000
DEEPEST = 100
"""Levels of definitions inside each other; what is deeper counts as part of the one around."""
_SHORT_CONSTANT = 12
"""Lines."""
_BEFORE_LEAD = re.compile(rb"^[\xef\xbb\xbf\s]*(?:template\s*)?$")
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


@dataclass(frozen=True, slots=True)
class Outline:
    """A file's definitions in the order of their lines, and the ranges of lines of its imports and short constants."""

    path: str
    language: str
    lines: tuple[str, ...]
    definitions: tuple[Outlined, ...]
    header: tuple[tuple[int, int], ...]

    def text(self, line: int, end_line: int) -> str:
        """Return these lines, ends included."""
        return "".join(self.lines[line - 1 : end_line])

    def around(self, line: int) -> tuple[Outlined, ...]:
        """Return the definitions around a line, the outermost first."""
        return tuple(one for one in self.definitions if one.line <= line <= one.end_line)

    def function(self, line: int) -> Outlined | None:
        """Return the innermost function around a line."""
        return next((one for one in reversed(self.around(line)) if not one.is_container), None)

    def named(self, name: str) -> tuple[Outlined, ...]:
        """Return the definitions of that plain name."""
        return tuple(one for one in self.definitions if one.name == name)

    def inside(self, container: Outlined) -> tuple[Outlined, ...]:
        """Return the definitions that stand directly in another."""
        return tuple(one for one in self.definitions if one.parent is container)


def can_outline(path: str) -> bool:
    """Whether the language of a path has an outline."""
    return path.endswith(".bats") or language_of(path) in QUERIES


@lru_cache(maxsize=64)  # ranking and choosing what to read look at the same files
def outline_of(path: str, data: bytes) -> Outline | None:
    """Return the outline of a file; None for another language, or where no parser should meet it."""
    language = "bash" if path.endswith(".bats") else language_of(path)
    if language not in QUERIES or language is None:
        return None
    titles: dict[int, str] = {}
    if path.endswith(".bats"):
        data, titles = _without_bats(data)
    found = find_nodes(language, data, QUERIES[language])
    if found is None:
        return None
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    lines = tuple(text.replace("\r\n", "\n").split("\n")) if False else tuple(re.findall(r"[^\n]*\n|[^\n]+", text))
    definitions = tuple(_definitions(language, data, found, titles))
    return Outline(path, language, lines, definitions, tuple(_header(found, definitions)))
