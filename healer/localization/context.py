"""The code worth reading before a repair: whole definitions, in order of worth, within a budget of tokens."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer import layout
from healer.evidence.paths import RepositoryPaths
from healer.localization import outlined_context
from healer.localization.calls import calls
from healer.localization.hunks import split_lines
from healer.localization.inquiry import Inquiry
from healer.localization.names import imported_paths, used_names
from healer.localization.pysource import SIZE_LIMIT, Definition, PythonModule, SourceIndex
from healer.localization.reach import reached
from healer.localization.skeleton import skeleton
from healer.localization.statements import SMALL_CLASS, statement_or_window
from healer.models.code import Excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.code import Diagnosis, Location
    from healer.models.evidence import Failure, FailureCluster
    from healer.ports import SourceTree

CHARACTERS_PER_TOKEN = 4
EXCERPT_OVERHEAD = 15
"""Tokens for naming an excerpt's file, lines and reason."""
_CLUSTERS = 5
_TEST_SHARE = 0.4
"""Of the budget, at most; the failures themselves are told beside the excerpts."""
_LOCATIONS = 40
_FIRST_LOCATIONS = 3
_LONG_CONSTANT = 12


@dataclass(slots=True)
class _Shelf:
    """Excerpts taken so far, without repetition and within the budget."""

    budget: int
    taken: list[Excerpt] = field(default_factory=list)

    def offer(self, excerpt: Excerpt | None) -> None:
        if excerpt is None or not excerpt.text.strip():
            return
        cost = len(excerpt.text) // CHARACTERS_PER_TOKEN + EXCERPT_OVERHEAD
        overlaps = any(
            excerpt.path == other.path and excerpt.line <= other.end_line and other.line <= excerpt.end_line
            for other in self.taken
        )
        if not overlaps and cost <= self.budget:
            self.taken.append(excerpt)
            self.budget -= cost


def gather(diagnosis: Diagnosis, source: SourceTree, *, token_budget: int) -> tuple[Excerpt, ...]:
    """Return excerpts, the most worthwhile first, that fit the budget at four characters a token.

    A definition is shown whole or not at all; one that does not fit makes room for the next.
    """
    index = SourceIndex(source)
    inquiry = Inquiry(diagnosis.clusters, index, diagnosis.commits, RepositoryPaths(source.paths))
    clusters = diagnosis.clusters[:_CLUSTERS]
    locations = _one_each(diagnosis.locations, source)
    tests = _Shelf(int(token_budget * _TEST_SHARE))
    for cluster in clusters:
        for excerpt in _tests(inquiry, cluster):
            tests.offer(excerpt)
    code = _Shelf(token_budget - int(token_budget * _TEST_SHARE) + tests.budget, tests.taken)
    for excerpt in _ordered(inquiry, clusters, locations, code.taken):
        code.offer(excerpt)
    return tuple(code.taken)


def _one_each(locations: Sequence[Location], source: SourceTree) -> list[Location]:
    """Return the best location of each suspicious function, and every one that lies in none."""
    found: dict[tuple[str, str | None, int], Location] = {}
    for place in locations:
        if place.path in source.paths:
            found.setdefault((place.path, place.function, 0 if place.function else place.line), place)
    return list(found.values())[:_LOCATIONS]


def _ordered(
    inquiry: Inquiry, clusters: tuple[FailureCluster, ...], locations: list[Location], taken: Sequence[Excerpt]
) -> Iterator[Excerpt | None]:
    """Yield excerpts in the order of their worth; `taken` is what was shown of those before."""
    first, rest = locations[:_FIRST_LOCATIONS], locations[_FIRST_LOCATIONS:]
    for place in first:
        yield from _suspicious(inquiry.index, place)
    for path in dict.fromkeys(place.path for place in first):
        yield from _module_level(inquiry.index, path, _named_near(inquiry.index, first, path))
    for cluster in clusters:
        yield from _called_by_test(inquiry, cluster)
    for place in first:
        yield from _called_by_location(inquiry.index, place)
    for path in dict.fromkeys(place.path for place in first):
        module = inquiry.index.module(path)
        yield skeleton(module, taken) if module else None
    yield from _called_by_any(inquiry.index, first)
    for place in rest:
        yield from _suspicious(inquiry.index, place)
    for path in dict.fromkeys(place.path for place in rest):
        yield from _module_level(inquiry.index, path, _named_near(inquiry.index, rest, path))
    yield from _called_by_any(inquiry.index, rest)


