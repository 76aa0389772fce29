"""What a Java program leaves when it dies: the exception of a thread with its causes."""

from __future__ import annotations

import re

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import TEXT_CHARACTERS
from healer.evidence.logs.blocks import last_match, placed, said
from healer.evidence.logs.traceback_output import SCRIPT
from healer.models.evidence import CaseOutcome, Failure, Tally

_THROWABLE = re.compile(
    r"((?:[a-z_][\w$]{0,100}\.){0,20}[A-Z_][\w$]{0,200}(?:[.$][A-Z][\w$]{0,100}){0,5})(?::(?: |$)|$)"
)
_THREAD = re.compile(r'^Exception in thread "[^"\n]{1,200}" (?=[\w.$]{1,300}(?::|$))', re.MULTILINE)
_NO_CLASS = re.compile(
    r"^Error: (?:Could not find or load main class|Unable to initialize main class|LinkageError)[^\n]{0,1000}",
    re.MULTILINE,
)
_STACK = re.compile(r"\s{0,16}(?:at |\.\.\. \d|Caused by: |Suppressed: )")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the last thread's death as a failure with id `script`."""
    died = last_match(_THREAD, text) if 'Exception in thread "' in text else None
    if died:
        trace = _trace(text[died.end() : died.end() + TEXT_CHARACTERS])
        kind, message = described_throwable(trace)
    elif "\nError: " in f"\n{text}" and (died := last_match(_NO_CLASS, text)):
        trace = _trace(text[died.start() : died.start() + TEXT_CHARACTERS])
        kind, message = None, died[0]
    else:
        return ()
    frames = parse_frames(trace)
    file, line = placed(None, trace)
    return (
        failure_of(
            CaseOutcome.ERROR,
            name=SCRIPT,
            file=file,
            line=line,
            type_name=kind,
            message=message,
            text=trace,
            frames=frames,
        ),
    )


def tally(_text: str) -> tuple[int, Tally] | None:
    """Return None: a program counts nothing."""
    return None


def described_throwable(text: str) -> tuple[str | None, str]:
    """Return type and message of the throwable that a trace begins with."""
    lines = text.lstrip().splitlines() or [""]
    match = _THROWABLE.match(lines[0])
    kind = match[1] if match else None
    words = "\n".join([lines[0][match.end() :] if match else lines[0], *lines[1:]])
    return kind, said(words, _STACK) or (kind or "")


def _trace(text: str) -> str:
    """Return the lines of one trace: a message may have several, what follows the last frame belongs to others."""
    lines = text.splitlines()
    last = 0
    for number, line in enumerate(lines):
        if _STACK.match(line):
            last = number
        elif not line.strip() or number - last > _MESSAGE_LINES:
            break
    return "\n".join(lines[: last + 1])


_MESSAGE_LINES = 20
