"""`self-heal verify`: the job that runs the repository's code, and holds nothing worth stealing."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from healer.adapters.actions import Runner
from healer.adapters.event import read_event
from healer.adapters.holdings import held
from healer.cli.clients import LiveClients
from healer.cli.composition import read_evidence, workbench
from healer.cli.jobs import asked_of, leave, proposal_of, refuse_another_base, settings_of, without_models
from healer.cli.run import interruptible, skipped
from healer.delivery.summary import summary
from healer.engines.handed import HandedEngine
from healer.errors import ImageUnavailable, UsageError
from healer.handover.translating import patch
from healer.handover.verdicts import verdict_on
from healer.models.outcome import HealResult, Outcome
from healer.pipeline import heal

if TYPE_CHECKING:
    import argparse

    from healer.adapters.event import Event
    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal
    from healer.handover.documents import ProposalDocument, VerdictDocument


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Run the tests and write the verdict; 0 where one was written, whatever it says."""
    runner = Runner.around(terminal.environment, terminal.stderr)
    with interruptible(), runner or nullcontext():
        given = asked_of("verify", arguments)
        event = read_event(terminal.environment) if runner else None
        if event and event.skip and runner:
            runner.conclude(skipped(event))
            return 0
        if terminal.on_runner:
            _refuse_riches(given, terminal)
        settings = settings_of("verify", arguments, terminal, without_models(terminal.environment), "--deliver=summary")
        proposal = _proposal(given, terminal)
        result, verdict = _verified(settings, proposal, event, terminal)
        values = {
            "outcome": result.outcome.value,
            "reason": result.reason,
            "verified": "true" if result.fix else "false",
            "go-on": "true" if verdict.is_open(settings.rounds) else "false",
            "failures": str(sum(len(cluster.failures) for cluster in result.clusters)),
        }
        data = leave(verdict, given.output, terminal)
        if runner:
            runner.hand_over("verdict.json", data, summary(result), values)
        terminal.progress("verdict", f"{result.outcome.value}: {result.sentence}")
    return 0


def _refuse_riches(given: argparse.Namespace, terminal: Terminal) -> None:
    """Raise UsageError where this job holds what code of the repository could want."""
    found = held(terminal.environment, given.repo)
    if found:
        raise UsageError(
            f"verify runs the repository's code, so its job is to hold nothing worth stealing, and it holds "
            f"{'; '.join(found)}",
            code="job_holds_secrets",
        )


def _proposal(given: argparse.Namespace, terminal: Terminal) -> ProposalDocument | None:
    proposal = proposal_of(given, terminal)
    if proposal is not None and not proposal.candidates:
        raise UsageError(f"{given.proposal} holds no candidate, so there is nothing to verify", code="no_candidates")
    return proposal


def _verified(
    settings: Settings, proposal: ProposalDocument | None, event: Event | None, terminal: Terminal
) -> tuple[HealResult, VerdictDocument]:
    required = not settings.command
    reported = read_evidence(settings.reports, settings.logs, settings.repository, terminal, required=required)
    with workbench(settings, event, terminal, LiveClients(settings)) as (tools, notes):
        repository = tools.repository
        if proposal is None:
            equipped = replace(tools, hands_on=True)
        else:
            refuse_another_base(proposal, repository.base)
            handed = HandedEngine(tuple(patch(one, repository.source) for one in proposal.candidates))
            equipped = replace(tools, engines=(handed,))
        try:
            result = heal(reported, equipped, notes=notes)
        except ImageUnavailable as error:
            result = HealResult(Outcome.ENVIRONMENT, error.code, error.sentence, base=repository.base)
        return result, verdict_on(result, proposal, repository)
