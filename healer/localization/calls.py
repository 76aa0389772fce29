"""What Python code calls and names, each with what it is called on, so that a name means few definitions.

No types are inferred but what the code says itself: `cart = Cart()` makes `cart.total()` a method of `Cart`. What is
imported from elsewhere is nobody's here: `json.dumps` never means a `dumps` of the repository.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.localization.pysource import Definition, PythonModule, SourceIndex

MOST_DEFINING = 32
"""Files with definitions of a name, that are looked into."""
MOST_BASES = 20
"""Classes that one class is looked up in."""
_LITERALS = (
    ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reference:
    """A name in use. `classes` are those it is looked up in, where that can be told.

    `on_object` is what stands behind a dot of something unknown, `plain` what stands alone or behind a module.
    """

    name: str
    is_call: bool
    plain: bool = False
    on_object: bool = False
    classes: frozenset[str] = frozenset()

    def means(self, definition: Definition) -> bool:
        """Whether it may stand for a definition."""
        owner = definition.owner
        if definition.name != self.name:
            return False
        if self.classes:
            return owner is not None and owner.name in self.classes
        if self.plain:
            return owner is None
        return owner is not None or definition.is_class or not self.on_object


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of a module and of one function in it stand for, as far as the code says."""

    foreign: frozenset[str]
    modules: frozenset[str]
    objects: dict[str, str]
    """Classes of local variables, by their names."""
    own: frozenset[str]
    """The class around the function, with its bases and what derives from it."""
    index: SourceIndex
    _held: dict[tuple[frozenset[str], str], frozenset[str]] = field(default_factory=dict, init=False, repr=False)
    _known: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, index: SourceIndex, module: PythonModule, definition: Definition) -> Names:
        """Read the imports of a module and what a function assigns."""
        foreign, modules = _imported(index, module)
        return cls(foreign, modules, _objects(definition.node), _family(module, definition.owner), index)

    def references(self, node: ast.AST) -> Iterator[Reference]:
        """Yield what is called and what is named below a node; never what comes from elsewhere."""
        called = {id(inner.func) for inner in ast.walk(node) if isinstance(inner, ast.Call)}
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id not in self.foreign and inner.id not in self.modules:
                is_variable, is_call = inner.id in self.objects, id(inner) in called
                if is_call or not is_variable:
                    yield Reference(inner.id, is_call, plain=not is_variable)
            elif isinstance(inner, ast.Attribute):
                yield from self._attribute(inner, is_call=id(inner) in called)

    def _attribute(self, node: ast.Attribute, *, is_call: bool) -> Iterator[Reference]:
        value = node.value
        root = _root(value)
        if isinstance(value, _LITERALS) or root in self.foreign:
            return
        if (isinstance(value, ast.Name) and value.id in {"self", "cls"}) or _is_super(value):
            yield Reference(node.attr, is_call, on_object=True, classes=self._holding(self.own, node.attr))
            return
        if root in self.modules:
            is_direct = isinstance(value, ast.Name)
            yield Reference(node.attr, is_call, plain=is_direct)
            return
        name = _constructed(value) or (self.objects.get(value.id, "") if isinstance(value, ast.Name) else "")
        name = name or (value.id if isinstance(value, ast.Name) else "")
        family = self._bases(name) if name else frozenset()
        yield Reference(node.attr, is_call, on_object=True, classes=self._holding(family, node.attr))

    def _holding(self, family: frozenset[str], method: str) -> frozenset[str]:
        """Return the family if one of its classes has such a method; else nothing is known."""
        if family and (family, method) not in self._held:
            modules = (self.index.module(path) for path in self.index.paths_defining(method)[:MOST_DEFINING])
            found = (one.owner for module in modules if module for one in module.named(method))
            is_held = any(owner and owner.name in family for owner in found)
            self._held[family, method] = family if is_held else frozenset()
        return self._held.get((family, method), frozenset())

    def _bases(self, name: str) -> frozenset[str]:
        """Return a class of the repository with those that it derives from; nothing for what is no such class."""
        if name in self._known:
            return self._known[name]
        found: dict[str, None] = {name: None}
        known = False
        for one in found_in_turn(found):
            for path in self.index.paths_defining(one)[:3]:
                module = self.index.module(path)
                for definition in module.named(one) if module else ():
                    if isinstance(definition.node, ast.ClassDef):
                        known = True
                        found |= dict.fromkeys(_base_names(definition.node))
        self._known[name] = frozenset(found) if known else frozenset()
        return self._known[name]


def calls(index: SourceIndex, module: PythonModule, definition: Definition) -> list[Reference]:
    """Return what a definition calls, by name, each once."""
    found = {one for one in Names.of(index, module, definition).references(definition.node) if one.is_call}
    return sorted(found, key=lambda one: (one.name, sorted(one.classes), one.plain, one.on_object))


def found_in_turn(found: dict[str, None]) -> Iterator[str]:
    """Yield the names of a growing collection, each once, up to a bound."""
    seen: set[str] = set()
    while len(seen) < MOST_BASES and (waiting := [name for name in found if name not in seen]):
        seen.add(waiting[0])
        yield waiting[0]


def _base_names(node: ast.ClassDef) -> list[str]:
    names = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases]
    return [name for name in names if name]


@lru_cache(maxsize=256)
def _family(module: PythonModule, owner: Definition | None) -> frozenset[str]:
    """Return a class with its bases and with what derives from it in its file; nothing for no class."""
    bases = {one.name: _base_names(one.node) for one in module.definitions if isinstance(one.node, ast.ClassDef)}
    above, below = ({owner.name: None} if owner else {} for _ in range(2))
    for name in found_in_turn(above):
        above |= dict.fromkeys(bases.get(name, ()))
    for name in found_in_turn(below):
        below |= dict.fromkeys(other for other, each in bases.items() if name in each)
    return frozenset(above) | frozenset(below)


def _root(node: ast.expr) -> str:
    """Return the name that a chain of attributes, calls and subscripts begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _constructed(node: ast.expr) -> str:
    """Return what a call is of: of `Cart(1)` and `shop.Cart(1)`, Cart."""
    func = node.func if isinstance(node, ast.Call) else None
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def _objects(node: ast.AST) -> dict[str, str]:
    """Return the local variables of a function by what made them; parameters by nothing."""
    found = {inner.arg: "" for inner in ast.walk(node) if isinstance(inner, ast.arg)}
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and inner is not node:
            found[inner.name] = ""
        if isinstance(inner, ast.Assign):
            targets, value = inner.targets, inner.value
        elif isinstance(inner, ast.withitem) and inner.optional_vars is not None:
            targets, value = [inner.optional_vars], inner.context_expr
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                found[target.id] = _constructed(value)
    return found


@lru_cache(maxsize=64)  # each function of a module asks for it
def _imported(index: SourceIndex, module: PythonModule) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that a module imports from elsewhere, and those that stand for modules of the repository."""
    foreign: set[str] = set()
    modules: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                is_own = alias.name.partition(".")[0] in index.packages.roots
                (modules if is_own else foreign).add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            for alias in node.names:
                if not node.level and origin.partition(".")[0] not in index.packages.roots:
                    foreign.add(alias.asname or alias.name)
                elif index.packages.has(f"{origin}.{alias.name}".lstrip(".")):
                    modules.add(alias.asname or alias.name)
    here = {definition.name for definition in module.definitions if definition.parent is None}
    return frozenset(foreign - here - modules), frozenset(modules - here)
