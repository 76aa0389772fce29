"""Which code a run shows to its models: the same in every call, and what later questions add to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from healer.engines.model.places import places

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.engines.model.places import Place
    from healer.models.code import Diagnosis, Excerpt, Location, Sought
    from healer.models.evidence import FailureCluster
    from healer.ports import SourceTree


class Context(Protocol):
    """Choose the code worth reading, within about so many tokens."""

    def __call__(self, diagnosis: Diagnosis, source: SourceTree, *, token_budget: int) -> tuple[Excerpt, ...]:
        """Return the excerpts, most important first."""


class Wanted(Protocol):
    """Find what a model asked to see, within about so many tokens."""

    def __call__(
        self, names: Sequence[str], diagnosis: Diagnosis, source: SourceTree, *, token_budget: int
    ) -> tuple[Sought, ...]:
        """Return what there is of each name, in their order."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Names that models asked to see; `is_all` says that nothing else came of the last round."""

    names: tuple[str, ...] = ()
    is_all: bool = False


ABOVE = "stands above"
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
    sought: tuple[Sought, ...] = ()
    """What models asked to see; as far as it is there, it is among the further code."""

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
    wanted: Wanted | None = None
    """What finds that which a model asks to see; None: nothing is looked for."""
    _known: list[tuple[Diagnosis, tuple[Excerpt, ...], int]] = field(default_factory=list, init=False, repr=False)
    """What was chosen for the last diagnosis: a run has one, and choosing takes longer than all the rest."""

    def read(
        self,
        diagnosis: Diagnosis,
        source: SourceTree,
        number: int,
        place: Place | None = None,
        wish: Wish = Wish(),
    ) -> Reading:
        """Return what a round's question shows; a place that it points to is among it, and what was asked for.

        Where all that came of the last round was such a wish, exactly what it names is added, unless that is nothing.
        """
        first, budget = self._first(diagnosis, source)
        room = int(budget * (self.growth[min(number, len(self.growth)) - 1] - 1.0))
        sought = self._sought(diagnosis, source, wish.names, max(room, budget), first)
        asked = _widest([excerpt for one in sought for excerpt in one.excerpts])
        further: tuple[Excerpt, ...] = ()
        if asked and wish.is_all:
            room = max(room, budget)
        elif place is not None and not _covered(place.locations[:1], (*first, *asked)):
            ranked = (*place.locations, *(one for one in diagnosis.locations if one not in place.locations))
            room = max(room, budget // 2)
            further = self.context(replace(diagnosis, locations=ranked), source, token_budget=budget + room)
        elif room > 0:
            further = self.context(diagnosis, source, token_budget=budget + room)
        added = (excerpt for excerpt in further if not _inside(excerpt, (*first, *asked)))
        return Reading(first, (*asked, *added), budget, room, sought)

    def _sought(
        self, diagnosis: Diagnosis, source: SourceTree, names: Sequence[str], tokens: int, first: Sequence[Excerpt]
    ) -> tuple[Sought, ...]:
        """Return what there is of names beyond what is shown from the start, and of the rest why it is not repeated."""
        if self.wanted is None or not names:
            return ()
        found = []
        for one in self.wanted(names, diagnosis, source, token_budget=tokens):
            new = tuple(excerpt for excerpt in one.excerpts if not (excerpt.line and _inside(excerpt, first)))
            note = one.note if new or not one.excerpts else ABOVE
            found.append(replace(one, excerpts=new, note=note))
        return tuple(found)

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


def _widest(excerpts: Iterable[Excerpt]) -> tuple[Excerpt, ...]:
    """Return excerpts without those that another one holds; heads from all over a file hold nothing."""
    kept: list[Excerpt] = []
    for one in excerpts:
        if not (one.line and _inside(one, kept)) and one not in kept:
            kept = [*(other for other in kept if not (other.line and _inside(other, [one]))), one]
    return tuple(kept)