def _tests(inquiry: Inquiry, cluster: FailureCluster) -> Iterator[Excerpt | None]:
    """Yield the representative's test function, then the fixtures and set-up of its file that it uses."""
    failure = cluster.representative
    found = inquiry.test_definition(failure)
    if found is None:
        outlined = [*outlined_context.of_test(inquiry, cluster)] or [*_script(inquiry, failure)]
        yield from outlined
        for site in [] if outlined else inquiry.sites(failure)[:1]:
            if not layout.is_source(site.path):
                yield statement_or_window(inquiry.index, site.path, site.line, f"where {failure.id} failed")
        return
    module, test = found
    yield _whole(module, test, f"the failing test {failure.id}")
    arguments = {argument.arg for argument in _arguments(test.node)} | used_names(test.node)
    setups = {"setUp", "setup_method", "setUpClass", "setup_class", "asyncSetUp"}
    for definition in module.definitions:
        if definition.name in setups and definition.owner is not None and definition.owner is test.owner:
            yield _whole(module, definition, f"set-up of {failure.id}")
        elif definition.parent and not definition.parent.is_class:
            continue  # what another test defines for itself
        elif definition.name in arguments and definition is not test and not definition.is_class:
            yield _whole(module, definition, f"used by {failure.id}")
    yield from _module_level(inquiry.index, module.path, used_names(test.node))


def _script(inquiry: Inquiry, failure: Failure) -> Iterator[Excerpt]:
    """Yield what a command that failed runs, where it names a file of the repository."""
    path = failure.runs
    if path in inquiry.index.source.paths:
        lines = split_lines(inquiry.index.source.read(path)[:SIZE_LIMIT])
        yield Excerpt(path, 1, len(lines), "".join(lines), f"what {failure.id} runs")


def _suspicious(index: SourceIndex, place: Location) -> Iterator[Excerpt | None]:
    reason = f"suspicious: {place.evidence[0]}" if place.evidence else "suspicious"
    module = index.module(place.path)
    definition = _outermost_function(module, place.line) if module else None
    outline = index.outline(place.path)
    outlined = list(outlined_context.suspicious(outline, place, reason)) if outline else []
    if outlined:
        yield from outlined
        return
    if module is None or definition is None:
        around = module.enclosing(place.line) if module else None
        if module and around:
            yield _class_header(module, around)
        yield statement_or_window(index, place.path, place.line, reason)
        return
    owner = definition.owner
    if owner is None:
        yield _whole(module, definition, reason)
    elif owner.end_line - owner.line < SMALL_CLASS:
        yield _whole(module, owner, reason)
    else:
        yield _class_header(module, owner)
        yield _whole(module, definition, reason)
    for other in module.definitions:
        if other.qualname == definition.qualname and other is not definition:
            yield _whole(module, other, f"another definition of {definition.qualname}")


def _outermost_function(module: PythonModule, line: int) -> Definition | None:
    """Return the function or method around a line, not one nested in it: half a closure explains nothing."""
    definition = module.enclosing(line, functions_only=True)
    while definition and definition.parent and not definition.parent.is_class:
        definition = definition.parent
    return definition


def _whole(module: PythonModule, definition: Definition, reason: str) -> Excerpt:
    text = module.text(definition.line, definition.end_line)
    return Excerpt(module.path, definition.line, definition.end_line, text, reason)


