"""Recent changes in pieces that can be put back, one by one or together, and the least of them that matters.

The search is delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", TSE 2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.hunks import History, concerned, split_lines
from healer.localization.pysource import SourceIndex
from healer.models.change import FileEdit
from healer.models.code import ChangedRange
from healer.patches.diff import opcodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from healer.models.code import Commit
    from healer.ports import SourceTree

MOST_PIECES = 256
"""Of one change; a larger one is a reformatting or an import of foreign code, which no search takes apart."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines `start` to `end` (0-based, exclusive) of the base's file, and what stood in their place before."""

    path: str
    start: int
    end: int
    earlier: tuple[str, ...]

    def in_base(self, base: SourceTree) -> ChangedRange:
        """Return the lines of the base that it concerns."""
        line, end_line = concerned(self.start, self.end, len(split_lines(base.read(self.path))))
        return ChangedRange(self.path, line, end_line, self.earlier, self.start if self.start == self.end else None)


def of_commit(commits: Sequence[Commit], age: int, base: SourceTree) -> tuple[Piece, ...]:
    """Return what one commit changed in the code, where that stands in the base as the commit wrote it."""
    history = History(commits)
    found = []
    for hunk in commits[age].hunks:
        if not layout.is_source(hunk.path) or hunk.path not in base.paths:
            continue
        start = history.place(hunk, age, split_lines(base.read(hunk.path)))
        if start is not None:
            found.append(Piece(hunk.path, start, start + len(hunk.new_lines), hunk.old_lines))
    return tuple(_without_tests(found, base))


def since(earlier: SourceTree, base: SourceTree, paths: Sequence[str]) -> tuple[Piece, ...]:
    """Return the whole difference of some files of code between an earlier tree and the base."""
    found = []
    for path in paths:
        if not layout.is_source(path) or path not in base.paths or path not in earlier.paths:
            continue
        now, before = split_lines(base.read(path)), split_lines(earlier.read(path))
        for tag, start, end, first, last in opcodes(now, before):
            if tag != "equal":
                found.append(Piece(path, start, end, tuple(before[first:last])))
    return tuple(_without_tests(found, base))


def _without_tests(pieces: Sequence[Piece], base: SourceTree) -> Iterator[Piece]:
    """Yield what is no part of a test that stands in a file of code: tests stay those of the base."""
    index = SourceIndex(base)
    yield from (piece for piece in pieces if not index.touches_test(piece.path, piece.start, piece.end))


def lost(earlier: SourceTree, base: SourceTree, paths: Sequence[str]) -> tuple[FileEdit, ...]:
    """Return the files of code that are gone since, as edits that bring them back."""
    return tuple(
        FileEdit(path, None, earlier.read(path))
        for path in paths
        if layout.is_source(path) and path in earlier.paths and path not in base.paths
    )


def put_back(pieces: Sequence[Piece], base: SourceTree) -> tuple[FileEdit, ...]:
    """Return the edits that undo some pieces, which do not overlap."""
    by_path: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_path.setdefault(piece.path, []).append(piece)
    edits = []
    for path, own in by_path.items():
        before = base.read(path)
        lines = split_lines(before)
        for piece in sorted(own, key=lambda one: (one.start, one.end), reverse=True):
            lines[piece.start : piece.end] = piece.earlier
        edits.append(FileEdit(path, before, "".join(lines).encode("utf-8", "surrogateescape")))
    return tuple(edits)


def least(pieces: Sequence[Piece], holds: Callable[[Sequence[Piece]], bool]) -> tuple[Piece, ...]:
    """Return a part of the pieces for which `holds` is true and of which no single piece can be left out.

    `holds` is known to be true of all of them. It may raise StopSearch when enough was spent: then the smallest part
    found so far is returned.
    """
    kept = list(pieces)
    parts = 2
    try:
        while len(kept) >= 2:  # noqa: PLR2004 - one piece is as few as there can be
            for chosen in _candidates(kept, min(parts, len(kept))):
                if holds(chosen):
                    parts = 2 if len(chosen) <= len(kept) // parts + 1 else max(parts - 1, 2)
                    kept = list(chosen)
                    break
            else:
                if parts >= len(kept):
                    break
                parts *= 2
    except StopSearch:
        pass
    return tuple(kept)


class StopSearch(Exception):  # noqa: N818 - an end is not always an error
    """No more runs are to be had."""


def _candidates(pieces: Sequence[Piece], parts: int) -> Iterator[list[Piece]]:
    """Yield each of so many parts alone, then all but each."""
    size, left = divmod(len(pieces), parts)
    cuts = [0]
    for number in range(parts):
        cuts.append(cuts[-1] + size + (number < left))
    yield from (list(pieces[first:last]) for first, last in pairwise(cuts))
    if parts > 2:  # noqa: PLR2004 - of two parts, each is what remains without the other
        yield from ([*pieces[:first], *pieces[last:]] for first, last in pairwise(cuts))
