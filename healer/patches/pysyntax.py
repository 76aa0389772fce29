"""Python bytes as syntax trees, without ever raising and without warnings about what is inside."""

from __future__ import annotations

import ast
import sys
import warnings

from healer.patches.text import PYTHON_SUFFIXES

Version = tuple[int, int]
"""Of a Python: `(3, 12)`."""


def is_python(path: str) -> bool:
    """Whether a path is Python source or a stub."""
    return path.endswith(PYTHON_SUFFIXES)


def parsed(data: bytes, version: Version | None = None) -> ast.Module | SyntaxError:
    """Return the tree, or why there is none; whatever else the parser trips over is told as a syntax error.

    With an older `version` than this interpreter's, the syntax that came after it is an error too, as far as the
    standard library's parser can tell (assignment expressions, match, positional-only parameters, …).
    """
    feature = version if version and version < sys.version_info[:2] else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data, feature_version=feature)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "it is nested too deeply")


def compiler_error(data: bytes) -> SyntaxError | None:
    """Return what the compiler refuses though the parser does not, such as `return` outside of a function."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, "<change>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "it is nested too deeply")
    return None


def dumped(tree: ast.AST) -> str | None:
    """Return the tree as text without positions, or None when it is too deep to walk."""
    try:
        return ast.dump(tree)
    except RecursionError:
        return None
