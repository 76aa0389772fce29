"""Stack frames from the text of a trace, in linear time, whatever the language.

What each language prints is in `stacks`. Failures share most of their frames, so what a line says is remembered.
"""

from __future__ import annotations

import functools
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

_remembered = functools.lru_cache(maxsize=_REMEMBERED_LINES)(marked)


def parse_frames(text: str) -> tuple[StackFrame, ...]:
    """Return the frames of a trace from the outermost caller to where the exception was raised.

    Chained causes stay in the order of the text. Languages that print the innermost frame first are turned round,
    each exception of a chain for itself. What is not on the way to the failure (other threads, earlier allocations,
    suppressed exceptions) comes before it. Code without a file (`<string>`, `<frozen …>`) is left out. At most FRAMES
    frames: half of them from the outermost end, half from the innermost.
    """
    lines = text.splitlines()
    is_ordinary = max(map(len, lines), default=0) <= _REMEMBERED_CHARACTERS
    trace = Trace()
    add = trace.run.append
    for number, said in enumerate(map(_remembered if is_ordinary else _said, lines)):
        if said is None:
            continue
        if isinstance(said, StackFrame):
            add(said)
        else:
            trace.take(said, lines[number - 1] if number else "")
    frames, half = trace.frames(), FRAMES // 2
    return tuple(frames if len(frames) <= FRAMES else [*frames[:half], *frames[-half:]])


def without_causes(text: str) -> str:
    """Return a trace up to the causes that it is chained to, where its language prints them below it."""
    cause = _CAUSE.search(text)
    return text[: cause.start()] if cause else text


def _said(line: str) -> Said | None:
    return _remembered(line) if len(line) <= _REMEMBERED_CHARACTERS else marked(line[:LINE_CHARACTERS])
