"""Which code a run shows to its models: the same in every call, and what later questions add to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from healer.engines.model.places import places

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.engines.model.places import Place
    from healer.models.code import Diagnosis, Excerpt, Location
    from healer.models.evidence import FailureCluster
    from healer.ports import SourceTree


class Context(Protocol):
    """Choose the code worth reading, within about so many tokens."""

    def __call__(self, diagnosis: Diagnosis, source: SourceTree, *, token_budget: int) -> tuple[Excerpt, ...]:
        """Return the excerpts, most important first."""


MOST_SURE = 4
"""How many of the most suspicious places are shown at any price: one for each cause, up to here."""
WIDENED = (2, 4)
"""Multiples of the budget that are tried for that."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The code shown from the start, and the code that one question adds to it."""

    first: tuple[Excerpt, ...]
    further: tuple[Excerpt, ...] = ()
    budget: int = 0
    """Tokens that the first code was chosen for."""
    further_budget: int = 0

    @property
    def all(self) -> tuple[Excerpt, ...]:
        """Everything that the question shows."""
        return (*self.first, *self.further)


@dataclass(frozen=True, slots=True)
class Reader:
    """Chooses code by a budget that grows: a repair that was missed most often lacked the faulty source.

    What is added later stands apart, so that the beginning of every prompt of a run stays byte for byte the same.
    """

    context: Context
    tokens: int
    growth: tuple[float, ...] = (1.0, 2.5, 4.0)
    """What each round may show in all, as a multiple of the first."""
    _known: list[tuple[Diagnosis, tuple[Excerpt, ...], int]] = field(default_factory=list, init=False, repr=False)
    """What was chosen for the last diagnosis: a run has one, and choosing takes longer than all the rest."""

    def read(self, diagnosis: Diagnosis, source: SourceTree, number: int, place: Place | None = None) -> Reading:
        """Return what a round's question shows; a place that it points to is among it."""
        first, budget = self._first(diagnosis, source)
        room = int(budget * (self.growth[min(number, len(self.growth)) - 1] - 1.0))
        further: tuple[Excerpt, ...] = ()
        if place is not None and not _covered(place.locations[:1], first):
            ranked = (*place.locations, *(one for one in diagnosis.locations if one not in place.locations))
            room = max(room, budget // 2)
            further = self.context(replace(diagnosis, locations=ranked), source, token_budget=budget + room)
        elif room > 0:
            further = self.context(diagnosis, source, token_budget=budget + room)
        added = tuple(excerpt for excerpt in further if not _inside(excerpt, first))
        return Reading(first, added, budget, room)

    def _first(self, diagnosis: Diagnosis, source: SourceTree) -> tuple[tuple[Excerpt, ...], int]:
        """Return what is shown from the start, with its budget: a larger one where the best place is too large."""
        if not (self._known and self._known[0][0] is diagnosis):
            self._known[:] = [(diagnosis, *self._chosen(diagnosis, source))]
        return self._known[0][1:]

    def _chosen(self, diagnosis: Diagnosis, source: SourceTree) -> tuple[tuple[Excerpt, ...], int]:
        count = min(max(1, len(diagnosis.clusters)), MOST_SURE)
        best = [place.locations[0] for place in places(diagnosis.locations)[:count]]
        is_traced = all(map(_is_traced, diagnosis.clusters))
        chosen: list[tuple[int, tuple[Excerpt, ...], int]] = []
        for factor in (1, *WIDENED) if is_traced else WIDENED:
            budget = factor * self.tokens
            first = self.context(diagnosis, source, token_budget=budget)
            missing = sum(not _covered([one], first) for one in best)
            chosen.append((missing, first, budget))
            if not missing:
                break
        _, first, budget = min(chosen, key=lambda one: one[0])
        return first, budget


def _is_traced(cluster: FailureCluster) -> bool:
    """Whether a failure says where it was: a stack or a finding, of Python. Elsewhere the ranking is weaker."""
    first = cluster.representative
    files = [first.file or "", *(frame.file for frame in first.frames)]
    return bool(first.frames or first.rule) and any(file.endswith((".py", ".pyi")) for file in files)


def _covered(locations: Iterable[Location], excerpts: Sequence[Excerpt]) -> bool:
    return all(
        any(one.path == place.path and one.line <= place.line <= one.end_line for one in excerpts)
        for place in locations
    )


def _inside(excerpt: Excerpt, shown: Sequence[Excerpt]) -> bool:
    return any(
        one.path == excerpt.path and one.line <= excerpt.line and excerpt.end_line <= one.end_line for one in shown
    )
