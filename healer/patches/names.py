"""Names that a Python module reads and nothing defines; silent where it may define them dynamically."""

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
    "__module__", "__qualname__", "__class__", "__firstlineno__", "__classdict__", "__static_attributes__",
    "__annotate__", "__type_params__", "WindowsError", "reveal_type", "ExceptionGroup", "BaseExceptionGroup",
    "EncodingWarning", "PythonFinalizationError", "_IncompleteInputError", "frozendict", "_",
}  # fmt: skip
_DYNAMIC = frozenset({"globals", "exec", "vars", "locals", "execfile", "NameError", "__builtins__", "builtins"})
_OWN = frozenset({"self", "cls", "type"})


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
            if symbol.is_declared_global() and (symbol.is_assigned() or symbol.is_imported()):
                bound.add(symbol.get_name())
            if symbol.is_referenced() and (symbol.is_global() or table is top):
                read.add(symbol.get_name())
    read |= set(_read_in_classes(tree))
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return frozenset((read & loaded) - bound - _ALWAYS_THERE)


def _read_in_classes(tree: ast.Module) -> Iterator[str]:
    """Yield the names that comprehensions in the bodies of classes look for outside of them.

    Comprehensions do not see the class that they stand in, and from Python 3.12 on symbol tables do not tell (PEP 709).
    """
    pending: list[tuple[ast.AST, bool]] = [(statement, False) for statement in tree.body]
    while pending:
        node, is_in_class = pending.pop()
        if is_in_class and isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp):
            seen = [one for part in _inside(node) for one in ast.walk(part)]
            own = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)}
            own |= {one.arg for one in seen if isinstance(one, ast.arg)}
            yield from (one.id for one in seen if isinstance(one, ast.Name) and one.id not in own)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            is_class = is_in_class or isinstance(node, ast.ClassDef)
            pending += [(child, is_class) for child in ast.iter_child_nodes(node)]


def _inside(node: ast.ListComp | ast.SetComp | ast.DictComp) -> Iterator[ast.AST]:
    """Yield the parts of a comprehension but its first iterable, which belongs to the scope around it."""
    first, *others = node.generators
    yield from (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
    yield from first.ifs
    yield from others


def lost_exports(path: str, before: ast.Module, after: ast.Module) -> frozenset[str]:
    """Return the names that a module had for others to import from it, and does not have any more.

    Those are what `__all__` still lists, imports of a name as itself (PEP 484), and what a package's `__init__.py`
    imports from its own modules and does not use; private names left out.
    """
    has_getattr = any(isinstance(one, ast.FunctionDef) and one.name == "__getattr__" for one in after.body)
    if has_getattr or _is_dynamic(after):
        return frozenset()
    is_package = path.rpartition("/")[2] in {"__init__.py", "__init__.pyi"}
    used = {node.id for node in ast.walk(before) if isinstance(node, ast.Name)}
    offered = set(_listed(after))
    for statement in before.body:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                name = alias.asname or alias.name
                is_offered = alias.asname == alias.name or (is_package and statement.level and name not in used)
                if is_offered and not name.startswith("_"):
                    offered.add(name)
    return frozenset(offered & set(_bound(before)) - set(_bound(after)))


def _bound(tree: ast.Module) -> Iterator[str]:
    """Yield every name that is bound anywhere in the module, which is more than enough."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from ((alias.asname or alias.name).partition(".")[0] for alias in names)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name


def _listed(tree: ast.Module) -> Iterator[str]:
    """Yield the names that `__all__` lists where it is one list of literals."""
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=names) | ast.Tuple(elts=names)):
                yield from (one.value for one in names if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _is_dynamic(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                return True
            case ast.Name(id=name) if name in _DYNAMIC:
                return True
            case ast.Attribute(value=ast.Name(id=owner), attr="__dict__") if owner in _OWN:
                pass
            case ast.Attribute(attr="__dict__") | ast.Subscript(value=ast.Attribute(attr="modules")):
                return True
    return False


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    pending = [table]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(current.get_children())
