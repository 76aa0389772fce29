"""What a script leaves when an exception or a syntax error ends Ruby."""

from __future__ import annotations

import re

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import LINE_CHARACTERS, TEXT_CHARACTERS
from healer.evidence.logs.blocks import own_frame
from healer.evidence.logs.traceback_output import SCRIPT
from healer.evidence.wording import first_paragraph
from healer.models.evidence import CaseOutcome, Failure, Tally

_DEATH = re.compile(
    r"(?=.{0,4096}\([A-Z][\w:]{1,200}\)$)"
    r"(<internal:[^>\n]{1,300}>|[^\s:][^:\n]{0,1023}):(\d{1,9}):in [`'][^\n]{1,300}?': (.{0,3000}?) \("
    r"([A-Z][\w:]{1,200})\)$"
)
_SYNTAX = re.compile(r"(\S[^:\n]{0,1023}\.rb|-e):(\d{1,9}): (?:syntax errors?\b.{0,2000}|.{0,1000}\(SyntaxError\))$")
_FROM = re.compile(r"\s{1,8}from \S")
_MESSAGE_LINES = 40


def failures(text: str) -> tuple[Failure, ...]:
    """Return the last script's death as a failure with id `script`; of chained exceptions, the outermost."""
    if ":in `" not in text and ":in '" not in text and "syntax error" not in text and "SyntaxError" not in text:
        return ()
    lines = [line[:LINE_CHARACTERS] for line in text.splitlines()]
    trace: list[str] = []
    death: re.Match[str] | None = None
    last = -_MESSAGE_LINES
    for number, line in enumerate(lines):
        if match := _DEATH.match(line) or _SYNTAX.match(line):
            if death is None or number - last > _MESSAGE_LINES or not _FROM.match(lines[number - 1]):
                death, trace = match, []
            trace.append(line)
            last = number
        elif death and _FROM.match(line) and number - last <= _MESSAGE_LINES:
            trace.extend(lines[last + 1 : number + 1])
            last = number
    if death is None or (death.re is _DEATH and not any(map(_FROM.match, trace)) and "<main>" not in death[0]):
        return ()
    if death.re is _SYNTAX:
        trace.extend(lines[last + 1 : last + 4])
    body = "\n".join(trace)[:TEXT_CHARACTERS]
    frames = parse_frames(body)
    first = next((n for n, line in enumerate(trace) if n and _DEATH.match(line)), len(trace))
    own = own_frame(parse_frames("\n".join(trace[:first]))) or own_frame(frames)
    is_syntax = death.re is _SYNTAX
    return (
        failure_of(
            CaseOutcome.ERROR,
            name=SCRIPT,
            file=death[1] if is_syntax else (own.file if own else None),
            line=int(death[2]) if is_syntax else (own.line if own else None),
            type_name="SyntaxError" if is_syntax else death[4],
            message=first_paragraph(death[0].partition(": ")[2] if is_syntax else death[3]),
            text=body,
            frames=frames,
        ),
    )


def tally(_text: str) -> tuple[int, Tally] | None:
    """Return None: a script counts nothing."""
    return None
