"""Whether edits change what a program does: comments, layout and docstrings do not count.

The normalisation by which others vote on patches (Agentless, Xia et al. 2024), without leaving the process.
"""

from __future__ import annotations

import ast
import enum
import hashlib
from typing import TYPE_CHECKING

from healer.localization.pysource import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.change import FileEdit

_LARGEST = 300_000
"""Bytes; comparing the trees of larger files costs more than trying the candidate."""


class Worthless(enum.Enum):
    """Why edits are not worth trying."""

    BROKEN = "a file that parsed no longer does"
    SAME = "the program does what it did"


class Meanings:
    """Compares edits of one base; each base file is read once."""

    def __init__(self, *, must_parse: bool) -> None:
        """Take `must_parse` when parsing is what failed: otherwise a file that this Python cannot read may be fine."""
        self._must_parse = must_parse
        self._before: dict[str, bytes | None] = {}

    def of(self, edits: Sequence[FileEdit]) -> bytes | Worthless:
        """Return a key that edits with the same effect share, or why they are not worth trying.

        A docstring is not code but what is said of it, and where it holds doctests, it is a test.
        """
        digest = hashlib.sha256()
        changed = False
        for edit in edits:
            if edit.path not in self._before:
                self._before[edit.path] = _statements(edit.path, edit.before)
            before, after = self._before[edit.path], _statements(edit.path, edit.after)
            if after is None and _is_python(edit.path) and (before or edit.before is None or self._must_parse):
                return Worthless.BROKEN
            changed = changed or before is None or before != after
            digest.update(edit.path.encode("utf-8", "surrogateescape") + b"\0")
            digest.update(after or hashlib.sha256(edit.after).digest())
        return digest.digest() if changed else Worthless.SAME


def _is_python(path: str) -> bool:
    return path.endswith((".py", ".pyi"))


def _statements(path: str, data: bytes | None) -> bytes | None:
    """Return a digest of the module's tree without positions and docstrings, or None for what does not parse."""
    if data is None or not _is_python(path):
        return None
    try:
        tree = parse(data)
        if len(data) > _LARGEST:
            return hashlib.sha256(data).digest()
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                _without_docstring(node)
        return hashlib.sha256(ast.dump(tree).encode("utf-8", "surrogatepass")).digest()
    except (SyntaxError, RecursionError):
        return None


def _without_docstring(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        first.value.value = ""
