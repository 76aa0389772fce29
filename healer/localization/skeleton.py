"""The skeleton of a file: the heads of its classes and functions, for what the code that is shown may call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.models.code import Excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.localization.pysource import Definition, PythonModule

LEAST, MOST = 3, 60
"""Definitions; of fewer there is nothing to tell, and more are too many to read."""
_LONGEST = 3
"""Lines of a head; the rest of a longer one is left out."""
NOWHERE = 0
"""A skeleton stands at no line: its heads come from all over the file."""


def skeleton(module: PythonModule, shown: Sequence[Excerpt]) -> Excerpt | None:
    """Return the heads of the definitions that no excerpt shows, in their order; None where they are too few."""
    heads = [definition for definition in module.definitions if _is_told(definition, module.path, shown)][:MOST]
    if len(heads) < LEAST:
        return None
    text = "".join(_lines(module, heads))
    return Excerpt(module.path, NOWHERE, NOWHERE, text, "other definitions of the file, their heads only")


def _is_told(definition: Definition, path: str, shown: Sequence[Excerpt]) -> bool:
    if definition.parent is not None and not definition.parent.is_class:
        return False  # a function within a function is nobody else's
    return not any(one.path == path and one.line <= definition.node.lineno <= one.end_line for one in shown)


def _lines(module: PythonModule, heads: Sequence[Definition]) -> Iterator[str]:
    for definition in heads:
        first, body = definition.node.lineno, definition.node.body[0].lineno
        last = min(max(body - 1, first), first + _LONGEST - 1)
        yield module.text(first, last).rstrip("\n") + "\n"
