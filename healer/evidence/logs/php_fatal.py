"""What a script leaves when a fatal or a parse error ends PHP."""

from __future__ import annotations

import re

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import TEXT_CHARACTERS
from healer.evidence.logs.blocks import last_match
from healer.evidence.logs.traceback_output import SCRIPT
from healer.models.evidence import CaseOutcome, Failure, Tally

_FATAL = re.compile(
    r"^(?:PHP )?(?:Fatal|Parse) error: {1,2}(?=\S)(?:Uncaught (?:([A-Z_\\][\w\\]{0,300}): )?)?(.{0,4000}?)"
    r" in ((?:/|[A-Za-z]:[\\/]|phar://)[^\n]{1,1024}?)(?: on line |:)(\d{1,9})$",
    re.MULTILINE,
)
_THROWN = re.compile(r"^ {2}thrown in ([^\n]{1,1024}) on line (\d{1,9})$", re.MULTILINE)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the last script's death as a failure with id `script`."""
    fatal = last_match(_FATAL, text) if "Fatal error: " in text or "Parse error: " in text else None
    if fatal is None:
        return ()
    reach = min(len(text), fatal.end() + TEXT_CHARACTERS)
    thrown = _THROWN.search(text, fatal.end(), reach)
    body = text[fatal.start() : thrown.end()] if thrown and fatal[1] else fatal[0]
    return (
        failure_of(
            CaseOutcome.ERROR,
            name=SCRIPT,
            file=fatal[3],
            line=int(fatal[4]),
            type_name=fatal[1] or ("ParseError" if "Parse error: " in fatal[0] else None),
            message=fatal[2],
            text=body,
            frames=parse_frames(body),
        ),
    )


def tally(_text: str) -> tuple[int, Tally] | None:
    """Return None: a script counts nothing."""
    return None
