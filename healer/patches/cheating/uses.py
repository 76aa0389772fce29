"""Things that a repair has no use for, unless the file used them already: a table of names with levels and reasons."""

from __future__ import annotations

import ast
import re
from functools import partial
from typing import TYPE_CHECKING

from healer.patches.cheating.findings import Cheat, Finding, Level
from healer.patches.cheating.pychange import line_of
from healer.patches.cheating.spelling import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.patches.cheating.pychange import PythonChange

_FOREIGN_CODE = "runs code that no reader of the change can see"
_PROCESS = "starts another process"
_NETWORK = "reaches out to the network"
_MEMORY = "reaches behind the language"
_FILE = "reads or writes files"
_OUT = {
    **dict.fromkeys(
        ("eval", "exec", "builtins.eval", "builtins.exec", "runpy", "marshal", "types.CodeType"),
        (Level.REJECT, _FOREIGN_CODE),
    ),
    **dict.fromkeys(
        ("compile", "pickle.loads", "types.FunctionType", "importlib.reload"), (Level.FLAG, _FOREIGN_CODE)
    ),
    **dict.fromkeys(
        (
            "subprocess", "os.system", "os.popen", "os.fork", "os.execv", "os.execve", "os.execvp", "os.spawnl",
            "os.spawnv", "os.posix_spawn", "pty", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
        ),
        (Level.REJECT, _PROCESS),
    ),
    "multiprocessing": (Level.FLAG, _PROCESS),
    **dict.fromkeys(
        ("urllib.request", "http.client", "requests", "httpx", "aiohttp", "urllib3", "smtplib", "ftplib"),
        (Level.REJECT, _NETWORK),
    ),
    "socket": (Level.FLAG, _NETWORK),
    "ctypes": (Level.REJECT, _MEMORY),
    "mmap": (Level.FLAG, _MEMORY),
    **dict.fromkeys(
        ("open", "io.open", "os.remove", "os.unlink", "os.rename", "shutil.copy"), (Level.FLAG, _FILE)
    ),
    "shutil.rmtree": (Level.REJECT, _FILE),
}  # fmt: skip
_TIME = "waits, which hides a race instead of ending it"
_AGAIN = "tries again, which hides a failure instead of ending it"
_WAITS = {
    "time.sleep": _TIME, "asyncio.sleep": _TIME, "trio.sleep": _TIME, "anyio.sleep": _TIME, "gevent.sleep": _TIME,
    "tenacity": _AGAIN, "backoff": _AGAIN, "retrying": _AGAIN,
}  # fmt: skip
_QUIET = frozenset(
    {
        "warnings.simplefilter", "warnings.filterwarnings", "logging.disable", "numpy.seterr", "numpy.errstate",
        "contextlib.redirect_stderr", "contextlib.redirect_stdout", "urllib3.disable_warnings", "sys.tracebacklimit",
    }
)  # fmt: skip
_TEST_FILE = re.compile(
    r"(?:^|/)(?:tests?|specs?)/|(?:^|/)(?:test_\w+|\w+_test|conftest)\.py$|/proc/self/(?:fd|mem|environ)"
)


def find_reaching_out(change: PythonChange) -> Iterator[Finding]:
    """Reject processes, the network and hidden code where the file had none; flag file access."""

    def reaches(node: ast.AST) -> Iterator[str]:
        for name in _names(node, change):
            if name in _OUT and name not in change.known and name not in change.bound:
                yield name

    def test_files(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Call):
            for one in node.args[:3]:
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and _TEST_FILE.search(one.value[:300]):
                    yield one.value[:80]

    for name, node in change.added(reaches):
        level, why = _OUT[name]
        yield _finding(change, node, Cheat.REACHES_OUT, level, f"uses {name}, which the file did not: it {why}")
    for path, node in change.added(test_files):
        what = f"names {path!a}, a file of the tests or of the process"
        yield _finding(change, node, Cheat.REACHES_OUT, Level.REJECT, what)


def find_waiting(change: PythonChange) -> Iterator[Finding]:
    """Flag pauses and repeated tries: now and then right, oftener a race that was left in."""

    def waits(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Call | ast.Import | ast.ImportFrom):
            target = node.func if isinstance(node, ast.Call) else node
            yield from (name for name in _names(target, change) if name in _WAITS)

    def loops(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.For | ast.While):
            for part in node.body:
                if isinstance(part, ast.Try) and any(_goes_on(handler) for handler in part.handlers) and _ends(part):
                    yield "loop"

    for name, node in change.added(waits):
        yield _finding(change, node, Cheat.WAITING, Level.FLAG, f"uses {name}: it {_WAITS[name]}")
    for _, node in change.added(loops):
        yield _finding(change, node, Cheat.WAITING, Level.FLAG, f"repeats until no exception comes: it {_AGAIN}")


def find_silencing(change: PythonChange) -> Iterator[Finding]:
    """Flag warnings and logs that are turned off; reject it when a warning is what failed the test."""
    by_warning = any(name.endswith("Warning") for name in change.symptoms.exceptions)
    for name, node in change.added(partial(_silences, change)):
        is_it = by_warning and name.startswith("warnings.")
        what = f"turns reports off with {name}" + (", and a warning is what failed the test" if is_it else "")
        yield _finding(change, node, Cheat.SILENCED, Level.REJECT if is_it else Level.FLAG, what)


def _silences(change: PythonChange, node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=function, args=arguments, keywords=keywords):
            name = dotted(function, change.names) or ""
            said = [*arguments, *(one.value for one in keywords)]
            ignores = any(isinstance(one, ast.Constant) and one.value == "ignore" for one in said)
            raises = name.endswith(".setLevel") and any("CRITICAL" in ast.dump(one) for one in arguments[:1])
            if raises or (name in _QUIET and (ignores or not name.startswith("warnings."))):
                yield name
        case ast.Assign(targets=[ast.Attribute(attr="disabled")], value=ast.Constant(value=True)):
            yield "disabled = True"
        case ast.Assign(targets=[ast.Attribute(attr="propagate")], value=ast.Constant(value=False)):
            yield "propagate = False"


def _names(node: ast.AST, change: PythonChange) -> Iterator[str]:
    match node:
        case ast.Attribute() | ast.Name():
            if name := dotted(node, change.names):
                yield name
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            yield module
            yield from (f"{module}.{alias.name}" for alias in names)


def _goes_on(handler: ast.ExceptHandler) -> bool:
    return not any(isinstance(node, ast.Raise | ast.Return) for one in handler.body for node in ast.walk(one))


def _ends(attempt: ast.Try) -> bool:
    """Whether success ends the loop."""
    return any(isinstance(one, ast.Return | ast.Break) for one in [*attempt.body, *attempt.orelse])


def _finding(change: PythonChange, node: ast.AST, cheat: Cheat, level: Level, what: str) -> Finding:
    line = line_of(node)
    message = f"{change.path}, line {line}, {what}; a repair of the code at fault does without"
    return Finding(cheat, level, change.path, line, message)
