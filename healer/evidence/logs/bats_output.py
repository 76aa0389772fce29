"""What bats prints for people (`--pretty`): a mark before each test, and below it where it failed and what it said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.formats.tap_points import failure_at
from healer.evidence.limits import FAILURES
from healer.evidence.logs.blocks import blocks
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.models.evidence import Failure

_MARKED = re.compile(r"(?: {3}\S.{0,2000}?\d{1,9}/\d{1,9})? ([\u2717\u2713-]) (\S.{0,1000}?)(?: \[\d{1,9}\])?$")
"""A test that has ended; before it on its line stands what was shown while it ran."""
_END = re.compile(r"(?! {3})|$")
_CLOSING = re.compile(
    r"^(\d{1,9}) tests?, (\d{1,9}) failures?(?:, (\d{1,9}) skipped)?(?:, (\d{1,9}) not run)?(?: in \d{1,9} seconds?)?$",
    re.MULTILINE,
)
_ANY_MARK = re.compile(r"^(?: {3}\S.{0,2000}?)? [\u2717\u2713-] \S", re.MULTILINE)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `test file::name`, as far as what stands below them tells the file."""
    if "\u2717" not in text or not any(_closings(text)):
        return ()
    found: list[Failure] = []
    for block in blocks(text.split("\n"), _MARKED, _END):
        if block.header[1] == "\u2717" and len(found) < FAILURES:
            found.append(failure_at(CaseOutcome.FAILED, [block.header[2]], block.text))
    return tuple(found)


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; tests that were not run count nowhere."""
    position, total = -1, Tally()
    for match in _closings(text):
        tests, failed, skipped, not_run = (int(number or 0) for number in match.groups())
        total += Tally(passed=max(0, tests - failed - skipped - not_run), failed=failed, skipped=skipped)
        position = match.start()
    return (position, total) if position >= 0 else None


def _closings(text: str) -> Iterator[re.Match[str]]:
    """Yield the counts below marked tests; other tools count in the same words."""
    start = 0
    for match in _CLOSING.finditer(text) if " tests" in text or " test," in text else ():
        if _ANY_MARK.search(text, start, match.start()):
            yield match
        start = match.end()
