"""Choosing among plausible candidates: what several agree on, what raises no doubt, the smaller, the likelier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from healer.patches.diff import opcodes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from healer.models.change import CandidatePatch, FileEdit


class Candidate(Protocol):
    """Anything that carries a candidate patch."""

    @property
    def patch(self) -> CandidatePatch:
        """The patch."""

    @property
    def flags(self) -> int:
        """How many things a reviewer is to look at."""


AnyCandidate = TypeVar("AnyCandidate", bound=Candidate)


def ranked(
    candidates: Sequence[AnyCandidate], agreeing: Callable[[AnyCandidate], int] = lambda _: 0
) -> list[AnyCandidate]:
    """Order plausible candidates, best first.

    First what most other proposals agree on, by what the change means; then what raises the fewest flags; then fewer
    files, fewer changed lines, and at last the order in which they were proposed. Smaller patches are the likelier
    correct among plausible ones, and the easier to review. Of equal size the order of the engine stands: what it puts
    first (code that was there before, say) is likelier than what it makes up last.
    """
    return sorted(
        candidates,
        key=lambda candidate: (-agreeing(candidate), candidate.flags, _size(candidate.patch.edits)),
    )


def _size(edits: Sequence[FileEdit]) -> tuple[int, int]:
    lines = 0
    for edit in edits:
        # One character a byte serves every encoding.
        before, after = (data.decode("latin-1").split("\n") for data in (edit.before or b"", edit.after))
        lines += sum(max(j - i, m - k) for tag, i, j, k, m in opcodes(before, after) if tag != "equal")
    return len(edits), lines
