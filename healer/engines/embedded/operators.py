"""The small operators that remain when neither exception nor history says more; always tried last.

Conditions, bounds and arguments as in TBar's and mutmut's families, ordered by how often single-statement fixes of
Python projects have their shape (TSSB-3M: Richter and Wehrheim 2022).
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Protocol

from healer.engines.embedded.repair import Repair, Splice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from healer.localization.pysource import PythonModule, SourceIndex
    from healer.models.code import Location

_PURE = frozenset(
    {"abs", "dict", "float", "int", "len", "list", "max", "min", "round", "set", "sorted", "str", "sum", "tuple"}
)
MOST_LOCATIONS = 15
MOST_MUTATIONS = 150
_LONGEST_SPAN = 80
"""Lines of a location that are looked at."""


class Mutation(Protocol):
    """A pure function from a syntax node to its possible replacements."""

    def __call__(self, node: ast.AST, module: PythonModule) -> Iterable[tuple[Splice, str]]:
        """Yield splices with what they do, in words; nothing for a node that is not understood."""


_BOUNDARY: dict[type[ast.cmpop], tuple[tuple[bytes, str], ...]] = {
    ast.Lt: ((b"<=", "<"), (b">", "<")),
    ast.LtE: ((b"<", "<="), (b">=", "<=")),
    ast.Gt: ((b">=", ">"), (b"<", ">")),
    ast.GtE: ((b">", ">="), (b"<=", ">=")),
    ast.Eq: ((b"!=", "=="),),
    ast.NotEq: ((b"==", "!="),),
    ast.Is: ((b"is not", "is"),),
    ast.IsNot: ((b"is", "is not"),),
    ast.In: ((b"not in", "in"),),
    ast.NotIn: ((b"in", "not in"),),
}
_ARITHMETIC: dict[type[ast.operator], tuple[bytes, bytes]] = {
    ast.Add: (b"+", b"-"),
    ast.Sub: (b"-", b"+"),
    ast.Mult: (b"*", b"/"),
    ast.Div: (b"/", b"//"),
    ast.FloorDiv: (b"//", b"/"),
}


def small_mutations(locations: Sequence[Location], index: SourceIndex) -> Iterator[Repair]:
    """Yield the mutations of the most suspicious lines: by location, then by template, at most 150 in all."""
    count = 0
    seen: set[tuple[str, int, int, bytes]] = set()
    for location in locations[:MOST_LOCATIONS]:
        module = index.module(location.path)
        if module is None:
            continue
        nodes = _nodes(module, location)
        for mutation in MUTATIONS.values():
            for node in nodes:
                for splice, what in mutation(node, module):
                    key = (splice.path, splice.start, splice.end, splice.replacement)
                    if key in seen or count >= MOST_MUTATIONS:
                        continue
                    seen.add(key)
                    count += 1
                    line = module.line_of(splice.start)
                    cause = f"line {line} of {module.path} is suspicious: {'; '.join(location.evidence[:1])}"
                    yield Repair((splice,), cause, what, 0.2 * location.suspiciousness)


def _nodes(module: PythonModule, location: Location) -> list[ast.expr | ast.stmt]:
    """Return the expressions, and the statements with a condition, of a location in source order."""
    last = min(location.end_line, location.line + _LONGEST_SPAN)
    found = [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.expr | ast.If | ast.While | ast.Expr)
        and (location.line <= node.lineno <= last or node.lineno <= location.line <= (node.end_lineno or 0))
    ]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _between(module: PythonModule, left: ast.expr, right: ast.expr, old: bytes, new: bytes) -> Iterator[Splice]:
    """Replace an operator between two operands, if nothing but it, spaces and parentheses stand there."""
    start, end = module.span(left)[1], module.span(right)[0]
    words = rb"\s+".join(re.escape(word) for word in old.split())
    match = re.compile(rb"[\s)\\]*(" + words + rb")[\s(\\]*").fullmatch(module.data, start, end)
    if match:
        yield Splice(module.path, match.start(1), match.end(1), new)


def comparison(node: ast.AST, module: PythonModule) -> Iterator[tuple[Splice, str]]:
    """Move a boundary or turn a comparison round."""
    if not isinstance(node, ast.Compare):
        return
    operands = [node.left, *node.comparators]
    for position, operator in enumerate(node.ops):
        for new, old in _BOUNDARY[type(operator)]:
            for splice in _between(module, operands[position], operands[position + 1], old.encode(), new):
                yield splice, f"compare with {new.decode()} instead of {old}"


def negation(node: ast.AST, module: PythonModule) -> Iterator[tuple[Splice, str]]:
    """Drop a `not`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        start = module.span(node)[0]
        word = re.compile(rb"not\b[ \t]*").match(module.data, start)
        if word:
            yield Splice(module.path, start, word.end(), b""), "drop `not`"


