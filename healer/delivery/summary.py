"""The Markdown that a job summary or a terminal's reader gets, whatever the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.delivery import sections
from healer.delivery.markdown import code, document, prose
from healer.models.outcome import Outcome

if TYPE_CHECKING:
    from healer.models.outcome import Delivered, HealResult

SUMMARY_BYTES = 900 * 1024 - 1

_HEADINGS = {
    Outcome.FIXED: "fixed",
    Outcome.FLAKY: "flaky tests",
    Outcome.ENVIRONMENT: "the suite cannot run here",
    Outcome.NOT_REPRODUCED: "the failure does not reproduce",
    Outcome.NO_FIX: "no repair found",
    Outcome.REJECTED: "every proposal was refused",
    Outcome.BUDGET: "the budget is used up",
    Outcome.UNAVAILABLE: "nobody to ask for a repair",
    Outcome.SKIPPED: "skipped",
    Outcome.NOTHING_TO_DO: "nothing to do",
}


def summary(result: HealResult) -> str:
    """Return the whole account of a run, below 900 KiB: the outcome first, then what a reader asks next."""
    parts = [
        f"## self-heal: {_HEADINGS[result.outcome]}",
        prose(result.sentence, 2000),
        _delivered(result.delivered),
        sections.notes(result.remarks),
    ]
    if result.fix is not None:
        parts += [
            sections.change(result.fix, limit=100_000),
            sections.proof(result.fix),
            sections.confidence(result.fix, result.delivered),
            sections.root_cause(result.fix),
        ]
    parts += [
        sections.failures(result.clusters, trace_bytes=10_000),
        sections.attempts(result.attempts, diff_bytes=10_000),
        sections.numbers(result.usage, result.seconds),
    ]
    return document(parts, SUMMARY_BYTES)


def _delivered(delivered: Delivered) -> str:
    if delivered.pull_request_number is not None:
        return f"Pull request #{delivered.pull_request_number:d}, from the branch {code(delivered.branch or '')}."
    return f"Branch {code(delivered.branch)}." if delivered.branch else ""
