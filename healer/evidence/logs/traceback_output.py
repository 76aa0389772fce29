"""What a Python program leaves when it dies: the traceback that ended it with its causes, or the stack of a crash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.exceptions import final_exception
from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import TEXT_CHARACTERS
from healer.evidence.paths import is_foreign
from healer.evidence.wording import first_paragraph
from healer.models.evidence import CaseOutcome, Failure, StackFrame

if TYPE_CHECKING:
    from collections.abc import Iterable

SCRIPT = "script"
"""The id of a program that died by an exception; it is its own only test case."""

_TRACEBACK = "Traceback (most recent call last):"
_GROUP_MARGIN = re.compile(r"^ {0,200}[|+](?:[-+][-+ \d]{0,200}$| |$)", re.MULTILINE)
_CHAINED = re.compile(
    r"\n(?:During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:)\n\s*\Z"
)
_FATAL = re.compile(r"Fatal Python error: (.{1,300})")
_CURRENT = "Current thread 0x"
_DUMPED = re.compile(r'^ {2}File "([^"\n]{1,1024})", line (\d{1,9}) in (.{1,300})$', re.MULTILINE)
_SYNTAX = re.compile(r'^ {2}File "[^"\n]{1,1024}", line \d{1,9}\n(?:[^\n]{0,4096}\n){1,3}\w{1,60}Error: ', re.MULTILINE)


def died(text: str) -> Failure | None:
    """Read the last traceback in clean output, as one failure with id `script`; None when there is none."""
    trace = _last_traceback(text)
    if trace is None:
        return fatal(text, SCRIPT)
    trace = without_margins(trace)
    kind, message = final_exception(trace)
    if kind is None:
        return None
    frames = parse_frames(trace)
    return Failure(
        id=SCRIPT,
        name=SCRIPT,
        kind=CaseOutcome.ERROR,
        file=frames[-1].file if frames else None,
        line=(frames[-1].line or None) if frames else None,
        type=kind,
        message=first_paragraph(message),
        text=trace,
        frames=frames,
    )


def without_margins(trace: str) -> str:
    """Return a trace without the bars and rules that draw the tree of an exception group."""
    return _GROUP_MARGIN.sub("", trace) if "Exception Group " + _TRACEBACK in trace else trace


def fatal(text: str, identity: str) -> Failure | None:
    """Read the last `Fatal Python error` and the stack that faulthandler printed of it; None when there is none.

    The failure has the id given; where that names no test, it is the test function in the stack that tells more.
    """
    matches = list(_FATAL.finditer(text))
    if not matches:
        return None
    end = min(len(text), matches[-1].start() + TEXT_CHARACTERS)
    dump = text[matches[-1].start() : end]
    current = dump.find(_CURRENT)
    stack = dump[max(current, 0) :].partition("\n\n")[0]
    innermost_first = [StackFrame(file, int(line), name) for file, line, name in _DUMPED.findall(stack)]
    frames = tuple(reversed([frame for frame in innermost_first if not frame.file.startswith("<")]))
    if "::" not in identity:
        identity = test_in(reversed(frames)) or identity
    kind = matches[-1][1].strip()
    return failure_of(
        CaseOutcome.ERROR,
        name=identity.rpartition("::")[2],
        suite=identity.rpartition("::")[0],
        identity=identity,
        type_name=kind,
        message=f"Fatal Python error: {kind}",
        text=f"{matches[-1][0]}\n\n{stack}",
        frames=frames,
    )


def test_in(innermost_first: Iterable[StackFrame]) -> str | None:
    """Return the node id of the test function that a stack tells to have been running, as far as a stack tells it."""
    for frame in innermost_first:
        if frame.function and frame.function.startswith("test") and not is_foreign(frame.file):
            return f"{frame.file}::{frame.function}"
    return None


def _last_traceback(plain: str) -> str | None:
    start = plain.rfind(_TRACEBACK)
    if start < 0:
        matches = list(_SYNTAX.finditer(plain))
        if not matches:
            return None
        start = matches[-1].start()
    else:
        start = plain.rfind("\n", 0, start) + 1
    end = min(len(plain), start + TEXT_CHARACTERS)
    floor = max(0, start - TEXT_CHARACTERS)
    while start > floor and _CHAINED.search(plain, max(floor, start - 200), start):
        earlier = plain.rfind(_TRACEBACK, floor, start)
        if earlier < 0:
            break
        start = plain.rfind("\n", 0, earlier) + 1
    return plain[start:end]
