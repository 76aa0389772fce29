"""What is shown of code that lies in no function: a statement, imports among their kind, else a window of lines."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from healer.localization.hunks import split_lines
from healer.localization.pysource import SIZE_LIMIT
from healer.models.code import Excerpt

if TYPE_CHECKING:
    from healer.localization.pysource import PythonModule, SourceIndex

SMALL_CLASS = 40
"""Lines; up to here a method is shown with its whole class, a statement whole, and so are a file's imports."""
WINDOW = 15
"""Lines each side of a location in a file whose structure is unknown."""


def statement_or_window(index: SourceIndex, path: str, line: int, reason: str) -> Excerpt | None:
    """Return the module's or class's own statement around a line, or a window of lines where structure is unknown."""
    module = index.module(path)
    if module:
        return _statement(module, line, reason)
    data = index.read(path)
    lines = split_lines(data) if data and len(data) <= SIZE_LIMIT else []
    first, last = max(line - WINDOW, 1), min(line + WINDOW, len(lines))
    text = "".join(lines[first - 1 : last]).encode("utf-8", "replace").decode()
    return Excerpt(path, first, last, text, reason) if first <= last else None


def _statement(module: PythonModule, line: int, reason: str) -> Excerpt | None:
    owner = module.enclosing(line)
    for node in owner.node.body if owner else module.tree.body:
        end = node.end_lineno or node.lineno
        if node.lineno <= line <= end:
            if isinstance(node, ast.Import | ast.ImportFrom) and owner is None:
                first, last = _imports_around(module, line)
                return Excerpt(module.path, first, last, module.text(first, last), reason)
            first, last = max(line - WINDOW, node.lineno), min(line + WINDOW, end)
            if end - node.lineno <= SMALL_CLASS:
                first, last = node.lineno, end
            return Excerpt(module.path, first, last, module.text(first, last), reason)
    return None


def _imports_around(module: PythonModule, line: int) -> tuple[int, int]:
    """Return the lines of the imports that one of a module stands among: which of them fails says little alone."""
    runs: list[tuple[int, int]] = []
    for node in module.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            end = node.end_lineno or node.lineno
            near = runs and node.lineno - runs[-1][1] <= 2  # noqa: PLR2004 - one blank line or comment between
            runs[-1:] = [(runs[-1][0], end)] if near else [*runs[-1:], (node.lineno, end)]
    first, last = next(run for run in runs if run[0] <= line <= run[1])
    return (first, last) if last - first <= SMALL_CLASS else (max(first, line - WINDOW), min(last, line + WINDOW))