def condition(node: ast.AST, module: PythonModule) -> Iterator[tuple[Splice, str]]:
    """Exchange `and` and `or`, and negate an operand that is a plain name, attribute or call."""
    if isinstance(node, ast.BoolOp):
        old, new = (b"and", b"or") if isinstance(node.op, ast.And) else (b"or", b"and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            for splice in _between(module, left, right, old, new):
                yield splice, f"join by `{new.decode()}` instead of `{old.decode()}`"
        for value in node.values:
            yield from _negated(value, module)
    elif isinstance(node, ast.IfExp | ast.If | ast.While):
        yield from _negated(node.test, module)


def _negated(node: ast.expr, module: PythonModule) -> Iterator[tuple[Splice, str]]:
    if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
        start = module.span(node)[0]
        yield Splice(module.path, start, start, b"not "), "add `not`"


def bound_by_one(node: ast.AST, module: PythonModule) -> Iterator[tuple[Splice, str]]:
    """Move an index, a slice bound or an argument of `range` by one."""
    places: list[ast.expr | None] = []
    if isinstance(node, ast.Subscript):
        index = node.slice
        places = [index.lower, index.upper] if isinstance(index, ast.Slice) else [index]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        places = [*node.args[:2]]
    for place in places:
        if isinstance(place, ast.Constant) and type(place.value) is int:
            start, end = module.span(place)
            for value in (place.value + 1, place.value - 1):
                if value >= 0:
                    yield Splice(module.path, start, end, str(value).encode()), f"use {value} instead of {place.value}"
        elif isinstance(place, ast.BinOp) and isinstance(place.right, ast.Constant) and place.right.value == 1:
            yield Splice(module.path, module.span(place.left)[1], module.span(place)[1], b""), "drop the step by one"
        elif isinstance(place, ast.Name | ast.Attribute | ast.Call) and not isinstance(node, ast.Subscript):
            end = module.span(place)[1]
            for step in (b" + 1", b" - 1"):
                yield Splice(module.path, end, end, step), f"move the bound by{step.decode()}"


def constant(node: ast.AST, module: PythonModule) -> Iterator[tuple[Splice, str]]:
    """Move a small number by one, exchange True and False."""
    if not isinstance(node, ast.Constant):
        return
    start, end = module.span(node)
    if isinstance(node.value, bool):
        yield Splice(module.path, start, end, str(not node.value).encode()), f"use {not node.value}"
    elif type(node.value) is int and module.data[start:end].isdigit():
        for value in (node.value + 1, node.value - 1):
            if value >= 0:
                yield Splice(module.path, start, end, str(value).encode()), f"use {value} instead of {node.value}"


def swapped_arguments(node: ast.AST, module: PythonModule) -> Iterator[tuple[Splice, str]]:
    """Swap two neighbouring positional arguments."""
    if not isinstance(node, ast.Call):
        return
    for left, right in zip(node.args, node.args[1:], strict=False):
        if isinstance(left, ast.Starred) or isinstance(right, ast.Starred):
            continue
        (start, middle), (resume, end) = module.span(left), module.span(right)
        swapped = module.data[resume:end] + module.data[middle:resume] + module.data[start:middle]
        yield Splice(module.path, start, end, swapped), "swap two arguments"


def arithmetic(node: ast.AST, module: PythonModule) -> Iterator[tuple[Splice, str]]:
    """Exchange an arithmetic operator for its neighbour."""
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        old, new = _ARITHMETIC[type(node.op)]
        for splice in _between(module, node.left, node.right, old, new):
            yield splice, f"use {new.decode()} instead of {old.decode()}"


def lost_return(node: ast.AST, module: PythonModule) -> Iterator[tuple[Splice, str]]:
    """Return a value that is computed and thrown away."""
    if not isinstance(node, ast.Expr) or not module.enclosing(node.lineno, functions_only=True):
        return
    value = node.value
    pure = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in _PURE
    if pure or isinstance(value, ast.BinOp | ast.BoolOp | ast.Compare | ast.Name | ast.Attribute | ast.Subscript):
        start = module.span(node)[0]
        yield Splice(module.path, start, start, b"return "), "return it"


MUTATIONS: dict[str, Mutation] = {
    "comparison": comparison,
    "negation": negation,
    "condition": condition,
    "lost-return": lost_return,
    "bound-by-one": bound_by_one,
    "swapped-arguments": swapped_arguments,
    "constant": constant,
    "arithmetic": arithmetic,
}
"""In order of worth; a new one is a function with a line here."""
