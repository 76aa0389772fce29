"""What a definition calls, directly and through others, by name: a static call graph, walked breadth first."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from healer.localization.names import called_names, imported_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from healer.localization.pysource import Definition, PythonModule, SourceIndex

MOST_REACHED = 80
MOST_NAMESAKES = 3
"""A method name that more definitions share says nothing about which of them is called."""


def reached(
    index: SourceIndex, starts: Iterable[tuple[PythonModule, Definition]]
) -> Iterator[tuple[PythonModule, Definition, Definition]]:
    """Yield what the starts call, nearest first, each with the definition that calls it.

    Names are looked up in the caller's own file, then in the files that it imports from; a class stands for its
    constructor. At most MOST_REACHED definitions.
    """
    queue = deque(starts)
    seen = {(module.path, definition.line) for module, definition in queue}
    count = 0
    while queue and count < MOST_REACHED:
        module, definition = queue.popleft()
        for other_module, other in _callees(index, module, definition):
            place = (other_module.path, other.line)
            if place in seen:
                continue
            seen.add(place)
            count += 1
            queue.append((other_module, other))
            if not other.is_class:
                yield other_module, other, definition


def _callees(
    index: SourceIndex, module: PythonModule, definition: Definition
) -> Iterator[tuple[PythonModule, Definition]]:
    imported: frozenset[str] | None = None
    if definition.is_class:
        constructors = {"__init__", "__post_init__", "__new__"}
        yield from (
            (module, other) for other in module.definitions if other.owner is definition and other.name in constructors
        )
        return
    for name in sorted(called_names(definition.node)):
        own = [other for other in module.named(name) if other is not definition]
        if own:
            yield from ((module, other) for other in own[:MOST_NAMESAKES])
            continue
        imported = imported_paths(index, module) if imported is None else imported
        for path in index.paths_defining(name):
            other_module = index.module(path) if path in imported else None
            if other_module is not None and len(other_module.named(name)) <= MOST_NAMESAKES:
                yield from ((other_module, other) for other in other_module.named(name))
