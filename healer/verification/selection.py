"""Choosing among plausible candidates: the smaller change first."""

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
    """Order plausible candidates, best first: fewer files, fewer changed lines, fewer changed characters, earlier.

    Smaller patches are the likelier correct among plausible ones, and the easier to review.
    """
    return sorted(candidates, key=lambda candidate: _size(candidate.patch.edits))


def _size(edits: Sequence[FileEdit]) -> tuple[int, int, int]:
    lines = characters = 0
    for edit in edits:
        before, after = (edit.before or b"").splitlines(), edit.after.splitlines()
        for tag, a_start, a_end, b_start, b_end in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
            if tag != "equal":
                lines += max(a_end - a_start, b_end - b_start)
                characters += _changed(b"\n".join(before[a_start:a_end]), b"\n".join(after[b_start:b_end]))
    return len(edits), lines, characters


def _changed(before: bytes, after: bytes) -> int:
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    return max(len(before), len(after)) - sum(block.size for block in matcher.get_matching_blocks())
