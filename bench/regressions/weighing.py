"""Choosing the weights of the signals: each is varied in turn on one half of the cases, and the other half is told."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.regressions.locating import OF_CHANGE, known, quality
from bench.regressions.ranking import ranks
from healer.localization import culprits
from healer.localization.locate import RANKERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.regressions.cases import Case, Fault
    from bench.regressions.ranking import Ranks
    from bench.regressions.workshop import Package, Workshop
    from healer.localization.locate import Opinions

_STEPS = (0.0, 0.5, 0.75, 1.25, 1.5, 2.0)
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Formed:
    """The opinions on one case, formed once and weighed often."""

    opinions: Opinions
    faults: tuple[Fault, ...]

    def ranks(self, weights: Sequence[float]) -> Ranks:
        return ranks(self.opinions.weighed(weights), self.faults, self.opinions.index)


def fit(workshop: Workshop, cases: Sequence[tuple[Package, Case]]) -> Iterable[str]:
    """Yield what the weights are that rank the faults of the training half best, and what both halves come to."""
    formed = [_form(workshop, package, case) for package, case in cases]
    training, held_out = formed[::2], formed[1::2]
    weights = [weight for _, weight in RANKERS]
    best = _quality(training, weights)
    yield f"before: {best:.4f} on the training half, {_quality(held_out, weights):.4f} on the other"
    for _ in range(_ROUNDS):
        before = list(weights)
        for position in range(len(weights)):
            for step in _STEPS:
                tried = [*weights[:position], round(before[position] * step, 3), *weights[position + 1 :]]
                found = _quality(training, tried)
                if found > best + 1e-4:
                    best, weights = found, tried
        if weights == before:
            break
    yield f"after: {best:.4f} on the training half, {_quality(held_out, weights):.4f} on the other"
    for (ranker, was), weight in zip(RANKERS, weights, strict=True):
        yield f"{ranker.__module__.rpartition('.')[2]}: {was} -> {weight}"


def _form(workshop: Workshop, package: Package, case: Case) -> _Formed:
    print(case.name, file=sys.stderr, flush=True)
    with known(workshop, package, case) as facts:
        return _Formed(facts.opinions(), case.faults)


def _quality(formed: Sequence[_Formed], weights: Sequence[float]) -> float:
    """Return the mean of how good ranks are with the change hidden and with it known, without the experiment.

    With that, there is nothing left to choose.
    """
    rankers = [ranker for ranker, _ in RANKERS]
    figures = []
    for left_out in (OF_CHANGE, (culprits.rank,)):
        chosen = [0.0 if ranker in left_out else weight for ranker, weight in zip(rankers, weights, strict=True)]
        figures.append(quality([one.ranks(chosen) for one in formed]))
    return sum(figures) / len(figures)
