"""Changing what the interpreter, a module or an operator does, rather than the code at fault."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from healer.patches.cheating.findings import Cheat, Finding, Level
from healer.patches.cheating.pychange import line_of
from healer.patches.cheating.spelling import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.patches.cheating.pychange import PythonChange

_HOOKS = {
    "sys.settrace": Level.REJECT, "sys.setprofile": Level.REJECT, "threading.settrace": Level.REJECT,
    "threading.setprofile": Level.REJECT, "sys.monitoring": Level.REJECT, "sys.addaudithook": Level.REJECT,
    "atexit.register": Level.FLAG, "gc.get_objects": Level.REJECT, "gc.get_referrers": Level.REJECT,
    "sys.setrecursionlimit": Level.FLAG, "signal.signal": Level.FLAG,
}  # fmt: skip
_COMPARISONS = frozenset(
    {
        "__eq__",
        "__ne__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__contains__",
        "__instancecheck__",
        "__subclasscheck__",
        "__subclasshook__",
    }
)
_INTERPRETER = frozenset({"builtins", "sys", "os", "unittest", "pytest", "_pytest", "inspect", "warnings"})
_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


def find_patching(change: PythonChange) -> Iterator[Finding]:
    """Reject comparisons that are always true, assignments into modules and the interpreter, and hooks; flag the milder."""
    modules = _imported_modules(change.after)

    def signs(node: ast.AST) -> Iterator[tuple[str, Level]]:
        match node:
            case ast.FunctionDef(name=name, body=[*head, ast.Return(value=ast.Constant(value=bool() as value))]) if (
                name in _COMPARISONS and all(_is_docstring(one) for one in head)
            ):
                yield f"makes {name} always {value}", Level.REJECT
            case ast.Lambda(body=ast.Constant(value=bool())):
                pass
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                for target in targets:
                    yield from _target(target)
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                yield from _target(target)
            case ast.Call(func=ast.Name(id="setattr" | "delattr" as function), args=[owner, *rest]):
                name = dotted(owner, change.names) or ""
                if name in modules or name.startswith(("builtins", "sys.modules")) or isinstance(owner, ast.Subscript):
                    yield f"changes the module {name or 'of another'} with {function}", Level.REJECT
                elif rest and isinstance(rest[0], ast.Constant) and rest[0].value in _COMPARISONS | {"__class__"}:
                    yield f"replaces {rest[0].value} of a class with {function}", Level.REJECT
            case ast.Attribute() | ast.Name():
                if (name := dotted(node, change.names)) in _HOOKS and name:
                    yield f"uses {name}, which acts on everything that runs", _HOOKS[name]

    def _target(target: ast.expr) -> Iterator[tuple[str, Level]]:
        if isinstance(target, ast.Subscript):
            owner = dotted(target.value, change.names) or ""
            if owner in {"sys.modules", "__builtins__", "builtins.__dict__", "os.environ"}:
                yield f"writes into {owner}", Level.FLAG if owner == "os.environ" else Level.REJECT
            elif isinstance(target.value, ast.Call) and dotted(target.value.func, change.names) == "globals":
                yield "writes into globals()", Level.FLAG
        elif isinstance(target, ast.Attribute) and target.attr == "__class__":
            yield "changes the class of an object", Level.FLAG
        elif isinstance(target, ast.Attribute) and (owner := dotted(target.value, change.names)):
            root = owner.partition(".")[0]
            if owner in modules and owner not in {"self", "cls"}:
                yield (
                    f"assigns to {owner}.{target.attr} of another module",
                    (Level.REJECT if root in _INTERPRETER or target.attr not in _settings(change) else Level.FLAG),
                )
            elif owner in _BUILTINS:
                yield f"assigns to {owner}.{target.attr}", Level.REJECT

    for (sign, level), node in change.added(signs):
        yield _finding(change, line_of(node), level, sign)


def _settings(change: PythonChange) -> frozenset[str]:
    """Attributes that the file assigned to before, wherever: what it did, it may do."""
    return frozenset(
        node.attr
        for node in ast.walk(change.before)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    )


def _imported_modules(tree: ast.Module) -> frozenset[str]:
    """Return the modules that are bound by `import` somewhere, and are not bound as anything else as well."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.add(alias.name)
                found.add(alias.name.partition(".")[0])
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return frozenset(found - bound)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _finding(change: PythonChange, line: int, level: Level, sign: str) -> Finding:
    return Finding(
        Cheat.PATCHED_RUNTIME, level, change.path, line,
        f"{change.path}, line {line}, {sign}: what others rely on would change with it; change the code at fault instead",
    )  # fmt: skip
