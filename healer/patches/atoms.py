"""A change as the smallest pieces that can be left out one by one: statements in Python, balanced lines elsewhere."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from healer.patches.diff import opcodes
from healer.patches.pysyntax import is_python, parsed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from healer.models.change import FileEdit

_MOST_PAIRS = 900
"""Above this many pairs of pieces, the two sides of a hunk are not compared, and it stays whole."""
_LEAST_LIKENESS = 0.2
_QUOTED = re.compile(rb'"(?:[^"\\\n]|\\.){0,2000}"|\'(?:[^\'\\\n]|\\.){0,2000}\'')
_BLANK = re.compile(rb"\s*(?:#.*)?\s*")

Span = tuple[int, int]
"""A half-open range of lines, counted from 0."""


@dataclass(frozen=True, slots=True)
class Atom:
    """Lines of the base, and what stands in their place; either side may be empty. Both spans are of lines, from 0."""

    path: str
    hunk: int
    old: Span
    new: Span

    @property
    def size(self) -> int:
        """How many changed lines it is."""
        return max(self.old[1] - self.old[0], self.new[1] - self.new[0])


def split_lines(data: bytes | None) -> list[bytes]:
    """Return lines with their ends, as Python's parser counts them."""
    return (data or b"").splitlines(keepends=True)


def atoms_of(edit: FileEdit, first_hunk: int) -> list[Atom]:
    """Return one file's atoms in order; hunks are numbered from `first_hunk` on."""
    before, after = split_lines(edit.before), split_lines(edit.after)
    # Lines are compared as text of one character a byte: that keeps every byte and serves any encoding.
    texts = ([line.decode("latin-1") for line in lines] for lines in (before, after))
    spans = [(old, (k, m)) for tag, *old, k, m in opcodes(*texts) if tag != "equal"]
    old_cuts, new_cuts = (
        _cuts(edit.path, data or b"", lines) for data, lines in ((edit.before, before), (edit.after, after))
    )
    atoms: list[Atom] = []
    for number, ((i, j), (k, m)) in enumerate(spans, start=first_hunk):
        olds, news = _pieces(before, old_cuts, (i, j)), _pieces(after, new_cuts, (k, m))
        pairs = [((i, j), (k, m))]
        if len(olds) * len(news) <= _MOST_PAIRS:
            likeness = [[_likeness(before[slice(*one)], after[slice(*other)]) for other in news] for one in olds]
            pairs = _paired(olds, news, (j, m), likeness)
        for pair in pairs:
            atoms += [Atom(edit.path, number, old, new) for old, new in _peeled(pair, before, after)]
    return atoms


def without(edit: FileEdit, atoms: Sequence[Atom], kept: Collection[Atom]) -> bytes:
    """Return the file with only some of its atoms, which are given in order."""
    before, after = split_lines(edit.before), split_lines(edit.after)
    built: list[bytes] = []
    position = 0
    for atom in atoms:
        if atom in kept:
            built += before[position : atom.old[0]] + after[atom.new[0] : atom.new[1]]
            position = atom.old[1]
    return b"".join(built + before[position:])


def statement_starts(node: ast.AST) -> int:
    """Return the line, from 0, that a statement starts at, its decorators included."""
    decorators = getattr(node, "decorator_list", [])
    return int(min(getattr(part, "lineno", 1) for part in (node, *decorators)) - 1)


def _cuts(path: str, data: bytes, lines: Sequence[bytes]) -> list[bool] | None:
    """Tell for each line of a Python file whether a piece may begin with it; None for other languages."""
    tree = parsed(data) if is_python(path) else None
    return _python_cuts(tree, lines) if isinstance(tree, ast.Module) else None


def _python_cuts(tree: ast.Module, lines: Sequence[bytes]) -> list[bool]:
    inside = [False] * (len(lines) + 1)
    starts = [False] * (len(lines) + 1)
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        start, end = statement_starts(node), (node.end_lineno or node.lineno)
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        if body:
            first = body[0] if isinstance(body[0], ast.stmt) else getattr(body[0], "pattern", node)
            end = max(start + 1, statement_starts(first))
        starts[min(start, len(lines))] = True
        inside[start + 1 : end] = [True] * max(0, min(end, len(lines)) - start - 1)
    return [starts[index] or not inside[index] for index in range(len(lines))]


def _balanced_cuts(lines: Sequence[bytes], span: Span) -> dict[int, bool]:
    """Let a piece begin where all brackets are closed that were opened in the span."""
    cuts = {}
    depth = 0
    for index in range(*span):
        cuts[index] = depth <= 0
        bare = _QUOTED.sub(b"", lines[index])
        depth = max(0, depth) + sum(map(bare.count, (b"(", b"[", b"{"))) - sum(map(bare.count, (b")", b"]", b"}")))
    return cuts


def _pieces(lines: Sequence[bytes], python_cuts: list[bool] | None, span: Span) -> list[Span]:
    """Split a span where a piece may begin; blank lines and comments belong to what follows them."""
    cuts = _balanced_cuts(lines, span) if python_cuts is None else python_cuts
    pieces: list[Span] = []
    start, is_empty = span[0], True
    for index in range(*span):
        if cuts[index] and not is_empty:
            pieces.append((start, index))
            start, is_empty = index, True
        is_empty = is_empty and bool(_BLANK.fullmatch(lines[index]))
    if start < span[1]:
        if is_empty and pieces:
            start = pieces.pop()[0]
        pieces.append((start, span[1]))
    return pieces


def _paired(
    old: list[Span], new: list[Span], ends: tuple[int, int], likeness: Sequence[Sequence[float]]
) -> list[tuple[Span, Span]]:
    """Match the pieces of both sides in order, so that they are as alike as can be; the rest stand alone."""
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            paired = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] > _LEAST_LIKENESS else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs: list[tuple[Span, Span]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        at_old = old[i][0] if i < len(old) else ends[0]
        at_new = new[j][0] if j < len(new) else ends[1]
        if i < len(old) and j < len(new) and best[i][j] not in {best[i + 1][j], best[i][j + 1]}:
            pairs.append((old[i], new[j]))
            i, j = i + 1, j + 1
        elif i < len(old) and (j == len(new) or best[i][j] == best[i + 1][j]):
            pairs.append((old[i], (at_new, at_new)))
            i += 1
        else:
            pairs.append(((at_old, at_old), new[j]))
            j += 1
    return pairs


def _peeled(pair: tuple[Span, Span], before: Sequence[bytes], after: Sequence[bytes]) -> list[tuple[Span, Span]]:
    """Take blank lines off the head of a replacement where they are not as many as before."""
    (i, j), (k, m) = pair
    old, new = (_blank_head(lines[slice(*span)]) for lines, span in zip((before, after), pair, strict=True))
    if i == j or k == m or old == new or i + old == j or k + new == m:
        return [pair]
    return [((i, i + old), (k, k + new)), ((i + old, j), (k + new, m))]


def _blank_head(lines: Sequence[bytes]) -> int:
    return next((count for count, line in enumerate(lines) if line.strip()), len(lines))


def _likeness(one: Sequence[bytes], other: Sequence[bytes]) -> float:
    old, new = (b"".join(lines).decode("latin-1").strip() for lines in (one, other))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() > _LEAST_LIKENESS else 0.0
