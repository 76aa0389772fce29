"""Single-statement regressions, drawn by the distribution of real single-statement fixes, reversed.

The operators and their weights are the bug patterns of TSSB-3M (Richter and Wehrheim, MSR 2022), each undone: where
fixes add an argument, a regression drops one. Replacements are spliced into the source, so that nothing but the
expression changes.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

_Node = TypeVar("_Node", bound=ast.AST)
_Replacement = tuple[ast.expr, str]
_COMPARISONS = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
_ARITHMETIC = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.FloorDiv: "/", ast.Div: "//", ast.Mod: "//"}
_BINARY_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Div: "/", ast.Mod: "%"}


@dataclass(frozen=True, slots=True)
class Regression:
    """One seeded fault; `line` is 1-based, `text` is the whole changed file."""

    path: str
    function: str
    line: int
    operator: str
    before: str
    after: str
    text: str


@dataclass(frozen=True, slots=True)
class _Site:
    """A function that may get a fault, with the names of its module."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    qualified: str
    names: tuple[str, ...]
    attributes: tuple[str, ...]
    functions: tuple[str, ...]


def draw(sources: Mapping[str, str], seed: int) -> Iterator[Regression]:
    """Yield regressions without end, deterministically for a seed; each is a different fault in valid Python."""
    chooser = random.Random(seed)  # noqa: S311 - a reproducible draw, not a secret
    sites = [(path, site) for path in sorted(sources) for site in _sites(sources[path])]
    weighted = list(_OPERATORS.items())
    seen: set[tuple[str, str]] = set()
    for _ in range(100_000 if sites else 0):
        path, site = chooser.choice(sites)
        name, (_, operator) = chooser.choices(weighted, [weight for _, (weight, _) in weighted])[0]
        options = list(operator(site, chooser))
        if not options:
            continue
        node, replacement = chooser.choice(options)
        regression = _spliced(path, sources[path], site.qualified, (name, node, replacement))
        if regression and (path, regression.text) not in seen:
            seen.add((path, regression.text))
            yield regression


def _spliced(path: str, source: str, function: str, change: tuple[str, ast.expr, str]) -> Regression | None:
    operator, node, text = change
    lines = source.encode().splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    start = offsets[node.lineno - 1] + node.col_offset
    end = offsets[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
    raw = source.encode()
    before = raw[start:end].decode()
    changed = (raw[:start] + text.encode() + raw[end:]).decode()
    try:
        if ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source)):
            return None
    except (SyntaxError, ValueError):
        return None
    return Regression(path, function, node.lineno, operator, before, text, changed)


def _sites(source: str) -> Iterator[_Site]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    functions = tuple(sorted({node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}))
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        parent, prefix = waiting.pop()
        for node in ast.iter_child_nodes(parent):
            name = getattr(node, "name", "")
            inside = f"{prefix}.{name}" if prefix and name else prefix or name
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
                attributes = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
                yield _Site(node, inside, tuple(sorted(names)), tuple(sorted(attributes)), functions)
            elif isinstance(node, (ast.ClassDef, ast.If, ast.Try)):
                waiting.append((node, inside if isinstance(node, ast.ClassDef) else prefix))


def _inside(site: _Site, *kinds: type[_Node]) -> Iterator[_Node]:
    """Yield the expressions of a function's body, leaving annotations, defaults and docstrings alone."""
    for statement in site.node.body:
        for node in ast.walk(statement):
            if isinstance(node, kinds):
                yield node


def _identifiers(site: _Site, chooser: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.Name):
        others = [name for name in site.names if name != node.id]
        if isinstance(node.ctx, ast.Load) and others:
            yield node, chooser.choice(others)


def _attributes(site: _Site, chooser: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.Attribute):
        others = [name for name in site.attributes if name != node.attr]
        if isinstance(node.ctx, ast.Load) and others:
            yield node, f"{ast.unparse(node.value)}.{chooser.choice(others)}"


def _operands(site: _Site, chooser: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.BinOp):
        sign = _BINARY_SIGNS.get(type(node.op))
        others = [name for name in site.names if name != ast.unparse(node.right)]
        if sign and others:
            yield node.right, chooser.choice(others)


