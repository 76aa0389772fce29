"""Candidates that another job proposed, as an engine: they were made before, and no more will come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.models.change import CandidatePatch, Proposal
    from healer.ports import RepairTask


@dataclass(frozen=True, slots=True)
class HandedEngine:
    """Satisfies `Engine`: proposes what it was given, once."""

    candidates: tuple[CandidatePatch, ...]
    name: str = "proposal"
    rounds: int = 1

    @property
    def rivals(self) -> int:
        """All are tried, so that the best of those that pass is chosen."""
        return max(len(self.candidates) - 1, 0)

    def asked(self, _number: int) -> frozenset[str]:
        """Nobody is asked here."""
        return frozenset()

    def propose(self, _task: RepairTask) -> Iterator[Proposal]:
        """Yield the candidates in the order given."""
        yield from self.candidates
