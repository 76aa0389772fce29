"""Changing what the interpreter, a module or an operator does, rather than the code at fault."""

from __future__ import annotations

import ast
import builtins
from functools import partial
from typing import TYPE_CHECKING

from healer.patches.cheating.findings import Cheat, Finding, Level
from healer.patches.cheating.pychange import line_of
from healer.patches.cheating.spelling import dotted, statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.patches.cheating.pychange import PythonChange

_HOOKS = {
    "sys.settrace": Level.REJECT, "sys.setprofile": Level.REJECT, "threading.settrace": Level.REJECT,
    "threading.setprofile": Level.REJECT, "sys.monitoring": Level.REJECT, "sys.addaudithook": Level.REJECT,
    "atexit.register": Level.FLAG, "gc.get_objects": Level.REJECT, "gc.get_referrers": Level.REJECT,
    "sys.setrecursionlimit": Level.FLAG, "signal.signal": Level.FLAG,
}  # fmt: skip
_COMPARISONS = frozenset(
    {
        "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__", "__instancecheck__",
        "__subclasscheck__", "__subclasshook__",
    }
)  # fmt: skip
_TABLES = {
    "sys.modules": Level.REJECT, "__builtins__": Level.REJECT, "builtins.__dict__": Level.REJECT,
    "os.environ": Level.FLAG,
}  # fmt: skip
_Sign = tuple[str, Level]
_INTERPRETER = frozenset({"builtins", "sys", "os", "unittest", "pytest", "_pytest", "inspect", "warnings"})
_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


def find_patching(change: PythonChange) -> Iterator[Finding]:
    """Reject comparisons that are always true, assignments into modules, and hooks; flag the milder."""
    for select in (_fixed_comparisons, partial(_hooks, change.names)):
        for (sign, level), node in change.added(select):
            yield _finding(change, line_of(node), level, sign)
    if any(_may_write(node) for root in change.come for node in ast.walk(root)):
        modules, settings = _modules(change), _settings(change.before)
        for select in (
            partial(_set_attributes, change.names, modules),
            partial(_assignments, change.names, modules, settings),
        ):
            for (sign, level), node in change.added(select):
                yield _finding(change, line_of(node), level, sign)


def _may_write(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
            return True
        case ast.Name(id="setattr" | "delattr"):
            return True
    return False


def _fixed_comparisons(node: ast.AST) -> Iterator[_Sign]:
    match node:
        case ast.FunctionDef(name=name, body=[*head, ast.Return(value=ast.Constant(value=bool() as value))]):
            if name in _COMPARISONS and all(map(_is_docstring, head)):
                yield f"makes {name} always {value}", Level.REJECT


def _hooks(names: Mapping[str, str], node: ast.AST) -> Iterator[_Sign]:
    if isinstance(node, ast.Attribute | ast.Name) and (name := dotted(node, names)) and name in _HOOKS:
        yield f"uses {name}, which acts on everything that runs", _HOOKS[name]


def _set_attributes(names: Mapping[str, str], modules: frozenset[str], node: ast.AST) -> Iterator[_Sign]:
    match node:
        case ast.Call(func=ast.Name(id="setattr" | "delattr" as function), args=[owner, *rest]):
            name = dotted(owner, names) or ""
            if name in modules or name.startswith(("builtins", "sys.modules")):
                yield f"changes the module {name} with {function}", Level.REJECT
            elif rest and isinstance(rest[0], ast.Constant) and rest[0].value in _COMPARISONS | {"__class__"}:
                yield f"replaces {rest[0].value} of a class with {function}", Level.REJECT


def _assignments(
    names: Mapping[str, str], modules: frozenset[str], settings: frozenset[str], node: ast.AST
) -> Iterator[_Sign]:
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            pass
        case ast.AugAssign(target=only) | ast.AnnAssign(target=only):
            targets = [only]
        case _:
            return
    for target in targets:
        match target:
            case ast.Subscript(value=ast.Call(func=ast.Name(id="globals"))):
                yield "writes into globals()", Level.FLAG
            case ast.Subscript(value=value) if (owner := dotted(value, names)) and owner in _TABLES:
                yield f"writes into {owner}", _TABLES[owner]
            case ast.Attribute(attr="__class__"):
                yield "changes the class of an object", Level.FLAG
            case ast.Attribute(value=value, attr=attribute) if (owner := dotted(value, names)) and (
                owner in modules or owner in _BUILTINS
            ):
                is_setting = attribute in settings and owner.partition(".")[0] not in _INTERPRETER
                yield f"assigns to {owner}.{attribute}", Level.FLAG if is_setting else Level.REJECT


def _settings(before: ast.Module) -> frozenset[str]:
    """Return the attributes that the file assigned to before, wherever: what it did, it may do."""
    stored = (node for node in ast.walk(before) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
    return frozenset(node.attr for node in stored)


def _modules(change: PythonChange) -> frozenset[str]:
    """Return the modules that are bound by `import` somewhere, and are not bound as anything else as well."""
    imported = [one for one in statements(change.after) if isinstance(one, ast.Import)]
    names = {alias.name for one in imported for alias in one.names}
    return frozenset(names | {name.partition(".")[0] for name in names}) - change.bound


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _finding(change: PythonChange, line: int, level: Level, sign: str) -> Finding:
    return Finding(
        Cheat.PATCHED_RUNTIME, level, change.path, line,
        f"{change.path}, line {line}, {sign}: what others rely on would change with it; "
        "change the code at fault instead",
    )  # fmt: skip
