"""What speaks for and against a proved change: who else made it, what else passes, where it lies, a second opinion."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from healer.engines.model.places import places, touched
from healer.errors import EngineError
from healer.patches.normal import normal_form
from healer.verification.confidence import Grounds, weigh

if TYPE_CHECKING:
    from healer.models.change import CandidatePatch
    from healer.models.code import Diagnosis
    from healer.models.outcome import Fix, Opinion
    from healer.models.proof import GradedBy
    from healer.ports import Progress, Reviewer, SourceTree
    from healer.trials import Plausible


class Weighing:
    """Listens to what is proposed, and weighs what is proved."""

    def __init__(
        self,
        diagnosis: Diagnosis,
        source: SourceTree,
        graded_by: GradedBy,
        reviewer: Reviewer | None,
        progress: Progress,
    ) -> None:
        self.diagnosis = diagnosis
        """The best that is known; it is put in anew when more is."""
        self._source = source
        self._graded_by = graded_by
        self._reviewer = reviewer
        self._progress = progress
        self._voices: Counter[str] = Counter()

    def hear(self, patch: CandidatePatch) -> None:
        """Count a model's proposal for the change that it makes; what engines without a model propose never repeats."""
        if patch.model is not None:
            self._voices[normal_form(patch.edits)] += 1

    def agreeing(self, candidate: Plausible) -> int:
        """Return how many other proposals made the same change."""
        if candidate.patch.model is None:
            return 0
        return max(0, self._voices[normal_form(candidate.patch.edits)] - 1)

    def weighed(self, fix: Fix, candidate: Plausible, rivals: int) -> Fix:
        """Return the fix with how likely it is right."""
        grounds = Grounds(
            self._graded_by,
            lines=changed_lines(fix.diff),
            files=len(fix.paths),
            agreeing=self.agreeing(candidate),
            rivals=rivals,
            rank=self._rank(fix.diff),
            flags=fix.flags,
            remaining=len(fix.remaining),
            opinion=self._opinion(fix),
        )
        confidence = weigh(grounds)
        self._progress("verify", f"confidence {confidence.value:.2f} ({confidence.standing})")
        return replace(fix, confidence=confidence)

    def _rank(self, diff: str) -> int | None:
        ranked = places(self.diagnosis.locations)
        spans = touched(diff)
        met = (number for number, place in enumerate(ranked, start=1) if place.meets(spans))
        return next(met, 0) if ranked else None

    def _opinion(self, fix: Fix) -> Opinion | None:
        if self._reviewer is None:
            return None
        try:
            return self._reviewer.review(fix, self.diagnosis, self._source)
        except EngineError as error:
            self._progress("verify", f"no second opinion was to be had: {error.sentence}")
            return None


def changed_lines(diff: str) -> int:
    """Return how many lines a canonical unified diff changes: of each hunk the greater of those added and removed."""
    total = added = removed = 0
    for line in diff.split("\n"):
        if line.startswith(("@@ ", "diff --git ")):
            total, added, removed = total + max(added, removed), 0, 0
        elif line.startswith("+") and not line.startswith("+++ "):
            added += 1
        elif line.startswith("-") and not line.startswith("--- "):
            removed += 1
    return total + max(added, removed)
