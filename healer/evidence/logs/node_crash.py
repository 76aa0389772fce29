"""What a script leaves when an exception ends Node: the place, the line of code, and the error with its stack."""

from __future__ import annotations

import re

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import TEXT_CHARACTERS
from healer.evidence.logs.blocks import last_match, placed, said, thrown
from healer.evidence.logs.traceback_output import SCRIPT
from healer.evidence.paths import is_foreign
from healer.models.evidence import CaseOutcome, Failure, Tally

_VERSION = "\nNode.js v"
_PLACE = re.compile(
    r"^(file:///\S{1,1024}|(?:/|[A-Za-z]:\\)[^\n:]{1,1024}|node:[\w/]{1,200}):"
    r"(\d{1,9})\n[^\n]{0,4096}\n\s{0,4096}\^+\n",
    re.MULTILINE,
)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the last script's death as a failure with id `script`."""
    end = text.rfind(_VERSION)
    start = max(0, end - TEXT_CHARACTERS)
    place = last_match(_PLACE, text[start:end]) if end >= 0 else None
    if place is None:
        return ()
    body = text[start:end][place.start() :].strip("\n")
    error = body[place.end() - place.start() :].lstrip("\n")
    message = said(error)
    frames = parse_frames(body)  # of a syntax error, the place above tells the file, and the stack only its loader
    file, line = placed(None, error) if is_foreign(place[1]) else (place[1], int(place[2]))
    return (
        failure_of(
            CaseOutcome.ERROR,
            name=SCRIPT,
            file=file,
            line=line,
            type_name=thrown(message),
            message=message,
            text=body,
            frames=frames,
        ),
    )


def tally(_text: str) -> tuple[int, Tally] | None:
    """Return None: a script counts nothing."""
    return None
