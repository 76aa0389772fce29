"""Who is asked what in a round: which models, and from which side each looks at the failure.

Models take no sampling parameters any more, so a second answer differs only when the question does: by the place that
it points to, or by where it starts. A cheap model is asked first. What it leaves is better put to a stronger one that
sees what failed than to the same one again (Olausson et al., "Is Self-Repair a Silver Bullet for Code Generation?").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.engines.model.places import Place, places, touched

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.code import Diagnosis
    from healer.models.outcome import Attempt
    from healer.ports import ModelClient

LATER_QUESTIONS = 2
"""Questions in a later round where no number was asked for: one that reflects, then one that looks elsewhere."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The models of one engine: those asked in the first round, and those asked once that has failed."""

    first: tuple[ModelClient, ...]
    """More than one is an ensemble: each answers, and what they agree on counts for more."""
    later: tuple[ModelClient, ...] = ()
    """Empty: the first again."""

    def rung(self, number: int) -> tuple[ModelClient, ...]:
        """Return the models of a round, counted from 1."""
        return self.later if number > 1 and self.later else self.first

    @property
    def clients(self) -> tuple[ModelClient, ...]:
        """All models."""
        return (*self.first, *self.later)


@dataclass(frozen=True, slots=True)
class Angle:
    """From which side a question looks: at a place, at the recent changes, or (neither) as the evidence has it."""

    place: Place | None = None
    change: bool = False


def questions(number: int, candidates: int | None, ladder: Ladder) -> int:
    """Return how many questions a round asks at most.

    Without a number asked for: one at first, as most repairs need no second and it costs nothing to wait; then two, of
    which the second is asked only when the first has failed as well. An ensemble asks each of its models.
    """
    models = len(ladder.rung(number))
    if candidates is not None:
        return max(candidates, models)
    return models if models > 1 else (1 if number == 1 else LATER_QUESTIONS)


def angles(diagnosis: Diagnosis, attempts: Sequence[Attempt], models: int = 1) -> Iterator[Angle]:
    """Yield angles without end: the open one for each model, then places not tried yet, the recent changes between.

    `attempts` may grow while this runs: a place that was tried meanwhile is passed over.
    """
    for _ in range(models):
        yield Angle()
    ranked = places(diagnosis.locations)
    given: set[tuple[str, str | None]] = set()
    change_is_due = any(commit.hunks for commit in diagnosis.commits)
    while True:
        tried = [span for attempt in attempts for span in touched(attempt.diff)]
        left = (one for one in ranked if (one.path, one.function) not in given and not one.meets(tried))
        place = next(left, None)
        if place is not None:
            given.add((place.path, place.function))
            yield Angle(place=place)
        if change_is_due:
            change_is_due = False
            yield Angle(change=True)
        elif place is None:
            yield Angle()
