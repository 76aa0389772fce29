"""Behaviour taken away: bodies made constant, code cut off by an early return, conditions that always hold."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from healer.patches.cheating.failing import is_telling, is_trivial, spelt
from healer.patches.cheating.findings import Cheat, Finding, Level
from healer.patches.cheating.pychange import line_of
from healer.patches.cheating.spelling import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.patches.cheating.pychange import Function, PythonChange

_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_SKIPS = frozenset(
    {
        "pytest.skip", "pytest.xfail", "pytest.importorskip", "pytest.fail", "unittest.skip", "unittest.SkipTest",
        "unittest.skipIf", "unittest.skipUnless", "unittest.expectedFailure", "pytest.mark.skip", "pytest.mark.xfail",
        "unittest.case.SkipTest", "nose.SkipTest",
    }
)  # fmt: skip
_CACHES = frozenset({"functools.cache", "functools.lru_cache"})


def find_skipping(change: PythonChange) -> Iterator[Finding]:
    """Reject emptied functions, code cut off and conditions without a question; flag mere deletions."""
    yield from _emptied(change)
    yield from _cut_off(change)
    yield from _unasked(change)
    yield from _skips(change)
    yield from _deletions(change)


def _emptied(change: PythonChange) -> Iterator[Finding]:
    for pair in change.functions:
        if pair.old is None or pair.new is None:
            continue
        old, new = _body(pair.old), _body(pair.new)
        answer = _constant_answer(new)
        if answer is None or _constant_answer(old) is not None or _is_abstract(pair.new):
            continue
        literal = answer.partition(" ")[2]
        expected = literal in change.symptoms.literals and not is_trivial(literal)
        level = Level.REJECT if len(old) > 1 or expected or _is_compound(old) else Level.FLAG
        what = f"leaves {pair.name} with nothing to do but `{answer}`"
        yield _finding(change, line_of(pair.new), level, what, "compute what callers ask for")


def _constant_answer(body: list[ast.stmt]) -> str | None:
    """Say what a body without any computation does; None when it computes."""
    match body:
        case [] | [ast.Pass()] | [ast.Return(value=None)]:
            return "pass"
        case [ast.Return(value=ast.Constant(value=value))]:
            return f"return {spelt(value)}"
        case [ast.Return(value=ast.List(elts=[]) | ast.Dict(keys=[]) | ast.Tuple(elts=[]) as value)]:
            return f"return {ast.unparse(value)}"
        case [ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError")))]:
            return "raise NotImplementedError"
        case [ast.Return(value=ast.Name(id="NotImplemented"))]:
            return "return NotImplemented"
    return None


def _is_abstract(function: Function) -> bool:
    marks = [dotted(one, {}) or "" for one in function.decorator_list]
    return any(mark.rpartition(".")[2] in {"abstractmethod", "overload", "abstractproperty"} for mark in marks)


def _is_compound(body: list[ast.stmt]) -> bool:
    return any(isinstance(one, ast.If | ast.For | ast.While | ast.With | ast.Try) for one in body)


def _body(function: Function) -> list[ast.stmt]:
    """Return the statements of a function without its docstring and other bare constants."""
    return [one for one in function.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]


def _cut_off(change: PythonChange) -> Iterator[Finding]:
    """Find statements that could be reached before and cannot any more."""
    for pair in change.functions:
        if pair.old is None or pair.new is None:
            continue
        allowed = sum(1 for _ in _dead_ends(pair.old))
        ends = sorted(_dead_ends(pair.new), key=lambda line: line not in change.new_lines)
        for line in ends[: max(len(ends) - allowed, 0)]:
            what = f"cuts off what follows in {pair.name}"
            yield _finding(change, line, Level.REJECT, what, "delete code only when it is wrong, and say why")


def _dead_ends(function: Function) -> Iterator[int]:
    """Yield the lines that leave a block although statements follow in it."""
    for node in ast.walk(function):
        for block in (getattr(node, field, None) for field in ("body", "orelse", "finalbody")):
            if not isinstance(block, list):
                continue
            for position, statement in enumerate(block[:-1]):
                if isinstance(statement, _LEAVES) and not all(map(_makes_generator, block[position + 1 :])):
                    yield line_of(statement)
                    break


def _makes_generator(statement: ast.stmt) -> bool:
    """Whether a statement stands there to make its function a generator, though it is never reached."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield | ast.YieldFrom | ast.Constant)


