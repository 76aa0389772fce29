"""Names that a Python module reads as globals and nothing defines; silent where it may define them dynamically."""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALWAYS_THERE = frozenset(dir(builtins)) | {
    "__file__", "__path__", "__builtins__", "__annotations__", "__conditional_annotations__", "__dict__", "__cached__",
    "__module__", "__qualname__", "__class__", "__firstlineno__", "__classdict__", "WindowsError", "reveal_type",
    "ExceptionGroup", "BaseExceptionGroup", "EncodingWarning", "PythonFinalizationError", "_IncompleteInputError", "_",
}  # fmt: skip
_DYNAMIC = frozenset(
    {"globals", "exec", "eval", "vars", "locals", "execfile", "NameError", "__builtins__", "__dict__", "builtins"}
)


def undefined_names(source: str, tree: ast.Module) -> frozenset[str]:
    """Return the names that reading would raise NameError for; empty when the module defines names dynamically."""
    if _is_dynamic(tree):
        return frozenset()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            top = symtable.symtable(source, "module", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    bound = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    bound |= {child.get_name() for child in top.get_children()}
    read: set[str] = set()
    for table in _tables(top):
        for symbol in table.get_symbols():
            if symbol.is_declared_global() and symbol.is_assigned():
                bound.add(symbol.get_name())
            if symbol.is_referenced() and (symbol.is_global() or table is top):
                read.add(symbol.get_name())
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return frozenset((read & loaded) - bound - _ALWAYS_THERE)


def _is_dynamic(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return True
        if isinstance(node, ast.Name) and node.id in _DYNAMIC:
            return True
        if isinstance(node, ast.Attribute) and node.attr in {"__dict__", "modules"}:
            return True
    return False


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    pending = [table]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(current.get_children())
