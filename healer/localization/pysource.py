"""Files of a source tree, parsed once: Python's with spans and byte offsets, other languages' in outline."""

from __future__ import annotations

import ast
import bisect
import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.outline import outline_of, outlined_language, plain
from healer.localization.packages import Packages

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from healer.localization.outline import Outline
    from healer.ports import SourceTree

SIZE_LIMIT = 1_000_000
"""Bytes; larger Python files are data, and are neither parsed nor scanned."""
MOST_OTHER_FILES, MOST_OTHER_BYTES = 5000, 40_000_000
"""In other languages, that are looked into for words."""
MOST_OUTLINES = 150
"""Files in other languages whose structure is read; it takes some milliseconds each."""
SCRIPT = "<script>"
_BOM = b"\xef\xbb\xbf"
_DEFINED = re.compile(rb"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+([^\W\d]\w*)", re.MULTILINE)
_LONE_RETURN = re.compile(rb"\r(?!\n)")

DefinitionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, method or class; `line` is its first decorator's, both ends are 1-based and inclusive."""

    name: str
    qualname: str
    line: int
    end_line: int
    node: DefinitionNode
    parent: Definition | None = None

    @property
    def is_class(self) -> bool:
        """Whether this is a class."""
        return isinstance(self.node, ast.ClassDef)

    @property
    def owner(self) -> Definition | None:
        """The class that a method stands in directly."""
        return self.parent if self.parent and self.parent.is_class and not self.is_class else None


