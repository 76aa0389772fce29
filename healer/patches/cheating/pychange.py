"""A changed Python file as syntax trees, less what both sides share: what came, what went, which functions differ."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from healer.patches.cheating.spelling import bound_names, dotted_names, imported_names
from healer.patches.diff import opcodes

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from healer.patches.cheating.failing import Symptoms

Function = ast.FunctionDef | ast.AsyncFunctionDef
Key = TypeVar("Key", bound="Hashable")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DEPTH = 30


@dataclass(frozen=True, slots=True)
class FunctionPair:
    """One function before and after; one side is None when it came or went."""

    name: str
    old: Function | None
    new: Function | None


@dataclass(frozen=True)  # without slots: what few detectors ask for is found out when the first does
class PythonChange:
    """What differs between two versions of a file. Statements that stand on both sides are left out, wherever they are.

    `gone` and `come` are statements and the parts of definitions' heads, in the order of the file.
    """

    path: str
    before: ast.Module
    after: ast.Module
    symptoms: Symptoms
    gone: tuple[ast.AST, ...]
    come: tuple[ast.AST, ...]
    functions: tuple[FunctionPair, ...]
    new_lines: frozenset[int]
    names_before: Mapping[str, str]
    """What names at the top mean: `e` is `os._exit` after `from os import _exit as e`."""
    names: Mapping[str, str]

    @cached_property
    def known(self) -> frozenset[str]:
        """The dotted names that the file used before, and every module on the way to them."""
        return frozenset(dotted_names(self.before, self.names_before))

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that the file itself gives a meaning to by other means than imports, wherever."""
        return frozenset(bound_names(self.after))

    def added(self, select: Callable[[ast.AST], Iterator[Key]], *, old: bool = False) -> Iterator[tuple[Key, ast.AST]]:
        """Yield what `select` sees oftener in what came than in what went (or the other way round), with its node."""
        mine, other = (self.gone, self.come) if old else (self.come, self.gone)
        balance = Counter(key for root in other for node in ast.walk(root) for key in select(node))
        seen = [(key, node) for root in mine for node in ast.walk(root) for key in select(node)]
        total = Counter(key for key, _ in seen)
        # What stands on a line that is new is what is meant, when the same stands elsewhere as well.
        seen.sort(key=lambda pair: line_of(pair[1]) not in self.new_lines)
        for key, node in seen:
            if total[key] > balance[key]:
                total[key] -= 1
                yield key, node


def line_of(node: ast.AST) -> int:
    """Return a node's line, 1 where it has none."""
    return int(getattr(node, "lineno", 1))


def compared(
    path: str, before: ast.Module | None, after: ast.Module, lines: LinePair, symptoms: Symptoms
) -> PythonChange:
    """Return the difference of two versions; without trees of the old one, what stands on new lines is what came."""
    residue = _Residue()
    new_lines = frozenset(_new_lines(*lines))
    try:
        if before is None and any(lines[0]):
            residue.come += _innermost(after, new_lines)
        else:
            residue.compare(before.body if before else [], after.body, "", 0)
    except RecursionError:
        # Too deep somewhere, perhaps far from the change: what stands on new lines can still be looked at.
        residue = _Residue()
        residue.come += _innermost(after, new_lines)
    before = before or ast.Module([], [])
    names_before = imported_names(before)
    return PythonChange(
        path=path, before=before, after=after, symptoms=symptoms, gone=tuple(residue.gone), come=tuple(residue.come),
        functions=tuple(residue.functions), new_lines=new_lines, names_before=names_before,
        names=imported_names(after),
    )  # fmt: skip


LinePair = tuple["Sequence[str]", "Sequence[str]"]


class _Residue:
    """Collects what two lists of statements do not share, definition by definition."""

    def __init__(self) -> None:
        self.gone: list[ast.AST] = []
        self.come: list[ast.AST] = []
        self.functions: list[FunctionPair] = []

    def compare(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt], prefix: str, depth: int) -> None:
        gone, come = _without_shared(old, new)
        if depth < _DEPTH:
            gone, come = self._paired(gone, come, prefix, depth)
        self.gone += gone
        self.come += come
        for statement in gone:
            self._whole(statement, prefix, is_new=False)
        for statement in come:
            self._whole(statement, prefix, is_new=True)

    def _paired(
        self, gone: list[ast.stmt], come: list[ast.stmt], prefix: str, depth: int
    ) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """Compare definitions of one name with each other and return the rest."""
        waiting: dict[tuple[type, str], list[ast.stmt]] = {}
        for statement in reversed(gone):
            if isinstance(statement, _DEFINITIONS):
                waiting.setdefault((type(statement), statement.name), []).append(statement)
        rest: list[ast.stmt] = []
        met: set[int] = set()
        for statement in come:
            partners = waiting.get((type(statement), statement.name)) if isinstance(statement, _DEFINITIONS) else None
            if not partners or not isinstance(statement, _DEFINITIONS):
                rest.append(statement)
                continue
            partner = partners.pop()
            met.add(id(partner))
            if isinstance(partner, _DEFINITIONS):
                self._definition(partner, statement, prefix, depth)
        return [statement for statement in gone if id(statement) not in met], rest

    def _definition(
        self,
        old: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        new: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        prefix: str,
        depth: int,
    ) -> None:
        name = f"{prefix}{new.name}"
        if isinstance(old, Function) and isinstance(new, Function):
            self.functions.append(FunctionPair(name, old, new))
        gone, come = _head(old), _head(new)
        shared = {ast.dump(one) for one in gone} & {ast.dump(one) for one in come}
        self.gone += [one for one in gone if ast.dump(one) not in shared]
        self.come += [one for one in come if ast.dump(one) not in shared]
        self.compare(old.body, new.body, f"{name}.", depth + 1)

    def _whole(self, statement: ast.stmt, prefix: str, *, is_new: bool) -> None:
        """Enter the functions of a statement that has no counterpart."""
        for node in ast.walk(statement):
            if isinstance(node, Function):
                name = f"{prefix}{node.name}"
                self.functions.append(FunctionPair(name, None, node) if is_new else FunctionPair(name, node, None))


def _without_shared(old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    keys_of_old, keys_of_new = [ast.dump(one) for one in old], [ast.dump(one) for one in new]
    shared = Counter(keys_of_old) & Counter(keys_of_new)
    return _left_over(old, keys_of_old, shared), _left_over(new, keys_of_new, shared)


def _left_over(statements: Sequence[ast.stmt], keys: Sequence[str], shared: Counter[str]) -> list[ast.stmt]:
    remaining = Counter(shared)
    left = []
    for statement, key in zip(statements, keys, strict=True):
        if remaining[key]:
            remaining[key] -= 1
        else:
            left.append(statement)
    return left


def _head(definition: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.AST]:
    if isinstance(definition, ast.ClassDef):
        return [*definition.decorator_list, *definition.bases, *definition.keywords]
    return [*definition.decorator_list, definition.args, *([definition.returns] if definition.returns else [])]


def _new_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[int]:
    for tag, _, _, start, end in opcodes(before, after):
        if tag != "equal":
            yield from range(start + 1, end + 1)


def _innermost(tree: ast.Module, lines: frozenset[int]) -> Iterator[ast.AST]:
    """Yield the statements that begin on these lines, those inside of others left out."""
    pending: list[ast.AST] = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt) and node.lineno in lines:
            yield node
        else:
            pending += reversed(list(ast.iter_child_nodes(node)))
