"""How a run of self-heal ends: one typed outcome, what was tried, what was delivered."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from healer.models.change import NEEDS_CODE, Analysis, CandidatePatch, Usage
from healer.models.code import Diagnosis
from healer.models.evidence import Failure, FailureCluster


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
    """`verified`, `partial`, a `VerdictStatus`, `refused`, `blocked`, `unavailable`, `pending` or `budget`."""
    why: str
    diff: str = ""
    analysis: Analysis = Analysis()
    still_failing: tuple[Failure, ...] = ()
    """Targets that failed with it, as they failed then; known of models' proposals, which are told of it."""
    newly_failing: tuple[Failure, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def lacks_code(self) -> bool:
        """Whether a model proposed nothing because it would have to see more of the code; `why` names what."""
        return self.verdict == "blocked" and self.why.startswith(f"{NEEDS_CODE}:")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reviewer says of a proved change: accepted, or doubted with reasons."""

    accepts: bool
    reasons: str
    model: str


class Standing(enum.StrEnum):
    """What a confidence is good for."""

    AUTO_MERGE = "auto-merge"
    REVIEW = "review"
    DRAFT = "draft"


AUTO_MERGE_FROM = 0.9
REVIEW_FROM = 0.7


@dataclass(frozen=True, slots=True)
class Confidence:
    """How likely a proved change is right, in 0..1, by the evidence alone, with a sentence for each reason."""

    value: float
    reasons: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        """What follows from it for delivery."""
        if self.value >= AUTO_MERGE_FROM:
            return Standing.AUTO_MERGE
        return Standing.REVIEW if self.value >= REVIEW_FROM else Standing.DRAFT


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
    flags: int = 0
    """How many things the detectors of cheating want a reviewer to look at; they are named in `proof`."""
    confidence: Confidence | None = None
    """None until the evidence has been weighed."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where the fix can be found now."""

    branch: str | None = None
    pull_request: str | None = None
    pull_request_number: int | None = None
    auto_merge: bool = False
    """Whether GitHub merges it by itself, once all that the base branch requires has passed."""
    asked: tuple[str, ...] = ()
    """Of whom a review is requested: logins, and `team:slug`."""
    notes: tuple[str, ...] = ()
    """What was wanted of the pull request and not done, and why."""


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
    partial: tuple[CandidatePatch, ...] = ()
    """Candidates that repair some causes, best first: with another one they may be the whole repair."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """All that the reader must know beside the outcome, that of the delivery included."""
        return (*self.notes, *self.delivered.notes)

    @property
    def clusters(self) -> tuple[FailureCluster, ...]:
        """The failures this run was about, by cause."""
        return self.diagnosis.clusters if self.diagnosis else ()
