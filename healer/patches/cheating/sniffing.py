"""Behaving differently when a test runs: asking who calls, which modules are loaded, or what the environment says."""

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

_TEST_WORD = re.compile(r"(?i)\b_?(?:py|unit|doc)?tests?(?:case|ing|_|\b)|pytest|unittest|nose2?\b|hypothesis")
_VARIABLE = re.compile(
    r"PYTEST_\w+|TOX_ENV\w*|NOX_\w+|CI|CONTINUOUS_INTEGRATION|GITHUB_(?:ACTIONS?|RUN_ID|WORKFLOW|WORKSPACE|JOB)|GITLAB_CI"
    r"|TRAVIS|CIRCLECI|APPVEYOR|JENKINS_\w+|BUILDKITE|TEAMCITY_VERSION|RUNNER_\w+|TF_BUILD|SELF_HEAL_\w*|\w*UNITTEST\w*"
    r"|(?:IS_|IN_|RUNNING_)?TEST(?:S|ING|_MODE|_ENV)?"
)
_RUNNERS = frozenset(
    {"pytest", "_pytest", "unittest", "nose", "nose2", "mock", "hypothesis", "doctest", "pluggy", "xdist"}
)
_CALLERS = frozenset(
    {
        "inspect.stack", "inspect.currentframe", "inspect.getouterframes", "inspect.getframeinfo", "sys._getframe",
        "traceback.extract_stack", "traceback.format_stack", "traceback.walk_stack", "sys.gettrace", "sys.getprofile",
        "sys._current_frames", "sys._getframemodulename",
    }
)  # fmt: skip
_ENVIRONMENT = frozenset({"os.environ", "os.getenv", "os.environ.get", "os.environb", "os.getenvb"})
_LOADED = frozenset(
    {"sys.modules", "sys.modules.get", "importlib.util.find_spec", "importlib.import_module", "__import__"}
)
_SELF = frozenset({"__name__", "__file__", "sys.argv", "sys.orig_argv", "__package__", "__main__"})
_TELLTALES = _ENVIRONMENT | _LOADED | _SELF
_ALWAYS = re.compile(r"PYTEST_CURRENT_TEST|PYTEST_XDIST\w*|PYTEST_VERSION|\bSELF_HEAL_[A-Z]+")


def find_sniffing(change: PythonChange) -> Iterator[Finding]:
    """Reject new questions after the test run itself, and imports of test tools; flag new looks at the caller."""
    for sign, node in change.added(partial(_signs, change)):
        yield _finding(change, line_of(node), sign, Level.REJECT)
    yield from _callers(change)


def _signs(change: PythonChange, node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) if found := _ALWAYS.search(text[:1_000]):
            yield f"asks for {found[0]}"
        case ast.Import(names=names):
            yield from _imports(change, [alias.name for alias in names])
        case ast.ImportFrom(module=str(module), level=0):
            yield from _imports(change, [module])
        case ast.Compare(left=left, comparators=others):
            yield from _question(change, [left, *others])
        case ast.Call(func=ast.Attribute(value=owner) as function, args=arguments):
            # The owner as well: `sys.argv[0].endswith("pytest")`.
            yield from _question(change, [function, owner, *arguments])
        case ast.Call(func=function, args=arguments):
            yield from _question(change, [function, *arguments])
        case ast.Subscript(value=value, slice=key):
            yield from _question(change, [value, key])


def _imports(change: PythonChange, modules: list[str]) -> Iterator[str]:
    for module in modules:
        root = module.partition(".")[0]
        if root in _RUNNERS and root not in change.known:
            yield f"imports {root}, a tool for tests"


def _question(change: PythonChange, parts: list[ast.expr]) -> Iterator[str]:
    """Yield what an expression of these parts asks of the test run, if it does."""
    named = {name for part in parts if (name := dotted(_bare(part), change.names))}
    if not named & _TELLTALES:
        return
    said = [text for part in parts for text in _texts(part)]
    if named & _LOADED and (runner := next((text for text in said if text.partition(".")[0] in _RUNNERS), None)):
        yield f"asks whether {runner} is loaded"
    if named & _ENVIRONMENT and (variable := next(filter(_VARIABLE.fullmatch, said), None)):
        yield f"asks the environment for {variable}"
    if named & _SELF and (word := next(filter(_TEST_WORD.search, said), None)):
        yield f"compares {min(named & _SELF)} with {word!a}"


def _callers(change: PythonChange) -> Iterator[Finding]:
    for name, node in change.added(partial(_looks, change)):
        around = _function_around(change, line_of(node))
        says_test = around is not None and any(_TEST_WORD.search(text) for text in _texts(around))
        level = Level.REJECT if says_test else Level.FLAG
        yield _finding(change, line_of(node), f"looks at its callers through {name}", level)


def _looks(change: PythonChange, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute | ast.Name) and (name := dotted(node, change.names)) and name in _CALLERS:
        yield name


def _function_around(change: PythonChange, line: int) -> ast.AST | None:
    holders = (
        pair.new for pair in change.functions
        if pair.new is not None and pair.new.lineno <= line <= (pair.new.end_lineno or pair.new.lineno)
    )  # fmt: skip
    return max(holders, key=line_of, default=None)


def _bare(node: ast.expr) -> ast.expr:
    """Return what is asked, without index, case change or call: `sys.argv` of `sys.argv[0].lower()`."""
    for _ in range(6):
        match node:
            case ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(value=inner), args=[]):
                node = inner
            case _:
                return node
    return node


def _texts(node: ast.AST) -> list[str]:
    inside = [node] if isinstance(node, ast.Constant) else ast.walk(node)
    return [one.value[:200] for one in inside if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _finding(change: PythonChange, line: int, sign: str, level: Level) -> Finding:
    return Finding(
        Cheat.TEST_SNIFFING, level, change.path, line,
        f"{change.path}, line {line}, {sign}: code must do the same whether a test runs it or not; "
        "repair what it does for every caller",
    )  # fmt: skip
