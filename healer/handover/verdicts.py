"""The verdict on a run of the tests: what the next job may know of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from healer.handover.documents import MOST_CANDIDATES, End, Findings, ProvedChange, VerdictDocument
from healer.handover.translating import candidate, findings
from healer.models.change import FileEdit, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.handover.documents import Candidate, ProposalDocument
    from healer.models.outcome import Attempt, Fix, HealResult
    from healer.ports import Repository


def verdict_on(result: HealResult, proposal: ProposalDocument | None, repository: Repository) -> VerdictDocument:
    """Return what is handed on of a result. What another job found out first stays as it was: it cost more."""
    number = proposal.round if proposal else 0
    own = findings(result.diagnosis) if result.diagnosis else Findings()
    earlier = proposal.attempts if proposal else ()
    return VerdictDocument(
        document="self-heal/verdict",
        version=1,
        base=repository.base,
        round=number,
        end=End(result.outcome, result.reason, result.sentence),
        findings=proposal.findings if proposal else own,
        attempts=(*earlier, *_attempts(result, number, earlier)),
        proved=_proved(result.fix, repository) if result.fix else None,
        partial=_partial(result),
        usage=proposal.usage if proposal else Usage(),
        seconds=result.seconds,
        notes=result.notes,
    )


def _attempts(result: HealResult, number: int, earlier: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """Return attempts with the round they belong to; of what searching engines tried, the last are enough.

    What came along from a round before is told there, and that a part was proved says what its trial said.
    """
    is_part = result.fix is not None and bool(result.fix.remaining)
    told = {attempt.diff for attempt in earlier if attempt.diff}
    made = [
        replace(one, round=number)
        for one in result.attempts
        if one.diff not in told and not (is_part and one.verdict == "verified")
    ]
    searched = [attempt for attempt in made if attempt.model is None]
    return (*searched[-MOST_CANDIDATES:], *(attempt for attempt in made if attempt.model is not None))


def _proved(fix: Fix, repository: Repository) -> ProvedChange:
    before, after = repository.source, repository.at(fix.tree)
    edits = [
        FileEdit(path, before.read(path) if path in before.paths else None, after.read(path)) for path in fix.paths
    ]
    change = candidate(fix.engine, edits, fix.analysis, model=fix.model, diff=fix.diff)
    return ProvedChange(change, fix.proof, fix.remaining, fix.flags, fix.confidence)


def _partial(result: HealResult) -> tuple[Candidate, ...]:
    some = result.partial[: MOST_CANDIDATES // 2]
    return tuple(candidate(one.engine, one.edits, one.analysis, model=one.model) for one in some)
