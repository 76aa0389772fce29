"""What a Rust test said when it failed: its panic in the old and the new form, a returned error, or libtest's note."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.paths import is_foreign
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.evidence import Failure

PANICKED = re.compile(r"thread '(.{1,500}?)' (?:\(\d{1,12}\) )?(panicked at|has overflowed its stack)")
_NEW = re.compile(r"thread '.{1,500}?' (?:\(\d{1,12}\) )?panicked at (\S.{0,1000}?):(\d{1,9}):\d{1,9}:$")
_OLD = re.compile(r"thread '.{1,500}?' panicked at '(.{0,2000})', (\S.{0,1000}?):(\d{1,9}):\d{1,9}$")
_OLD_START = re.compile(r"thread '.{1,500}?' panicked at '(.{0,2000})$")
_OLD_END = re.compile(r"(.{0,2000})', (\S.{0,1000}?):(\d{1,9}):\d{1,9}$")
_AT = re.compile(r"\s{1,40}at (\S.{0,1000}?):(\d{1,9})(?::\d{1,9})?$")
_ENDS = ("stack backtrace:", "note: run with `RUST_BACKTRACE", "note: Some details are omitted", "thread '")
_SHOULD = "note: test did not panic as expected"
_SHOULD_PLACE = re.compile(r" at (\S.{0,1000}?):(\d{1,9}):\d{1,9}$")
_CONTAINED = "note: panic did not contain expected string"
_DOCTEST = re.compile(r"(\S{1,1000}) - .{0,1000}\(line (\d{1,9})\)")
_COMPILED = re.compile(r"error(?:\[E\d{4}\])?: .{1,2000}")
_MESSAGE_LINES = 40


def failure_from(name: str, suite: str, lines: Sequence[str], *, kind: CaseOutcome | None = None) -> Failure:
    """Return the failure of one test from what it printed: a panic of the test's own thread is why it failed."""
    text = "\n".join(lines)
    starts = [(number, match[1]) for number, line in enumerate(lines) if (match := PANICKED.match(line))]
    own = [number for number, thread in starts if thread in {name, "main"}] or [number for number, _ in starts]
    start = own[-1] if own else None
    type_name: str | None = None
    if start is None:
        message, file, line = _unpanicked(lines)
    else:
        message, file, line = _panic(lines, start)
        type_name = "panic" if "panicked at" in lines[start] else "stack overflow"
        if file is None or is_foreign(file):
            file, line = _project_frame(lines[start:]) or (file, line)
    if (contained := next((n for n, said in enumerate(lines) if said.startswith(_CONTAINED)), None)) is not None:
        said = lines[contained : contained + 4]
        message = "\n".join(part.strip() for part in said if part.strip())
    elif start is None and (file is None) and any(said.startswith(_SHOULD) for said in lines):
        type_name = "should panic"
    if (documented := _DOCTEST.match(name)) and (file is None or "doctest" in file):
        file, line = documented[1], int(documented[2])
    return failure_of(
        kind or CaseOutcome.FAILED,
        name=name,
        suite=suite,
        identity=name,
        file=file,
        line=line,
        type_name=type_name,
        message=message or "\n".join(line.strip() for line in lines[:_MESSAGE_LINES] if line.strip()) or "failed",
        text=text,
    )


def _panic(lines: Sequence[str], start: int) -> tuple[str, str | None, int | None]:
    """Return message and place of the panic whose first line is given."""
    first = lines[start]
    if match := _NEW.match(first):
        return "\n".join(_until_end(lines, start + 1)), match[1], int(match[2])
    if match := _OLD.match(first):
        return match[1], match[2], int(match[3])
    if match := _OLD_START.match(first):
        said = [match[1]]
        for line in lines[start + 1 : start + _MESSAGE_LINES]:
            if ended := _OLD_END.match(line):
                return "\n".join([*said, ended[1]]), ended[2], int(ended[3])
            said.append(line)
    following = [line for line in lines[start + 1 : start + 3] if line.startswith("fatal runtime error")]
    return "\n".join([first, *following]), None, None


def _until_end(lines: Sequence[str], start: int) -> list[str]:
    found: list[str] = []
    for line in lines[start : start + _MESSAGE_LINES]:
        if line.startswith(_ENDS) or (found and not line.strip()):
            break
        found.append(line)
    return found


def _unpanicked(lines: Sequence[str]) -> tuple[str, str | None, int | None]:
    """Return what a test said that failed without a panic: `Error: …`, a missing panic, or a compiler's error."""
    for number, line in enumerate(lines):
        if line.startswith("Error: "):
            return "\n".join(_until_end(lines, number)), None, None
        if line.startswith(_SHOULD):
            place = _SHOULD_PLACE.search(line)
            return line, place[1] if place else None, int(place[2]) if place else None
        if _COMPILED.match(line):
            return line, None, None
    return "", None, None


def _project_frame(lines: Sequence[str]) -> tuple[str, int] | None:
    """Return the innermost place of the project in the first backtrace."""
    for line in lines:
        if (match := _AT.match(line)) and not is_foreign(match[1]):
            return match[1], int(match[2])
    return None
