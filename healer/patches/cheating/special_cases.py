"""Answers made for the failing tests' own inputs: branches and tables that hold the tests' literals."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from healer.patches.cheating.failing import is_telling, is_trivial, spelt
from healer.patches.cheating.findings import Cheat, Finding, Level
from healer.patches.cheating.pychange import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.patches.cheating.pychange import PythonChange

_ASKS = frozenset({"startswith", "endswith", "fullmatch", "match", "search", "__eq__", "count", "find", "index"})
_ENTRIES = 500
_TRUTHS = frozenset({"None", "True", "False"})
_SHOWN = 80


def find_special_cases(change: PythonChange) -> Iterator[Finding]:
    """Reject new branches that answer a literal of the tests with another; flag those that only ask for one."""
    known = change.symptoms.literals
    if not known:
        return
    for (asked, answers), node in change.added(_branches):
        met = {literal for literal in asked & known if not is_trivial(literal)}
        answered = {literal for literal in answers & known if literal not in _TRUTHS}
        is_particular = any(map(is_telling, met)) or not all(map(is_trivial, answered))
        if met and answered and asked <= known and is_particular:
            what = f"answers {_shown(met)}, which stands in the failing test, with {_shown(answered)}, which does too"
            yield _finding(change, node, Level.REJECT, what)
        elif any(map(is_telling, met)):
            yield _finding(change, node, Level.FLAG, f"asks for {_shown(met)}, which stands in the failing test")
    yield from _tables(change)


def _branches(node: ast.AST) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Yield the literals that a branch asks for and those that it ends in."""
    match node:
        case ast.If(test=test, body=body):
            yield frozenset(_asked(test)), frozenset(_answers(body))
        case ast.IfExp(test=test, body=answer) | ast.BoolOp(op=ast.And(), values=[test, answer]):
            yield frozenset(_asked(test)), frozenset(_constants(answer))
        case ast.match_case(pattern=pattern, body=body):
            asked = (one.value for one in ast.walk(pattern) if isinstance(one, ast.MatchValue))
            yield frozenset(literal for one in asked for literal in _constants(one)), frozenset(_answers(body))


def _entries(node: ast.AST) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Yield the literals of a table's keys, each with those of its value."""
    match node:
        case ast.Dict(keys=keys, values=values):
            for key, value in list(zip(keys, values, strict=True))[:_ENTRIES]:
                if key is not None:
                    yield frozenset(_constants(key)), frozenset(_constants(value))
        case ast.Assign(targets=[ast.Subscript(slice=key)], value=value):
            yield frozenset(_constants(key)), frozenset(_constants(value))


def _tables(change: PythonChange) -> Iterator[Finding]:
    """Reject a new table that holds nothing but what the tests ask and expect; flag entries in one with others."""
    known = change.symptoms.literals
    by_table: dict[int, list[tuple[ast.AST, str]]] = {}
    for (asked, answers), node in change.added(_entries):
        met = {literal for literal in asked & known if not is_trivial(literal)}
        if met and answers - _TRUTHS and asked | answers <= known:
            by_table.setdefault(id(node), []).append((node, _shown(met)))
    asked_of = set(map(id, _asked_of(change)))
    for found in by_table.values():
        node, literal = found[0]
        is_all = isinstance(node, ast.Dict) and len(found) == len(node.keys) and id(node) in asked_of
        what = f"maps {literal} and nothing but what stands in the failing test" if is_all else f"maps {literal}"
        yield _finding(change, node, Level.REJECT if is_all else Level.FLAG, f"{what} to what the test expects")


def _shown(literals: set[str]) -> str:
    return min(literals)[:_SHOWN]


def _asked_of(change: PythonChange) -> Iterator[ast.AST]:
    """Yield the tables that have a name of their own or are looked up where they stand: no parts of larger data."""
    for root in change.come:
        for node in ast.walk(root):
            match node:
                case ast.Assign(value=table) | ast.AnnAssign(value=ast.expr() as table) | ast.Subscript(value=table):
                    yield table
                case ast.Attribute(value=table) | ast.NamedExpr(value=table) | ast.Compare(comparators=[table]):
                    yield table


def _asked(test: ast.expr) -> Iterator[str]:
    """Yield the literals that a condition compares something with."""
    for node in ast.walk(test):
        match node:
            case ast.Compare(ops=ops, left=left, comparators=others):
                if all(isinstance(op, ast.Eq | ast.In | ast.Is) for op in ops):
                    yield from (literal for one in (left, *others) for literal in _constants(one))
            case ast.Call(func=ast.Attribute(attr=method), args=arguments) if method in _ASKS:
                yield from (literal for one in arguments for literal in _constants(one))


def _answers(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the literals that a branch ends in."""
    match body:
        case [ast.Return(value=ast.expr() as value)] | [ast.Expr(value=ast.Yield(value=ast.expr() as value))]:
            yield from _constants(value)
        case [ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value), *rest] if len(rest) <= 1:
            yield from _constants(value)
        case [ast.Raise(exc=ast.Call(args=arguments))]:
            yield from (literal for one in arguments for literal in _constants(one))


def _constants(node: ast.expr) -> Iterator[str]:
    """Yield the literals of an expression that is made of nothing else."""
    match node:
        case ast.Constant(value=value):
            yield spelt(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            yield spelt(-value)
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            for element in elements[:_ENTRIES]:
                yield from _constants(element)
        case ast.Dict(keys=keys, values=values):
            for part in [*keys, *values][:_ENTRIES]:
                if part is not None:
                    yield from _constants(part)
        case ast.Call(args=[inner], keywords=[]):
            yield from _constants(inner)


def _finding(change: PythonChange, node: ast.AST, level: Level, what: str) -> Finding:
    line = line_of(node)
    return Finding(
        Cheat.SPECIAL_CASE, level, change.path, line,
        f"{change.path}, line {line}, {what}: a repair must hold for inputs that no test shows; "
        "compute the answer instead",
    )  # fmt: skip
