"""A change without a compound statement that it put around others: what it did inside may be all that is needed."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from healer.patches.atoms import split_lines, statement_starts
from healer.patches.diff import opcodes
from healer.patches.pysyntax import is_python, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.change import FileEdit

Wrapper = ast.If | ast.With | ast.AsyncWith | ast.Try
_INDENT = re.compile(rb"[ \t]*")
_MOST = 20
_LINES = 60


def unwrapped(edit: FileEdit) -> Iterator[FileEdit]:
    """Yield a Python file's edit without one new `if`, `with` or `try` at a time, its body in its place.

    Left out are those whose body stood there before, for they go with their lines, and what would not be less change.
    Whether the rest still does what is wanted is for the caller to find out.
    """
    tree = parsed(edit.after) if is_python(edit.path) and edit.before is not None else None
    if not isinstance(tree, ast.Module):
        return
    before, after = split_lines(edit.before), split_lines(edit.after)
    added, removed, size = _compared(before, after)
    known = set(before)
    wrappers = (node for node in ast.walk(tree) if isinstance(node, Wrapper))
    for node in [one for one in wrappers if added.issuperset(range(one.lineno - 1, one.end_lineno or 0))][:_MOST]:
        body = _body(node, after)
        if any(line not in known for line in body if line.strip()) and _stood_there(body, removed):
            lines = [*after[: node.lineno - 1], *body, *after[node.end_lineno :]]
            if _compared(before, lines)[2] < size:
                yield replace(edit, after=b"".join(lines))


def _compared(before: Sequence[bytes], after: Sequence[bytes]) -> tuple[set[int], list[str], int]:
    """Return the numbers of new lines, from 0, the old lines that went, bare, and how many lines changed."""
    texts = [[line.decode("latin-1") for line in lines] for lines in (before, after)]
    changed = [code for code in opcodes(*texts) if code[0] != "equal"]
    added = {line for _, _, _, start, end in changed for line in range(start, end)}
    removed = [line.strip() for _, start, end, _, _ in changed for line in texts[0][start:end] if line.strip()]
    return added, removed, sum(max(j - i, m - k) for _, i, j, k, m in changed)


def _stood_there(body: Sequence[bytes], removed: Sequence[str]) -> bool:
    """Whether a line of the body is one that went, or much like it: a guard of new lines was put around nothing."""
    bare = [line.decode("latin-1").strip() for line in body[:_LINES] if line.strip()]
    return any(get_close_matches(line, removed[:_LINES], n=1) for line in bare)


def _body(node: Wrapper, lines: Sequence[bytes]) -> list[bytes]:
    """Return the lines of a statement's body as they are indented without it; none where that is not plain to see."""
    start, first = node.lineno - 1, statement_starts(node.body[0])
    indent, deeper = (_INDENT.match(lines[line]) for line in (start, first))
    if first == start or indent is None or deeper is None or not deeper[0].startswith(indent[0]):
        return []
    is_own = lines[start][indent.end() :].startswith((b"if", b"with", b"try", b"async"))
    if not is_own or any(_spans_lines(one) for statement in node.body for one in ast.walk(statement)):
        return []
    spare = deeper[0][indent.end() :]
    body = lines[first : node.body[-1].end_lineno]
    return [indent[0] + line.removeprefix(indent[0]).removeprefix(spare) if line.strip() else line for line in body]


def _spans_lines(node: ast.AST) -> bool:
    """Whether this is text over several lines, whose indentation is its own."""
    is_text = isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )
    return is_text and getattr(node, "lineno", 0) != getattr(node, "end_lineno", 0)
