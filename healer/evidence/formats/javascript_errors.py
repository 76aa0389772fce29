"""What JavaScript's runners say of an error: its stack as one text, from which come message, type and place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.limits import TEXT_CHARACTERS
from healer.evidence.paths import in_checkout, is_foreign, normalised
from healer.evidence.wording import clean, cut_in_the_middle, without_blank_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.evidence import CaseOutcome, Failure, StackFrame

_STACK = re.compile(r"^[ \t]{1,40}(?:at |\u276f |>? {0,8}\d{1,7} \|)", re.MULTILINE)
_TYPE = re.compile(r"(?:Uncaught )?([A-Za-z_$][\w$.]{0,100})(?: \[\w{1,100}\])?: ")
_TYPE_LIKE = re.compile(r"[\w$.]{0,100}(?:Error|Exception|Failure|Failed|Timeout|Warning)\w{0,40}")

_COMPILED = re.compile(
    r"Error: [^\n]{1,2048}\((\d{1,9}):\d{1,9}\)\s|^At file: [^\n]{1,1024}?:(\d{1,9}):\d{1,9}$", re.MULTILINE
)


def test_id(file: str, titles: Sequence[str]) -> str:
    """Return the id of a test by its file and the titles of its ancestors and its own, as far as they are known."""
    return "::".join(filter(None, (in_checkout(file), " > ".join(filter(None, titles)))))


def failure_in_javascript(
    kind: CaseOutcome,
    *,
    file: str,
    titles: Sequence[str],
    text: str,
    path: str | None = None,
    line: int | None = None,
    type_name: str | None = None,
    message: str = "",
    further: str = "",
) -> Failure:
    """Build the failure of a test, or of a file as a whole if it has no titles.

    `titles` are those of its ancestors and its own, outermost first; `text` is its first error, `further` the others.
    The line is that of the innermost frame in the test's file (or in `path`, where that says more than `file`), else
    the one given, which is where the test is defined.
    """
    first = cut_in_the_middle(clean(text), TEXT_CHARACTERS)
    plain = cut_in_the_middle(f"{first}\n\n{clean(further)}", TEXT_CHARACTERS) if further else first
    frames = parse_frames(first)
    said = clean(message) or before_stack(first)
    name = " > ".join(filter(None, titles))
    where = path or file or _own(frames)
    return failure_of(
        kind,
        name=name,
        suite=in_checkout(file),
        identity=test_id(file, titles),
        file=where,
        line=_line_in(where, frames) or line or _compiler_line(first),
        type_name=type_name or type_of(said),
        message=without_blank_lines(said),
        text=plain,
        frames=frames,
    )


def type_of(said: str) -> str | None:
    """Return the type that an error's sentence begins with (`AssertionError [ERR_ASSERTION]: why`), or None."""
    named = _TYPE.match(said)
    return named[1] if named and _TYPE_LIKE.fullmatch(named[1]) else None


def before_stack(text: str) -> str:
    """Return what stands before the first frame of a stack, or before the source that is shown there."""
    stack = _STACK.search(text)
    return text[: stack.start()] if stack else text


def _line_in(file: str | None, frames: Sequence[StackFrame]) -> int | None:
    if not file:
        return None
    wanted = f"/{normalised(file)[0]}"
    for frame in reversed(frames):
        found, is_absolute = normalised(frame.file)
        if f"/{found}".endswith(wanted) or (not is_absolute and wanted.endswith(f"/{found}")):
            return frame.line
    return None


def _compiler_line(text: str) -> int | None:
    found = _COMPILED.search(text)
    return int(found[1] or found[2]) if found else None


def _own(frames: Sequence[StackFrame]) -> str | None:
    return next((at.file for at in reversed(frames) if not is_foreign(at.file)), None)
