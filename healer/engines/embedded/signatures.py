"""TypeError at a call: keyword and parameter names that nearly agree, missing arguments, a forgotten `self`."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from healer.engines.embedded.occurrences import Role, occurrences
from healer.engines.embedded.repair import Repair, Splice, shown
from healer.engines.embedded.scope import first_parameter, visible
from healer.engines.embedded.similarity import close_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.engines.embedded.case import Case
    from healer.localization.pysource import Definition, PythonModule

_UNEXPECTED = re.compile(r"(?:[\w.<>]+\.)?(\w+)\(\) got an unexpected keyword argument '([^\W\d]\w*)'")
_MISSING = re.compile(
    r"(?:[\w.<>]+\.)?(\w+)\(\) missing 1 required (?:positional|keyword-only) argument: '([^\W\d]\w*)'"
)
_TOO_MANY = re.compile(
    r"(?:[\w.<>]+\.)?(\w+)\(\) takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:was|were) given"
)
_NOT_CALLABLE = re.compile(r"'\w+' object is not callable")


def mismatched_call(case: Case) -> Iterator[Repair]:
    """Repair a call and a signature that do not fit each other."""
    if case.complaint.type != "TypeError":
        return
    message = case.complaint.message
    if match := _UNEXPECTED.match(message):
        yield from _unexpected(case, match[1], match[2])
    elif match := _MISSING.match(message):
        yield from _missing(case, match[1], match[2])
    elif match := _TOO_MANY.match(message):
        yield from _too_many(case, match[1])
    elif _NOT_CALLABLE.match(message):
        yield from _called_in_vain(case)


def _definitions(case: Case, function: str) -> list[tuple[PythonModule, Definition]]:
    return [
        (module, definition)
        for path in case.index.paths_defining(function)[:6]
        if (module := case.index.module(path))
        for definition in module.named(function)
        if not definition.is_class
    ]


def _parameters(definition: Definition) -> list[ast.arg]:
    arguments = getattr(definition.node, "args", None)
    if not isinstance(arguments, ast.arguments):
        return []
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _calls(case: Case) -> Iterator[tuple[PythonModule, ast.Call]]:
    """Yield the calls on the innermost source frame's line."""
    for module, site in case.places():
        found = [
            node
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Call) and node.lineno <= site.line <= (node.end_lineno or node.lineno)
        ]
        yield from ((module, node) for node in found)
        return


def _unexpected(case: Case, function: str, keyword: str) -> Iterator[Repair]:
    definitions = _definitions(case, function)
    for module, call in _calls(case):
        written = [item for item in call.keywords if item.arg == keyword]
        taken = {item.arg for item in call.keywords}
        for definition in (definition for _, definition in definitions) if written else ():
            names = {argument.arg for argument in _parameters(definition)} - taken - {"self", "cls"}
            for other, score in close_names(keyword, names):
                start = module.span(written[0])[0]
                yield Repair(
                    (Splice(module.path, start, start + len(keyword.encode()), other.encode()),),
                    f"{definition.qualname} has no parameter {keyword}; it has {other}",
                    f"pass it as {other}",
                    0.92 * score,
                )
    for module, definition in definitions:
        for other, score in close_names(keyword, {argument.arg for argument in _parameters(definition)}):
            places = list(occurrences(module, other, definition.node))
            inside = [place for place in places if place.role in {Role.PARAMETER, Role.LOAD, Role.STORE}]
            only = [place for place in inside if place.role is Role.PARAMETER]
            reads = any(True for _ in occurrences(module, keyword, definition.node))
            yield Repair(
                tuple(
                    Splice(module.path, place.start, place.end, keyword.encode())
                    for place in (only if reads else inside)
                ),
                f"{definition.qualname} calls its parameter {other}, but its callers pass {keyword}",
                f"call the parameter {keyword}",
                (0.93 if case.raised_in_test or reads else 0.6) * score,
            )


def _missing(case: Case, function: str, parameter: str) -> Iterator[Repair]:
    """Pass a variable of the same name that is at hand."""
    for module, call in _calls(case):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
        known = visible(module, call.lineno)
        if name is None or any(item.arg in {None, parameter} for item in call.keywords):
            continue
        if name != function and function not in {"__init__", "__new__", "__call__"}:
            continue
        owner = module.enclosing(call.lineno, functions_only=True)
        instance = first_parameter(owner) if owner else None
        own = [parameter] if known.get(parameter, 3) < 2 else []  # noqa: PLR2004 - a local or an enclosing function's
        for value in [*own, *([f"{instance}.{parameter}"] if instance else [])]:
            end = module.span(call)[1] - 1
            inside = module.data[module.span(call.func)[1] : end].rstrip()
            bare = inside.endswith((b"(", b","))
            keyword = f"{parameter}={value}" if call.args or call.keywords else value
            yield Repair(
                (Splice(module.path, end, end, (keyword if bare else f", {keyword}").encode()),),
                f"the call of {name} leaves out {parameter}",
                f"pass {keyword}",
                0.85 if value == parameter else 0.6,
            )


def _too_many(case: Case, function: str) -> Iterator[Repair]:
    """Give a method the `self` it forgot."""
    for module, definition in _definitions(case, function):
        node = definition.node
        if definition.owner is None or isinstance(node, ast.ClassDef) or node.decorator_list:
            continue
        if first_parameter(definition) in {"self", "cls"}:
            continue
        at = module.offset(node.lineno, node.col_offset)
        opening = module.data.find(b"(", at)
        if opening >= 0:
            text = b"self, " if _parameters(definition) or node.args.vararg else b"self"
            yield Repair(
                (Splice(module.path, opening + 1, opening + 1, text),),
                f"{definition.qualname} is a method without self",
                "add self",
                0.9,
            )


def _called_in_vain(case: Case) -> Iterator[Repair]:
    """Drop the empty parentheses after a value that is no function: a property, most often."""
    for module, call in _calls(case):
        if not call.args and not call.keywords:
            start, end = module.span(call.func)[1], module.span(call)[1]
            yield Repair(
                (Splice(module.path, start, end, b""),),
                f"{shown(module, call.func)} is a value, not a function",
                "do not call it",
                0.8,
            )