def _fewer_arguments(site: _Site, _: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.Call):
        if node.args or node.keywords:
            arguments = [ast.unparse(argument) for argument in node.args]
            keywords = [f"{word.arg}={ast.unparse(word.value)}" for word in node.keywords if word.arg]
            kept = [*arguments, *keywords][:-1]
            yield node, f"{ast.unparse(node.func)}({', '.join(kept)})"


def _more_arguments(site: _Site, chooser: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.Call):
        if not node.keywords and site.names:
            arguments = [ast.unparse(argument) for argument in node.args]
            yield node, f"{ast.unparse(node.func)}({', '.join([*arguments, chooser.choice(site.names)])})"


def _function_names(site: _Site, chooser: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.Call):
        others = [name for name in site.functions if not isinstance(node.func, ast.Name) or name != node.func.id]
        if isinstance(node.func, ast.Name) and others:
            yield node.func, chooser.choice(others)


def _unwrapped(site: _Site, _: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.Call):
        if isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
            yield node, ast.unparse(node.args[0])


def _methods_dropped(site: _Site, _: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.Call):
        if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name):
            yield node, ast.unparse(node.func.value)


def _numbers(site: _Site, chooser: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.Constant):
        if type(node.value) is int:
            yield node, str(node.value + chooser.choice((-1, 1)))


def _booleans(site: _Site, _: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.Constant):
        if isinstance(node.value, bool):
            yield node, str(not node.value)


def _conjuncts(site: _Site, chooser: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.BoolOp):
        yield node, ast.unparse(chooser.choice(node.values))


def _elements(site: _Site, _: random.Random) -> Iterator[_Replacement]:
    for sequence in _inside(site, ast.List):
        if len(sequence.elts) > 1 and isinstance(sequence.ctx, ast.Load):
            yield sequence, f"[{', '.join(map(ast.unparse, sequence.elts[:-1]))}]"
    for group in _inside(site, ast.Tuple):
        if len(group.elts) > 1 and isinstance(group.ctx, ast.Load):
            yield group, f"({', '.join(map(ast.unparse, group.elts[:-1]))},)"
    for choice in _inside(site, ast.Set):
        if len(choice.elts) > 1:
            yield choice, f"{{{', '.join(map(ast.unparse, choice.elts[:-1]))}}}"


def _comparisons(site: _Site, _: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.Compare):
        if len(node.ops) == 1:
            sign = _COMPARISONS[type(node.ops[0])]
            yield node, f"{ast.unparse(node.left)} {sign} {ast.unparse(node.comparators[0])}"


def _operators(site: _Site, _: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.BinOp):
        if type(node.op) in _ARITHMETIC:
            yield node, f"{ast.unparse(node.left)} {_ARITHMETIC[type(node.op)]} {ast.unparse(node.right)}"


def _negations(site: _Site, _: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.UnaryOp):
        if isinstance(node.op, (ast.Not, ast.USub)):
            yield node, ast.unparse(node.operand)
    for branch in _inside(site, ast.If):
        yield branch.test, f"not ({ast.unparse(branch.test)})"


def _swapped(site: _Site, _: random.Random) -> Iterator[_Replacement]:
    for node in _inside(site, ast.Call):
        if len(node.args) > 1 and not node.keywords:
            first, second, *others = (ast.unparse(argument) for argument in node.args)
            yield node, f"{ast.unparse(node.func)}({', '.join([second, first, *others])})"


_Operator = Callable[[_Site, random.Random], Iterator[_Replacement]]
_OPERATORS: dict[str, tuple[int, _Operator]] = {
    "another identifier": (237, _identifiers),
    "another operand": (174, _operands),
    "one argument less": (150, _fewer_arguments),
    "another function": (134, _function_names),
    "a call unwrapped": (117, _unwrapped),
    "another attribute": (104, _attributes),
    "another number": (97, _numbers),
    "a condition less or more specific": (90, _conjuncts),
    "a method call dropped": (60, _methods_dropped),
    "an element dropped": (57, _elements),
    "one argument more": (50, _more_arguments),
    "another boolean": (37, _booleans),
    "another operator": (29, _operators),
    "another comparison": (29, _comparisons),
    "a negation": (15, _negations),
    "arguments swapped": (8, _swapped),
}
"""Weights in thousands of fixes in TSSB-3M."""
