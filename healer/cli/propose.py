"""`self-heal propose`: the job that asks a model, and runs nothing of the repository."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from healer.adapters.actions import Runner
from healer.adapters.event import read_event
from healer.adapters.repository import PrivateRepository
from healer.budget import Budget
from healer.cli.clients import LiveClients, ledger
from healer.cli.composition import admission_for, checked_out, commits_since, read_evidence
from healer.cli.engines import Cast, most_calls
from healer.cli.jobs import asked_of, document_at, leave, proposal_of, refuse_another_base, settings_of
from healer.cli.keys import Keys
from healer.cli.model_options import FREE
from healer.cli.run import interruptible, skipped
from healer.delivery.proposal import proposal_summary
from healer.errors import UsageError
from healer.handover.documents import MOST_CANDIDATES, MOST_ROUNDS, End, ProposalDocument, VerdictDocument
from healer.handover.translating import candidate, diagnosis, findings
from healer.models.change import Usage
from healer.models.outcome import Outcome
from healer.pipeline import diagnose
from healer.ports import RepairTask
from healer.proposing import Proposed, passed_on, propose
from healer.redaction import Redactor

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from healer.adapters.event import Event
    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal
    from healer.handover.documents import Candidate


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Ask for a repair and write the proposal; 0 where one was written, with candidates or without."""
    runner = Runner.around(terminal.environment, terminal.stderr, Keys.found_in(terminal.environment).secrets)
    with interruptible(), runner or nullcontext():
        given = asked_of("propose", arguments)
        event = read_event(terminal.environment) if runner else None
        if event and event.skip and runner:
            runner.conclude(skipped(event))
            return 0
        settings = settings_of("propose", arguments, terminal, terminal.environment, "--deliver=summary")
        proposal, spent = _proposal(settings, given, event, terminal)
        values = {
            "go-on": "true" if proposal.candidates else "false",
            "cost-usd": f"{given.spent_usd + spent:.4f}",
            "attempts": str(len(proposal.attempts)),
        }
        data = leave(proposal, given.output, terminal)
        if runner:
            runner.hand_over("proposal.json", data, proposal_summary(proposal), values)
        count = len(proposal.candidates)
        said = f"{count} {'candidate' if count == 1 else 'candidates'}"
        terminal.progress("proposal", proposal.end.sentence if proposal.end else f"{said} to be verified")
    return 0


def _proposal(
    settings: Settings, given: argparse.Namespace, event: Event | None, terminal: Terminal
) -> tuple[ProposalDocument, float]:
    """Return the proposal, and the dollars that it cost."""
    verdict = document_at(given.verdict, VerdictDocument) if given.verdict else None
    earlier = proposal_of(given, terminal)
    names = [name for name in settings.engines if name not in FREE]
    if not names:
        raise UsageError("propose asks a model, and none is configured; give its key, or name it with --engine")
    checkout, base = checked_out(settings, event, terminal)
    if verdict is not None:
        refuse_another_base(verdict, base)
        if earlier is not None:
            refuse_another_base(earlier, base)
        if not verdict.is_open(settings.rounds):
            return _following(verdict, end=verdict.end), 0.0
    commits = commits_since(checkout, base, settings.last_green)
    with PrivateRepository(checkout, base) as repository:
        if verdict is None:
            verdict = _by_reports(settings, repository, commits, terminal)
        known = diagnosis(verdict.findings, repository.source, repository.recent_commits(commits))
        clients = LiveClients(settings, terminal.progress)
        redact = Redactor(settings.keys.secrets)
        left = max(0.0, settings.max_cost_usd - given.spent_usd)
        clients.open(Budget(left, most_calls(settings), ledger(settings)), base, redact)
        engines = [engine for engine in Cast(settings, clients, redact).engines() if engine.name in names]
        task = RepairTask(known, repository.source, verdict.round + 1, verdict.attempts)
        admission = admission_for(settings, repository, known)
        proposed = propose(task, engines, admission, terminal.progress)
        used = clients.usage()
        clients.settle()
        partial = passed_on(verdict.partial, earlier, repository.source, admission)
        return _following(verdict, proposed, partial, usage=used), used.cost_usd


def _by_reports(settings: Settings, repository: PrivateRepository, commits: int, terminal: Terminal) -> VerdictDocument:
    """Return what a verdict would say by reports and logs alone; raise UsageError where these say nothing."""
    if not (settings.reports or settings.logs):
        raise UsageError("propose needs to know what fails: give --verdict, or --report, or --log")
    failures = read_evidence(settings.reports, settings.logs, settings.repository, terminal, required=True)
    if not failures:
        raise UsageError("the reports tell of no failure, so there is nothing to propose", code="no_failures")
    known = diagnose(failures, repository, None, commits=commits, progress=terminal.progress)
    end = End(Outcome.NO_FIX, "not_verified", "the tests were not run")
    return VerdictDocument(
        document="self-heal/verdict", version=1, base=repository.base, round=0, end=end, findings=findings(known)
    )


def _following(
    verdict: VerdictDocument,
    proposed: Proposed | None = None,
    partial: Sequence[Candidate] = (),
    *,
    usage: Usage = Usage(),
    end: End | None = None,
) -> ProposalDocument:
    """Return the proposal that a verdict was answered with; what was partly right comes along, to be joined with."""
    made = [
        candidate(one.engine, one.edits, one.analysis, model=one.model, diff=diff)
        for one, diff in (proposed.candidates if proposed else ())
    ]
    if proposed and proposed.end:
        end = End(proposed.end.outcome, proposed.end.reason, proposed.end.sentence)
    return ProposalDocument(
        document="self-heal/proposal",
        version=1,
        base=verdict.base,
        round=min(proposed.round if proposed else verdict.round + 1, MOST_ROUNDS),
        findings=verdict.findings,
        candidates=(*made, *partial)[:MOST_CANDIDATES] if made else (),
        attempts=(*verdict.attempts, *(proposed.attempts if proposed else ())),
        usage=verdict.usage + usage,
        end=end,
    )
