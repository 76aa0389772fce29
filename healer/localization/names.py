"""Names: what the failing test calls, is called after and complains about, among the repository's definitions."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.calls import MOST_DEFINING, Names, Reference, calls
from healer.localization.inquiry import Suspicion
from healer.localization.steps import Step, steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from healer.localization.inquiry import Inquiry
    from healer.localization.pysource import Definition, PythonModule, SourceIndex
    from healer.models.evidence import Failure

CALLED_IN_FAILING_STATEMENT = 1.0
NAMED_IN_FAILING_STATEMENT = 0.7
CALLED_FOR_FAILING_STATEMENT = 0.7
NAMED_FOR_FAILING_STATEMENT = 0.4
CALLED_IN_TEST = 0.6
NAMED_IN_TEST = 0.3
TEST_IS_CALLED_AFTER = 0.5
NAMED_IN_MESSAGE = 0.5
CALLED_LIKE = 0.5
"""What is registered or looked up under a part of its name: `_func_to_number` for `to_number`."""
MOST_LONGER, MOST_SPOKEN = 3, 50
"""Names that end in one that is spoken of; and of those, that are looked up."""
CALLEE = 0.5
"""What a function called by a suspected one gets of its score."""
WHOLE_CLASS, CONSTRUCTOR = 0.4, 0.8
NOT_IMPORTED = 0.5
STACK_KNOWN = 0.5
"""What names count beside a stack that reached the source: it already tells what the test called."""
AMBIGUOUS = 8
"""A name with more definitions than this says nothing."""

WEIGHTS = {
    Step.FAILED: (CALLED_IN_FAILING_STATEMENT, NAMED_IN_FAILING_STATEMENT, "in the statement that failed in"),
    Step.MADE: (CALLED_FOR_FAILING_STATEMENT, NAMED_FOR_FAILING_STATEMENT, "for the statement that failed in"),
    Step.OTHER: (CALLED_IN_TEST, NAMED_IN_TEST, "in"),
}
_CALLED_IN_WORDS = re.compile(r"\b([A-Za-z_]\w{2,60})\(")
_TELLING = 4
"""Letters of a name that others are called after."""
_QUOTED_NAME = re.compile(r"['\"`]([A-Za-z_]\w{2,})['\"`]")


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect definitions by the names that the failing tests use."""
    for cluster in inquiry.clusters:
        for failure in cluster.failures[:3]:
            yield from _rank_failure(inquiry, failure)


def _rank_failure(inquiry: Inquiry, failure: Failure) -> Iterator[Suspicion]:
    test = inquiry.test_definition(failure)
    imported = imported_paths(inquiry.index, test[0]) if test else frozenset()
    known = any(layout.is_source(site.path) for site in inquiry.sites(failure))
    for reference, (score, why) in _suspect_names(inquiry, failure, test).items():
        if len(inquiry.index.paths_defining(reference.name)) > MOST_DEFINING:
            continue
        meant = {path: found for path, found in _meant(inquiry.index, reference) if found}
        if len(meant) > AMBIGUOUS:
            continue
        near = [path for path in meant if path in imported]
        for path in near or meant:
            factor = 1.0 if near or len(meant) == 1 else NOT_IMPORTED / len(meant)
            factor *= STACK_KNOWN if known else 1.0
            for module, definition in meant[path]:
                words = f"{definition.qualname} is {why} {failure.id}"
                yield from _suspect(inquiry.index, module, definition, score * factor, words)


def _meant(index: SourceIndex, reference: Reference) -> Iterator[tuple[str, list[tuple[PythonModule, Definition]]]]:
    """Yield the definitions that a name in use may stand for, file by file."""
    for path in index.paths_defining(reference.name):
        module = index.module(path)
        yield path, [(module, one) for one in module.definitions if reference.means(one)] if module else []


def _suspect(
    index: SourceIndex, module: PythonModule, definition: Definition, score: float, words: str
) -> Iterator[Suspicion]:
    path = module.path
    whole = score * WHOLE_CLASS if definition.is_class else score
    yield Suspicion(path, definition.line, definition.end_line, whole, words)
    if definition.is_class:
        yield from _constructors(module, definition, score, words)
        return
    called = calls(index, module, definition)
    for other in module.definitions:
        if other is not definition and any(one.means(other) for one in called):
            reason = f"{other.qualname} is called by {definition.qualname}, which {words.split(' ', 1)[1]}"
            whole = WHOLE_CLASS if other.is_class else 1.0
            yield Suspicion(path, other.line, other.end_line, score * CALLEE * whole, reason)
            if other.is_class:
                yield from _constructors(module, other, score * CALLEE, reason)


def _constructors(module: PythonModule, owner: Definition, score: float, words: str) -> Iterator[Suspicion]:
    for one in module.definitions:
        if one.owner is owner and one.name in {"__init__", "__post_init__", "__new__"}:
            yield Suspicion(module.path, one.line, one.end_line, score * CONSTRUCTOR, words)


def _spoken_of(failure: Failure) -> set[str]:
    """Return what the message of a failure calls or quotes, and what a command that failed as a whole printed."""
    text = failure.message[:2000] + "\n" + (failure.text[-4000:] if failure.runs else "")
    return {name for name in _CALLED_IN_WORDS.findall(text) + _QUOTED_NAME.findall(text) if len(name) >= _TELLING}


def _suspect_names(
    inquiry: Inquiry, failure: Failure, test: tuple[PythonModule, Definition] | None
) -> dict[Reference, tuple[float, str]]:
    found: dict[Reference, tuple[float, str]] = {}

    def add(references: Iterable[Reference], score: float, why: str) -> None:
        for reference in references:
            if score > found.get(reference, (0.0, ""))[0]:
                found[reference] = (score, why)

    def said(names: Iterable[str]) -> Iterator[Reference]:
        return (Reference(name, is_call=False) for name in names)

    add(said(_QUOTED_NAME.findall(failure.message[:2000])), NAMED_IN_MESSAGE, "named in the message of")
    for name in sorted(_spoken_of(failure))[:MOST_SPOKEN]:
        longer = [] if inquiry.index.paths_defining(name) else inquiry.index.names_ending(name)
        if len(longer) <= MOST_LONGER:
            add(said(longer), CALLED_LIKE, f"named like {name}, which stands in the message of")
    plain = failure.name.split("[", 1)[0].rsplit("::", 1)[-1]
    words = re.sub(r"^test_?", "", plain).split("_")
    add(said("_".join(words[: end + 1]) for end in range(len(words))), TEST_IS_CALLED_AFTER, "in the name of")
    add(said(re.findall(r"\bTests?([A-Z]\w+)", failure.suite)), TEST_IS_CALLED_AFTER, "in the name of the suite of")
    if test is None:
        return found
    module, definition = test
    names = Names.of(inquiry.index, module, definition)
    own = {one.name for one in module.definitions if one.owner is None}
    lines = [
        site.line
        for site in inquiry.sites(failure)
        if site.path == module.path and definition.line <= site.line <= definition.end_line
    ]
    for step, node in steps(definition, lines):
        for_call, for_name, here = WEIGHTS[step]
        references = [one for one in names.references(node) if one.on_object or one.name not in own]
        add(references, for_name, f"named {here}")
        add((one for one in references if one.is_call), for_call, f"called {here}")
    return found


def used_names(node: ast.AST) -> set[str]:
    """Return every plain name and attribute below a node."""
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return names | {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


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
