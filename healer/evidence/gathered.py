"""Test cases as a reader meets them: passing ones are counted and forgotten, failing ones kept within limits."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from healer.evidence.conclusion import concluded
from healer.evidence.limits import FAILURES, ROSTER_NAMES, SHORT_TEXT_CHARACTERS, TOTAL_TEXT_CHARACTERS
from healer.evidence.wording import cut_in_the_middle, label
from healer.models.evidence import CaseOutcome, Failure, Roster, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from healer.models.evidence import Report


class Gathered:
    """What a reader has found so far; every reader of test cases ends in `report`."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(CaseOutcome, 0)
        self._text_left = TOTAL_TEXT_CHARACTERS
        self._warnings: dict[str, None] = {}
        self._flaky: dict[str, None] = {}
        self._taken_back: set[int] = set()
        self._roster = Roster()
        self._entered = 0
        self.failures: list[Failure] = []

    @property
    def tally(self) -> Tally:
        """The count so far."""
        return Tally(
            passed=self._counts[CaseOutcome.PASSED],
            failed=self._counts[CaseOutcome.FAILED],
            errors=self._counts[CaseOutcome.ERROR],
            skipped=self._counts[CaseOutcome.SKIPPED],
        )

    @property
    def is_full(self) -> bool:
        """Whether no further failing test case is kept, so that none need be built."""
        return len(self.failures) >= FAILURES

    def count(self, outcome: CaseOutcome, number: int = 1, *, names: Sequence[Hashable] = ()) -> None:
        """Count test cases of which nothing is kept but a hash of what names each of them.

        A name is the same for the same test in another report, whatever became of it there; an empty one names nothing.
        A report with a single test case that is not named has no roster.
        """
        self._counts[outcome] += number
        if names:
            self._enter(outcome, names)

    def add(self, kind: CaseOutcome, build: Callable[[], Failure], *, name: Hashable = None) -> None:
        """Count a test case that failed, and keep what `build` makes of it while there is room.

        The name is as for `count`; that of a failure that is no test case's is its id, if None is given.
        """
        self._counts[kind] += 1
        if not self.is_full:
            failure = build()
            self._keep(failure)
            name = failure.id if name is None else name
        if name is not None:
            self._enter(kind, (name,))

    def extend(self, failures: Iterable[Failure]) -> None:
        """Count and keep failures that are built already."""
        for failure in failures:
            self.add(failure.kind, lambda built=failure: built)  # type: ignore[misc] # mypy cannot infer the default

    def take_back(self, index: int) -> None:
        """Drop the kept failure of this index, because its test was run again; it stays counted."""
        self._taken_back.add(index)

    def flaky(self, identity: str) -> None:
        """Note a test case that failed first and passed when it was run again."""
        if len(self._flaky) < FAILURES:
            self._flaky.setdefault(label(identity))

    def warn(self, sentence: str) -> None:
        """Add a warning, once."""
        self._warnings.setdefault(sentence)

    def report(
        self,
        source: str,
        report_format: str,
        *,
        cut_off: str | None = None,
        claimed: str | None = None,
        is_clean: bool = False,
    ) -> Report:
        """Conclude; the arguments are those of `conclusion.concluded`."""
        tally = self.tally
        if len(self.failures) < tally.failing and self.is_full:
            self.warn(f"{tally.failing} test cases fail; the first {FAILURES} are kept, the others only counted")
        report = concluded(
            source,
            report_format,
            tally,
            [failure for index, failure in enumerate(self.failures) if index not in self._taken_back],
            taken_back=len(self._taken_back),
            warnings=tuple(self._warnings),
            cut_off=cut_off,
            claimed=claimed,
            is_clean=is_clean,
        )
        roster = self._roster if self._entered == tally.tests else None
        return dataclasses.replace(report, flaky=tuple(self._flaky), roster=roster)

    def _enter(self, outcome: CaseOutcome, names: Sequence[Hashable]) -> None:
        """Put counted test cases on the roster, up to its limit."""
        if self._entered <= ROSTER_NAMES and all(names):
            self._entered += len(names)
            self._roster.enter(outcome, names)

    def _keep(self, failure: Failure) -> None:
        limit = max(self._text_left, SHORT_TEXT_CHARACTERS)
        if len(failure.text) > limit:
            failure = dataclasses.replace(failure, text=cut_in_the_middle(failure.text, limit))
        self._text_left = max(0, self._text_left - len(failure.text))
        self.failures.append(failure)
