"""Failing test cases from what a command printed, for suites that leave no report."""

from __future__ import annotations

import re

from healer.evidence.exceptions import final_exception
from healer.evidence.frames import parse_frames
from healer.evidence.limits import OUTPUT_CHARACTERS, TEXT_CHARACTERS
from healer.evidence.logs import pytest_output, unittest_output
from healer.evidence.wording import clean, first_paragraph
from healer.models.evidence import CaseOutcome, Failure, Tally

SCRIPT = "script"
"""The id of a program that died by an exception; it is its own only test case."""

_TRACEBACK = "Traceback (most recent call last):"
_GROUP_MARGIN = re.compile(r"^ {0,200}[|+](?:[-+][-+ \d]{0,200}$| |$)", re.MULTILINE)
_CHAINED = re.compile(
    r"\n(?:During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:)\n\s*\Z"
)
_SYNTAX = re.compile(r'^ {2}File "[^"\n]{1,1024}", line \d{1,9}\n(?:[^\n]{0,4096}\n){1,3}\w{1,60}Error: ', re.MULTILINE)


def read_output(text: str) -> tuple[Failure, ...]:
    """Return the failing test cases that printed output shows, in its order.

    Understands pytest's terminal output, unittest's, and the traceback of a Python program that died (one failure
    with id `script`). Colours may be in it. A run that printed a green result has no failures, whatever it logged.
    """
    plain = clean(text[-OUTPUT_CHARACTERS:])
    found = (*pytest_output.failures(plain), *unittest_output.failures(plain))
    if found:
        return found
    tally = _tally(plain)
    if tally is not None and not tally.failing:
        return ()
    died = _died(plain)
    return (died,) if died else ()


def printed_tally(text: str) -> Tally | None:
    """Return the counts of the last result that pytest or unittest printed, or None if neither did.

    unittest says how many ran and failed; what is left is taken as passed. Expected failures count as skipped.
    """
    return _tally(clean(text[-OUTPUT_CHARACTERS:]))


def _tally(plain: str) -> Tally | None:
    results = [result for result in (pytest_output.tally(plain), unittest_output.tally(plain)) if result]
    return max(results, key=lambda result: result[0])[1] if results else None


def _died(plain: str) -> Failure | None:
    """Read the last traceback in the output, with the exceptions it is chained to."""
    text = _last_traceback(plain)
    if text is None:
        return None
    if "Exception Group " + _TRACEBACK in text:
        text = _GROUP_MARGIN.sub("", text)
    kind, message = final_exception(text)
    if kind is None:
        return None
    frames = parse_frames(text)
    return Failure(
        id=SCRIPT,
        name=SCRIPT,
        kind=CaseOutcome.ERROR,
        file=frames[-1].file if frames else None,
        line=frames[-1].line if frames else None,
        type=kind,
        message=first_paragraph(message),
        text=text,
        frames=frames,
    )


def _last_traceback(plain: str) -> str | None:
    start = plain.rfind(_TRACEBACK)
    if start < 0:
        matches = list(_SYNTAX.finditer(plain))
        if not matches:
            return None
        start = matches[-1].start()
    else:
        start = plain.rfind("\n", 0, start) + 1
    end = min(len(plain), start + TEXT_CHARACTERS)
    floor = max(0, start - TEXT_CHARACTERS)
    while start > floor and _CHAINED.search(plain, max(floor, start - 200), start):
        earlier = plain.rfind(_TRACEBACK, floor, start)
        if earlier < 0:
            break
        start = plain.rfind("\n", 0, earlier) + 1
    return plain[start:end]
