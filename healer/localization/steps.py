"""The statements of a failing test by what they have to do with its failure."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from healer.localization.pysource import Definition

_FURTHEST = 4
"""Assignments, one from another, that are followed back from the statement that failed."""
_WITH_BODIES = ast.With | ast.AsyncWith | ast.Try
_HEADED = {ast.For: "iter", ast.AsyncFor: "iter", ast.While: "test", ast.If: "test", ast.Match: "subject"}


class Step(enum.Enum):
    """What a statement has to do with the failure."""

    FAILED = "failed"
    MADE = "made"
    """It gave a value to what the statement that failed uses."""
    OTHER = "other"


def steps(test: Definition, lines: Collection[int]) -> Iterator[tuple[Step, ast.AST]]:
    """Yield the statements of a test that may have run, given the lines of it that are on the stack.

    Of compound statements the heads alone, but for what guards a body (`with raises(...)`). Behind the statement of the
    test's own body that failed nothing ran. Without lines every statement is another.
    """
    failing = [node for line in lines if (node := _innermost(test.node.body, line)) is not None]
    last = min((one.lineno for one in _outermost(test, lines)), default=None)
    made = set(map(id, _makers(test, failing)))
    statements = [node for node in ast.walk(test.node) if isinstance(node, ast.stmt) and node is not test.node]
    for node in statements:
        if last is not None and node.lineno > max(*lines, _end(test, last)):
            continue
        if any(node is one for one in failing):
            yield Step.FAILED, _told(node, whole=isinstance(node, _WITH_BODIES))
        else:
            yield Step.MADE if id(node) in made else Step.OTHER, _told(node, whole=False)


def _outermost(test: Definition, lines: Collection[int]) -> list[ast.stmt]:
    return [node for node in test.node.body if any(_spans(node, line) for line in lines)]


def _end(test: Definition, first: int) -> int:
    return max((node.end_lineno or node.lineno for node in test.node.body if node.lineno == first), default=first)


def _spans(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _innermost(body: Collection[ast.stmt], line: int) -> ast.stmt | None:
    """Return the smallest statement around a line."""
    found = [node for one in body for node in ast.walk(one) if isinstance(node, ast.stmt) and _spans(node, line)]
    return min(found, key=lambda node: (node.end_lineno or node.lineno) - node.lineno, default=None)


def _told(node: ast.stmt, *, whole: bool) -> ast.AST:
    """Return a statement without those in it: what it says itself."""
    if whole or not hasattr(node, "body"):
        return node
    for kind, role in _HEADED.items():
        if isinstance(node, kind):
            head: ast.AST = getattr(node, role)
            return head
    heads = [item.context_expr for item in getattr(node, "items", ())] + list(getattr(node, "decorator_list", ()))
    return ast.Tuple(heads, ast.Load())


def _makers(test: Definition, failing: Collection[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the assignments that what failed draws on, directly and through others."""
    wanted = {name for node in failing for name in _loaded(node)}
    before = min((node.lineno for node in failing), default=0)
    assigned = [
        node
        for node in ast.walk(test.node)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.With | ast.For) and node.lineno < before
    ]
    seen: set[str] = set()
    for _ in range(_FURTHEST):
        found = [node for node in assigned if _stored(node) & (wanted - seen)]
        yield from found
        seen |= wanted
        wanted |= {name for node in found for name in _loaded(_told(node, whole=False))}


def _loaded(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def _stored(node: ast.stmt) -> set[str]:
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    targets += [item.optional_vars for item in getattr(node, "items", ())]
    return {one.id for each in targets if each for one in ast.walk(each) if isinstance(one, ast.Name)}
