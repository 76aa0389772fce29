"""What a script leaves when a fatal or a parse error ends PHP."""

from __future__ import annotations

import re

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import TEXT_CHARACTERS
from healer.evidence.logs.blocks import last_match
from healer.evidence.logs.traceback_output import SCRIPT
from healer.models.evidence import CaseOutcome, Failure, Tally

_FATAL = re.compile(r"^(?:PHP )?(Fatal|Parse) error: {1,2}(\S[^\n]{0,4096})$", re.MULTILINE)
_UNCAUGHT = re.compile(r"Uncaught ([A-Z_\\][\w\\]{0,300}): ")
_PLACE = re.compile(r"((?:/|[A-Za-z]:[\\/]|phar://).{1,1024}?)(?: on line |:)(\d{1,9})")
_THROWN = re.compile(r"^ {2}thrown in ([^\n]{1,1024}) on line (\d{1,9})$", re.MULTILINE)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the last script's death as a failure with id `script`."""
    fatal = last_match(_FATAL, text) if "Fatal error: " in text or "Parse error: " in text else None
    if fatal is None:
        return ()
    uncaught = _UNCAUGHT.match(fatal[2])
    thrown = _THROWN.search(text, fatal.end(), fatal.end() + TEXT_CHARACTERS) if uncaught else None
    said, _, words = fatal[2].rpartition(" in ")
    place = _PLACE.fullmatch(words) or thrown
    if place is None:
        return ()
    body = text[fatal.start() : thrown.end()] if thrown else fatal[0]
    message = said if place is not thrown else fatal[2]
    return (
        failure_of(
            CaseOutcome.ERROR,
            name=SCRIPT,
            file=place[1],
            line=int(place[2]),
            type_name=uncaught[1] if uncaught else "ParseError" if fatal[1] == "Parse" else None,
            message=message[uncaught.end() :] if uncaught else message,
            text=body,
            frames=parse_frames(body),
        ),
    )


def tally(_text: str) -> tuple[int, Tally] | None:
    """Return None: a script counts nothing."""
    return None
