"""Every place of a name: where it is defined and used, tests included, and what a module or a type holds.

A pure search for whole words over source and tests, in any language: no parser tells what a name means everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer import layout

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from healer.ports import SourceTree

MOST_FILES, MOST_BYTES, LARGEST = 4_000, 24_000_000, 600_000
"""That are searched: files, bytes in all, and bytes of one file."""
LONGEST_LINE = 400
MOST_PLACES = 2_000
"""Lines of one name that are counted."""
_CODE = frozenset({
    "bash", "bats", "c", "cc", "cjs", "cpp", "cs", "cts", "cxx", "dart", "erl", "ex", "exs", "fs", "go", "groovy",
    "h", "hh", "hpp", "html", "hxx", "j2", "java", "jinja", "jl", "js", "jsx", "kt", "kts", "lua", "m", "mjs", "mm",
    "mts", "php", "pl", "pm", "proto", "pxd", "py", "pyi", "pyx", "r", "rb", "rs", "scala", "sh", "sql", "svelte",
    "swift", "ts", "tsx", "vb", "vue",
})  # fmt: skip
_HASH = frozenset({"py", "pyi", "pyx", "pxd", "rb", "ex", "exs", "pl", "pm", "r", "jl", "sh", "bash", "bats"})
_STRING = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
_REMARK_AFTER_HASH = re.compile(
    rf"(?P<remark>\"{{3}}.*?(?:\"{{3}}|\Z)|'{{3}}.*?(?:'{{3}}|\Z)|#[^\n]*)|{_STRING}", re.DOTALL
)
_REMARK_AFTER_SLASHES = re.compile(rf"(?P<remark>/\*.*?(?:\*/|\Z)|//[^\n]*)|{_STRING}", re.DOTALL)
_INTRODUCES = (
    r"\b(?:def|class|func|function|fn|fun|type|struct|enum|trait|interface|const|let|var|val|static|module|record|sub|"
    r"define|typedef|union|object|impl|protocol)\s+"
)
_NO_TYPE = (
    r"(?!(?:return|new|throw|else|await|yield|in|not|and|or|case|go|defer|raise|if|elif|while|for|with|when|until|assert|"
    r"print|echo)\b)"
)
_HELD = re.compile(
    rf"\s*(?:(?:async|export|public|private|protected|static|final|abstract|pub)\s+){{0,4}}"
    rf"(?:{_INTRODUCES}(?:\([^()]{{0,80}}\)\s*)?|self\.|this\.)?(?P<name>[^\W\d]\w{{0,80}})\b"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file with a name in it."""

    path: str
    number: int
    text: str
    defines: bool
    """Whether it looks like the name's definition."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The code of a repository as far as it is searched, tests included, with whether that is all of it."""

    files: Mapping[str, bytes]
    is_all: bool

    @classmethod
    def of(cls, source: SourceTree) -> Texts:
        """Read the code; files that are large, protected or no code are left out."""
        files: dict[str, bytes] = {}
        left = MOST_BYTES
        for path in sorted(source.paths):
            if path.rpartition(".")[2].lower() not in _CODE or not (layout.is_source(path) or layout.is_test(path)):
                continue
            data = source.read(path)
            if len(data) > LARGEST:
                continue
            left -= len(data)
            if left < 0 or len(files) >= MOST_FILES:
                return cls(files, is_all=False)
            files[path] = data
        return cls(files, is_all=True)

    def lines(self, name: str) -> list[Line]:
        """Return the lines with a name as a whole word, by file; source before tests."""
        word, definition = _word(name), _definition(name)
        wanted = name.encode()
        found: list[Line] = []
        for path in sorted((path for path, data in self.files.items() if wanted in data), key=_order):
            told = self.files[path].decode("utf-8", "replace").split("\n")
            for number, (text, line) in enumerate(zip(self.bare(path), told, strict=True), start=1):
                if name in text and word.search(text):
                    found.append(Line(path, number, line, definition.search(text[:LONGEST_LINE]) is not None))
                    if len(found) >= MOST_PLACES:
                        return found
        return found

    def bare(self, path: str) -> list[str]:
        """Return the lines of a file without remarks, docstrings among them."""
        pattern = _REMARK_AFTER_HASH if path.rpartition(".")[2].lower() in _HASH else _REMARK_AFTER_SLASHES
        text = self.files[path].decode("utf-8", "replace")
        return pattern.sub(_without, text).split("\n")

    def modules(self, owner: str) -> list[str]:
        """Return the Python files that a dotted name may mean."""
        parts = _parts(owner)
        ends = tuple(f"/{'/'.join(parts)}{end}" for end in (".py", "/__init__.py"))
        return [path for path in self.files if parts and f"/{path}".endswith(ends)]

    def held(self, owner: str) -> set[str]:
        """Return the names that a module or a type holds, as far as they stand where definitions do."""
        found: set[str] = set()
        for path in self.modules(owner):
            found |= _first_names(line for line in self.bare(path) if line[:1].strip())
        for name in _parts(owner)[-1:]:
            head = re.compile(rf"{_INTRODUCES}{re.escape(name)}\b")
            for path, data in self.files.items():
                if name.encode() in data:
                    found |= _first_names(_block(self.bare(path), head))
        return found


def _parts(owner: str) -> list[str]:
    return [part for part in re.split(r"[.:$\\]+", owner) if part]


def _first_names(lines: Iterable[str]) -> set[str]:
    matches = (_HELD.match(line[:LONGEST_LINE]) for line in lines)
    return {match["name"] for match in matches if match}


def _without(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n") if match["remark"] else match[0]


def _order(path: str) -> tuple[bool, str]:
    return layout.is_test(path), path


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")


def _definition(name: str) -> re.Pattern[str]:
    """Return what matches a line that defines a name, by the habits of many languages."""
    known = re.escape(name)
    return re.compile(
        rf"{_INTRODUCES}(?:\([^()]{{0,80}}\)\s*)?(?:\w{{1,80}}[.:]+){{0,3}}{known}(?![\w$])"
        rf"|^\s*(?:self\.|this\.|@)?{known}\s*(?::[^=]{{0,60}})?:?=(?!=)"
        rf"|^\s*(?:{_NO_TYPE}[\w<>\[\],*&:.?]{{1,80}}\s+){{1,6}}[*&]?{known}\s*\([^;]*$"
    )


_LONGEST_BLOCK = 200


def _block(lines: Sequence[str], head: re.Pattern[str]) -> Iterator[str]:
    """Yield the lines that are further in than a head that matches, each behind its own."""
    depth: int | None = None
    left = 0
    for line in lines:
        if not line.strip():
            continue
        margin = len(line) - len(line.lstrip())
        if depth is not None and margin > depth and left:
            left -= 1
            yield line[:LONGEST_LINE]
        elif head.search(line[:LONGEST_LINE]):
            depth, left = margin, _LONGEST_BLOCK
        else:
            depth = None


def counted(lines: Collection[Line]) -> str:
    """Return how many lines there are, and how many of them are tests'."""
    tests = sum(layout.is_test(one.path) for one in lines)
    number = f"{len(lines)} {'line' if len(lines) == 1 else 'lines'}"
    return f"{number}, {tests} of them in tests" if 0 < tests < len(lines) else number + (" of tests" if tests else "")
