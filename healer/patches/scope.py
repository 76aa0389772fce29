"""Definitions of a file: what a scope line names, and how a place is described to people."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAMED = re.compile(r"\b(?:def|class)\s+([^\W\d]\w*)")
_DEFINITION = re.compile(r"[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+([^\W\d]\w*)")
_DOTTED = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*(?:\(.*\))?:?")
_HEADING = re.compile(
    r"^\s*(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|pub|unsafe)\s+){0,6}"
    r"(?:def|class|function|func|fn|fun|interface|struct|impl|module|trait|enum|object)\b"
)
_GROUP = re.compile(r"\([^()]*\)")
_CALLED = re.compile(r"([^\W\d]\w*)\s*\(")
_WORD = re.compile(r"[^\W\d]\w*")
_LONGEST_HEADING = 80
_LONGEST_SCOPE = 200
_MOST_HEADED = 20
_DEEPEST_GROUPS = 5


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class; `end` is exclusive and reaches to the next definition outside of it (0-based lines)."""

    names: tuple[str, ...]
    start: int
    end: int


def _scope_names(scope: str) -> tuple[str, ...]:
    """Return the names that a scope line gives, outermost first, or nothing when it names no definition."""
    named = tuple(_NAMED.findall(scope))
    if named:
        return named
    match = _DOTTED.fullmatch(scope.strip())
    return tuple(match[1].split(".")) if match else ()


def enclosing_ranges(known: Sequence[Definition], scope: str) -> list[range]:
    """Return where the definitions are that a scope line names; nothing when it names none that is known."""
    names = _scope_names(scope)
    if not names:
        return []
    return [range(found.start, found.end) for found in known if found.names[-len(names) :] == names]


def headed_ranges(lines: Sequence[str], scope: str) -> list[range]:
    """Return where, by indentation alone, definitions may be that a scope line names in any language.

    It is good enough for a hint and for nothing else.
    """
    bare = scope[:_LONGEST_SCOPE]
    for _ in range(_DEEPEST_GROUPS):
        bare = _GROUP.sub("( )", bare) if _GROUP.search(bare.replace("( )", "")) else bare
    names = _CALLED.findall(bare) or _WORD.findall(bare)
    if not names:
        return []
    heading = re.compile(rf"\s*(?:\S+\s+){{0,8}}?(?:\w+::|[*&~]){{0,4}}{re.escape(names[-1])}\b")
    said = set(_WORD.findall(scope[:_LONGEST_SCOPE]))
    found: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        match = heading.match(line[:_LONGEST_SCOPE]) if names[-1] in line else None
        opens = line.rstrip().endswith(("{", "=>", "(", ":")) or "".join(lines[number + 1 : number + 2]).strip() == "{"
        if match and opens:
            found.append((number, len(said.intersection(_WORD.findall(line[:_LONGEST_SCOPE])))))
    best = max((count for _, count in found), default=0)
    return [range(number, _end(lines, number)) for number, count in found if count == best][:_MOST_HEADED]


def _end(lines: Sequence[str], start: int) -> int:
    """Return the line at which what a line begins has ended: the next that is indented no more and closes nothing."""
    depth = _indentation(lines[start])
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.strip() and _indentation(line) <= depth and line.lstrip()[0] not in ")}]{":
            return number
    return len(lines)


def stands_in(lines: Sequence[str], index: int, scope: str) -> bool:
    """Whether the lines above, by their indentation alone, put a line into the definition that a scope line names.

    True is enough for a place that has no rival; False says nothing, the text has to be parsed.
    """
    names = _scope_names(scope)
    around: list[str] = []
    depth = _indentation(lines[index]) if index < len(lines) and lines[index].strip() else 1_000
    for position in range(index, -1, -1):
        line = lines[position]
        if depth == 0 or not line.strip() or line.lstrip()[0] in "#)]}":
            continue
        if position == index or _indentation(line) < depth:
            depth = _indentation(line)
            opening = _DEFINITION.match(line)
            around[:0] = [opening[1]] if opening else []
        if depth == 0:
            break
    return bool(names) and any(
        tuple(around[end - len(names) : end]) == names for end in range(len(names), len(around) + 1)
    )


def definitions(lines: Sequence[str]) -> list[Definition]:
    """Return a Python text's definitions, or nothing when it does not parse."""
    source = "\n".join(line.replace("\f", " ") for line in lines)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return list(_walk(tree, (), len(lines)))


def _walk(parent: ast.AST, names: tuple[str, ...], limit: int) -> Iterator[Definition]:
    found = sorted(_nearest_definitions(parent), key=lambda node: node.lineno)
    starts = [min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1 for node in found]
    for node, start, following in zip(found, starts, [*starts, limit][1:], strict=True):
        end = min(following, limit)
        yield Definition((*names, node.name), start, end)
        yield from _walk(node, (*names, node.name), end)


def _nearest_definitions(parent: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    pending = list(ast.iter_child_nodes(parent))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node
        else:
            pending.extend(ast.iter_child_nodes(node))


def heading(lines: Sequence[str], index: int) -> str:
    """Return the first line of the definition around a line, in any language that indents, or an empty string."""
    depth = _indentation(lines[index]) if index < len(lines) else 0
    for position in range(index, -1, -1):
        line = lines[position]
        if not line.strip():
            continue
        if (_indentation(line) < depth or position == index) and _HEADING.match(line):
            return line.strip()[:_LONGEST_HEADING]
        depth = min(depth, _indentation(line))
    return ""


def _indentation(line: str) -> int:
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip(" "))
