"""From what the lines of a trace say to its frames in order, the outermost caller first."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

from healer.evidence.stacks.lines import function_named
from healer.evidence.stacks.marks import Kind, Mark, Said, place
from healer.models.evidence import StackFrame

if TYPE_CHECKING:
    from collections.abc import Sequence

_OUTWARD = Kind.OUTWARD
_INWARD = Kind.INWARD
_HEADING = Kind.HEADING
_DEFINITION = Kind.DEFINITION
_BREAK = Kind.BREAK
# Up to Python 3.11 a member costs more to look up than all else that is done with most marks.


class Trace:
    """The frames so far. `run` is one stack that is printed innermost first; it is turned round at its end."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.run: list[Said] = []
        self._lines = lines
        self._frames: list[StackFrame] = []
        self._before: list[StackFrame] = []
        self._into = self._frames
        self._aside_indent = 0
        self._has_goroutine = False
        self._displayed: str | None = None
        self._later: list[StackFrame] = []
        self._labelled: Mark | None = None

    def take(self, mark: Mark, number: int) -> None:
        """Add what the line of that index says that is more than a bare frame."""
        kind = mark.kind
        if kind is _DEFINITION:
            self._displayed = self._displayed or mark.name
        elif kind is _BREAK:
            self._displayed = None
        elif kind is _OUTWARD and mark.frame:
            if self.run:
                self._turn()
            is_displayed = mark.is_named_above and self._displayed
            self._into.append(_renamed(mark.frame, self._displayed) if is_displayed else mark.frame)
            self._displayed = None
            if self._later:
                self._end_later()
        elif kind is _INWARD:
            if mark.is_first:
                self._turn_unless_heading()
            if mark.is_named_above and mark.frame:
                above = self._lines[number - 1] if number else ""
                self.run.append(_renamed(mark.frame, function_named(above, mark.frame.file)))
            else:
                self.run.append(mark)
        elif kind is _HEADING:
            self._turn()
            self.run.append(mark)
        else:
            self._take_rarer(mark)

    def frames(self) -> list[StackFrame]:
        """Return all frames, what is not on the way to the failure first."""
        self._turn()
        self._end_later()
        return self._before + self._frames

    def _take_rarer(self, mark: Mark) -> None:
        kind = mark.kind
        if kind is Kind.LATER and mark.frame:
            self._later.append(mark.frame)
        elif kind is Kind.FILE:
            self._labelled = mark
        elif kind is Kind.LINE:
            label, self._labelled = self._labelled, None
            if label and (frame := place(label.name or "", mark.name or "", label.calls)):
                self._turn()
                self._into.append(frame)
        elif kind is Kind.ASIDE or (kind is Kind.GOROUTINE and self._has_goroutine):
            self._turn()
            self._into, self._aside_indent = self._before, mark.indent
        elif kind in {Kind.LINK, Kind.GOROUTINE}:
            self._turn_unless_heading()
            self._has_goroutine = kind is Kind.GOROUTINE
            if not mark.indent or mark.indent < self._aside_indent:
                self._into = self._frames

    def _turn_unless_heading(self) -> None:
        if self.run and not _is_heading(self.run[-1]):
            self._turn()

    def _turn(self) -> None:
        if self.run:
            self._into.extend(reversed(_resolved(self.run)))
            self.run.clear()

    def _end_later(self) -> None:
        if self._later:
            self._into.extend(self._later)
            self._later.clear()


def _resolved(run: list[Said]) -> Sequence[StackFrame]:
    """Name each place after the function that the next line calls; leave a heading out that the stack repeats."""
    stack = [said for said in run if not isinstance(said, Mark)]
    if len(stack) == len(run):
        return stack
    stack.extend(said.frame for said in run if isinstance(said, Mark) and said.frame and not _is_heading(said))
    frames = []
    for said, outer in itertools.zip_longest(run, run[1:]):
        frame = said.frame if isinstance(said, Mark) else said
        if frame is None or (_is_heading(said) and any(_is_same(frame, other) for other in stack)):
            continue
        calls = outer.calls if isinstance(outer, Mark) else None
        frames.append(frame if frame.function or not calls else _renamed(frame, calls))
    return frames


def _is_heading(said: Said) -> bool:
    return isinstance(said, Mark) and said.kind is _HEADING


def _is_same(one: StackFrame, other: StackFrame) -> bool:
    return one.line == other.line and f"/{other.file}".endswith(f"/{one.file.removeprefix('./')}")


def _renamed(frame: StackFrame, function: str | None) -> StackFrame:
    return _frame(frame.file, frame.line, function)


_frame = functools.lru_cache(maxsize=2048)(StackFrame)
