"""Names: what the failing test calls, is called after and complains about, among the repository's definitions."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.inquiry import Suspicion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from healer.localization.inquiry import Inquiry
    from healer.localization.pysource import Definition, PythonModule, SourceIndex
    from healer.models.evidence import Failure

CALLED_IN_FAILING_STATEMENT = 1.0
NAMED_IN_FAILING_STATEMENT = 0.7
CALLED_IN_TEST = 0.6
NAMED_IN_TEST = 0.3
TEST_IS_CALLED_AFTER = 0.5
NAMED_IN_MESSAGE = 0.5
CALLEE = 0.5
"""What a function called by a suspected one gets of its score."""
WHOLE_CLASS = 0.4
NOT_IMPORTED = 0.5
STACK_KNOWN = 0.5
"""What names count beside a stack that reached the source: it already tells what the test called."""
AMBIGUOUS = 8
"""A name with more definitions than this says nothing."""

_QUOTED_NAME = re.compile(r"['\"`]([A-Za-z_]\w{2,})['\"`]")


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect definitions by the names that the failing tests use."""
    for cluster in inquiry.clusters:
        for failure in cluster.failures[:3]:
            yield from _rank_failure(inquiry, failure)


def _rank_failure(inquiry: Inquiry, failure: Failure) -> Iterator[Suspicion]:
    test = inquiry.test_definition(failure)
    imported = imported_paths(inquiry.index, test[0]) if test else frozenset()
    modules = _module_aliases(test[0]) if test else set()
    known = any(layout.is_source(site.path) for site in inquiry.sites(failure))
    for name, (score, why) in _suspect_names(inquiry, failure, test).items():
        paths = inquiry.index.paths_defining(name)
        if len(paths) > AMBIGUOUS or name in modules:
            continue
        near = [path for path in paths if path in imported]
        for path in near or paths:
            module = inquiry.index.module(path)
            factor = 1.0 if near or len(paths) == 1 else NOT_IMPORTED / len(paths)
            factor *= STACK_KNOWN if known else 1.0
            for definition in module.named(name) if module else ():
                words = f"{definition.qualname} is {why} {failure.id}"
                yield from _suspect(path, module, definition, score * factor, words)


def _suspect(
    path: str, module: PythonModule | None, definition: Definition, score: float, words: str
) -> Iterator[Suspicion]:
    whole = score * WHOLE_CLASS if definition.is_class else score
    yield Suspicion(path, definition.line, definition.end_line, whole, words)
    if module is None:
        return
    called = called_names(definition.node)
    for other in module.definitions:
        if definition.is_class:
            if other.owner is definition and other.name in {"__init__", "__post_init__", "__new__"}:
                yield Suspicion(path, other.line, other.end_line, score * 0.8, words)
        elif other.name in called and other is not definition:
            reason = f"{other.qualname} is called by {definition.qualname}, which {words.split(' ', 1)[1]}"
            yield Suspicion(path, other.line, other.end_line, score * CALLEE, reason)


def _suspect_names(
    inquiry: Inquiry, failure: Failure, test: tuple[PythonModule, Definition] | None
) -> dict[str, tuple[float, str]]:
    found: dict[str, tuple[float, str]] = {}

    def add(names: Iterable[str], score: float, why: str) -> None:
        for name in names:
            if score > found.get(name, (0.0, ""))[0]:
                found[name] = (score, why)

    add(_QUOTED_NAME.findall(failure.message[:2000]), NAMED_IN_MESSAGE, "named in the message of")
    plain = failure.name.split("[", 1)[0].rsplit("::", 1)[-1]
    words = re.sub(r"^test_?", "", plain).split("_")
    add({"_".join(words[: end + 1]) for end in range(len(words))}, TEST_IS_CALLED_AFTER, "in the name of")
    add(re.findall(r"\bTests?([A-Z]\w+)", failure.suite), TEST_IS_CALLED_AFTER, "in the name of the suite of")
    if test is None:
        return found
    module, definition = test
    lines = {site.line for site in inquiry.sites(failure) if site.path == module.path}
    for statement in ast.walk(definition.node):
        if not isinstance(statement, ast.stmt) or statement is definition.node:
            continue
        failing = any(statement.lineno <= line <= (statement.end_lineno or 0) for line in lines)
        here = "in the statement that failed in" if failing else "in"
        add(used_names(statement), NAMED_IN_FAILING_STATEMENT if failing else NAMED_IN_TEST, f"named {here}")
        add(called_names(statement), CALLED_IN_FAILING_STATEMENT if failing else CALLED_IN_TEST, f"called {here}")
    return found


def _module_aliases(module: PythonModule) -> set[str]:
    """Return the names that stand for whole modules: a function of that name is another thing."""
    imports = (node for node in ast.walk(module.tree) if isinstance(node, ast.Import))
    return {alias.asname or alias.name.split(".", 1)[0] for node in imports for alias in node.names}


def used_names(node: ast.AST) -> set[str]:
    """Return every plain name and attribute below a node."""
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return names | {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


def called_names(node: ast.AST) -> set[str]:
    """Return the last names of everything called below a node."""
    calls = (inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call))
    return {
        func.attr if isinstance(func, ast.Attribute) else func.id
        for func in calls
        if isinstance(func, ast.Attribute | ast.Name)
    }


def imported_paths(index: SourceIndex, module: PythonModule) -> frozenset[str]:
    """Return the repository files that a module imports from; a package stands for all files right inside it."""
    wanted: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            wanted.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            wanted.update([origin, *(f"{origin}.{alias.name}".lstrip(".") for alias in node.names)])
    tails = {name.replace(".", "/") for name in wanted if name}
    found = set()
    for path in index.python_paths:
        stem = path.removesuffix(".pyi").removesuffix(".py").removesuffix("/__init__")
        homes = (stem, stem.rpartition("/")[0])
        if any(home and (home == tail or home.endswith("/" + tail)) for home in homes for tail in tails):
            found.add(path)
    return frozenset(found)
