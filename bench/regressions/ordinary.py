"""Edits that change nothing: what other commits around a regression do, and what the regression hides among.

Each leaves the meaning of a module as it was, so that the fault is the only reason for a test to fail.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_REMARKS = (
    "Kept simple on purpose; callers rely on the order.",
    "The usual case comes first.",
    "See the tests for the corner cases.",
    "Nothing is copied here.",
    "Input was checked by the caller.",
)
_SENTENCES = ("Safe to call more than once.", "Returns a new object each time.", "The arguments are left as they are.")


def ordinary(text: str, chooser: random.Random) -> tuple[str, str] | None:
    """Return an edited module and a commit's subject, or None where nothing could be edited."""
    kinds = list(_KINDS)
    chooser.shuffle(kinds)
    for kind in kinds:
        edited = _edited(text, chooser, kind)
        if edited is not None:
            return edited
    return None


def _edited(
    text: str, chooser: random.Random, kind: Callable[[ast.Module, list[str], random.Random], str | None]
) -> tuple[str, str] | None:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    lines = text.split("\n")
    subject = kind(tree, lines, chooser)
    edited = "\n".join(lines)
    if subject is None or edited == text:
        return None
    try:
        ast.parse(edited)
    except SyntaxError:
        return None
    return edited, subject


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _remark(tree: ast.Module, lines: list[str], chooser: random.Random) -> str | None:
    """Put a comment above a statement."""
    places = [
        (function.name, node)
        for function in _functions(tree)
        for node in function.body[1:]
        if lines[node.lineno - 1][: node.col_offset].isspace()
    ]
    if not places:
        return None
    name, node = chooser.choice(places)
    lines.insert(node.lineno - 1, f"{' ' * node.col_offset}# {chooser.choice(_REMARKS)}")
    return f"Explain {name}"


def _docstring(tree: ast.Module, lines: list[str], chooser: random.Random) -> str | None:
    """Give a function without a docstring one; doctests and texts that programs show stay as they are."""
    bare = [node for node in _functions(tree) if not ast.get_docstring(node) and node.body[0].lineno > node.lineno]
    if not bare:
        return None
    function = chooser.choice(bare)
    first = function.body[0]
    decorators = getattr(first, "decorator_list", [])
    line = min([first.lineno, *(decorator.lineno for decorator in decorators)])
    lines.insert(line - 1, f'{" " * first.col_offset}"""{chooser.choice(_SENTENCES)}"""')
    return f"Document {function.name}"


def _parentheses(tree: ast.Module, lines: list[str], chooser: random.Random) -> str | None:
    """Put what a function returns between parentheses."""
    returned = [
        node.value
        for function in _functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Return)
        and isinstance(node.value, (ast.BoolOp, ast.BinOp, ast.Compare, ast.IfExp))
        and node.value.lineno == node.value.end_lineno
        and lines[node.value.lineno - 1].isascii()
    ]
    if not returned:
        return None
    value = chooser.choice(returned)
    line = lines[value.lineno - 1]
    start, end = value.col_offset, value.end_col_offset or len(line)
    lines[value.lineno - 1] = f"{line[:start]}({line[start:end]}){line[end:]}"
    return "Use parentheses for readability"


_KINDS = (_remark, _docstring, _parentheses)