def _unasked(change: PythonChange) -> Iterator[Finding]:
    for (what, level), node in change.added(_conditions):
        yield _finding(change, line_of(node), level, what, "ask what decides, or leave the condition out")


def _conditions(node: ast.AST) -> Iterator[tuple[str, Level]]:
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) if _is_decided(test):
            yield f"asks `if {ast.unparse(test)}`", Level.REJECT
        case ast.While(test=ast.Constant(value=value)) if not value:
            yield f"asks `while {value!r}`", Level.REJECT
        case ast.BoolOp(op=op, values=values):
            decided = isinstance(op, ast.Or)
            if any(isinstance(one, ast.Constant) and one.value is decided for one in values):
                yield f"adds `{'or True' if decided else 'and False'}`", Level.REJECT
        case ast.Compare(left=ast.Constant(), comparators=[ast.Constant()]):
            yield "compares two constants", Level.REJECT
        case ast.Compare(left=ast.Name() | ast.Attribute() as left, ops=[ast.Eq() | ast.Is()], comparators=[right]) if (
            ast.dump(left) == ast.dump(right)
        ):
            yield f"compares {ast.unparse(left)} with itself", Level.FLAG
        case ast.Name(id="__debug__"):
            yield "asks for __debug__", Level.FLAG


def _is_decided(test: ast.expr) -> bool:
    bare = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else test
    return isinstance(bare, ast.Constant)


def _skips(change: PythonChange) -> Iterator[Finding]:
    def skips(node: ast.AST) -> Iterator[tuple[str, Level]]:
        if isinstance(node, ast.Attribute | ast.Name) and (name := dotted(node, change.names)):
            if name in _SKIPS:
                yield f"uses {name}, which takes tests out of the run", Level.REJECT
            elif name in _CACHES and name not in change.known:
                yield f"uses {name}, which answers from memory what was to be computed", Level.FLAG

    for (what, level), node in change.added(skips):
        yield _finding(change, line_of(node), level, what, "repair what the test exercises")


def _deletions(change: PythonChange) -> Iterator[Finding]:
    """Flag a change of one file that only takes statements away, and the loss of a public function."""
    if change.gone and not change.come:
        statements = [one for one in change.gone if isinstance(one, ast.stmt) and not _is_import(one)]
        if statements:
            line = line_of(statements[0])
            what = f"only deletes code, from line {line} before"
            yield _finding(change, line, Level.FLAG, what, "deleting seldom repairs; say why the code was wrong")


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def find_hard_coding(change: PythonChange) -> Iterator[Finding]:
    """Reject a function's only answer being a literal that the failing test expects."""

    def answers(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant):
            yield spelt(node.value.value)

    for pair in change.functions:
        if pair.old is None or pair.new is None:
            continue
        last = pair.new.body[-1]
        was = pair.old.body[-1]
        for literal in answers(last):
            computed = isinstance(was, ast.Return) and was.value is not None and not isinstance(was.value, ast.Constant)
            if computed and literal in change.symptoms.literals and (is_telling(literal) or not is_trivial(literal)):
                what = f"makes {pair.name} return {literal[:80]}, which the failing test expects, whatever it is asked"
                yield Finding(
                    Cheat.SPECIAL_CASE, Level.REJECT, change.path, line_of(last),
                    f"{change.path}, line {line_of(last)}, {what}: a repair must hold for inputs that no test shows; "
                    "compute the answer instead",
                )  # fmt: skip


def _finding(change: PythonChange, line: int, level: Level, what: str, instead: str) -> Finding:
    return Finding(
        Cheat.SKIPPED_BEHAVIOUR, level, change.path, line,
        f"{change.path}, line {line}, {what}: what is not done any more cannot fail, nor does it work; {instead}",
    )  # fmt: skip
