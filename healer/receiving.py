"""Taking a change over from another job: by the gate again, and never for more than that job's word is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.admission import Admitted
from healer.handover.translating import is_covered, patch
from healer.models.outcome import AUTO_MERGE_FROM, Confidence, Fix, Outcome
from healer.patches.cheating.causes import judge_for
from healer.patches.cheating.verdict import cautions
from healer.patches.gate import marks
from healer.reproduction import Ended

if TYPE_CHECKING:
    from healer.admission import Admission
    from healer.handover.documents import Candidate, ProposalDocument, ProvedChange
    from healer.models.code import Diagnosis
    from healer.ports import SourceTree

HIGHEST = AUTO_MERGE_FROM - 0.01
"""The confidence that a proof made elsewhere can bring: code that got out of its sandbox there may have written it."""
_FREE = "embedded"
_MOST_SENTENCES = 40


def received(
    proved: ProvedChange, proposal: ProposalDocument | None, known: Diagnosis, source: SourceTree, admission: Admission
) -> Fix:
    """Return the fix that a verdict tells of, its tree and diff made here.

    Raises Ended where it is not what was proposed, or the gate refuses it.
    """
    change = patch(proved.change, source)
    candidates = [patch(one, source).edits for one in proposal.candidates] if proposal else []
    if not _is_found_there(proved.change) and not is_covered(change.edits, candidates):
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
    said = (*proved.proof[:_MOST_SENTENCES], *marks(paths), *doubts, _origin(proved.change))
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
        _lowered(proved.confidence),
    )


def _is_found_there(change: Candidate) -> bool:
    """Whether the job that ran the tests says that it found the change itself, without a model."""
    return change.engine == _FREE and change.model is None


def _origin(change: Candidate) -> str:
    if _is_found_there(change):
        return "It was found, and proved, by a job that held no secret and could write nothing; the gate saw it again."
    return (
        "It was proposed by one job and proved by another, which held no secret and could write nothing; the gate saw "
        "it again."
    )


def _lowered(claimed: Confidence | None) -> Confidence:
    if claimed is None:
        return Confidence(0.0, ("The verdict does not say how likely it is right.",))
    if not 0.0 <= claimed.value <= 1.0:
        return Confidence(0.0, ("What the verdict says of its likelihood is no number from 0 to 1.",))
    if claimed.value <= HIGHEST:
        return claimed
    reason = f"It was proved by another job, whose word counts for {HIGHEST} at most."
    return Confidence(HIGHEST, (*claimed.reasons, reason))
