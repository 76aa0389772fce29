"""GoogleTest's JSON (`--gtest_output=json`)."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from healer.evidence.failures import failure_of
from healer.evidence.formats.json_documents import number_of, objects, read_report_of, text_of
from healer.evidence.frames import parse_frames
from healer.evidence.paths import is_foreign, normalised
from healer.evidence.wording import clean
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Failure, Report

FORMAT = "gtest_json"
_START = re.compile(
    r'\{\s{0,20}"tests"\s{0,9}:\s{0,9}\d{1,9},\s{0,20}"failures"\s{0,9}:\s{0,9}\d{1,9},\s{0,20}"disabled"'
)
_NOT_RUN = frozenset({"SKIPPED", "SUPPRESSED"})


def recognises(head: Head) -> bool:
    """Whether JSON begins with GoogleTest's counts."""
    return _START.match(head.json) is not None


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read one or several documents; of a truncated one, the tests before the break."""
    return read_report_of(chunks, source, FORMAT, is_wanted=_is_wanted, gather=_gather)


def _is_wanted(document: object) -> bool:
    return isinstance(document, dict) and isinstance(document.get("testsuites"), list)


def _gather(document: Mapping[str, Any], gathered: Gathered) -> str | None:
    before = gathered.tally.failing
    for suite in objects(document.get("testsuites")):
        for case in objects(suite.get("testsuite")):
            _take(case, text_of(suite.get("name")), gathered)
    claimed = (number_of(document.get("failures")) or 0) + (number_of(document.get("errors")) or 0)
    shown = gathered.tally.failing - before
    return None if claimed <= shown else f"the report counts {claimed} failures, but shows {shown}"


def _take(case: Mapping[str, Any], suite: str, gathered: Gathered) -> None:
    # Several binaries may have tests of one name; where the source lies differs from machine to machine.
    name = (normalised(text_of(case.get("file")))[0].rpartition("/")[2], suite, text_of(case.get("name")))
    said = [_said(text_of(failure.get("failure"))) for failure in objects(case.get("failures"))]
    if said or case.get("failures"):
        # What fails in the set-up or tear-down of a suite stands in a case without a name.
        kind = CaseOutcome.FAILED if case.get("name") else CaseOutcome.ERROR
        gathered.add(kind, lambda: _failure(kind, case, suite, "\n\n".join(said)), name=name)
    else:
        is_skipped = case.get("status") == "NOTRUN" or text_of(case.get("result")) in _NOT_RUN
        gathered.count(CaseOutcome.SKIPPED if is_skipped else CaseOutcome.PASSED, names=(name,))


def _said(text: str) -> str:
    """Return what is said, whose bytes GoogleTest writes as if each of them were a character."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    return clean(text).strip("\n").removeprefix("unknown file\n")


def _failure(kind: CaseOutcome, case: Mapping[str, Any], suite: str, text: str) -> Failure:
    frames = parse_frames(text)
    # Of several assertions that do not hold, the first is the one to begin with.
    own = next((frame for frame in frames if not is_foreign(frame.file)), None)
    return failure_of(
        kind,
        name=text_of(case.get("name")),
        suite=text_of(case.get("classname")) or suite,
        file=own.file if own else text_of(case.get("file")) or None,
        line=own.line if own else number_of(case.get("line")),
        message=text.partition("\n\n")[0],
        text=text,
        frames=frames,
    )
