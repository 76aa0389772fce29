"""Checks taken out of the code or made to accept more: assertions, errors raised, tolerances, conditions."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

from healer.patches.cheating.findings import Cheat, Finding, Level
from healer.patches.cheating.pychange import line_of
from healer.patches.cheating.spelling import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    found: dict[str, list[tuple[float, int]]] = {}
    for root in roots:
        for node in ast.walk(root):
            match node:
                case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value):
                    pass
                case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), value=ast.expr() as value):
                    pass
                case ast.Call(func=function, keywords=keywords):
                    called = (dotted(function, {}) or "").rpartition(".")[2]
                    for keyword in keywords:
                        is_one = called in _TOLERANT_CALLS and keyword.arg in {"abs", "rel"}
                        if keyword.arg and (is_one or _TOLERANCE.search(keyword.arg)):
                            _enter(found, f"{called}({keyword.arg}=)", keyword.value)
                    continue
                case ast.arguments(args=args, defaults=defaults, kwonlyargs=more, kw_defaults=their):
                    pairs = [
                        *zip(args[len(args) - len(defaults) :], defaults, strict=True),
                        *zip(more, their, strict=True),
                    ]
                    for argument, default in pairs:
                        if default is not None and _TOLERANCE.search(argument.arg):
                            _enter(found, argument.arg, default)
                    continue
                case _:
                    continue
            if _TOLERANCE.search(name):
                _enter(found, name, value)
    return found


def _enter(found: dict[str, list[tuple[float, int]]], name: str, value: ast.expr) -> None:
    if isinstance(value, ast.Constant) and isinstance(value.value, int | float) and not isinstance(value.value, bool):
        found.setdefault(name, []).append((float(value.value), line_of(value)))


def _lost_checks(change: PythonChange) -> Iterator[Finding]:
    """Flag errors and assertions that nothing stands in for, function by function."""
    balance: Counter[str] = Counter()
    for roots, sign in ((change.gone, -1), (change.come, 1)):
        for root in roots:
            for node in ast.walk(root):
                if isinstance(node, ast.Assert | ast.Raise):
                    balance["check"] += sign
    if balance["check"] >= 0:
        return

    def checks(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Assert):
            yield "assert"
        elif isinstance(node, ast.Raise) and node.exc is not None:
            target = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            yield f"raise {(dotted(target, change.names_before) or '?').rpartition('.')[2]}"

    for kind, node in change.added(checks, old=True):
        if balance["check"] >= 0:
            return
        balance["check"] += 1
        is_it = kind.removeprefix("raise ") in change.symptoms.exceptions or (
            kind == "assert" and "AssertionError" in change.symptoms.exceptions
        )
        why = ", which is what failed the test" if is_it else ""
        yield _finding(
            change, line_of(node), Level.FLAG, f"loses the check `{kind}` of line {line_of(node)} before{why}"
        )


def _finding(change: PythonChange, line: int, level: Level, what: str) -> Finding:
    return Finding(
        Cheat.WEAKENED_CHECK, level, change.path, line,
        f"{change.path} {what}: a test that passes because less is checked proves nothing; "
        "make the code meet the check that was there",
    )  # fmt: skip
