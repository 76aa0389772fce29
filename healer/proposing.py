"""Proposing without proving: one round of a model's candidates, each through the gate, for another job to try."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer import attempts
from healer.admission import Admitted
from healer.errors import EngineError
from healer.handover.translating import patch
from healer.models.change import Blocked, CandidatePatch, Refused, RejectedBy, Rejection
from healer.models.outcome import Attempt
from healer.patches.covering import is_covered
from healer.persistence import REPEATED, is_done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.admission import Admission
    from healer.handover.documents import Candidate, ProposalDocument
    from healer.models.change import Proposal
    from healer.ports import Engine, Progress, RepairTask, SourceTree
    from healer.reproduction import Ended


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a round brought: candidates with their diffs, and what fell without being tried."""

    candidates: tuple[tuple[CandidatePatch, str], ...]
    attempts: tuple[Attempt, ...]
    end: Ended | None
    """Why there is no candidate; None where there is one."""
    round: int
    """The last one that was asked in."""


def propose(task: RepairTask, engines: Sequence[Engine], admission: Admission, progress: Progress) -> Proposed:
    """Ask the engines in order until one has a candidate; what was tried in earlier rounds is not proposed again.

    Engines whose models asked to see more code are asked the next round's question at once: nothing is to be verified.
    """
    fallen: list[Attempt] = []
    asked, last = list(engines), task.round
    while asked:
        made: list[Attempt] = []
        for engine in asked:
            if task.round > engine.rounds or (task.round > 1 and is_done(engine, task.attempts, task.round - 1)):
                continue
            found = _asked(engine, task, admission, progress, made)
            if found:
                return Proposed(tuple(found), (*fallen, *made), None, task.round)
        fallen += made
        last = max([last, *(attempt.round for attempt in made)])
        asked = [engine for engine in asked if any(one.lacks_code and one.engine == engine.name for one in made)]
        task = replace(task, round=task.round + 1, attempts=(*task.attempts, *made))
    return Proposed((), tuple(fallen), attempts.no_fix(task.attempts, [engine.name for engine in engines]), last)


def passed_on(
    partial: Sequence[Candidate], earlier: ProposalDocument | None, source: SourceTree, admission: Admission
) -> tuple[Candidate, ...]:
    """Return what a verdict says repairs a part, as far as it may stand beside a model's candidates.

    A model's only where the proposal that was verified makes it: else a verdict would have its own changes proposed.
    """
    proposed = [patch(one, source).edits for one in earlier.candidates] if earlier else []

    def may_pass(one: Candidate) -> bool:
        edits = patch(one, source).edits
        is_known = is_covered(edits, proposed) or (earlier is None and one.is_found_by_tests)
        return is_known and isinstance(admission.admit(edits), Admitted)

    return tuple(filter(may_pass, partial))


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
