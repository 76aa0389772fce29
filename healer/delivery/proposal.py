"""The Markdown of a proposal that was not tried yet, for the summary of the job that asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.delivery import sections
from healer.delivery.markdown import document, fenced, prose
from healer.delivery.summary import SUMMARY_BYTES

if TYPE_CHECKING:
    from healer.handover.documents import Candidate, ProposalDocument


def proposal_summary(proposal: ProposalDocument) -> str:
    """Return what was proposed, and what fell already, below 900 KiB."""
    count = len(proposal.candidates)
    said = "Nothing of it is proved: another job runs the tests with it."
    head = prose(proposal.end.sentence, 2000) if proposal.end else said
    parts = [
        f"## self-heal: {count} {'proposal' if count == 1 else 'proposals'}",
        head,
        *(_change(candidate) for candidate in proposal.candidates),
        sections.failures(proposal.findings.clusters, trace_bytes=0),
        sections.attempts(proposal.attempts, diff_bytes=10_000),
        sections.numbers(proposal.usage),
    ]
    return document(parts, SUMMARY_BYTES)


def _change(candidate: Candidate) -> str:
    account = candidate.analysis.strategy or candidate.analysis.root_cause
    said = f"\n\n{prose(account, 1000)}" if account.strip() else ""
    change = fenced(candidate.diff, "diff", limit=50_000)
    return f"### By {sections.engine(candidate.engine, candidate.model)}{said}\n\n{change}"
