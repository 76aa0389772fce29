"""What one line of a trace says: where a frame lies, or what it means for the frames around it."""

from __future__ import annotations

import enum
from typing import NamedTuple

from healer.models.evidence import StackFrame

FUNCTION_CHARACTERS = 300
DIGITS = 9
"""Of a line number; whatever is longer is something else."""


class Kind(enum.Enum):
    """What a line is for."""

    OUTWARD = enum.auto()
    """A frame of a language that prints the outermost caller first, or one that stands for itself."""
    INWARD = enum.auto()
    """A frame of a language that prints the innermost frame first, with something more to it (see `Mark`)."""
    HEADING = enum.auto()
    """Where it was raised, printed above its stack; the stack often names the same place again."""
    LATER = enum.auto()
    """A frame that pytest shows before the frame that led to it."""
    LINK = enum.auto()
    """Between two exceptions of a chain."""
    GOROUTINE = enum.auto()
    """The head of a goroutine; the first is the one that failed."""
    ASIDE = enum.auto()
    """What follows is not how it came to the failure: another thread, an earlier allocation, a suppressed exception."""
    DEFINITION = enum.auto()
    """Source that begins a function, displayed above its frame."""
    BREAK = enum.auto()
    """Ends what a displayed definition covers."""
    FILE = enum.auto()
    """Names a file whose line comes on a line of its own."""
    LINE = enum.auto()
    """Names the line in the file named before."""


_OUTWARD, _BREAK = Kind.OUTWARD, Kind.BREAK


class Mark(NamedTuple):
    """What one line says.

    `calls` is the function that is called at the place, which names the function that the frame inside lies in.
    `is_named_above` tells that lines before may name the function. `is_first` begins a new stack.
    """

    kind: Kind
    frame: StackFrame | None = None
    name: str | None = None
    calls: str | None = None
    is_named_above: bool = False
    is_first: bool = False
    indent: int = 0


Said = Mark | StackFrame
"""What one line says; a bare frame is one of a language that prints the innermost first, the commonest of all."""


def place(file: str, line: str, function: str | None = None) -> StackFrame | None:
    """Return the frame, or None of code without a file (`<string>`) and of numbers that are none."""
    file = file.strip()
    if not file or file[0] == "<" or not line.isdecimal() or len(line) > DIGITS:
        return None
    name = function.strip()[:FUNCTION_CHARACTERS] if function else ""
    return StackFrame(file, int(line), name or None)


def outward(file: str, line: str, function: str | None = None) -> Mark:
    """Return the mark of a frame that stands in the order of the text."""
    return Mark(_OUTWARD if (frame := place(file, line, function)) else _BREAK, frame)


def inward(file: str, line: str, function: str | None = None, *, is_first: bool = False) -> Said:
    """Return a frame of a stack that is printed innermost first."""
    frame = place(file, line, function)
    return frame if frame and not is_first else Mark(Kind.INWARD, frame, is_first=is_first)


def heading(file: str, line: str, function: str | None = None) -> Mark | None:
    """Return the mark of a place that is printed above its stack."""
    frame = place(file, line, function)
    return Mark(Kind.HEADING, frame) if frame else None
