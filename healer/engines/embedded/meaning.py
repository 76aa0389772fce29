"""Whether edits change what a program does: comments, layout and docstrings do not count.

After the normalisation by which Agentless and others vote on patches, without leaving the process.
"""

from __future__ import annotations

import ast
import hashlib
from typing import TYPE_CHECKING

from healer.localization.pysource import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.change import FileEdit

_LARGEST = 300_000
"""Bytes; comparing larger files costs more than trying the candidate."""


def change_of_meaning(edits: Sequence[FileEdit]) -> bytes | None:
    """Return a key that edits with the same effect share, or None when they have none.

    A docstring is not code but what is said of it, and where it holds doctests, it is a test.
    """
    digest = hashlib.sha256()
    changed = False
    for edit in edits:
        before, after = _statements(edit.path, edit.before), _statements(edit.path, edit.after)
        if before is None or after is None:
            changed = True
            digest.update(edit.path.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(edit.after).digest())
        elif before != after:
            changed = True
            digest.update(
                edit.path.encode("utf-8", "surrogateescape") + b"\0" + "\n".join(after).encode("utf-8", "replace")
            )
    return digest.digest() if changed else None


def _statements(path: str, data: bytes | None) -> list[str] | None:
    """Return the module's statements as trees without positions, or None for what is not parsed."""
    if data is None or not path.endswith((".py", ".pyi")) or len(data) > _LARGEST:
        return None
    try:
        tree = parse(data)
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                _without_docstring(node)
        return [ast.dump(node) for node in tree.body]
    except (SyntaxError, RecursionError):
        return None


def _without_docstring(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        first.value.value = ""
