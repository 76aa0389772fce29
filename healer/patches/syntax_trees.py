"""Other languages than Python by their grammars: syntax errors, and what is not just layout.

The parsers are tree-sitter's: they read any text and mark what they could not make sense of. A grammar may lag behind
its language, so only errors that the change brings count, never those that were there.
"""

from __future__ import annotations

import hashlib
import json
import pkgutil
import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_GRAMMARS = {
    "bash": ("tree_sitter_bash:language", ("sh", "bash")),
    "C": ("tree_sitter_c:language", ("c",)),
    "C++": ("tree_sitter_cpp:language", ("cc", "cpp", "cxx", "hpp", "hh", "hxx")),
    "C#": ("tree_sitter_c_sharp:language", ("cs",)),
    "Go": ("tree_sitter_go:language", ("go",)),
    "Java": ("tree_sitter_java:language", ("java",)),
    "JavaScript": ("tree_sitter_javascript:language", ("js", "jsx", "mjs", "cjs")),
    "PHP": ("tree_sitter_php:language_php", ("php",)),
    "Ruby": ("tree_sitter_ruby:language", ("rb", "rake")),
    "Rust": ("tree_sitter_rust:language", ("rs",)),
    "TypeScript": ("tree_sitter_typescript:language_typescript", ("ts", "mts", "cts")),
    "TypeScript with JSX": ("tree_sitter_typescript:language_tsx", ("tsx",)),
    "YAML": ("tree_sitter_yaml:language", ("yml", "yaml")),
}
_LANGUAGES = {suffix: name for name, (_, suffixes) in _GRAMMARS.items() for suffix in suffixes}
_BYTES = 100_000
_FEWER_BYTES = {"bash": 16_000}
_STRETCH = 5_000
_ANGLES = 2_000
_TOML_LINE_BYTES = 1_000
_BY_LINES = frozenset({"bash", "Go", "Ruby", "YAML"})
"""The parsers take time, and some of them memory, by the square of what they cannot make sense of at once: `a<b<a<b<…`
of 30,000 characters costs the one for Java 1.9 GB, and more of it brings the process down. So files with long stretches
without an end of a statement, or with very many `<`, are not read at all.
"""
_PIECE, _MOST_ERRORS = 1_000, 80
"""Of files met in the wild one in a hundred holds a thousand characters with as many errors, mostly prose or tables."""
_NODES = 2_000_000
_MATCHES = 20_000
"""That may be under way at once in a query."""
# Comments to people only: what starts a script, builds a file or turns a feature on is none.
_DIRECTIVE = re.compile(rb"#!|//go:|// ?\+build|///\s?<|#\s?(?:frozen_string_literal|encoding|coding):", re.IGNORECASE)
_TOML_PLACE = re.compile(r"\(at line (\d{1,9})")
_LINE_ENDS, _STATEMENT_ENDS = re.compile(rb"\n"), re.compile(rb"[;{}]")


class Node(Protocol):
    """What is read of a tree-sitter node; `start_point` counts rows and columns from 0."""

    type: str
    is_error: bool
    has_error: bool
    is_missing: bool
    is_extra: bool
    start_byte: int
    end_byte: int
    start_point: Sequence[int]
    children: Sequence[Node]


