"""How a run of self-heal ends: one typed outcome, what was tried, what was delivered."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.models.change import Analysis, Usage

if TYPE_CHECKING:
    from healer.models.code import Diagnosis
    from healer.models.evidence import FailureCluster


class Outcome(enum.StrEnum):
    """The closed set of ends."""

    FIXED = "fixed"
    FLAKY = "flaky"
    ENVIRONMENT = "environment"
    NOT_REPRODUCED = "not-reproduced"
    NO_FIX = "no-fix"
    REJECTED = "rejected"
    BUDGET = "budget"
    UNAVAILABLE = "unavailable"
    SKIPPED = "skipped"
    NOTHING_TO_DO = "nothing-to-do"

    @property
    def is_good(self) -> bool:
        """Whether nothing is left for a person to repair because of this run (exit code 0)."""
        return self in {
            Outcome.FIXED,
            Outcome.FLAKY,
            Outcome.NOT_REPRODUCED,
            Outcome.SKIPPED,
            Outcome.NOTHING_TO_DO,
        }


@dataclass(frozen=True, slots=True)
class Attempt:
    """One proposal and what became of it."""

    round: int
    engine: str
    model: str | None
    verdict: str
    """`verified`, `partial`, a `VerdictStatus`, `refused`, `blocked`, `unavailable` or `budget`."""
    why: str
    diff: str = ""
    analysis: Analysis = Analysis()


@dataclass(frozen=True, slots=True)
class Fix:
    """A verified repair: the tree that passed, and its canonical diff against the base."""

    tree: str
    diff: str
    paths: tuple[str, ...]
    engine: str
    model: str | None
    analysis: Analysis
    proof: tuple[str, ...]
    """What was established, a sentence each; printed, never paraphrased."""
    remaining: tuple[str, ...] = ()
    """Targets of other causes that still fail, as on the base."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where the fix can be found now."""

    branch: str | None = None
    pull_request: str | None = None
    pull_request_number: int | None = None


@dataclass(frozen=True, slots=True)
class HealResult:
    """The one document that every run ends in."""

    outcome: Outcome
    reason: str
    """Machine-readable, stable (`suite_green`, `all_candidates_failed`, …)."""
    sentence: str
    """The same for people: what happened, why, and what to do."""
    base: str | None = None
    diagnosis: Diagnosis | None = None
    fix: Fix | None = None
    delivered: Delivered = Delivered()
    attempts: tuple[Attempt, ...] = ()
    usage: Usage = Usage()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    """What the reader must know beside the outcome: no isolation, uncommitted changes left out, …"""

    @property
    def clusters(self) -> tuple[FailureCluster, ...]:
        """The failures this run was about, by cause."""
        return self.diagnosis.clusters if self.diagnosis else ()
