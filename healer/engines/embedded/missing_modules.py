"""ImportError and ModuleNotFoundError: a close name in the module asked, another module that has it, a close module."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from healer.engines.embedded.attributes import renamed_definition
from healer.engines.embedded.imports import STANDARD, dotted_name, module_names, top_level_names
from healer.engines.embedded.occurrences import Role, occurrences
from healer.engines.embedded.repair import Repair, Splice
from healer.engines.embedded.scope import bound
from healer.engines.embedded.similarity import close_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.engines.embedded.case import Case
    from healer.localization.pysource import PythonModule

_CANNOT = re.compile(r"cannot import name '([^\W\d]\w*)' from '([\w.]+)'")
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_MODULE_CUTOFF = 0.76
"""Module names are short words of one trade; a looser bound would import `numbers` for `numpy`."""


def unknown_import(case: Case) -> Iterator[Repair]:
    """Repair `from module import name` where the module has no such name."""
    match = _CANNOT.match(case.complaint.message)
    if case.complaint.type != "ImportError" or not match:
        return
    name, dotted = match[1], match[2]
    path = module_names(case.index).get(dotted)
    home = case.index.module(path) if path else None
    if home is None:
        return
    near = close_names(name, top_level_names(home, case.index))
    for module, site in case.places():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom) and node.lineno <= site.line <= (node.end_lineno or 0):
                yield from _another_name(module, node, name, near)
                yield from _another_module(case, module, node, name)
        break
    for other, score in near:
        yield from renamed_definition(case, home, other, name, score)


def _another_name(
    module: PythonModule, node: ast.ImportFrom, name: str, near: list[tuple[str, float]]
) -> Iterator[Repair]:
    for alias in node.names:
        if alias.name != name:
            continue
        start = module.span(alias)[0]
        for other, score in near:
            imported = Splice(module.path, start, start + len(name.encode()), other.encode())
            used = [place for place in occurrences(module, name) if place.role in {Role.LOAD, Role.STORE}]
            follow = (
                () if alias.asname else tuple(Splice(module.path, use.start, use.end, other.encode()) for use in used)
            )
            cause = f"{'.' * node.level}{node.module or ''} has no {name}; it has {other}"
            yield Repair((imported, *follow), cause, f"import {other}", 0.9 * score)


def _another_module(case: Case, module: PythonModule, node: ast.ImportFrom, name: str) -> Iterator[Repair]:
    """Take the name from the one module that defines it, when it is all that the statement imports."""
    if len(node.names) != 1 or node.module is None:
        return
    for path in case.index.paths_defining(name)[:3]:
        other = case.index.module(path)
        if other is None or path == module.path or name not in bound(other.tree):
            continue
        target = _spelt_like(node, dotted_name(path), path, module.path)
        span = _module_span(module, node)
        if target and span:
            cause = f"{name} is defined in {path}, not in {node.module}"
            yield Repair((Splice(module.path, *span, target.encode()),), cause, f"import it from {target}", 0.85)


def _spelt_like(node: ast.ImportFrom, dotted: str, path: str, importer: str) -> str | None:
    """Return the module's name relative to the importer's package if the statement was relative to it."""
    if node.level == 0:
        return dotted
    folder = importer.rpartition("/")[0] + "/"
    if node.level > 1 or not path.startswith(folder):
        return None
    return path.removeprefix(folder).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _module_span(module: PythonModule, node: ast.ImportFrom) -> tuple[int, int] | None:
    """Return the byte range of the dotted name after `from` and its dots."""
    start, end = module.span(node)
    match = re.compile(rb"from[ \t]*[. \t]*([^\W\d][\w.]*)").match(module.data, start, end)
    return match.span(1) if match and match[1] == (node.module or "").encode() else None


def unknown_module(case: Case) -> Iterator[Repair]:
    """Repair the import of a module that does not exist but nearly does."""
    match = _NO_MODULE.match(case.complaint.message)
    if case.complaint.type not in {"ModuleNotFoundError", "ImportError"} or not match:
        return
    missing = match[1]
    known = {*module_names(case.index), *STANDARD}
    for module, site in case.places():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Import | ast.ImportFrom) or not node.lineno <= site.line <= (
                node.end_lineno or 0
            ):
                continue
            if isinstance(node, ast.ImportFrom) and node.module:
                yield from _another_origin(module, node, missing, known)
            elif isinstance(node, ast.Import):
                yield from _another_plain(module, node, missing, known)
        break


def _another_origin(module: PythonModule, node: ast.ImportFrom, missing: str, known: set[str]) -> Iterator[Repair]:
    span = _module_span(module, node)
    written = node.module or ""
    if span is None:
        return
    if node.level:
        package = missing.removesuffix(written)
        if not package or not missing.endswith(written):
            return
        options = {name.removeprefix(package) for name in known if name.startswith(package)}
    else:
        options = known
    for other, score in _close_modules(written, options):
        splices = (Splice(module.path, *span, other.encode()),)
        yield Repair(splices, f"there is no module {missing}", f"import from {other}", 0.9 * score)


def _another_plain(module: PythonModule, node: ast.Import, missing: str, known: set[str]) -> Iterator[Repair]:
    for alias in node.names:
        if not (alias.name == missing or alias.name.startswith(missing + ".")):
            continue
        start = module.span(alias)[0]
        for other, score in _close_modules(alias.name, known):
            imported = Splice(module.path, start, start + len(alias.name.encode()), other.encode())
            uses = [place for place in occurrences(module, alias.name) if place.role is Role.LOAD]
            follow = (
                () if alias.asname else tuple(Splice(module.path, use.start, use.end, other.encode()) for use in uses)
            )
            for splices in ((imported,), (imported, *follow)):
                yield Repair(splices, f"there is no module {missing}", f"import {other}", 0.9 * score)


def _close_modules(written: str, options: set[str]) -> list[tuple[str, float]]:
    """Return close dotted names; the same last component elsewhere counts as close."""
    near = dict(close_names(written, options, cutoff=_MODULE_CUTOFF))
    last = written.rsplit(".", 1)[-1]
    for option in sorted(options):
        if option != written and "." in option and option.rsplit(".", 1)[-1] == last:
            near.setdefault(option, 0.85)
    return sorted(near.items(), key=lambda item: -item[1])[:4]