def _class_header(module: PythonModule, owner: Definition) -> Excerpt:
    """Return the class statement with its decorators and docstring, down to its first method."""
    methods = [
        node for node in owner.node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    if methods:
        end = min([methods[0].lineno, *(decorator.lineno for decorator in methods[0].decorator_list)]) - 1
    else:
        end = owner.end_line
    if end - owner.line > SMALL_CLASS:
        end = owner.node.body[0].lineno - 1
    end = max(end, owner.line)
    return Excerpt(module.path, owner.line, end, module.text(owner.line, end), f"the class {owner.qualname}")


def _named_near(index: SourceIndex, places: Sequence[Location], path: str) -> set[str]:
    """Return the names used in the functions around suspicious places of a file."""
    module = index.module(path)
    named: set[str] = set()
    for place in places if module else ():
        definition = _outermost_function(module, place.line) if module and place.path == path else None
        if definition:
            named |= used_names(definition.owner.node if definition.owner else definition.node)
    return named


def _module_level(index: SourceIndex, path: str, named: set[str]) -> Iterator[Excerpt]:
    """Yield a file's imports, and the short constants that are named, neighbours together."""
    module = index.module(path)
    outline = index.outline(path)
    if outline:
        yield from outlined_context.header(outline)
    if module is None:
        return
    runs: list[list[int]] = []
    for node in module.tree.body:
        end = node.end_lineno or node.lineno
        constant = end - node.lineno < _LONG_CONSTANT and not named.isdisjoint(_assigned(node))
        if not (constant or isinstance(node, ast.Import | ast.ImportFrom)):
            continue
        if runs and node.lineno - runs[-1][1] <= 2:  # noqa: PLR2004 - one blank line or comment between
            runs[-1][1] = max(runs[-1][1], end)
        else:
            runs.append([node.lineno, end])
    for line, end_line in runs:
        yield Excerpt(path, line, end_line, module.text(line, end_line), "imports and constants")


def _assigned(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {inner.id for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name)}


def _called_by_test(inquiry: Inquiry, cluster: FailureCluster) -> Iterator[Excerpt]:
    found = inquiry.test_definition(cluster.representative)
    if found is None:
        return
    test_module, test = found
    imported = imported_paths(inquiry.index, test_module)
    for reference in calls(inquiry.index, test_module, test):
        for path in inquiry.index.paths_defining(reference.name):
            module = inquiry.index.module(path) if path in imported else None
            meant = [one for one in module.definitions if reference.means(one)] if module else []
            for definition in meant[:2]:
                if module and not definition.is_class:
                    yield _whole(module, definition, f"called in {cluster.representative.id}")


def _called_by_location(index: SourceIndex, place: Location) -> Iterator[Excerpt]:
    module = index.module(place.path)
    definition = _outermost_function(module, place.line) if module else None
    outline = index.outline(place.path)
    if outline:
        yield from outlined_context.called_by_location(index, outline, place, directly=True)
    if module is None or definition is None:
        return
    called = calls(index, module, definition)
    for other in module.definitions:
        if other is not definition and not other.is_class and any(one.means(other) for one in called):
            yield _whole(module, other, f"called by {definition.qualname}")


def _called_by_any(index: SourceIndex, locations: list[Location]) -> Iterator[Excerpt]:
    """Yield what suspicious definitions reach through others: the fault is often deeper down."""
    starts = []
    for place in locations:
        module = index.module(place.path)
        definition = _outermost_function(module, place.line) if module else None
        outline = index.outline(place.path)
        if outline:
            yield from outlined_context.called_by_location(index, outline, place, directly=False)
        if module and definition:
            starts.append((module, definition))
    for module, definition, caller, _ in reached(index, starts):
        yield _whole(module, definition, f"called by {caller.qualname}")


def _arguments(node: ast.AST) -> list[ast.arg]:
    return [inner for inner in ast.walk(node) if isinstance(inner, ast.arg)]
