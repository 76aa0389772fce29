"""Ending the process, so that no test can fail any more."""

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

_NEVER = frozenset(
    {
        "os._exit", "os.abort", "os.kill", "os.killpg", "signal.raise_signal", "signal.alarm", "faulthandler.exit",
        "_thread.interrupt_main", "posix._exit",
    }
)  # fmt: skip
_CALLED = frozenset({"sys.exit", "exit", "quit", "builtins.exit", "builtins.quit"})
_RAISED = frozenset({"SystemExit", "KeyboardInterrupt"})
_RARELY = _CALLED | _RAISED
_COMMAND_LINE = ("main", "cli", "command", "console", "script", "run", "usage")


def find_exits(change: PythonChange) -> Iterator[Finding]:
    """Reject new ways to end the process; flag them where programs end by right, on a command line."""
    for name, node in change.added(partial(_ends, change.names)):
        if name in change.bound:
            continue
        is_usual = name in _RARELY and (name in change.known or _is_command_line(change, line_of(node)))
        yield Finding(
            Cheat.EXIT,
            Level.FLAG if is_usual else Level.REJECT,
            change.path,
            line_of(node),
            f"{change.path}, line {line_of(node)}, uses {name}, which ends the process together with its tests; "
            "return or raise an ordinary exception instead",
        )


def _ends(names: Mapping[str, str], node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Raise(exc=ast.Call(func=target)) | ast.Raise(exc=ast.expr() as target):
            name, allowed = dotted(target, names), _RAISED
        case ast.Call(func=ast.Name() | ast.Attribute() as target) if (name := dotted(target, names)) in _CALLED:
            allowed = _CALLED
        case ast.Name() | ast.Attribute() | ast.Call():
            name, allowed = dotted(node, names), _NEVER
        case _:
            return
    if name in allowed and name:
        yield name


def _is_command_line(change: PythonChange, line: int) -> bool:
    """Whether a line is where a program may end: a command's module or function, or the block of a script."""
    file = change.path.rpartition("/")[2].removesuffix(".py").lower()
    if any(word in file for word in _COMMAND_LINE):
        return True
    for node in statements(change.after):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.If):
            name = node.name.lower() if not isinstance(node, ast.If) else ast.dump(node.test)
            holds = node.lineno <= line <= (node.end_lineno or node.lineno)
            if holds and ("'__main__'" in name or any(word in name for word in _COMMAND_LINE)):
                return True
    return False
