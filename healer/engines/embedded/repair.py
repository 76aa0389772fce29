"""What a template answers: byte-exact splices and, in words, what was wrong and what was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer import layout
from healer.models.change import FileEdit

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from healer.localization.pysource import PythonModule, SourceIndex


@dataclass(frozen=True, slots=True)
class Splice:
    """Bytes to stand in place of `path`'s bytes from `start` to `end` (exclusive); equal ends insert."""

    path: str
    start: int
    end: int
    replacement: bytes


@dataclass(frozen=True, slots=True)
class Repair:
    """One possible repair; `likelihood` in 0..1 orders the repairs of one family and is claimed as confidence."""

    splices: tuple[Splice, ...]
    cause: str
    strategy: str
    likelihood: float


def shown(module: PythonModule, node: ast.expr) -> str:
    """Return an expression as its file has it, on one line and cut to a readable length."""
    return " ".join(module.segment(node).decode("utf-8", "replace").split())[:80]


def edits_of(repair: Repair, index: SourceIndex) -> tuple[FileEdit, ...] | None:
    """Apply a repair, or return None when it changes nothing, overlaps itself, or touches more than source files."""
    by_path: dict[str, list[Splice]] = {}
    for splice in repair.splices:
        by_path.setdefault(splice.path, []).append(splice)
    edits = []
    for path, splices in sorted(by_path.items()):
        before = index.read(path)
        after = spliced(before or b"", splices)
        if after is None or not layout.is_source(path):
            return None
        if after != before:
            edits.append(FileEdit(path, before, after))
    return tuple(edits) or None


def spliced(data: bytes, splices: Sequence[Splice]) -> bytes | None:
    """Return the data with all splices applied, or None when two of them overlap."""
    pieces, at = [], 0
    for splice in sorted(splices, key=lambda item: (item.start, item.end)):
        if splice.start < at or splice.end < splice.start or splice.end > len(data):
            return None
        pieces += [data[at : splice.start], splice.replacement]
        at = splice.end
    return b"".join([*pieces, data[at:]])
