"""Python bytes as syntax trees, without ever raising and without warnings about what is inside."""

from __future__ import annotations

import ast
import warnings

from healer.patches.text import PYTHON_SUFFIXES


def is_python(path: str) -> bool:
    """Whether a path is Python source or a stub."""
    return path.endswith(PYTHON_SUFFIXES)


def parsed(data: bytes) -> ast.Module | SyntaxError:
    """Return the tree, or why there is none; whatever else the parser trips over is told as a syntax error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "it is nested too deeply")


def dumped(tree: ast.AST) -> str | None:
    """Return the tree as text without positions, or None when it is too deep to walk."""
    try:
        return ast.dump(tree)
    except RecursionError:
        return None
