"""Taking a change over from another job: by the gate again, and never for more than that job's word is worth."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from healer.admission import Admitted
from healer.handover.translating import patch
from healer.models.change import CandidatePatch
from healer.models.outcome import AUTO_MERGE_FROM, REVIEW_FROM, Confidence, Fix, Outcome
from healer.patches.cheating.causes import judge_for
from healer.patches.cheating.verdict import cautions
from healer.patches.covering import is_covered
from healer.patches.gate import marks
from healer.reproduction import Ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.admission import Admission
    from healer.handover.documents import ProposalDocument, ProvedChange
    from healer.models.change import FileEdit
    from healer.ports import Engine, RepairTask, SourceTree

HIGHEST = AUTO_MERGE_FROM - 0.01
"""The confidence that a proof made elsewhere can bring: code that got out of its sandbox there may have written it."""
UNSEEN = REVIEW_FROM - 0.01
"""The same for a change that nobody but the job which ran the tests has proposed."""
_MOST_ANEW = 2_000
"""Proposals that the engine without a model is asked for again."""
_MOST_SENTENCES = 20
_LONGEST_SENTENCE = 500
"""What a verdict says leaves room for what is said here."""


def received(
    proved: ProvedChange, proposal: ProposalDocument | None, task: RepairTask, admission: Admission, free: Engine
) -> Fix:
    """Return the fix that a verdict tells of, its tree and diff made here.

    `free` is the engine without a model: it is asked again for what the job that ran the tests says it found. Raises
    Ended where the change is not what was proposed, or the gate refuses it.
    """
    known, source = task.diagnosis, task.source
    change = patch(proved.change, source)
    is_unasked = proposal is None and proved.change.is_found_by_tests
    if not is_unasked and not is_covered(change.edits, _proposed(proposal, source)):
        raise Ended(
            Outcome.REJECTED,
            "another_change",
            "the verdict is about a change that no proposal given here makes, so it is not delivered; give the "
            "proposal that was verified with --proposal",
        )
    admitted = admission.admit(change.edits)
    if not isinstance(admitted, Admitted):
        rejection, _ = admitted
        sentence = f"the change that was proved is refused before it is delivered: {rejection.message}"
        raise Ended(Outcome.REJECTED, rejection.code, sentence)
    paths = tuple(edit.path for edit in change.edits)
    causes = {cluster.fingerprint: cluster.failures for cluster in known.clusters}
    doubts = cautions(judge_for(change.edits, causes, causes))
    is_a_model_s = is_covered(change.edits, _proposed(proposal, source, by_models=True))
    is_made_here = is_a_model_s or _is_found_again(change, task, free)
    said = (*_clipped(proved.proof), *marks(paths), *doubts, _origin(is_a_model_s=is_a_model_s))
    return Fix(
        admitted.tree,
        admitted.diff,
        paths,
        change.engine,
        change.model,
        change.analysis,
        tuple(dict.fromkeys(said)),
        proved.remaining,
        max(proved.flags, len(doubts)),
        _lowered(proved.confidence, HIGHEST if is_made_here else UNSEEN),
    )


def _is_found_again(change: CandidatePatch, task: RepairTask, free: Engine) -> bool:
    """Whether the engine proposes the same here, where no code of the repository can have a say in it."""
    return any(
        isinstance(one, CandidatePatch) and one.edits == change.edits for one in islice(free.propose(task), _MOST_ANEW)
    )


def _proposed(
    proposal: ProposalDocument | None, source: SourceTree, *, by_models: bool = False
) -> list[tuple[FileEdit, ...]]:
    """Return the changes of a proposal's candidates: of all, or of those that no job which ran tests brought along."""
    candidates = proposal.candidates if proposal else ()
    return [patch(one, source).edits for one in candidates if not (by_models and one.is_found_by_tests)]


def _clipped(said: Sequence[str]) -> tuple[str, ...]:
    return tuple(sentence[:_LONGEST_SENTENCE] for sentence in said[:_MOST_SENTENCES])


def _origin(*, is_a_model_s: bool) -> str:
    if not is_a_model_s:
        return "It was found, and proved, by a job that held no secret and could write nothing; the gate saw it again."
    return (
        "It was proposed by one job and proved by another, which held no secret and could write nothing; the gate saw "
        "it again."
    )


def _lowered(claimed: Confidence | None, highest: float) -> Confidence:
    if claimed is None:
        return Confidence(0.0, ("The verdict does not say how likely it is right.",))
    if not 0.0 <= claimed.value <= 1.0:
        return Confidence(0.0, ("What the verdict says of its likelihood is no number from 0 to 1.",))
    if claimed.value <= highest:
        return Confidence(claimed.value, _clipped(claimed.reasons))
    who = "another job" if highest == HIGHEST else "the job that found it, and by no other"
    reason = f"It was proved by {who}, whose word counts for {highest:.2f} at most."
    return Confidence(highest, (*_clipped(claimed.reasons), reason))
