"""Going along a file and a hunk at once, past at most one fault in its context."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from healer.patches.spots import indentation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FAREST = 400
"""How many lines dots can stand for."""
_MOST_STEPS = 200_000
_MISTYPED = 0.8
_LONGEST_LINE = 400
_NOWHERE = -1

_Path = tuple[tuple[int | None, ...], int]
"""Where lines stand in the order they were passed (None: dots), and how many faults there were."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A hunk's old lines, compared without trailing space, and what is known of them."""

    lines: tuple[str, ...]
    dots: frozenset[int]
    cores: tuple[range, ...]
    """Each change with the line above and the line below, where there is one; nothing may come between its lines."""
    at_top: bool = False
    at_bottom: bool = False
    """Whether lines are added before the first, or behind the last, so that only the file's own rim can hold them."""

    @property
    def solid(self) -> int:
        """How many lines there are beside dots."""
        return len(self.lines) - len(self.dots)


@dataclass(frozen=True, slots=True)
class Fit:
    """Where each old line stands in the file (None: dots, or not as it is written), and how many are as written."""

    at: tuple[int | None, ...]
    matched: int


class Walk:
    """All ways in which a hunk can stand around the place of its first change, found in a bounded number of steps."""

    def __init__(self, keys: Sequence[str], wanted: Wanted) -> None:
        self._keys = keys
        self._wanted = wanted
        self._held = frozenset(index for core in wanted.cores for index in core)
        self._joined = frozenset(index for core in wanted.cores for index in core[1:])
        self._steps = 0

    @property
    def is_exhausted(self) -> bool:
        """Whether there were more steps to take than are taken, so that something may not have been found."""
        return self._steps > _MOST_STEPS

    def fits(self, anchor: int) -> Iterator[Fit]:
        """Yield how the hunk can stand when its first change, neighbours included, begins at this line."""
        core = self._wanted.cores[0]
        downwards = list(self._paths(core.stop, anchor + len(core), 1, 1))
        upwards = list(self._paths(core.start - 1, anchor - 1, -1, 1)) if downwards else []
        for up, up_faults in upwards:
            for down, down_faults in downwards:
                if up_faults + down_faults <= 1:
                    at = (*reversed(up), *range(anchor, anchor + len(core)), *down)
                    matched = sum(
                        position is not None and self._keys[position] == line
                        for position, line in zip(at, self._wanted.lines, strict=True)
                    )
                    if self._is_held(at):
                        yield Fit(at, matched)

    def _is_held(self, at: tuple[int | None, ...]) -> bool:
        return (not self._wanted.at_top or at[0] == 0) and (not self._wanted.at_bottom or at[-1] == len(self._keys) - 1)

    def _paths(self, index: int, position: int, step: int, faults: int) -> Iterator[_Path]:
        """Yield the ways on from a line of the hunk and a line of the file, with at most so many faults."""
        wanted, keys = self._wanted, self._keys
        at: list[int | None] = []
        while 0 <= index < len(wanted.lines):
            self._steps += 1
            if self.is_exhausted:
                return
            if index in wanted.dots:
                yield from self._beyond_dots(at, index, position, step, faults)
                return
            line = keys[position] if 0 <= position < len(keys) else None
            if line != wanted.lines[index]:
                if faults and line is not None:
                    yield from self._past_fault(at, index, position, step)
                return
            at.append(position)
            index, position = index + step, position + step
        yield tuple(at), 0

    def _past_fault(self, at: list[int | None], index: int, position: int, step: int) -> Iterator[_Path]:
        """Go on where the hunk lacks a line of the file, or where its line is one of the file, mistyped."""
        if index not in self._joined and not self._slides_into_change(index, position, step):
            for rest, _ in self._paths(index, position + step, step, 0):
                yield (*at, *rest), 1
        if index not in self._held and _is_mistyped(self._keys[position], self._wanted.lines[index]):
            for rest, _ in self._paths(index + step, position + step, step, 0):
                yield (*at, position, *rest), 1

    def _slides_into_change(self, index: int, position: int, step: int) -> bool:
        """Whether the line of the file that the hunk lacks could as well be missing from inside of a change."""
        lines, behind = self._wanted.lines, index - step
        while 0 <= behind < len(lines) and lines[behind] == self._keys[position]:
            if (behind if step > 0 else behind + 1) in self._joined:
                return True
            behind -= step
        return False

    def _beyond_dots(self, at: list[int | None], index: int, position: int, step: int, faults: int) -> Iterator[_Path]:
        """Go on at the nearest place where the lines beyond the dots stand, or at each where they hold a change."""
        beyond = index + step
        if not 0 <= beyond < len(self._wanted.lines):
            yield (*at, None), 0
            return
        holds_change = step > 0 and any(core.stop > beyond for core in self._wanted.cores)
        stop = min(len(self._keys), position + _FAREST) if step > 0 else max(_NOWHERE, position - _FAREST)
        for start in range(position, stop, step):
            if self._keys[start] != self._wanted.lines[beyond]:
                continue
            for rest, passed in self._paths(beyond, start, step, faults):
                yield (*at, None, *rest), passed
                if not holds_change:
                    return


def _is_mistyped(theirs: str, ours: str) -> bool:
    """Whether two lines of the same indentation differ as by a slip of the keys."""
    if indentation(theirs) != indentation(ours) or max(len(theirs), len(ours)) > _LONGEST_LINE:
        return False
    matcher = SequenceMatcher(None, theirs.strip(), ours.strip())
    return matcher.quick_ratio() >= _MISTYPED and matcher.ratio() >= _MISTYPED
