"""The pull request's title and body: what failed, why, the change, the proof, what was tried, what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.delivery import sections
from healer.delivery.commit import headline
from healer.delivery.markdown import document

if TYPE_CHECKING:
    from healer.models.code import Diagnosis
    from healer.models.outcome import Fix, HealResult

BODY_BYTES = 60 * 1024 - 1


def pull_request_title(diagnosis: Diagnosis) -> str:
    """Return a title of at most 120 characters (GitHub takes 256) that says which test cases pass again."""
    return headline(diagnosis, 120).replace("`", "'")


def pull_request_body(fix: Fix, diagnosis: Diagnosis, result: HealResult | None = None) -> str:
    """Return the body, below 60 KiB. What was tried and what it took are known once there is a result."""
    parts = [
        "This change was written by self-heal after a failing run. It is one commit on top of the one that was tested.",
        sections.failures(diagnosis.clusters, trace_bytes=2000),
        sections.root_cause(fix),
        sections.change(fix, limit=16_000),
        sections.proof(fix),
        sections.confidence(fix, result.delivered if result else None),
    ]
    if result is not None:
        parts += [
            sections.notes(result.remarks),
            sections.numbers(result.usage, result.seconds),
            sections.attempts(result.attempts, diff_bytes=0),
        ]
    return document(parts, BODY_BYTES)
