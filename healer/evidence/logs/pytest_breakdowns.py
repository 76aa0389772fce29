"""Runs of pytest that broke down as a whole: wrong usage, an internal error, an interrupt, a process that crashed."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames
from healer.evidence.identity import place_in_test
from healer.evidence.limits import LINE_CHARACTERS
from healer.evidence.logs.traceback_output import fatal, test_in
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.evidence.logs.pytest_sections import PytestRun
    from healer.models.evidence import Failure

PYTEST = "pytest"
"""The id of a run that failed as a whole."""

_INTERNAL = "INTERNALERROR>"
_CONFTEST = re.compile(r"ImportError while loading conftest '([^'\n]{1,1024})'\.?")
_COMPLAINT = re.compile(
    r"ERROR: (?:usage: .|file or directory not found: |not found: |found no collectors for |"
    r"\S{1,300}\.(?:ini|toml|cfg)\b|Wrong expression passed to )"
)
_STOPPED = re.compile(r"!{3,400} (KeyboardInterrupt|_pytest\.outcomes\.Exit: .{1,300}|Interrupted: .{1,300}) !{3,400}")
_VERBOSE = re.compile(r"(?:\[gw\d{1,4}\] \[ {0,3}\d{1,3}%\] )?(FAILED|ERROR) (\S.{0,3000})")
_VERBOSE_LATE = re.compile(
    r"(\S.{0,3000}?\.(?:py|txt|rst|md)(?:::.{1,3000})?) (FAILED|ERROR)(?: {1,400}\[ {0,3}\d{1,3}%\])?"
)
_PROGRESS = re.compile(r"(\S{1,1024}\.(?:py|txt|rst|md)) ([.FEsxXRup,-]{1,400})(?: {1,400}\[ {0,3}\d{1,3}%\])?")
_RUNNING = re.compile(r"(\S{1,1024}\.(?:py|txt|rst|md)::\S.{0,3000}?) ?(?:Fatal Python error: .{0,300})?")
_TIMEOUT = re.compile(r"\+{3,400} Timeout \+{3,400}")
_CUT_OFF = "the output ends before pytest says why"


def of_run(run: PytestRun) -> list[Failure]:
    """Return what went wrong with a run that names no failing test."""
    text = "\n".join(run.lines)
    if internal := _internal(run.lines):
        return [internal]
    for number, line in enumerate(run.lines):
        if line.startswith("!!!") and (match := _STOPPED.fullmatch(line)):
            following = "\n".join(run.lines[number + 1 : number + 3])
            return [_whole(match[1], f"{line}\n{following}")]
    if run.closing is not None:
        return _complaints(run.lines)
    last = running(run.lines)
    if crash := fatal(text, last):
        return [_below(root_of(run.lines), crash)]
    if any(_TIMEOUT.fullmatch(line) for line in run.lines):
        frames = parse_frames(text)
        last = last if last != PYTEST else test_in(reversed(frames)) or PYTEST
        timeout = failure_of(CaseOutcome.ERROR, name=_name(last), identity=last, message="Timeout", text=text)
        return [_below(root_of(run.lines), timeout)]
    return _seen_failing(run.lines) or _complaints(run.lines)


def without_run(lines: Sequence[str]) -> list[Failure]:
    """Return what pytest complains of where it never came to a run."""
    if internal := _internal(lines):
        return [internal]
    return _complaints(lines)


def _internal(lines: Sequence[str]) -> Failure | None:
    said = [line.removeprefix(_INTERNAL).removeprefix(" ") for line in lines if line.startswith(_INTERNAL)]
    if not said:
        return None
    return failure_of(CaseOutcome.ERROR, name=PYTEST, identity=PYTEST, text="\n".join(said))


def _complaints(lines: Sequence[str]) -> list[Failure]:
    for number, line in enumerate(lines):
        if line.startswith("ImportError while") and (match := _CONFTEST.fullmatch(line[:LINE_CHARACTERS])):
            text = "\n".join(lines[number : number + 200])
            # The first frame has the path as the suite's root sees it.
            file = next(
                (frame.file for frame in parse_frames(text) if f"/{match[1]}".endswith(f"/{frame.file}")), match[1]
            )
            return [failure_of(CaseOutcome.ERROR, name=file, identity=file, file=file, text=text)]
        if line.startswith("ERROR: ") and _COMPLAINT.match(line):
            text = "\n".join(lines[number : number + 5]).partition("\n\n")[0]
            said = text.removeprefix("ERROR: ")
            return [_whole(said.partition("error: ")[2] or said, text)]
    return []


def _whole(message: str, text: str) -> Failure:
    return failure_of(CaseOutcome.ERROR, name=PYTEST, identity=PYTEST, message=message, text=text)


def running(lines: Sequence[str]) -> str:
    """Return the test that a verbose run had begun when its output ended; the run itself if that cannot be told."""
    for line in reversed(lines):
        if "::" in line and not line.startswith(" ") and (match := _RUNNING.fullmatch(line[:LINE_CHARACTERS])):
            return match[1]
        if line.endswith("%]"):
            break
    return PYTEST


def root_of(lines: Sequence[str]) -> str:
    """Return the folder that node ids are relative to, where a run tells it."""
    return next(
        (line.removeprefix("rootdir: ").partition(",")[0] for line in lines if line.startswith("rootdir: ")), ""
    )


def _below(root: str, failure: Failure) -> Failure:
    """Write a node id that was told by a stack as pytest would, from its root."""
    identity = failure.id.removeprefix(f"{root}/") if root else failure.id
    file, line = place_in_test(identity, failure.frames)
    suite = identity.rpartition("::")[0]
    return dataclasses.replace(failure, id=identity, suite=suite, name=_name(identity), file=file, line=line)


def _name(identity: str) -> str:
    return identity.rpartition("::")[2] if "[" not in identity else identity.partition("::")[2] or identity


def _seen_failing(lines: Sequence[str]) -> list[Failure]:
    """Return the tests that the progress shows as failed, of a run whose output is cut off."""
    found: dict[str, CaseOutcome] = {}
    for line in lines:
        if (match := _VERBOSE_LATE.fullmatch(line)) or (match := _VERBOSE.fullmatch(line)):
            identity, word = (match[2], match[1]) if match[1] in {"FAILED", "ERROR"} else (match[1], match[2])
            found[identity.strip()] = CaseOutcome.ERROR if word == "ERROR" else CaseOutcome.FAILED
        elif (match := _PROGRESS.fullmatch(line)) and ("F" in match[2] or "E" in match[2]):
            found[match[1]] = CaseOutcome.FAILED if "F" in match[2] else CaseOutcome.ERROR
    return [failure_of(kind, name=_name(one), identity=one, message=_CUT_OFF) for one, kind in found.items()]
