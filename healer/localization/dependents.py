"""Which Python files import a module, themselves or from a package that offers it: who would notice a change of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from healer.localization.pysource import SourceIndex


def dependents(index: SourceIndex, changed: Collection[str], among: Collection[str]) -> frozenset[str]:
    """Return the files `among` those given that import one of the changed files, or a package that imports it.

    Static and by name, so it is a hint which test cases to run first, and never a reason to leave one out.
    """
    packages = {path for path in index.python_paths if path.endswith("/__init__.py")}
    offering = {path for path in packages - set(changed) if _imports(index, path, changed)}
    everything = {*changed, *offering}
    return frozenset(path for path in among if path in everything or _imports(index, path, everything))


def _imports(index: SourceIndex, path: str, changed: Collection[str]) -> bool:
    data = index.read(path)
    stems = [_stem(one) for one in changed]
    if data is None or not any(stem.rpartition("/")[2].encode() in data for stem in stems):
        return False
    module = index.module(path)
    names = _imported(module.tree, path) if module else set()
    return any(stem == name or stem.endswith(f"/{name}") for stem in stems for name in names)


def _stem(path: str) -> str:
    return path.removesuffix(".pyi").removesuffix(".py").removesuffix("/__init__")


def _imported(tree: ast.Module, path: str) -> set[str]:
    """Return all that a file imports, as paths without an ending; what may be a module or a name in one, as both."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.replace(".", "/") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = path.split("/")[: -node.level] if node.level else []
            origin = "/".join([*above, *(node.module or "").split(".")]).rstrip("/")
            found.update([origin, *(f"{origin}/{alias.name}".lstrip("/") for alias in node.names)])
    return found - {""}
