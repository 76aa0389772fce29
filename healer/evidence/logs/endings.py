"""How a command says that it failed when no tool's result is known: its last words, and the lines that matter.

The lines are chosen from all of the output: those that read like errors wherever they stand, and the last ones.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.identity import place_in_test
from healer.evidence.limits import LINE_CHARACTERS, TEXT_CHARACTERS
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.evidence import Failure

STEP = "step: "
"""Begins the id of a step of which only its failing is known."""

_ENDINGS = re.compile(
    r"(?:exit(?:ed)?(?: with)?(?: non-zero)?|returned|completed with|failed with|finished with)"
    r"(?: an?)?(?: exit)? ?(?:code|status)(?: code)?:?[ =(']{0,3}-?0{0,3}[1-9]\d{0,9}[\"').\]]{0,3}$"
    r"|^(?:ERROR: )?Job failed\b|^Your build exited with [1-9]|\bexited with [1-9]\d{0,9}\.?$"
    r"|^Finished: (?:FAILURE|ABORTED|UNSTABLE)$|^\S{0,40}make(?:\[\d{1,9}\])?: \*\*\* .{1,400}(?:Error|Fehler) \d{1,9}"
    r"|^nox > (?:Session \S{1,200} (?:failed|aborted)|\* \S{1,200}: (?:failed|aborted))"
    r"|^ {2}\S{1,200}: FAIL(?: code \d{1,9})?\b"
    r"|^ERROR: failed to (?:solve|build)|^npm (?:ERR!|error) (?:code|errno|Test failed)|\bELIFECYCLE\b"
    r"|(?:^|: )(?:Segmentation fault|Killed|Aborted|Bus error|Illegal instruction)(?: \(core dumped\))?$"
    r"|^Fatal Python error: |^BUILD FAIL(?:ED|URE)|^\[ERROR\] BUILD FAILURE|The operation was cancell?ed"
)
_ENDING_WORDS = (
    *("exit", "code", "status", "ailed", "FAIL", "Finished", "***", "abort", "Abort", "npm ", "ELIFECYCLE", "Killed"),
    *("fault", "Bus error", "Illegal", "Fatal", "cancel"),
)
"""One of these is in each ending; most lines have none, and need no closer look."""

_TELLING = (
    *(
        "error",
        "fatal",
        "fail",
        "exception",
        "cannot",
        "can't",
        "not found",
        "no such",
        "denied",
        "undefined",
        "unable",
    ),
    *("invalid", "missing", "required", "timed out", "timeout", "killed", "aborted", "panic", "unexpected", "refused"),
    *("unreachable", "conflict", "no space", "out of memory"),
)
_BLUNT = re.compile(
    r"(?:\b|_)(?:error|fatal|FAIL(?:ED|URE)?|panic|exception)\b ?(?:\[[^\]]{0,60}\])?[:!]|^E\d{3,5}:", re.IGNORECASE
)
_EXIT_WORDS = re.compile(
    r"exit(?:ed)?\b.{0,40}\b(?:code|status)|\*\*\* \[|ELIFECYCLE|A complete log of this run", re.IGNORECASE
)
_ECHO = re.compile(r"(?:\$|\+{1,4}) (\S.{0,500})")
_FIRST, _TELLING_LAST, _LAST = 10, 30, 20


def ending(text: str) -> int | None:
    """Return where the last sign stands that a command failed or was ended; None if there is none."""
    position = None
    start = 0
    for line in text.split("\n"):
        if any(word in line for word in _ENDING_WORDS) and _ENDINGS.search(line[:LINE_CHARACTERS]):
            position = start
        start += len(line) + 1
    return position


def failed_step(command: str, lines: Sequence[str], announced: Sequence[str], exit_code: int | None) -> Failure:
    """Return the failure of a step as a whole, with the lines of its output that matter most."""
    told = [line.rstrip()[:LINE_CHARACTERS] for line in lines if line.strip()]
    telling = [number for number, line in enumerate(told) if _is_telling(line.lower())]
    chosen = {*telling[:_FIRST], *telling[-_TELLING_LAST:], *range(max(0, len(told) - _LAST), len(told))}
    said = next((one for one in announced if one), "") or _said(told, telling)
    if not said:
        said = "the step failed" if exit_code is None else f"the step ended with exit code {exit_code}"
    name = command or _echoed(told) or "unnamed step"
    text = _joined(told, sorted(chosen))[-TEXT_CHARACTERS:]
    failure = failure_of(CaseOutcome.ERROR, name=name, identity=f"{STEP}{name}", message=said, text=text)
    # A command may end like the path of a test.
    file, line = place_in_test("", failure.frames)
    return dataclasses.replace(failure, file=file, line=line)


def _is_telling(lowered: str) -> bool:
    return any(word in lowered for word in _TELLING)


def _echoed(told: Sequence[str]) -> str:
    """Return the last command that a shell or a CI echoed before running it."""
    return next((match[1] for line in reversed(told) if (match := _ECHO.match(line))), "")


def _said(told: Sequence[str], telling: Sequence[int]) -> str:
    """Return the line that says best why: the last that begins like an error, else the last that reads like one."""
    candidates = [told[number] for number in telling if not _EXIT_WORDS.search(told[number])]
    blunt = [line for line in candidates if _BLUNT.search(line)]
    best = (blunt or candidates or [line for line in told if not _EXIT_WORDS.search(line)])[-1:]
    return best[0].strip() if best else ""


def _joined(told: Sequence[str], numbers: Sequence[int]) -> str:
    pieces: list[str] = []
    following = 0
    for number in numbers:
        if number > following:
            pieces.append("[…]")
        pieces.append(told[number])
        following = number + 1
    return "\n".join(pieces)
