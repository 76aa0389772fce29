"""Stack frames from the text of a trace, in linear time, whatever the language.

What each language prints is in `stacks`. Failures share most of their frames, so what a line says is remembered.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from healer.evidence.limits import FRAMES, LINE_CHARACTERS
from healer.evidence.stacks.lines import marked
from healer.evidence.stacks.trace import Trace
from healer.models.evidence import StackFrame

if TYPE_CHECKING:
    from healer.evidence.stacks.marks import Said

_CAUSE = re.compile(r"^\s{0,40}(?:Caused by\b|Cause:|\[cause\]: |# -{3,9} Caused by: )", re.MULTILINE)
_REMEMBERED_CHARACTERS = 300
_REMEMBERED_LINES = 4096


class _Remembered(dict[str, "Said | None"]):
    """What each line says. Lines that were not met again while as many others came are forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self._older: dict[str, Said | None] = {}

    def __missing__(self, line: str) -> Said | None:
        if len(line) > _REMEMBERED_CHARACTERS:
            return marked(line[:LINE_CHARACTERS])
        older = self._older
        said = older[line] if line in older else marked(line)
        if len(self) >= _REMEMBERED_LINES:
            self._older = self.copy()
            self.clear()
        self[line] = said
        return said


_said = _Remembered().__getitem__


def parse_frames(text: str) -> tuple[StackFrame, ...]:
    """Return the frames of a trace from the outermost caller to where the exception was raised.

    Chained causes stay in the order of the text. Languages that print the innermost frame first are turned round,
    each exception of a chain for itself. What is not on the way to the failure (other threads, earlier allocations,
    suppressed exceptions) comes before it. Code without a file (`<string>`, `<frozen …>`) is left out. At most FRAMES
    frames: half of them from the outermost end, half from the innermost.
    """
    lines = text.splitlines()
    said_by_lines = [*map(_said, lines)]
    trace = Trace(lines)
    add = trace.run.append
    for number, said in itertools.compress(enumerate(said_by_lines), said_by_lines):
        if isinstance(said, StackFrame):
            add(said)
        elif said:
            trace.take(said, number)
    frames, half = trace.frames(), FRAMES // 2
    return tuple(frames if len(frames) <= FRAMES else [*frames[:half], *frames[-half:]])


def without_causes(text: str) -> str:
    """Return a trace up to the causes that it is chained to, where its language prints them below it."""
    cause = _CAUSE.search(text) if "ause" in text else None
    return text[: cause.start()] if cause else text
