"""Checks that need no test: the result compiles, does something else than before, and knows the names it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.models.change import RejectedBy, Rejection
from healer.patches.names import undefined_names
from healer.patches.pysyntax import dumped, is_python, parsed
from healer.patches.text import SourceText, UnreadableTextError

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from healer.models.change import FileEdit

_LONGEST_LINE = 160


def check(edits: Sequence[FileEdit]) -> Rejection | None:
    """Return why these edits cannot be a repair, or None.

    A Python file that this interpreter could not read before (newer syntax, or broken itself) is not judged.
    """
    is_any_change = False
    for edit in edits:
        if not is_python(edit.path):
            is_any_change = is_any_change or edit.before != edit.after
            continue
        before = parsed(edit.before) if edit.before is not None else None
        after = parsed(edit.after)
        if isinstance(before, SyntaxError):
            is_any_change = is_any_change or edit.before != edit.after
            continue
        if isinstance(after, SyntaxError):
            return _syntax(edit, after)
        old, new = dumped(before) if before else None, dumped(after)
        is_any_change = is_any_change or old is None or old != new
        if missing := _names(edit.path, edit.after, after) - _names(edit.path, edit.before, before):
            names = ", ".join(sorted(missing))
            return _refused("undefined_name", f"{edit.path} would use {names} without defining or importing it.")
    if not is_any_change:
        return _refused("no_op", "The change alters only comments or white space, which cannot repair a failing test.")
    return None


def _names(path: str, data: bytes | None, tree: ast.Module | None) -> frozenset[str]:
    if data is None or tree is None:
        return frozenset()
    try:
        text = SourceText.decode(path, data)
    except UnreadableTextError:
        return frozenset()
    return undefined_names("\n".join(text.lines) + "\n", tree)


def _syntax(edit: FileEdit, error: SyntaxError) -> Rejection:
    lines = edit.after.decode("utf-8", "replace").splitlines()
    line = error.lineno or 0
    shown = f": {lines[line - 1].strip()[:_LONGEST_LINE]}" if 0 < line <= len(lines) else ""
    return _refused("syntax", f"{edit.path} would not compile: {error.msg}, line {line}{shown}")


def _refused(code: str, message: str) -> Rejection:
    return Rejection(RejectedBy.CHECK, code, message)
