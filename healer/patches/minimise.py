"""The least part of a verified change that still does what was verified.

Delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", TSE 28(2), 2002): ddmin
over hunks, then over the atoms of those that are left. What is left out takes along what cannot stay without it, so
that no run is spent on what does not compile or does not know its names. Statements that were put around others are
tried without first.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer.patches.atoms import atoms_of, split_lines, without
from healer.patches.belonging import names_of, partners
from healer.patches.names import undefined_names
from healer.patches.pysyntax import dumped, is_python, parsed
from healer.patches.unwrap import unwrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from healer.models.change import FileEdit
    from healer.patches.atoms import Atom

_MOST_ATOMS = 400
_SHARE_OF_WRAPPERS = 4
"""One run in so many may be spent on statements that were put around others; most of these are the repair itself."""
_LAYOUT = re.compile(rb"[\s()\"',\\]+|#[^\n]*")
_MOST_BUILDS = 600
_MOST_BYTES_BUILT = 30_000_000

Kept = frozenset["Atom"]


@dataclass(frozen=True, slots=True)
class Reduction:
    """What is left of a change: `edits` are those given when nothing could be left out; sizes are in changed lines."""

    edits: tuple[FileEdit, ...]
    size: int
    size_before: int
    runs: int = 0

    @property
    def is_any(self) -> bool:
        """Whether anything was left out."""
        return self.size < self.size_before


def minimised(
    edits: Sequence[FileEdit],
    holds: Callable[[tuple[FileEdit, ...]], bool],
    *,
    runs: int,
    admissible: Callable[[tuple[FileEdit, ...]], bool] = lambda _: True,
) -> Reduction:
    """Leave out of the edits what `holds` does not need; it is called at most `runs` times, never twice for the same.

    `holds` must be true of the edits given, and is taken for true where Python's syntax tree stays as it is with them.
    `admissible` is asked before each run. The caller proves the result: this only searches.
    """
    change = _Change(edits)
    size = change.size
    if size <= 1:
        return Reduction(tuple(edits), size, size)
    bare, spent = _without_wrappers(tuple(edits), holds, admissible, runs // _SHARE_OF_WRAPPERS)
    if spent and bare != tuple(edits):
        change = _Change(bare)
    search = _Search(change, holds, admissible, runs - spent)
    search.leave_out_layout()
    for groups in (change.hunks, change.singles):
        search.ddmin(groups)
    left = sum(atom.size for atom in search.kept)
    if left >= size:
        return Reduction(tuple(edits), size, size, search.runs + spent)
    return Reduction(change.build(search.kept) if left < change.size else bare, left, size, search.runs + spent)


def _without_wrappers(
    edits: tuple[FileEdit, ...],
    holds: Callable[[tuple[FileEdit, ...]], bool],
    admissible: Callable[[tuple[FileEdit, ...]], bool],
    most: int,
) -> tuple[tuple[FileEdit, ...], int]:
    """Take away statements that were put around changed ones and are not needed; return what is left and the runs."""
    spent = 0
    for position, edit in enumerate(edits):
        for smaller in unwrapped(edit):
            candidate = (*edits[:position], smaller, *edits[position + 1 :])
            if spent >= most:
                return edits, spent
            if not admissible(candidate):
                continue
            spent += 1
            if holds(candidate):
                edits = candidate
                break
    return edits, spent


class _Change:
    """A change in atoms, any part of which can be built."""

    def __init__(self, edits: Sequence[FileEdit]) -> None:
        self.edits = edits
        self.atoms: list[Atom] = []
        self._signs: dict[Atom, tuple[bytes, ...]] = {}
        for edit in edits:
            self.atoms += atoms_of(edit, self.atoms[-1].hunk + 1 if self.atoms else 0)
            before, after = split_lines(edit.before), split_lines(edit.after)
            for atom in self.atoms:
                if atom.path == edit.path:
                    sides = before[slice(*atom.old)], after[slice(*atom.new)]
                    self._signs[atom] = tuple(_LAYOUT.sub(b"", b"".join(side)) for side in sides)
        self._partners, self._names = partners(edits, self.atoms), names_of(edits, self.atoms)
        self._undefined = {
            edit.path: _undefined(edit.path, edit.before) | _undefined(edit.path, edit.after) for edit in edits
        }
        built = max(1, sum(len(edit.after) for edit in edits))
        self._builds_left = min(_MOST_BUILDS, _MOST_BYTES_BUILT // built)

    @property
    def size(self) -> int:
        """How many changed lines it is."""
        return sum(atom.size for atom in self.atoms)

    @property
    def hunks(self) -> list[Kept]:
        """The atoms of each hunk."""
        numbers = sorted({atom.hunk for atom in self.atoms})
        return [frozenset(atom for atom in self.atoms if atom.hunk == number) for number in numbers]

    @property
    def singles(self) -> list[Kept]:
        """Each atom alone; none of a change that has very many."""
        return [frozenset({atom}) for atom in self.atoms] if len(self.atoms) <= _MOST_ATOMS else []

    def may_be_layout(self, atoms: Collection[Atom]) -> bool:
        """Whether these atoms, if any, hold the same signs on both sides, but for those that layout plays with."""
        ordered = sorted(atoms, key=lambda atom: atom.new)
        before, after = (b"".join(self._signs[atom][side] for atom in ordered) for side in (0, 1))
        return bool(atoms) and before == after and all(is_python(atom.path) for atom in atoms)

    def build(self, kept: Collection[Atom]) -> tuple[FileEdit, ...]:
        """Return the edits that are made of these atoms."""
        built = []
        for edit in self.edits:
            own = [atom for atom in self.atoms if atom.path == edit.path]
            after = without(edit, own, kept)
            if after != (edit.before or b""):
                built.append(replace(edit, after=after))
        return tuple(built)

    def closed(self, kept: Kept) -> Kept | None:
        """Leave out what cannot stay without what was left out; None when there is nothing whole between."""
        while self._builds_left > 0:
            gone = [atom for atom in self.atoms if atom not in kept]
            falling = {partner for atom in gone for partner in self._partners[atom]}
            if falling & kept:
                kept -= falling
                continue
            self._builds_left -= 1
            complaint = self._complaint(kept)
            if complaint is None:
                return kept or None
            smaller = kept - complaint
            if smaller == kept:
                return None
            kept = smaller
        return None

    def _complaint(self, kept: Kept) -> set[Atom] | None:
        """Return atoms that may be why a part does not compile or lacks a name, if any; None if it is well."""
        for edit in self.edits:
            own = [atom for atom in self.atoms if atom.path == edit.path]
            if not is_python(edit.path) or isinstance(parsed(edit.after), SyntaxError):
                continue
            data = without(edit, own, kept)
            if isinstance(parsed(data), SyntaxError):
                torn = {atom.hunk for atom in own if atom not in kept}
                return {atom for atom in own if atom.hunk in torn}
            if missing := _undefined(edit.path, data) - self._undefined[edit.path]:
                return {atom for atom in own if missing & self._names[atom]}
        return None


class _Search:
    """ddmin, with what it has kept so far and what it may still spend."""

    def __init__(
        self,
        change: _Change,
        holds: Callable[[tuple[FileEdit, ...]], bool],
        admissible: Callable[[tuple[FileEdit, ...]], bool],
        most: int,
    ) -> None:
        self._change = change
        self._holds = holds
        self._admissible = admissible
        self._left = most
        self._seen: set[Kept] = set()
        self.kept: Kept = frozenset(change.atoms)
        self.runs = 0

    def leave_out_layout(self) -> None:
        """Leave out what only changes comments and layout: Python's syntax tree is the same without it."""
        meaning = _meaning(self._change.build(self.kept))
        for group in (*self._change.hunks, *self._change.singles):
            smaller = self._change.closed(self.kept - group) if self._change.may_be_layout(group & self.kept) else None
            if smaller and _meaning(self._change.build(smaller)) == meaning:
                self.kept = smaller

    def ddmin(self, groups: Sequence[Kept]) -> None:
        """Keep the fewest groups that hold together; one of them left, or no run left, ends it."""
        units = self._remaining(groups)
        parts = 2
        while len(units) > 1 and self._left > 0:
            chunks = [units[len(units) * n // parts : len(units) * (n + 1) // parts] for n in range(parts)]
            if any(self._keeps(chunk) for chunk in chunks):
                parts = 2
            elif parts > 2 and any(self._keeps(_others(chunks, chunk)) for chunk in chunks):  # noqa: PLR2004 - halves are each other's complement
                parts = max(parts - 1, 2)
            elif parts >= len(units):
                return
            else:
                parts = min(2 * parts, len(units))
            units = self._remaining(groups)
            parts = min(parts, max(len(units), 2))

    def _remaining(self, groups: Sequence[Kept]) -> list[Kept]:
        return [group & self.kept for group in groups if group & self.kept]

    def _keeps(self, units: Iterable[Kept]) -> bool:
        """Try to do with these units alone; if it holds, that is what is kept from now on."""
        candidate = self._change.closed(self.kept.intersection(frozenset().union(*units)))
        if candidate is None or candidate == self.kept or candidate in self._seen or self._left <= 0:
            return False
        self._seen.add(candidate)
        edits = self._change.build(candidate)
        if not edits or not self._admissible(edits):
            return False
        self._left -= 1
        self.runs += 1
        if not self._holds(edits):
            return False
        self.kept = candidate
        return True


def _others(chunks: Sequence[Sequence[Kept]], chunk: Sequence[Kept]) -> list[Kept]:
    return [unit for other in chunks if other is not chunk for unit in other]


def _undefined(path: str, data: bytes | None) -> frozenset[str]:
    tree = parsed(data) if data is not None and is_python(path) else None
    if data is None or not isinstance(tree, ast.Module):
        return frozenset()
    return undefined_names(data.decode("utf-8", "replace"), tree)


def _meaning(edits: Sequence[FileEdit]) -> list[tuple[str, str]]:
    """Return what the edits come to, layout and comments of Python files apart."""
    told = []
    for edit in edits:
        after, before = _told(edit.path, edit.after), _told(edit.path, edit.before)
        if after != before:
            told.append((edit.path, after))
    return told


def _told(path: str, data: bytes | None) -> str:
    tree = parsed(data) if data is not None and is_python(path) else None
    text = dumped(tree) if isinstance(tree, ast.Module) else None
    return text or (data or b"").decode("latin-1")
