"""Which atoms of a change fall together: a header and its body, a new name and its uses, what only compiles as one."""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.patches.atoms import split_lines, statement_starts
from healer.patches.pysyntax import is_python, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from healer.models.change import FileEdit
    from healer.patches.atoms import Atom

_WORD = re.compile(r"[^\W\d]\w*")
_UNSPOKEN = re.compile(r'"(?:[^"\\\n]|\\.){0,2000}"|\'(?:[^\'\\\n]|\\.){0,2000}\'|//.*|#.*|/\*.*?\*/')
# Where these stand, every name of the line counts as declared: it may be a parameter, or one of several imports.
_DECLARATION = re.compile(
    r"\s*(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|pub|override)\s+){0,6}"
    r"(?:import|from|use|using|require|include|package|func|function|fn|fun|def|class|struct|interface|trait|enum|type)\b"
)
_ASSIGNMENT = re.compile(r"([^=(]{1,200}?)\s*:?=(?![=>~])")

Names = dict[int, set[str]]
"""Which names stand on which line, counted from 0."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of one file version: where each is used or bound, and where each is bound."""

    mentions: Names
    bindings: Names

    def mentioned(self, span: tuple[int, int]) -> set[str]:
        """Names on these lines."""
        return set().union(*(self.mentions.get(line, ()) for line in range(*span)))

    def bound(self, span: tuple[int, int]) -> set[str]:
        """Names that these lines give a meaning to."""
        return set().union(*(self.bindings.get(line, ()) for line in range(*span)))

    @property
    def everything(self) -> set[str]:
        """All names of the file."""
        return set().union(*self.mentions.values())


def vocabulary(path: str, data: bytes | None) -> Vocabulary:
    """Return the names of a file: by tokens and syntax tree for Python, else words outside of strings and comments."""
    tree = parsed(data or b"") if is_python(path) else None
    if isinstance(tree, ast.Module):
        mentions = _tokens(data or b"")
        if mentions is not None:
            bindings: Names = defaultdict(set)
            for line, name in _bindings(tree):
                bindings[line - 1].add(name)
            return Vocabulary(mentions, bindings)
    lines = [_UNSPOKEN.sub(" ", line.decode("utf-8", "replace")) for line in split_lines(data)]
    words = {index: set(_WORD.findall(line)) for index, line in enumerate(lines)}
    return Vocabulary(words, {index: _declared(line) for index, line in enumerate(lines)})


def _declared(line: str) -> set[str]:
    """Return the names that a line of another language than Python is likely to give a meaning to."""
    if _DECLARATION.match(line):
        return set(_WORD.findall(line))
    assigned = _ASSIGNMENT.match(line)
    return set(_WORD.findall(assigned[1])) if assigned else set()


def partners(edits: Sequence[FileEdit], atoms: Sequence[Atom]) -> dict[Atom, set[Atom]]:
    """Return for each atom those that cannot stay without it, as far as names and headers tell.

    Without what gives a new name its meaning nobody can use it. What vanished comes back with its definition, and a
    definition only for those who use it.
    """
    before, after = (_vocabularies(edits, side) for side in ("before", "after"))
    old_names = set().union(*(words.everything for words in before.values()))
    new_names = set().union(*(words.everything for words in after.values()))
    made = {atom: after[atom.path].bound(atom.new) - old_names for atom in atoms}
    used = {atom: after[atom.path].mentioned(atom.new) - old_names for atom in atoms}
    unmade = {atom: before[atom.path].bound(atom.old) - new_names for atom in atoms}
    unused = {atom: before[atom.path].mentioned(atom.old) - new_names for atom in atoms}
    users, losers, givers = _by_name(used), _by_name(unused), _by_name(unmade)
    found = {
        atom: {
            *(one for name in made[atom] for one in users[name]),
            *(one for name in unused[atom] for one in givers[name]),
            *(one for name in unmade[atom] for one in losers[name]),
        }
        for atom in atoms
    }
    for edit in edits:
        for header, body in _bodies(edit, [atom for atom in atoms if atom.path == edit.path]):
            found[header].update(body)
    return found


def names_of(edits: Sequence[FileEdit], atoms: Sequence[Atom]) -> dict[Atom, set[str]]:
    """Return for each atom the names that stand on its lines, before or after."""
    before, after = (_vocabularies(edits, side) for side in ("before", "after"))
    return {atom: before[atom.path].mentioned(atom.old) | after[atom.path].mentioned(atom.new) for atom in atoms}


def _vocabularies(edits: Sequence[FileEdit], side: str) -> dict[str, Vocabulary]:
    return {edit.path: vocabulary(edit.path, getattr(edit, side)) for edit in edits}


def _by_name(names: Mapping[Atom, set[str]]) -> Mapping[str, list[Atom]]:
    found: defaultdict[str, list[Atom]] = defaultdict(list)
    for atom, own in names.items():
        for name in own:
            found[name].append(atom)
    return found


def _bodies(edit: FileEdit, atoms: Sequence[Atom]) -> Iterator[tuple[Atom, list[Atom]]]:
    """Yield atoms that add the header of a compound statement, each with all the atoms inside of that statement."""
    tree = parsed(edit.after) if is_python(edit.path) else None
    if not isinstance(tree, ast.Module):
        return
    added = {line: atom for atom in atoms if atom.old[0] == atom.old[1] for line in range(*atom.new)}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.ExceptHandler) and getattr(node, "body", None):
            start, end = statement_starts(node), node.end_lineno or 0
            if header := added.get(start):
                yield header, [atom for atom in atoms if start <= atom.new[0] < end]


def _tokens(data: bytes) -> Names | None:
    """Return the names of a Python file by line, or None when its lines are not the parser's."""
    if b"\r" in data.replace(b"\r\n", b""):
        return None
    names: Names = defaultdict(set)
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                names[token.start[0] - 1].add(token.string)
            elif token.type == tokenize.STRING and "f" in token.string.partition(token.string[-1])[0].lower():
                names[token.start[0] - 1].update(_WORD.findall(token.string))
    except (SyntaxError, tokenize.TokenError, ValueError):
        return None
    return names


def _bindings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line, from 1, and name of everything that a module defines, imports or assigns, attributes included."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(ctx=ast.Store(), id=name):
                yield node.lineno, name
            case ast.Attribute(ctx=ast.Store(), attr=name):
                yield node.end_lineno or node.lineno, name
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                yield node.lineno, name
            case ast.alias(name=name, asname=asname):
                yield node.lineno, asname or name.partition(".")[0]
