"""KeyError: a literal key that is close to one the same module writes, on either side."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from healer.engines.embedded.repair import Repair, Splice
from healer.engines.embedded.similarity import close_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.engines.embedded.case import Case
    from healer.localization.pysource import PythonModule


def unknown_key(case: Case) -> Iterator[Repair]:
    """Repair a key that is nowhere written, or written slightly otherwise."""
    if case.complaint.type != "KeyError":
        return
    key = _literal(case.complaint.message)
    for module, site in case.places() if key else ():
        written, read = _written(module), _read(module)
        here = [node for node in read if node.value == key and node.lineno <= site.line <= (node.end_lineno or 0)]
        if not here:
            continue
        near = close_names(key, {node.value for node in (*written, *read) if isinstance(node.value, str)})
        for other, score in near:
            yield from _respelt(module, here, key, other, score)
            setters = [node for node in written if node.value == other]
            readers = [node for node in read if node.value == other]
            if setters and not readers and not any(node.value == key for node in written):
                yield from _respelt(module, setters, other, key, score)
        return


def _literal(message: str) -> str:
    """Return the key that the message shows, or nothing when it is not a short string."""
    try:
        value = ast.literal_eval(message[:200])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    return value if isinstance(value, str) else ""


def _written(module: PythonModule) -> list[ast.Constant]:
    """Return the literal keys that dictionaries are built with or assigned to."""
    found = [key for node in ast.walk(module.tree) if isinstance(node, ast.Dict) for key in node.keys]
    stores = [node.slice for node in ast.walk(module.tree) if isinstance(node, ast.Subscript) and _stores(node)]
    return [node for node in (*found, *stores) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _read(module: PythonModule) -> list[ast.Constant]:
    """Return the literal keys of subscripts and of `pop`."""
    found: list[ast.expr] = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Subscript) and not _stores(node):
            found.append(node.slice)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "pop":
            found += node.args[:1]
    return [node for node in found if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _stores(node: ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Store)


def _respelt(module: PythonModule, nodes: list[ast.Constant], old: str, new: str, score: float) -> Iterator[Repair]:
    splices = []
    for node in nodes:
        start, end = module.span(node)
        inside = module.data[start:end].find(old.encode())
        if inside < 0 or not new.isprintable() or set("\\'\"{}") & set(new):
            return
        splices.append(Splice(module.path, start + inside, start + inside + len(old.encode()), new.encode()))
    cause = f"{module.path} writes the key {new!r} and the key {old!r} for what is likely one thing"
    yield Repair(tuple(splices), cause, f"use {new!r}", 0.85 * score)
