"""Which names a line of Python can see."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.localization.pysource import Definition, PythonModule

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
_NESTED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def visible(module: PythonModule, line: int) -> dict[str, int]:
    """Return the visible names with their distance: 0 local, 1 an enclosing function's, 2 the module's, 3 built in."""
    names = dict.fromkeys(BUILTINS, 3)
    names.update(dict.fromkeys(bound(module.tree), 2))
    function = module.enclosing(line, functions_only=True)
    chain = []
    outer: Definition | None = function
    while outer:
        if not outer.is_class:
            chain.append(outer)
        outer = outer.parent
    for definition in reversed(chain):
        names.update(dict.fromkeys(bound(definition.node), 0 if definition is function else 1))
    if function is None:
        innermost = module.enclosing(line)
        if innermost:
            names.update(dict.fromkeys(bound(innermost.node), 0))
    return names


def bound(scope: ast.AST) -> set[str]:
    """Return the names that a function, class or module binds itself; comprehension variables are taken as its own."""
    names = set()
    for node in own_nodes(scope):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.add(name)
            case ast.alias(name=name, asname=alias):
                names.add(alias or name.split(".", 1)[0])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
    return names


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield a scope's nodes: nested definitions themselves, but nothing inside them."""
    stack = list(ast.iter_child_nodes(scope))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, _NESTED):
            continue
        stack.extend(ast.iter_child_nodes(node))


def members(module: PythonModule, definition: Definition) -> set[str]:
    """Return what a class offers: methods, class attributes, `self.x` and `cls.x` set in it or in bases of its file."""
    names: set[str] = set()
    seen: set[str] = set()
    waiting = [definition]
    while waiting:
        current = waiting.pop()
        if current.qualname in seen or not isinstance(current.node, ast.ClassDef):
            continue
        seen.add(current.qualname)
        names |= bound(current.node)
        for node in ast.walk(current.node):
            match node:
                case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                    names.add(name)
        bases = [base.id for base in current.node.bases if isinstance(base, ast.Name)]
        waiting += [parent for base in bases for parent in module.named(base)]
    return names


def first_parameter(definition: Definition) -> str | None:
    """Return the name a method gives its instance or class (`self`, `cls`); None for anything but such a method."""
    node = definition.node
    if isinstance(node, ast.ClassDef) or definition.owner is None:
        return None
    static = any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in node.decorator_list)
    arguments = [*node.args.posonlyargs, *node.args.args]
    return arguments[0].arg if arguments and not static else None
