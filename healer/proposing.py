"""Proposing without proving: one round of a model's candidates, each through the gate, for another job to try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer import attempts
from healer.admission import Admitted
from healer.errors import EngineError
from healer.models.change import Blocked, CandidatePatch, Refused, RejectedBy, Rejection
from healer.models.outcome import Attempt
from healer.persistence import REPEATED, is_done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.admission import Admission
    from healer.models.change import Proposal
    from healer.ports import Engine, Progress, RepairTask
    from healer.reproduction import Ended


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a round brought: candidates with their diffs, and what fell without being tried."""

    candidates: tuple[tuple[CandidatePatch, str], ...]
    attempts: tuple[Attempt, ...]
    end: Ended | None
    """Why there is no candidate; None where there is one."""


def propose(task: RepairTask, engines: Sequence[Engine], admission: Admission, progress: Progress) -> Proposed:
    """Ask the engines in order until one has a candidate; what was tried in earlier rounds is not proposed again."""
    fallen: list[Attempt] = []
    for engine in engines:
        if task.round > engine.rounds or (task.round > 1 and is_done(engine, task.attempts, task.round - 1)):
            continue
        found = _asked(engine, task, admission, progress, fallen)
        if found:
            return Proposed(tuple(found), tuple(fallen), None)
    return Proposed((), tuple(fallen), attempts.no_fix([*task.attempts, *fallen], [engine.name for engine in engines]))


def _asked(
    engine: Engine, task: RepairTask, admission: Admission, progress: Progress, fallen: list[Attempt]
) -> list[tuple[CandidatePatch, str]]:
    """Return an engine's candidates of this round, as many as it wants tried together."""
    found: list[tuple[CandidatePatch, str]] = []
    known = {attempt.diff for attempt in task.attempts if attempt.diff}
    try:
        for proposal in engine.propose(task):
            judged = _judged(proposal, task.round, admission, known)
            if isinstance(judged, Attempt):
                fallen.append(judged)
                progress("propose", f"{engine.name}: {judged.verdict}: {judged.why}")
                continue
            found.append(judged)
            progress("propose", f"{engine.name}: {judged[0].analysis.strategy or judged[0].analysis.root_cause}")
            if len(found) > (engine.rivals or 0):
                break
    except EngineError as error:
        fallen.append(attempts.unanswered(engine.name, task.round, error))
        progress("propose", f"{engine.name}: {error.sentence}")
    return found


def _judged(
    proposal: Proposal, number: int, admission: Admission, known: set[str]
) -> tuple[CandidatePatch, str] | Attempt:
    """Return a candidate with its diff, or how it fell. What several propose alike is tried once, where it counts."""
    if isinstance(proposal, Blocked):
        return attempts.blocked(proposal, number)
    if isinstance(proposal, Refused):
        return attempts.refused(proposal, number, proposal.rejection, proposal.excerpt)
    admitted = admission.admit(proposal.edits)
    if not isinstance(admitted, Admitted):
        return attempts.refused(proposal, number, *admitted)
    if admitted.diff in known:
        again = Rejection(RejectedBy.CHECK, REPEATED, "this change was tried before; it must be a different one")
        return attempts.refused(proposal, number, again)
    return proposal, admitted.diff
