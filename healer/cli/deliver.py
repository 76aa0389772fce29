"""`self-heal deliver`: the job that may write, and takes neither a proposal's nor a verdict's word for a change."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from healer.adapters.actions import Runner
from healer.adapters.event import read_event
from healer.adapters.repository import PrivateRepository
from healer.cli.composition import admission_for, checked_out, commits_since, delivery_for
from healer.cli.jobs import asked_of, document_at, proposal_of, refuse_another_base, settings_of, without_models
from healer.cli.keys import Keys
from healer.cli.run import complete, interruptible, show, skipped
from healer.engines.embedded.engine import EmbeddedEngine
from healer.errors import UsageError
from healer.handover.documents import VerdictDocument
from healer.handover.translating import diagnosis
from healer.models.outcome import HealResult, Outcome
from healer.pipeline import deliver
from healer.ports import RepairTask
from healer.receiving import received
from healer.reproduction import Ended

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from healer.adapters.event import Event
    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal

_MOST_NOTES = 50


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Deliver what is proved, or say how it ended; 0 for a good outcome, 1 when the failure is still there."""
    runner = Runner.around(terminal.environment, terminal.stderr, Keys.found_in(terminal.environment).secrets)
    with interruptible(), runner or nullcontext():
        given = asked_of("deliver", arguments)
        event = read_event(terminal.environment) if runner else None
        if event and event.skip:
            result = skipped(event)
        else:
            settings = settings_of("deliver", arguments, terminal, without_models(terminal.environment))
            result = _delivered(settings, given, event, terminal)
        if runner:
            runner.conclude(result)
    return show(result, given, terminal)


def _delivered(settings: Settings, given: argparse.Namespace, event: Event | None, terminal: Terminal) -> HealResult:
    if given.verdict is None:
        raise UsageError("deliver needs a verdict that self-heal verify wrote: give --verdict")
    verdict = document_at(given.verdict, VerdictDocument)
    proposal = proposal_of(given, terminal)
    checkout, base = checked_out(settings, event, terminal)
    refuse_another_base(verdict, base)
    if proposal:
        refuse_another_base(proposal, base)
    with PrivateRepository(checkout, base) as repository:
        recent = repository.recent_commits(commits_since(checkout, base, settings.last_green))
        known = diagnosis(verdict.findings, repository.source, recent)
        try:
            if verdict.proved is None:
                raise _unrepaired(verdict, given.verdict)
            admission, task = admission_for(settings, repository, known), RepairTask(known, repository.source)
            fix = received(verdict.proved, proposal, task, admission, EmbeddedEngine())
        except Ended as end:
            return _told(HealResult(end.outcome, end.reason, end.sentence, base=base, diagnosis=known), verdict)
        delivery = delivery_for(settings, checkout, repository, event, terminal)
        result = _told(deliver(fix, known, base, delivery, terminal.progress), verdict)
        complete(delivery, result)
        return result


def _unrepaired(verdict: VerdictDocument, path: Path) -> Ended:
    """Return the verdict's own end; raise UsageError where it claims a repair that it does not hold."""
    if verdict.end.outcome is Outcome.FIXED:
        raise UsageError(f"{path} says that it is repaired, and not how", code="bad_document")
    return Ended(verdict.end.outcome, verdict.end.reason, verdict.end.sentence)


def _told(result: HealResult, verdict: VerdictDocument) -> HealResult:
    """Return the end with what the other jobs did."""
    return replace(
        result,
        attempts=verdict.attempts,
        usage=verdict.usage,
        seconds=verdict.seconds,
        notes=(*verdict.notes[:_MOST_NOTES], *result.notes),
    )
