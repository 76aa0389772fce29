"""The skeleton of a file: the heads of its classes and functions, for what the code that is shown may call."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from healer.models.code import Excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.localization.pysource import Definition, PythonModule

LEAST, MOST = 3, 60
"""Definitions; of fewer there is nothing to tell, and more are too many to read."""
_LONGEST = 200
"""Characters of a head; the rest of a longer one is left out."""
_SPACED = re.compile(r"\( |,? \)")
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
    """Yield each head on one line, from its keyword to what stands before its body."""
    for definition in heads:
        node = definition.node
        if isinstance(node, ast.ClassDef):
            parts: list[ast.expr | ast.arg] = [*node.bases, *(keyword.value for keyword in node.keywords)]
        else:
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            defaults = [*arguments.defaults, *arguments.kw_defaults]
            parts = [one for one in (*every, *defaults, node.returns) if one is not None]
        last = max([node.lineno, *(part.end_lineno or part.lineno for part in parts)])
        while last + 1 < node.body[0].lineno and not module.text(last, last).partition("#")[0].rstrip().endswith(":"):
            last += 1
        head = " ".join(module.text(node.lineno, last).split())
        yield f"{' ' * node.col_offset}{_SPACED.sub(_joined, head)[:_LONGEST]}\n"


def _joined(match: re.Match[str]) -> str:
    return match[0].strip(", ")
