"""From what was counted to what a report says of its run; the one place where a verdict is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.models.evidence import Report, ReportVerdict, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.evidence import Failure

NO_TEST_RAN = "no test case ran, which is never a pass"


def concluded(
    source: str,
    report_format: str,
    tally: Tally,
    failures: Sequence[Failure],
    *,
    warnings: Sequence[str] = (),
    cut_off: str | None = None,
    claimed: str | None = None,
    is_clean: bool = False,
    taken_back: int = 0,
) -> Report:
    """Give the verdict: what failed was seen to fail, and what was not seen to the end never passed.

    `cut_off` says why reading ended early. `claimed` says how the report contradicts its own test cases by claiming
    a failure that none of them shows. `is_clean` says that the report is an analyser's which looked and found nothing.
    `taken_back` is how many failing test cases were only attempts, after which the test was run again.
    """
    warned = tuple(warnings)
    if failures or tally.failing > taken_back:
        verdict, reason = ReportVerdict.FAILED, None
        warned += tuple(word for word in (cut_off, claimed) if word)
    elif cut_off:
        verdict, reason = ReportVerdict.UNREADABLE, cut_off
    elif claimed:
        verdict, reason = ReportVerdict.FAILED, claimed
    elif tally.tests == tally.skipped and not is_clean:
        skipped = f" (all {tally.skipped} were skipped)" if tally.skipped else ""
        verdict, reason = ReportVerdict.EMPTY, f"{NO_TEST_RAN}{skipped}"
    else:
        verdict, reason = ReportVerdict.PASSED, None
        if taken_back:
            warned += (f"{taken_back} failing attempts were run again and passed: flaky",)
    return Report(
        source=source,
        format=report_format,
        verdict=verdict,
        tally=None if verdict is ReportVerdict.UNREADABLE and not tally.tests else tally,
        failures=tuple(failures),
        reason=reason,
        warnings=warned,
    )


def unreadable(source: str, reason: str, report_format: str = "unknown") -> Report:
    """Return the report of a file that told nothing."""
    return Report(source=source, format=report_format, verdict=ReportVerdict.UNREADABLE, reason=reason)
