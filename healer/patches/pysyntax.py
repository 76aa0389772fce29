"""Python bytes as syntax trees, without ever raising and without warnings about what is inside."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings

from healer.patches.text import PYTHON_SUFFIXES

Version = tuple[int, int]
"""Of a Python: `(3, 12)`."""

_FREE_FSTRINGS = (3, 12)
_PREFIX = re.compile(r"^[a-zA-Z]{0,3}")


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
            tree = ast.parse(data, feature_version=feature)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "it is nested too deeply")
    return (_newer_fstring(data) if feature and feature < _FREE_FSTRINGS else None) or tree


def _newer_fstring(data: bytes) -> SyntaxError | None:
    """Return an error for an f-string of Python 3.12 and later (PEP 701), which the parser takes for older ones too.

    Before, the expressions inside held no quote of the string's own kind, no backslash, comment or end of a line.
    """
    around: list[str] = []
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            kind = tokenize.tok_name[token.type]
            if around and kind != "FSTRING_MIDDLE" and _is_new_inside(kind, token.string, around):
                place = ("<change>", token.start[0], token.start[1] + 1, token.line)
                return SyntaxError("f-string: Python before 3.12 cannot read this expression in it", place)
            if kind == "FSTRING_START":
                around.append(_PREFIX.sub("", token.string))
            elif kind == "FSTRING_END":
                around.pop()
    except (SyntaxError, tokenize.TokenError, ValueError, IndexError):
        return None
    return None


def _is_new_inside(kind: str, text: str, around: list[str]) -> bool:
    if kind in {"STRING", "FSTRING_START"}:
        return "\\" in text or any(quote in text for quote in around)
    return kind == "COMMENT" or (kind == "NL" and any(len(quote) == 1 for quote in around))


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
