"""What a definition calls, directly and through others, by name: a static call graph, walked breadth first."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from healer.localization.calls import calls
from healer.localization.names import imported_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from healer.localization.pysource import Definition, PythonModule, SourceIndex

MOST_REACHED = 80
MOST_NAMESAKES = 3
"""A method name that more definitions share says nothing about which of them is called."""


def reached(
    index: SourceIndex, starts: Iterable[tuple[PythonModule, Definition]]
) -> Iterator[tuple[PythonModule, Definition, Definition, int]]:
    """Yield what the starts call, nearest first, each with the definition that calls it and how many calls away it is.

    Names are looked up in the caller's own file, then in the files that it imports from, by what they are called on; a
    class stands for its constructor. At most MOST_REACHED definitions.
    """
    queue = deque((module, definition, 0) for module, definition in starts)
    seen = {(module.path, definition.line, definition.name) for module, definition, _ in queue}
    count = 0
    while queue and count < MOST_REACHED:
        module, definition, depth = queue.popleft()
        for other_module, other in _callees(index, module, definition):
            place = (other_module.path, other.line, other.name)
            if place in seen:
                continue
            seen.add(place)
            count += 1
            queue.append((other_module, other, depth if other.is_class else depth + 1))
            if not other.is_class:
                yield other_module, other, definition, depth + 1


def _callees(
    index: SourceIndex, module: PythonModule, definition: Definition
) -> Iterator[tuple[PythonModule, Definition]]:
    if definition.is_class:
        constructors = {"__init__", "__post_init__", "__new__"}
        yield from (
            (module, other) for other in module.definitions if other.owner is definition and other.name in constructors
        )
        return
    imported: frozenset[str] | None = None
    for reference in calls(index, module, definition):
        own = [other for other in module.definitions if reference.means(other) and other is not definition]
        if own:
            yield from ((module, other) for other in own[:MOST_NAMESAKES])
            continue
        imported = imported_paths(index, module) if imported is None else imported
        for path in index.paths_defining(reference.name):
            other_module = index.module(path) if path in imported else None
            found = [one for one in other_module.definitions if reference.means(one)] if other_module else []
            if other_module is not None and len(found) <= MOST_NAMESAKES:
                yield from ((other_module, other) for other in found)
