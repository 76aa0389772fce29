"""Handlers that make an exception disappear instead of its cause."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

from healer.patches.cheating.findings import Cheat, Finding, Level
from healer.patches.cheating.pychange import line_of
from healer.patches.cheating.spelling import dotted, statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.patches.cheating.pychange import PythonChange

_EVERYTHING = "everything"
_BROAD = frozenset({"", "Exception", "BaseException", _EVERYTHING})
"""Spelt in one way, so that `except:` made `except Exception:` is no new handler."""
_NEVER = frozenset({"AssertionError"})
_LOGS = ("log", "logger", "logging", "_log", "_logger", "LOG", "LOGGER", "warnings", "print")


def find_swallowing(change: PythonChange) -> Iterator[Finding]:
    """Reject new handlers that catch everything, or assertions, and do nothing; flag narrower ones of that kind."""
    old = {key for root in change.gone for node in ast.walk(root) for key in _deeds_of(node)}
    old |= {node.name for node in statements(change.before) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    for (how, caught, deed), node in change.added(partial(_handlers, change.names)):
        guarded = node.body if isinstance(node, ast.Try) else []
        is_old = any(key in old for one in guarded for part in ast.walk(one) for key in _deeds_of(part))
        yield from _judged(change, node, "new code" if how == "handler" and not is_old else how, caught, deed)
    for what, node in change.added(_last_words):
        yield _finding(change, line_of(node), Level.REJECT, what)


def _handlers(names: Mapping[str, str], node: ast.AST) -> Iterator[tuple[str, frozenset[str], str]]:
    match node:
        case ast.Try(handlers=[_, *_] as found):
            for handler in found:
                if deed := _deed(handler.body):
                    yield "handler", frozenset(_caught(handler.type, names)), deed
        case ast.Call(func=function, args=arguments) if dotted(function, names) == "contextlib.suppress":
            yield "suppress", frozenset(name for one in arguments for name in _caught(one, names)), "ignores"
        case ast.FunctionDef(name="__exit__", body=[*_, ast.Return(value=ast.Constant(value=True))]):
            yield "exit", frozenset({_EVERYTHING}), "drops any exception of its with block"


def _last_words(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Try(finalbody=[*_, ast.Return() | ast.Break() | ast.Continue()]):
            yield "leaves its finally block early, which drops any exception"


def _deeds_of(node: ast.AST) -> Iterator[str]:
    """Yield what an expression does that may raise, and the bare name of what it calls."""
    if isinstance(node, ast.Call | ast.Subscript | ast.BinOp | ast.Attribute):
        yield ast.dump(node)
    if isinstance(node, ast.Call) and (name := dotted(node.func, {})):
        yield name.rpartition(".")[2]


def _judged(change: PythonChange, node: ast.AST, how: str, caught: frozenset[str], deed: str) -> Iterator[Finding]:
    line = line_of(node)
    if how == "exit":
        yield _finding(change, line, Level.FLAG, f"{deed}: callers will not learn of failures")
    elif caught & _NEVER and deed != "logs":
        yield _finding(change, line, Level.REJECT, f"catches {_list(caught)} and {deed} it")
    elif _EVERYTHING in caught:
        is_grave = deed == "ignores" or (deed == "hides" and _crashed(change))
        level = Level.REJECT if is_grave and how != "new code" else Level.FLAG
        yield _finding(change, line, level, f"catches {_list(caught)} and {deed} it")
    elif caught & change.symptoms.exceptions and deed in {"ignores", "hides"}:
        yield _finding(change, line, Level.FLAG, f"catches {_list(caught)}, which failed the test, and {deed} it")


def _crashed(change: PythonChange) -> bool:
    """Whether a test failed by an exception of the code, not by its own assertion."""
    return bool(change.symptoms.exceptions - {"AssertionError", "Failed", "failed"})


def _caught(kind: ast.expr | None, names: Mapping[str, str]) -> Iterator[str]:
    if isinstance(kind, ast.Tuple):
        for one in kind.elts:
            yield from _caught(one, names)
    else:
        name = (dotted(kind, names) or "?").rpartition(".")[2] if kind is not None else ""
        yield _EVERYTHING if name in _BROAD else name


def _deed(body: list[ast.stmt]) -> str | None:
    """Say what a handler makes of the exception, in one verb; None when it deals with it."""
    deed = "ignores"
    for statement in body:
        match statement:
            case ast.Pass() | ast.Continue() | ast.Break() | ast.Expr(value=ast.Constant()):
                pass
            case ast.Return(value=value) | ast.Assign(value=value) if _is_constant(value):
                deed = "hides" if value is not None or isinstance(statement, ast.Assign) else deed
            case ast.Expr(value=ast.Call(func=function)) if (dotted(function, {}) or "").split(".")[0] in _LOGS or (
                isinstance(function, ast.Attribute) and _is_logger(function.value)
            ):
                deed = "logs"
            case _:
                return None
    return deed


def _is_logger(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in _LOGS


def _is_constant(node: ast.expr | None) -> bool:
    match node:
        case None | ast.Constant():
            return True
        case ast.UnaryOp(operand=inner):
            return _is_constant(inner)
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Set(elts=[]) | ast.Dict(keys=[]):
            return True
        case _:
            return False


def _list(caught: frozenset[str]) -> str:
    return " and ".join(sorted(caught))


def _finding(change: PythonChange, line: int, level: Level, what: str) -> Finding:
    return Finding(
        Cheat.SWALLOWED_EXCEPTION, level, change.path, line,
        f"{change.path}, line {line}, {what}: the fault stays and only its report is lost; "
        "repair what raises, or catch the one exception that is expected there and handle it",
    )  # fmt: skip
