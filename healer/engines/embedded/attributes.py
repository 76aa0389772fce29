"""AttributeError: a close attribute of the class or module, a definition that was misspelt, a forgotten call."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from typing import TYPE_CHECKING

from healer.engines.embedded.imports import module_names, top_level_names
from healer.engines.embedded.occurrences import Role, occurrences
from healer.engines.embedded.rename import renamed, uses
from healer.engines.embedded.repair import Repair, Splice, shown
from healer.engines.embedded.scope import members
from healer.engines.embedded.similarity import close_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.engines.embedded.case import Case
    from healer.localization.pysource import Definition, PythonModule

_MODULE = re.compile(r"module '([\w.]+)' has no attribute '([^\W\d]\w*)'")
_OBJECT = re.compile(r"(?:type object )?'([\w.]+)'(?: object)? has no attribute '([^\W\d]\w*)'")
_CALLABLE = re.compile(r"'(?:function|method|builtin_function_or_method)' object has no attribute '(\w+)'")
_KNOWN_MODULES = frozenset(
    {
        "base64", "bisect", "calendar", "collections", "contextlib", "copy", "csv", "dataclasses", "datetime", "enum",
        "fnmatch", "functools", "hashlib", "heapq", "html", "inspect", "io", "itertools", "json", "math", "numbers",
        "operator", "os", "os.path", "pathlib", "posixpath", "random", "re", "shutil", "statistics", "string", "struct",
        "sys", "textwrap", "time", "types", "typing", "unicodedata", "urllib.parse", "uuid", "warnings", "zlib",
    }
)  # fmt: skip
"""Standard modules that may be imported to see what they offer: harmless, and free of effects."""


def unknown_attribute(case: Case) -> Iterator[Repair]:
    """Repair an attribute that its owner does not have."""
    if case.complaint.type != "AttributeError":
        return
    message = case.complaint.message
    if match := _MODULE.match(message):
        yield from _of_module(case, match[1], match[2])
    elif match := _CALLABLE.match(message):
        yield from _uncalled(case, match[1])
    elif match := _OBJECT.match(message):
        yield from _of_object(case, match[1], match[2])


def _of_module(case: Case, dotted: str, name: str) -> Iterator[Repair]:
    path = module_names(case.index).get(dotted)
    home = case.index.module(path) if path else None
    known = top_level_names(home, case.index) if home else _offered(dotted)
    near = _with_suggestion(close_names(name, known), case)
    yield from _respelt(case, name, near, f"the module {dotted}")
    if home:
        for other, score in near:
            yield from renamed_definition(case, home, other, name, score)


def _offered(dotted: str, kind: str | None = None) -> set[str]:
    """Return the public names of a standard module, or of a class in it; none for modules that are not known."""
    if dotted not in _KNOWN_MODULES:
        return set()
    owner = importlib.import_module(dotted)
    return {item for item in dir(getattr(owner, kind, None) if kind else owner) if not item.startswith("_")}


def _of_object(case: Case, dotted: str, name: str) -> Iterator[Repair]:
    origin, _, kind = dotted.rpartition(".")
    homes = [
        (module, definition)
        for path in case.index.paths_defining(kind)
        if (module := case.index.module(path))
        for definition in module.named(kind)
        if definition.is_class
    ]
    builtin = getattr(builtins, kind, None)
    known: set[str] = set()
    for module, definition in homes:
        known |= _members(case, module, definition)
    if not homes and origin:
        known = _offered(origin, kind)
    elif not homes and isinstance(builtin, type):
        known = {item for item in dir(builtin) if not item.startswith("_")}
    near = _with_suggestion(close_names(name, known), case)
    yield from _respelt(case, name, near, f"the class {kind}")
    for module, _ in homes:
        for other, score in near:
            yield from renamed_definition(case, module, other, name, score)


def _members(case: Case, module: PythonModule, definition: Definition) -> set[str]:
    """Return a class's members with those of bases that other files define."""
    names = members(module, definition)
    for base in getattr(definition.node, "bases", []):
        if isinstance(base, ast.Name) and not module.named(base.id):
            for path in case.index.paths_defining(base.id)[:3]:
                other = case.index.module(path)
                for parent in other.named(base.id) if other else ():
                    names |= members(other, parent) if other else set()
    return names


def _with_suggestion(near: list[tuple[str, float]], case: Case) -> list[tuple[str, float]]:
    suggestion = case.complaint.suggestion
    return [*near, (suggestion, 0.9)] if suggestion and suggestion not in dict(near) else near


def _respelt(case: Case, name: str, near: list[tuple[str, float]], owner: str) -> Iterator[Repair]:
    for module, site in case.places():
        function = module.enclosing(site.line, functions_only=True)
        found = [
            place
            for place in occurrences(module, name, function.node if function else None)
            if place.role is Role.ATTRIBUTE
        ]
        here = [place for place in found if place.line == site.line] or found
        for other, score in near if here else ():
            for places in (here, found):
                yield Repair(
                    tuple(Splice(module.path, place.start, place.end, other.encode()) for place in places),
                    f"{owner} has no attribute {name}; it has {other}",
                    f"use {other} on line {here[0].line} of {module.path}",
                    0.92 * score,
                )
        if here:
            return


def renamed_definition(case: Case, home: PythonModule, old: str, new: str, score: float) -> Iterator[Repair]:
    """Yield the repair that takes a definition for misspelt, the likelier the more of its users agree."""
    splices = renamed(old, new, home, case.index)
    agree = case.raised_in_test or uses(new, case.index) > uses(old, case.index)
    if splices:
        yield Repair(
            splices,
            f"{home.path} offers {old}, but its users ask for {new}",
            f"call it {new}",
            (0.94 if agree else 0.5) * score,
        )


def _uncalled(case: Case, name: str) -> Iterator[Repair]:
    """Add the parentheses that a method lacks before its result is used (`rows.append` for `rows().append`)."""
    for module, site in case.places():
        function = module.enclosing(site.line, functions_only=True)
        for place in occurrences(module, name, function.node if function else None):
            if place.role is Role.ATTRIBUTE and place.line == site.line and isinstance(place.node, ast.Attribute):
                end = module.span(place.node.value)[1]
                yield Repair(
                    (Splice(module.path, end, end, b"()"),),
                    f"{shown(module, place.node.value)} is a function that was not called before .{name}",
                    "call it",
                    0.85,
                )
