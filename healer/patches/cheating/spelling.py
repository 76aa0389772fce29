"""Which thing a name in Python code stands for, through imports and their aliases."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LONGEST = 8
"""Parts of a name; what is longer names nothing that is looked for."""


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return what each imported name means, wherever it is imported: `{"e": "os._exit"}`."""
    names: dict[str, str] = {}
    for node in statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            for alias in node.names:
                names[alias.asname or alias.name] = f"{origin}.{alias.name}"
    return names


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield all statements, those inside of others too, without a look at their expressions."""
    pending: list[ast.stmt | ast.excepthandler | ast.match_case] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt):
            yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            pending += getattr(node, block, ())


def bound_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that parameters, assignments and definitions bind."""
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name


def dotted(node: ast.AST, names: Mapping[str, str]) -> str | None:
    """Return the full name of an expression such as `os.path.join`, or None when it is something else.

    `getattr(os, "_exit")` is `os._exit` too.
    """
    parts: list[str] = []
    while len(parts) < _LONGEST:
        match node:
            case ast.Attribute(value=inner, attr=attribute):
                parts.append(attribute)
                node = inner
            case ast.Call(func=ast.Name(id="getattr"), args=[inner, ast.Constant(value=str(attribute)), *_]):
                parts.append(attribute)
                node = inner
            case ast.Call(func=ast.Name(id="__import__"), args=[ast.Constant(value=str(module)), *_]):
                return ".".join([module, *reversed(parts)])
            case ast.Name(id=name):
                return ".".join([names.get(name, name), *reversed(parts)])
            case _:
                return None
    return None


def dotted_names(tree: ast.AST, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the full names of everything that is used or imported in a tree, and all their beginnings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (name := dotted(node, names)):
            yield from _beginnings(name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from _beginnings(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield from _beginnings(f"{node.module}.{alias.name}")


def _beginnings(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]
