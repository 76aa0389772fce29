"""Whether a change is made of what was proposed, at the places where it was proposed, and of nothing else."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from healer.patches.atoms import atoms_of, split_lines
from healer.patches.diff import opcodes
from healer.patches.unwrap import unwrapped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from healer.models.change import FileEdit

_MOST_STATES = 1_000_000
"""Ways to read one file as parts of proposals that are followed; ordinary changes take as many as they have lines."""

_ANY = -1

Splice = tuple[int, int, list[bytes]]
"""A half-open range of the base's lines and what stands in its place."""


def is_covered(change: Collection[FileEdit], candidates: Collection[Collection[FileEdit]]) -> bool:
    """Whether every file is the base with parts of candidates in it: what a proof needs of them, or some joined.

    A part is a hunk of a candidate, or what minimising can leave of one; nothing else is said to be proposed, least of
    all the same lines in another order, or somewhere else.
    """
    proposed: dict[str, list[FileEdit]] = defaultdict(list)
    for edit in chain.from_iterable(candidates):
        proposed[edit.path].append(edit)
    return all(_is_made_of(edit, proposed[edit.path]) for edit in change)


def _is_made_of(edit: FileEdit, proposed: Sequence[FileEdit]) -> bool:
    if any(edit.after == one.after for one in proposed):
        return True
    whole = (variant for one in proposed for variant in (one, *unwrapped(one)))
    return edit.after != (edit.before or b"") and _can_be_read(edit, list(chain.from_iterable(map(_splices, whole))))


def _splices(edit: FileEdit) -> Iterator[list[Splice]]:
    """Yield a proposed edit in hunks, and in the pieces that can be left out of it one by one; each in order."""
    before, after = split_lines(edit.before), split_lines(edit.after)
    texts = ([line.decode("latin-1") for line in lines] for lines in (before, after))
    yield [(i, j, after[k:m]) for tag, i, j, k, m in opcodes(*texts) if tag != "equal"]
    yield [(*atom.old, after[slice(*atom.new)]) for atom in atoms_of(edit, 0)]


def _can_be_read(edit: FileEdit, ways: Sequence[Sequence[Splice]]) -> bool:
    """Whether the file is the base with some splices made in it; those that meet are of one edit, and each once."""
    base, wanted = split_lines(edit.before), split_lines(edit.after)
    at: dict[int, list[tuple[int, int, int, list[bytes]]]] = defaultdict(list)
    for way, splices in enumerate(ways):
        for number, (start, end, lines) in enumerate(splices):
            at[start].append((way, number, end, lines))
    # Lines of the base that are dealt with, lines of the file that they make, and the last splice if it ends here.
    waiting = [(0, 0, _ANY, _ANY)]
    seen = set(waiting)
    while waiting and len(seen) <= _MOST_STATES:
        here, made, last_way, last = waiting.pop()
        if (here, made) == (len(base), len(wanted)):
            return True
        steps = [
            (end, made + len(lines), way, number)
            for way, number, end, lines in at.get(here, ())
            if last_way in {_ANY, way} and number > last and wanted[made : made + len(lines)] == lines
        ]
        if here < len(base) and base[here : here + 1] == wanted[made : made + 1]:
            steps.append((here + 1, made + 1, _ANY, _ANY))
        waiting += (step for step in steps if step not in seen)
        seen.update(steps)
    return False
