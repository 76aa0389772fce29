"""Checks taken out of the code or made to accept more: assertions, errors raised, tolerances, conditions."""

from __future__ import annotations

import ast
import re
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from healer.patches.cheating.findings import Cheat, Finding, Level
from healer.patches.cheating.pychange import line_of
from healer.patches.cheating.spelling import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.patches.cheating.pychange import PythonChange

_TOLERANCE = re.compile(r"(?i)(?:^|_)(?:[ar]?tol|tolerance|eps|epsilon|delta|abs_tol|rel_tol|fuzz|slack|leeway)(?:_|$)")
_TOLERANT_CALLS = frozenset({"approx", "isclose", "allclose", "assert_allclose", "assertAlmostEqual"})
_MUCH = 100.0


def find_weakening(change: PythonChange) -> Iterator[Finding]:
    """Flag checks that are gone and tolerances that grew; reject tolerances that grew a hundredfold."""
    yield from _tolerances(change)
    yield from _lost_checks(change)


def _tolerances(change: PythonChange) -> Iterator[Finding]:
    old, new = _widths(change.gone), _widths(change.come)
    for name, places in new.items():
        before = sorted((value for value, _ in old.get(name, ())), reverse=True)
        after = sorted(places, key=lambda place: place[0], reverse=True)
        if len(before) != len(after):
            continue
        for was, (value, line) in zip(before, after, strict=True):
            if value > was >= 0:
                level = Level.REJECT if was > 0 and value >= _MUCH * was else Level.FLAG
                what = f"raises the tolerance {name} from {was:g} to {value:g}"
                yield _finding(change, line, level, f"{what}, so that wrong results are let pass")


def _widths(roots: tuple[ast.AST, ...]) -> dict[str, list[tuple[float, int]]]:
    """Return the numbers that stand under names for tolerances, with their lines."""
    found: dict[str, list[tuple[float, int]]] = {}
    for root in roots:
        for node in ast.walk(root):
            for name, value in _named_values(node):
                _enter(found, name, value)
    return found


def _named_values(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value):
            yield from [(name, value)] if _TOLERANCE.search(name) else []
        case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), value=ast.expr() as value):
            yield from [(name, value)] if _TOLERANCE.search(name) else []
        case ast.Call(func=function, keywords=keywords):
            called = (dotted(function, {}) or "").rpartition(".")[2]
            for keyword in keywords:
                is_one = called in _TOLERANT_CALLS and keyword.arg in {"abs", "rel"}
                if keyword.arg and (is_one or _TOLERANCE.search(keyword.arg)):
                    yield f"{called}({keyword.arg}=)", keyword.value
        case ast.arguments(args=args, defaults=defaults, kwonlyargs=more, kw_defaults=their):
            pairs = [*zip(args[len(args) - len(defaults) :], defaults, strict=True), *zip(more, their, strict=True)]
            yield from ((one.arg, default) for one, default in pairs if default and _TOLERANCE.search(one.arg))


def _enter(found: dict[str, list[tuple[float, int]]], name: str, value: ast.expr) -> None:
    if isinstance(value, ast.Constant) and isinstance(value.value, int | float) and not isinstance(value.value, bool):
        found.setdefault(name, []).append((float(value.value), line_of(value)))


def _lost_checks(change: PythonChange) -> Iterator[Finding]:
    """Flag errors and assertions that nothing stands in for, as many as there are fewer than before."""
    lost = _checks_in(change.gone) - _checks_in(change.come)
    for kind, node in islice(change.added(partial(_checks, change.names_before), old=True), max(lost, 0)):
        failed = "AssertionError" if kind == "assert" else kind.removeprefix("raise ")
        why = ", which is what failed the test" if failed in change.symptoms.exceptions else ""
        line = line_of(node)
        yield _finding(change, line, Level.FLAG, f"loses the check `{kind}` of line {line} before{why}")


def _checks_in(roots: tuple[ast.AST, ...]) -> int:
    return sum(isinstance(node, ast.Assert | ast.Raise) for root in roots for node in ast.walk(root))


def _checks(names: Mapping[str, str], node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assert):
        yield "assert"
    elif isinstance(node, ast.Raise) and node.exc is not None:
        target = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        yield f"raise {(dotted(target, names) or '?').rpartition('.')[2]}"


def _finding(change: PythonChange, line: int, level: Level, what: str) -> Finding:
    return Finding(
        Cheat.WEAKENED_CHECK, level, change.path, line,
        f"{change.path} {what}: a test that passes because less is checked proves nothing; "
        "make the code meet the check that was there",
    )  # fmt: skip
