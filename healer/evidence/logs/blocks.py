"""Blocks of printed output: what stands under a header line up to the next one, and what it says; in linear time."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.frames import parse_frames, without_causes
from healer.evidence.limits import LINE_CHARACTERS, MESSAGE_CHARACTERS
from healer.evidence.paths import is_foreign, normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.models.evidence import StackFrame

JOINT = " > "
"""Between the titles of a test and its ancestors."""

CODE_OR_STACK = re.compile(
    r"\s*(?:(?:>\s*)?\d{1,7} ?\||\|\s*\^|at |\u276f |#\d{1,6} |Caused by\b|Cause:$|\.\.\. \d{1,6} more$|Suppressed: )"
)
"""A line of the source that a trace shows, or a stack frame: what was said stands before."""

_THROWN = re.compile(r"(?:Uncaught )?([A-Z][\w$.]{0,200})(?: \[([\w.]{1,100})\])?: ")
_COUNTED = re.compile(r"(\d{1,9}) ([a-z][a-z ]{0,40})")
_SAID_LINES = 40


@dataclass(slots=True)
class Block:
    """A header, and the lines below it."""

    header: re.Match[str]
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The lines without their common margin."""
        return textwrap.dedent("\n".join(self.lines)).strip("\n")


def blocks(lines: Iterable[str], header: re.Pattern[str], end: re.Pattern[str] | None = None) -> list[Block]:
    """Return the blocks under lines that match `header`, each up to the next header or a line that matches `end`."""
    found: list[Block] = []
    current: Block | None = None
    for line in lines:
        if match := header.match(line[:LINE_CHARACTERS]):
            current = Block(match)
            found.append(current)
        elif current is not None:
            if end is not None and end.match(line[:LINE_CHARACTERS]):
                current = None
            else:
                current.lines.append(line)
    return found


def said(text: str, until: re.Pattern[str] = CODE_OR_STACK) -> str:
    """Return what a trace says before its first line of code or stack, as one paragraph."""
    lines: list[str] = []
    for line in text[: 2 * MESSAGE_CHARACTERS].splitlines():
        if until.match(line) or len(lines) >= _SAID_LINES:
            break
        if line.strip():
            lines.append(line.strip())
    return "\n".join(lines)


def thrown(message: str) -> str | None:
    """Return the type that a JavaScript error's words begin with, such as `TypeError [ERR_X]: why`."""
    match = _THROWN.match(message)
    if match and match[1] == "Error" and match[2] and not match[2].startswith("ERR_"):
        return match[2]  # a class of its own that did not set its name
    return match[1] if match else None


def line_in(file: str, frames: Sequence[StackFrame]) -> int | None:
    """Return the line of the innermost frame in the file."""
    wanted = f"/{normalised(file)[0]}"
    return next((frame.line for frame in reversed(frames) if f"/{normalised(frame.file)[0]}".endswith(wanted)), None)


def own_frame(frames: Sequence[StackFrame]) -> StackFrame | None:
    """Return the innermost frame of the project."""
    return next((frame for frame in reversed(frames) if not is_foreign(frame.file)), None)


def placed(file: str | None, text: str) -> tuple[str | None, int | None]:
    """Return where in the project a trace was raised, its causes aside; the file alone where it does not say.

    A frame of the file itself has its path as it is given, which is the shorter one.
    """
    own = own_frame(parse_frames(without_causes(text))) or own_frame(parse_frames(text))
    if own is None:
        return file, None
    if file and f"/{normalised(own.file)[0]}".endswith(f"/{normalised(file)[0]}"):
        return file, own.line
    return own.file.removeprefix("./"), own.line


def counted(words: str) -> dict[str, int]:
    """Read counts such as `13 failed, 1 skipped` or `2 passed | 1 todo`."""
    return {word.strip(): int(number) for number, word in _COUNTED.findall(words[:LINE_CHARACTERS])}


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the last match, or None."""
    last = None
    for last in pattern.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    return last