class PythonModule:
    """One file that parses as Python in UTF-8; `tree` positions are turned into offsets of `data`."""

    def __init__(self, path: str, data: bytes) -> None:
        """Raise SyntaxError for anything that this Python does not parse, or that could not be edited byte by byte."""
        self.path = path
        self.data = data
        self.tree = parse(data)
        self._starts = _line_starts(data)
        self.definitions = tuple(_definitions(self.tree))

    @property
    def line_count(self) -> int:
        """Lines, whether or not the last one ends."""
        return len(self._starts)

    def offset(self, line: int, column: int) -> int:
        """Return the byte offset of a syntax tree's 1-based line and UTF-8 column."""
        bom = len(_BOM) if line == 1 and self.data.startswith(_BOM) else 0
        return self._starts[line - 1] + column + bom

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias) -> tuple[int, int]:
        """Return the node's byte range."""
        end_line = node.end_lineno if node.end_lineno is not None else node.lineno
        end_column = node.end_col_offset if node.end_col_offset is not None else node.col_offset
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def segment(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias) -> bytes:
        """Return the node's bytes."""
        start, end = self.span(node)
        return self.data[start:end]

    def line_start(self, line: int) -> int:
        """Return the offset of a 1-based line; one past the last line is the end of the file."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.data)

    def line_of(self, offset: int) -> int:
        """Return the 1-based line that holds a byte offset."""
        return bisect.bisect_right(self._starts, offset)

    def text(self, line: int, end_line: int) -> str:
        """Return these lines, ends included."""
        piece = self.data[self.line_start(line) : self.line_start(end_line + 1)]
        return piece.removeprefix(_BOM).decode("utf-8", "replace")

    def enclosing(self, line: int, *, functions_only: bool = False) -> Definition | None:
        """Return the innermost definition around a line."""
        found: Definition | None = None
        for definition in self.definitions:
            fits = definition.line <= line <= definition.end_line and not (functions_only and definition.is_class)
            if fits and (found is None or definition.line >= found.line):
                found = definition
        return found

    @cached_property
    def docstring_lines(self) -> frozenset[int]:
        """The lines of the docstrings of the module and its definitions."""
        lines: set[int] = set()
        for node in (self.tree, *(definition.node for definition in self.definitions)):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                lines.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
        return frozenset(lines)

    @cached_property
    def assertions(self) -> tuple[tuple[int, int], ...]:
        """The first and the last line of every `assert`."""
        found = (node for node in ast.walk(self.tree) if isinstance(node, ast.Assert))
        return tuple((node.lineno, node.end_lineno or node.lineno) for node in found)

    def named(self, name: str) -> tuple[Definition, ...]:
        """Return the definitions of that plain name."""
        return self._by_name.get(name, ())

    @cached_property
    def _by_name(self) -> dict[str, tuple[Definition, ...]]:
        found: dict[str, list[Definition]] = {}
        for definition in self.definitions:
            found.setdefault(definition.name, []).append(definition)
        return {name: tuple(each) for name, each in found.items()}


def whole(module: PythonModule) -> Definition:
    """Return a script as one definition: what a command runs is its test."""
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    last = module.line_count
    node = ast.FunctionDef(SCRIPT, nothing, module.tree.body, [], lineno=1, end_lineno=last)
    return Definition(SCRIPT, SCRIPT, 1, last, node)


class SourceIndex:
    """A source tree with its Python files parsed on demand, each at most once."""

    def __init__(self, source: SourceTree) -> None:
        self.source = source
        self._modules: dict[str, PythonModule | None] = {}
        self._defining: dict[str, list[str]] | None = None
        self._outlines: dict[str, Outline | None] = {}
        self._others: tuple[str, ...] | None = None
        self._stems: dict[str, list[str]] | None = None
        self._python = tuple(sorted(path for path in source.paths if path.endswith((".py", ".pyi"))))
        self.packages = Packages(self._python)

    @property
    def python_paths(self) -> tuple[str, ...]:
        """All Python files, tests included."""
        return self._python

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, or None when the tree has no such file."""
        return self.source.read(path) if path in self.source.paths else None

    def line_count(self, path: str) -> int:
        """Return how many lines a file has, the last one counted whether or not it ends."""
        data = self.source.read(path)
        return data.count(b"\n") + (not data.endswith(b"\n"))

    def module(self, path: str) -> PythonModule | None:
        """Return the parsed file, or None when there is none or it does not parse."""
        if path not in self._modules:
            self._modules[path] = self._load(path)
        return self._modules[path]

    def _load(self, path: str) -> PythonModule | None:
        data = self.read(path) if path.endswith((".py", ".pyi")) else None
        if data is None or len(data) > SIZE_LIMIT:
            return None
        try:
            return PythonModule(path, data)
        except SyntaxError:
            return None

    def outline(self, path: str) -> Outline | None:
        """Return the structure of a file in another language, or None; only so many are read, the first asked for."""
        if path not in self._outlines:
            known = len(self._outlines) < MOST_OUTLINES and outlined_language(path) is not None
            data = self.read(path) if known else None
            if not known:
                return None
            self._outlines[path] = outline_of(path, data) if data is not None else None
        return self._outlines[path]

    def in_test(self, path: str, line: int) -> bool:
        """Whether a line of a source file stands in a test, as Rust's do."""
        if path.endswith(".bats"):
            return True
        outline = self.outline(path) if outlined_language(path) == "Rust" else None
        return outline is not None and any(one.is_test for one in outline.around(line))

    def touches_test(self, path: str, start: int, end: int) -> bool:
        """Whether a change of lines `start` to `end` (0-based, exclusive), or between two, is one of a test there."""
        if start == end:
            return self.in_test(path, start) and self.in_test(path, start + 1)
        return self.in_test(path, start + 1) or self.in_test(path, end)

    def others(self, languages: Collection[str]) -> tuple[str, ...]:
        """Return the source files in some of the other languages, by name."""
        if self._others is None:
            found = (path for path in self.source.paths if outlined_language(path) and layout.is_source(path))
            self._others = tuple(sorted(found))
        return tuple(path for path in self._others if outlined_language(path) in languages)

    def called(self, stem: str) -> tuple[str, ...]:
        """Return the files in other languages whose name without its endings is this, case and `_` left aside."""
        if self._stems is None:
            self._stems = {}
            for path in sorted(self.source.paths):
                if outlined_language(path):
                    self._stems.setdefault(plain(path.rpartition("/")[2].partition(".")[0]), []).append(path)
        return tuple(self._stems.get(plain(stem), ()))

    def other_sources(self, languages: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield source files in some of the other languages, by name, with their bytes, as far as there is time."""
        left = MOST_OTHER_BYTES
        for path in self.others(languages)[:MOST_OTHER_FILES]:
            data = self.source.read(path)
            left -= len(data)
            if left < 0:
                return
            yield path, data

    def sources(self) -> Iterator[tuple[str, bytes]]:
        """Yield the Python source files that are no tests, with their bytes; no stub of what is there itself."""
        for path in self._python:
            if layout.is_source(path) and not (path.endswith(".pyi") and path[:-1] in self.source.paths):
                data = self.source.read(path)
                if len(data) <= SIZE_LIMIT:
                    yield path, data

    def names_ending(self, name: str) -> tuple[str, ...]:
        """Return the names of definitions in source files that end in `_` and another name."""
        self.paths_defining(name)
        return tuple(known for known in self._defining or () if known.endswith("_" + name))

    def paths_defining(self, name: str) -> tuple[str, ...]:
        """Return the source files with a `def` or `class` of that name, by one scan of the text of all."""
        if self._defining is None:
            self._defining = {}
            for path, data in self.sources():
                for found in set(_DEFINED.findall(data)):
                    self._defining.setdefault(found.decode("utf-8", "replace"), []).append(path)
        return tuple(self._defining.get(name, ()))


def parse(data: bytes) -> ast.Module:
    """Parse UTF-8 Python source; everything that goes wrong, hostile nesting included, is a SyntaxError."""
    text = data.removeprefix(_BOM)
    if _LONE_RETURN.search(text):
        raise SyntaxError("lone carriage returns: lines are not what they seem")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in the code under repair is not ours to report
            return ast.parse(text.decode("utf-8"))
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error)) from error


def _line_starts(data: bytes) -> list[int]:
    starts = [0, *(match.end() for match in re.finditer(rb"\n", data))]
    return starts[:-1] if len(starts) > 1 and starts[-1] == len(data) else starts


def _definitions(tree: ast.Module) -> Iterator[Definition]:
    """Yield definitions in source order without recursing: the nesting is the file's own."""
    stack: list[tuple[ast.AST, Definition | None]] = [(tree, None)]
    while stack:
        node, parent = stack.pop()
        inner = parent
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            qualname = f"{parent.qualname}.{node.name}" if parent else node.name
            inner = Definition(node.name, qualname, line, node.end_lineno or node.lineno, node, parent)
            yield inner
        if isinstance(node, ast.expr):
            continue  # expressions hold no definitions
        stack.extend((child, inner) for child in reversed(list(ast.iter_child_nodes(node))))
