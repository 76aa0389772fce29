"""NameError and UnboundLocalError: a close name in scope, a lost `self.`, a missing import, a missing `global`."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from healer.engines.embedded import imports
from healer.engines.embedded.occurrences import Occurrence, Role, occurrences
from healer.engines.embedded.rename import uses
from healer.engines.embedded.repair import Repair, Splice
from healer.engines.embedded.scope import bound, first_parameter, members, own_nodes, visible
from healer.engines.embedded.similarity import close_names, closeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from healer.engines.embedded.case import Case
    from healer.localization.inquiry import Site
    from healer.localization.pysource import PythonModule

_UNKNOWN = re.compile(r"(?:free variable|(?:global )?name) '([^\W\d]\w*)' is not defined|free variable '([^\W\d]\w*)' ")
_UNBOUND = re.compile(r"local variable '([^\W\d]\w*)'")
_DISTANCE_COST = 0.02
"""Per step outwards: of two equally close names the nearer scope wins."""


def unknown_name(case: Case) -> Iterator[Repair]:
    """Repair a name that is nowhere defined."""
    match = _UNKNOWN.match(case.complaint.message)
    if case.complaint.type != "NameError" or not match:
        return
    name = match[1] or match[2]
    for module, site in case.places():
        found = _loads(module, name, site)
        if found:
            yield from _lost_instance(module, name, site, found)
            yield from _missing_import(case, module, name)
            yield from _misspelt(case, module, name, site, found)
            return


def _loads(module: PythonModule, name: str, site: Site) -> list[Occurrence]:
    """Return where the name is read: on the frame's line first, then in the rest of its function."""
    function = module.enclosing(site.line, functions_only=True)
    within = function.node if function else None
    found = [place for place in occurrences(module, name, within) if place.role in {Role.LOAD, Role.STORE}]
    return sorted(found, key=lambda place: (place.line != site.line, place.start))


def _lost_instance(module: PythonModule, name: str, site: Site, found: list[Occurrence]) -> Iterator[Repair]:
    function = module.enclosing(site.line, functions_only=True)
    instance = first_parameter(function) if function else None
    owner = function.owner if function else None
    if not (function and owner and instance) or name not in members(module, owner):
        return
    yield Repair(
        tuple(Splice(module.path, place.start, place.start, f"{instance}.".encode()) for place in found),
        f"{function.qualname} uses {name} as a variable, but it is an attribute of {owner.qualname}",
        f"read it from {instance}",
        0.95,
    )


def _missing_import(case: Case, module: PythonModule, name: str) -> Iterator[Repair]:
    statements: dict[str, float] = {}
    for statement in imports.imports_of(name, case.index, module):
        statements.setdefault(statement, 0.93)
    for origin, names in imports.IMPORTED_BY_NAME.items():
        if name in names:
            statements.setdefault(f"from {origin} import {name}", 0.9)
    if name in imports.STANDARD:
        statements.setdefault(f"import {name}", 0.92)
    for path in case.index.paths_defining(name)[:3]:
        defines = case.index.module(path)
        if defines and path != module.path and name in bound(defines.tree):
            statements.setdefault(imports.import_from_file(name, path, module.path), 0.85)
    for statement, likelihood in list(statements.items())[:4]:
        yield Repair(
            (imports.insertion(module, statement),),
            f"{module.path} uses {name} without importing it",
            f"add `{statement}`",
            likelihood,
        )


def _misspelt(case: Case, module: PythonModule, name: str, site: Site, found: list[Occurrence]) -> Iterator[Repair]:
    known = visible(module, site.line)
    near = close_names(name, known)
    if case.complaint.suggestion in known and case.complaint.suggestion not in dict(near):
        near.append((str(case.complaint.suggestion), 0.7))
    for other, score in near:
        likelihood = 0.9 * score - _DISTANCE_COST * known[other]
        cause = f"the name {name} is not defined where line {site.line} of {module.path} uses it; {other} is"
        everywhere = found
        if known[other] >= 2:  # noqa: PLR2004 - a module's name or a builtin: every use in the file is wrong alike
            everywhere = [place for place in occurrences(module, name) if place.role is Role.LOAD]
        for places in (everywhere, [place for place in found if place.line == site.line]):
            yield Repair(_replaced(module, places, other), cause, f"use {other} instead of {name}", likelihood)
        yield from _misspelt_binding(case, module, site, (name, other), likelihood)


def _misspelt_binding(
    case: Case, module: PythonModule, site: Site, names: tuple[str, str], likelihood: float
) -> Iterator[Repair]:
    """Take the assignment for the misspelt one: a local that is set but never read."""
    name, other = names
    function = module.enclosing(site.line, functions_only=True)
    if function is None:
        return
    places = list(occurrences(module, other, function.node))
    rarer = uses(other, case.index) < uses(name, case.index)
    if places and all(place.role in {Role.STORE, Role.PARAMETER} for place in places):
        yield Repair(
            _replaced(module, places, name),
            f"{function.qualname} sets {other}, which nothing reads, and reads {name}, which nothing sets",
            f"call the variable {name}",
            likelihood + 0.01 if rarer else likelihood - 0.01,
        )


def unbound_local(case: Case) -> Iterator[Repair]:
    """Repair a local that is read before it is set: another name was meant, or the module's own variable."""
    match = _UNBOUND.search(case.complaint.message)
    if case.complaint.type != "UnboundLocalError" or not match:
        return
    name = match[1]
    for module, site in case.places():
        function = module.enclosing(site.line, functions_only=True)
        if function is None or name not in bound(function.node):
            continue
        if name in bound(module.tree):
            yield from _declared_global(module, function.node, name)
        known = visible(module, site.line)
        loads = [place for place in occurrences(module, name, function.node) if place.line == site.line]
        for other in bound(function.node) - {name}:
            score = closeness(name, other)
            places = list(occurrences(module, other, function.node))
            if score >= 0.6 and not any(place.role is Role.LOAD for place in places):  # noqa: PLR2004 - as CUTOFF
                cause = f"{other} is set and never read, {name} is read before it is set"
                yield Repair(_replaced(module, places, name), cause, f"call the variable {name}", 0.9 * score + 0.01)
        for other, score in close_names(name, known):
            yield Repair(
                _replaced(module, [place for place in loads if place.role is Role.LOAD], other),
                f"{name} is read before it is set; {other} is set",
                f"read {other} instead",
                0.9 * score - _DISTANCE_COST * known[other],
            )
        return


def _declared_global(module: PythonModule, function: ast.AST, name: str) -> Iterator[Repair]:
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    if any(isinstance(node, ast.arg) and node.arg == name for node in own_nodes(function)):
        return
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(function.body) > 1
    anchor = function.body[1] if documented else first
    if anchor.lineno == function.lineno:
        return
    at = module.line_start(anchor.lineno)
    indent = module.data[at : module.span(anchor)[0]]
    newline = b"\r\n" if b"\r\n" in module.data[:2000] else b"\n"
    yield Repair(
        (Splice(module.path, at, at, indent + f"global {name}".encode() + newline),),
        f"{function.name} assigns to {name}, which makes it a local, and reads it before",
        f"declare `global {name}`",
        0.8,
    )


def _replaced(module: PythonModule, places: Iterable[Occurrence], name: str) -> tuple[Splice, ...]:
    return tuple(Splice(module.path, place.start, place.end, name.encode()) for place in places)
