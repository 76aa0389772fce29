"""Where things are that somebody names: a file, a line of it, a function, a method, a constant.

Names are compared with those of the base's source alone; none is ever opened as a path.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from healer import layout
from healer.evidence.paths import RepositoryPaths
from healer.localization.outline_queries import QUERIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.localization.outline import Outlined
    from healer.localization.pysource import Definition, PythonModule, SourceIndex
    from healer.models.code import Diagnosis

MOST_LOOKED_INTO = 12
"""Files that look as if they defined a name, and files that only hold it, that are searched for its definition."""
_MOST_CLUSTERS, _MOST_FAILURES, _MOST_FRAMES = 10, 20, 50
_PLACE = re.compile(r"^(?P<path>.+?)(?::{1,2}|#L)(?P<line>\d{1,7})(?:[:,-]L?(?P<end>\d{1,7}))?$")
_WITHIN = re.compile(r"^(?P<path>.+\.\w{1,10}):{1,2}(?P<name>\D.*)$")
_SEPARATOR = re.compile(r"::|->|[.#/]")
_PREFIX = re.compile(r"^[ab]/(?=.)")


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of a file (1-based, inclusive); None for both where the whole file is meant."""

    path: str
    line: int | None = None
    end_line: int | None = None
    holder: str = ""
    """The full name of what is defined there, where that is what was found."""


@dataclass
class Library:
    """A base's files, and which of them may be shown."""

    index: SourceIndex
    diagnosis: Diagnosis
    _paths: RepositoryPaths = field(init=False)

    def __post_init__(self) -> None:
        self._paths = RepositoryPaths(self.index.source.paths)

    def find(self, name: str) -> list[Span]:
        """Return what a name means, what the diagnosis speaks of first; nothing where nothing has that name."""
        if (place := _PLACE.match(name)) and (path := self._file(place["path"])):
            return [Span(path, int(place["line"]), int(place["end"] or place["line"]))]
        if (within := _WITHIN.match(name)) and (path := self._file(within["path"])):
            return list(self._defined_in(path, _parts(within["name"])))
        if "/" in name or self._is_file_name(name):
            path = self._file(name)
            return [Span(path)] if path else []
        return self._named(_parts(name))

    def may_be_shown(self, path: str) -> bool:
        """Whether a model may read a file: no protected one, and of tests those that fail, with what sets them up.

        Other tests hold expectations that a repair has to meet without having seen them.
        """
        if layout.is_protected(path):
            return False
        return not layout.is_test(path) or path.endswith("conftest.py") or path in self._failing

    @cached_property
    def _failing(self) -> frozenset[str]:
        """The files that failing tests are in or pass through."""
        found: set[str | None] = set()
        for cluster in self.diagnosis.clusters[:_MOST_CLUSTERS]:
            for failure in cluster.failures[:_MOST_FAILURES]:
                files = [failure.file, failure.id.partition("::")[0], failure.runs]
                files += [frame.file for frame in failure.frames[-_MOST_FRAMES:]]
                found.update(self._paths.resolve(file) for file in files if file)
        return frozenset(path for path in found if path)

    def _is_file_name(self, name: str) -> bool:
        path = self._paths.resolve(name)
        return path is not None and path.rpartition("/")[2].casefold() == name.casefold()

    def _file(self, text: str) -> str | None:
        return self._paths.resolve(text) or self._paths.resolve(_PREFIX.sub("", text))

    def _named(self, parts: list[str]) -> list[Span]:
        """Return the definitions of a name, or what a dotted name means as a module and something in it."""
        for paths in (self._defining, self._assigning) if parts else ():
            ordered = sorted(set(paths(parts[-1])), key=lambda path: self._rank(path, parts[:-1]))
            found = [span for path in ordered[: 2 * MOST_LOOKED_INTO] for span in self._defined_in(path, parts)]
            if found:
                return sorted(found, key=lambda span: _parts(span.holder) != parts)  # a function before like methods
        for count in range(len(parts), 0, -1):
            stem, rest = "/".join(parts[:count]), parts[count:]
            path = self._paths.resolve(f"{stem}.py") or self._paths.resolve(f"{stem}/__init__.py")
            if path:
                return list(self._defined_in(path, rest)) if rest else [Span(path)]
        return []

    def _rank(self, path: str, outer: list[str]) -> tuple[bool, int, str]:
        """Order files: those that hold the outer names, by the diagnosis, by their path."""
        data = self.index.read(path) or b""
        holds = all(part.encode("utf-8", "replace") in data for part in outer[-1:])
        return not holds, self._order.get(path, len(self._order)), path

    @cached_property
    def _order(self) -> dict[str, int]:
        return {place.path: number for number, place in reversed([*enumerate(self.diagnosis.locations)])}

    def _defining(self, name: str) -> Iterator[str]:
        """Yield files that define a name, as far as their text tells."""
        yield from self.index.paths_defining(name)
        yield from self._failing
        word = rb"(?<!\w)" + re.escape(name.encode("utf-8", "replace")) + rb"(?!\w)"
        for pattern in (rb"^[^\n=]{0,200}?(?<!\.)" + word + rb"[^\n;]{0,200}(?:[{(,]|=>|\)\s*\{)\s*$", word):
            found = re.compile(pattern, re.MULTILINE)
            others = (path for path, data in self.index.other_sources(QUERIES) if found.search(data))
            yield from islice(others, MOST_LOOKED_INTO)  # what looks like a definition first: the others use it

    def _assigning(self, name: str) -> Iterator[str]:
        """Yield Python files in which a name is given a value at the beginning of a line."""
        start = re.compile(rb"^[ \t]*" + re.escape(name.encode("utf-8", "replace")) + rb"[ \t]*[:=]", re.MULTILINE)
        yield from (path for path, data in self.index.sources() if start.search(data))

    def _defined_in(self, path: str, parts: list[str]) -> Iterator[Span]:
        """Yield the definitions in a file whose full name ends in these parts; else the constants."""
        if not parts:
            return
        module, outline = self.index.module(path), self.index.outline(path)
        known: Sequence[Definition | Outlined] = (
            module.named(parts[-1]) if module else outline.named(parts[-1]) if outline else ()
        )
        found = [one for one in known if _parts(one.qualname)[-len(parts) :] == parts]
        yield from (Span(path, one.line, one.end_line, one.qualname) for one in found)
        if module and not found:
            yield from _constants(module, parts)
        elif outline and not found:
            given = re.compile(rf"(?<!\w){re.escape(parts[-1])}\s*[:=]")
            name = ".".join(parts)
            yield from (Span(path, *lines, name) for lines in outline.header if given.search(outline.text(*lines)))


def _parts(name: str) -> list[str]:
    return [part for part in _SEPARATOR.split(name) if part]


def _constants(module: PythonModule, parts: list[str]) -> Iterator[Span]:
    """Yield the statements that give a value to a name of the module, or of a class in it."""
    *outer, name = parts
    classes = (one for one in module.definitions if one.is_class)
    bodies = [one.node.body for one in classes if _parts(one.qualname)[-len(outer) :] == outer]
    for node in (node for body in (bodies if outer else [module.tree.body]) for node in body):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            yield Span(module.path, node.lineno, node.end_lineno or node.lineno, ".".join(parts))
