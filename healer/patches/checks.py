"""Checks that need no test: the result compiles, does something else than before, and knows the names it uses."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from healer.models.change import RejectedBy, Rejection
from healer.patches.diff import changed_lines
from healer.patches.names import lost_exports, undefined_names
from healer.patches.pysyntax import compiler_error, dumped, is_python, parsed
from healer.patches.syntax_trees import read_syntax
from healer.patches.text import SourceText, UnreadableTextError

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from healer.models.change import FileEdit
    from healer.patches.pysyntax import Version

_LONGEST_LINE = 160
_READ_IN_PART = frozenset({"C", "C++"})
"""Languages whose macros are beyond any grammar: every other file of theirs has errors to it."""
_MOST_ADDED = 10_000
"""Characters that a change may add to a file of another language than Python, so that its parser soon ends.

Parsers of real languages are quick on what people wrote, and some take time by the square of what is no program at all.
"""


def check(edits: Sequence[FileEdit], python: Version | None = None) -> Rejection | None:
    """Return why these edits cannot be a repair, or None.

    `python` is the version that the suite runs on, where it is known. A file that could not be read before (newer
    syntax, broken itself, a language or dialect without a grammar here) is judged only by whether its bytes differ; so
    is one that cannot be read afterwards, when the suite's Python is newer than ours: its run tells.
    """
    is_any_change = False
    for edit in edits:
        verdict = _check_python(edit, python) if is_python(edit.path) else _check_other(edit)
        if isinstance(verdict, Rejection):
            return verdict
        is_any_change = is_any_change or verdict
    if not is_any_change:
        return _refused("no_op", "The change alters only comments or white space, which cannot repair a failing test.")
    return None


def _check_python(edit: FileEdit, version: Version | None) -> Rejection | bool:
    """Return an objection, or whether the file means something else than before."""
    before = parsed(edit.before, version) if edit.before is not None else None
    if isinstance(before, SyntaxError):
        return edit.before != edit.after
    after = parsed(edit.after, version)
    if isinstance(after, SyntaxError):
        is_newer = version is not None and version > sys.version_info[:2]
        return edit.before != edit.after if is_newer else _syntax(edit, after)
    if (error := compiler_error(edit.after)) and (edit.before is None or not compiler_error(edit.before)):
        return _syntax(edit, error)
    missing = _names(edit.path, edit.after, after)
    if missing and (missing := missing - _names(edit.path, edit.before, before)):
        names = ", ".join(sorted(missing))
        return _refused("undefined_name", f"{edit.path} would use {names} without defining or importing it.")
    if before and (lost := lost_exports(edit.path, before, after)):
        names = ", ".join(sorted(lost))
        return _refused(
            "lost_export", f"{edit.path} would no longer offer {names}, which others import from it; keep the import."
        )
    old, new = dumped(before) if before else None, dumped(after)
    return old is None or old != new or _interpreter(edit.before) != _interpreter(edit.after)


def _interpreter(data: bytes | None) -> bytes:
    """Return the line that says what runs a script."""
    return data.partition(b"\n")[0].strip() if data and data.startswith(b"#!") else b""


def _check_other(edit: FileEdit) -> Rejection | bool:
    if sum(map(len, _added(edit))) > _MOST_ADDED:
        return edit.before != edit.after
    before = read_syntax(edit.path, edit.before) if edit.before is not None else None
    after = read_syntax(edit.path, edit.after)
    is_unread = edit.before is not None and (before is None or bool(before.errors))
    if after is None or is_unread:
        return edit.before != edit.after
    if after.errors and (before is not None or after.language not in _READ_IN_PART):
        return _syntax_error_in(edit, after.language, after.errors)
    return before is None or before.meaning != after.meaning


def _added(edit: FileEdit) -> list[str]:
    before, after = (data.decode("utf-8", "replace").split("\n") for data in (edit.before or b"", edit.after))
    return changed_lines(before, after)[1]


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
    return _refused("syntax", f"{edit.path} would not compile: {error.msg}, {_shown(lines, error.lineno or 0)}")


def _syntax_error_in(edit: FileEdit, language: str, errors: Sequence[int]) -> Rejection:
    """Point to the first error in a line that the change brings, else to the first of all."""
    lines = edit.after.decode("utf-8", "replace").split("\n")
    added = set(_added(edit))
    line = next((line for line in errors if 0 < line <= len(lines) and lines[line - 1] in added), errors[0])
    return _refused("syntax", f"{edit.path} would not be valid {language} any more: {_shown(lines, line)}")


def _shown(lines: Sequence[str], line: int) -> str:
    return f"line {line}" + (f": {lines[line - 1].strip()[:_LONGEST_LINE]}" if 0 < line <= len(lines) else "")


def _refused(code: str, message: str) -> Rejection:
    return Rejection(RejectedBy.CHECK, code, message)