class FoundNode(Node, Protocol):
    """A node that a query found; `end_point` is behind its last character, so its column may be 0 of the next row."""

    end_point: Sequence[int]
    text: bytes | None
    children: Sequence[FoundNode]

    def child_by_field_name(self, name: str, /) -> FoundNode | None:
        """Return the child that the grammar gives this role."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """A file as its grammar reads it: the lines (from 1) that do not fit, and a hash of all but layout and comments."""

    language: str
    errors: tuple[int, ...]
    meaning: str


def language_of(path: str) -> str | None:
    """Return the language of a path by its suffix, if it is one of those that can be read."""
    return _LANGUAGES.get(path.rpartition(".")[2].lower())


@lru_cache(maxsize=16)  # the base's files come again with every candidate
def read_syntax(path: str, data: bytes) -> Syntax | None:
    """Return the syntax of a file; None for a language without a grammar here, or a file that no parser should meet."""
    if read := _BY_LIBRARY.get(path.rpartition(".")[2].lower()):
        return read(data)
    language = language_of(path)
    if language is None or not _is_bearable(language, data) or _is_no_program(language, data):
        return None
    return syntax_of(language, _parser(language).parse(data).root_node, data)


def find_nodes(language: str, data: bytes, query: str) -> dict[str, list[FoundNode]] | None:
    """Return the nodes of a file that a tree-sitter query names, by name; None for a file that no parser should meet.

    The language is one of `language_of`; an unfit query raises tree-sitter's QueryError.
    """
    if not _is_bearable(language, data) or _is_no_program(language, data):
        return None
    root = _parser(language).parse(data).root_node
    cursor = pkgutil.resolve_name("tree_sitter:QueryCursor")(_query(language, query), match_limit=_MATCHES)
    found: dict[str, list[FoundNode]] = {}
    # Its `captures` would be shorter, but they hold nodes of patterns that did not match to their end.
    for _, named in cursor.matches(root):
        for name, nodes in named.items():
            found.setdefault(name, []).extend(nodes)
    return found


def syntax_of(language: str, root: Node, data: bytes) -> Syntax:
    """Return what a tree over these bytes says."""
    errors: list[int] = []
    digest = hashlib.sha256()
    for node, depth in _leaves_and_errors(root, data):
        if node.is_error or node.is_missing:
            errors.append(node.start_point[0] + 1)
        if not node.children and not node.type.isspace():
            # The depth tells one nesting from another where layout is structure, as in YAML.
            digest.update(b"%d %s %s\0" % (depth, node.type.encode(), data[node.start_byte : node.end_byte]))
    return Syntax(language, tuple(errors), digest.hexdigest())


def _leaves_and_errors(root: Node, data: bytes) -> Iterator[tuple[Node, int]]:
    pending = [(root, 0)]
    for _ in range(_NODES):
        if not pending:
            return
        node, depth = pending.pop()
        children = node.children
        if not children or node.is_error or node.is_missing:
            yield node, depth
        pending += [(child, depth + 1) for child in reversed(children) if not _is_comment(child, data)]


def _is_comment(node: Node, data: bytes) -> bool:
    is_one = node.is_extra and "comment" in node.type
    return is_one and not _DIRECTIVE.match(data, node.start_byte, node.end_byte)


def _is_bearable(language: str, data: bytes) -> bool:
    """Whether the parser will surely be done with it soon and in little memory."""
    if len(data) > _FEWER_BYTES.get(language, _BYTES) or data.count(b"<") > _ANGLES:
        return False
    ends = _LINE_ENDS if language in _BY_LINES else _STATEMENT_ENDS
    return max(map(len, ends.split(data))) <= _STRETCH


def _is_no_program(language: str, data: bytes) -> bool:
    """Whether a piece of it, read by itself, is so full of errors that all of it at once could take minutes."""
    pieces = (data[start : start + _PIECE] for start in range(0, len(data), _PIECE) if len(data) > _PIECE)
    for piece in pieces:
        root = _parser(language).parse(piece).root_node
        errors = (node for node, _ in _leaves_and_errors(root, piece) if node.is_error or node.is_missing)
        if root.has_error and sum(1 for _ in errors) > _MOST_ERRORS:
            return True
    return False


def _json(data: bytes) -> Syntax | None:
    """Read JSON with the standard library; what nests too deeply for it is not judged."""
    try:
        meaning = json.dumps(json.loads(data))
    except json.JSONDecodeError as error:
        return Syntax("JSON", (error.lineno,), "")
    except (ValueError, RecursionError):
        return None
    return Syntax("JSON", (), hashlib.sha256(meaning.encode()).hexdigest())


def _toml(data: bytes) -> Syntax | None:
    """Read TOML with the standard library, whose time grows by the square of the dots in one line."""
    if len(data) > _BYTES or max(map(len, _LINE_ENDS.split(data))) > _TOML_LINE_BYTES:
        return None
    try:
        meaning = repr(tomllib.loads(data.decode()))
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        return Syntax("TOML", (int(place[1]) if place else data.count(b"\n") + 1,), "")
    except (ValueError, RecursionError):
        return None
    return Syntax("TOML", (), hashlib.sha256(meaning.encode()).hexdigest())


_BY_LIBRARY: dict[str, Callable[[bytes], Syntax | None]] = {"json": _json, "toml": _toml}


class _Tree(Protocol):
    root_node: Node


class _Parser(Protocol):
    def parse(self, source: bytes, /) -> _Tree: ...


@cache
def _parser(language: str) -> _Parser:
    """Return the parser of a language; only the grammars of files that are read are ever loaded."""
    parser: _Parser = pkgutil.resolve_name("tree_sitter:Parser")(_grammar(language))
    return parser


@cache
def _query(language: str, query: str) -> object:
    return pkgutil.resolve_name("tree_sitter:Query")(_grammar(language), query)


def _grammar(language: str) -> object:
    return pkgutil.resolve_name("tree_sitter:Language")(pkgutil.resolve_name(_GRAMMARS[language][0])())
