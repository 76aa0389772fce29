"""Choosing among plausible candidates: the smaller change first, then the likelier one."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.change import CandidatePatch, FileEdit


class Candidate(Protocol):
    """Anything that carries a candidate patch."""

    @property
    def patch(self) -> CandidatePatch:
        """The patch."""


AnyCandidate = TypeVar("AnyCandidate", bound=Candidate)


def ranked(candidates: Sequence[AnyCandidate]) -> list[AnyCandidate]:
    """Order plausible candidates, best first: fewer files, then fewer changed lines, then as they were proposed.

    Smaller patches are the likelier correct among plausible ones, and the easier to review. Of equal size the order of
    the engine stands: what it puts first (code that was there before, say) is likelier than what it makes up last.
    """
    return sorted(candidates, key=lambda candidate: _size(candidate.patch.edits))


def _size(edits: Sequence[FileEdit]) -> tuple[int, int]:
    lines = 0
    for edit in edits:
        before, after = (edit.before or b"").splitlines(), edit.after.splitlines()
        for tag, a_start, a_end, b_start, b_end in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
            if tag != "equal":
                lines += max(a_end - a_start, b_end - b_start)
    return len(edits), lines
