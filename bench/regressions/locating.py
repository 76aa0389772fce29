"""What each way of ranking makes of the cases, the change that brought the fault hidden or known."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bench.regressions.cases import failures_in
from bench.regressions.ranking import Ranks, ranks
from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.repository import PrivateRepository
from healer.evidence.clusters import cluster
from healer.evidence.paths import RepositoryPaths
from healer.evidence.spectra import parse_spectra
from healer.localization import changes, frames, spectra
from healer.localization.locate import RANKERS, locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bench.regressions.cases import Case
    from healer.localization.inquiry import Ranker

_SPECTRA_WEIGHT = 0.5
"""A first estimate."""
_COMMITS = 10
_NO_CHANGE = tuple((ranker, weight) for ranker, weight in RANKERS if ranker is not changes.rank)
WAYS: dict[str, tuple[tuple[Ranker, float], ...]] = {
    "stack frames": ((frames.rank, 1.0),),
    "Ochiai": ((spectra.rank, 1.0),),
    "without change": _NO_CHANGE,
    "and Ochiai": (*_NO_CHANGE, (spectra.rank, _SPECTRA_WEIGHT)),
    "with change": RANKERS,
    "with change and Ochiai": (*RANKERS, (spectra.rank, _SPECTRA_WEIGHT)),
}


def located(case: Case, baseline: Path) -> dict[str, Ranks]:
    """Return the ranks that each way gives a case's faults."""
    green = frozenset(failure.id for failure in failures_in(baseline))
    checkout = Checkout.at(case.repository, Git.find(os.environ["PATH"]))
    with PrivateRepository(checkout, checkout.resolve("HEAD")) as repository:
        source = repository.source
        clusters = cluster(case.failures(green), RepositoryPaths(source.paths))
        commits = repository.recent_commits(_COMMITS)
        ran = parse_spectra(path.read_bytes() for path in case.spectra)
        return {
            way: ranks(locate(clusters, source, commits, ran, rankers=rankers), case.faults, source)
            for way, rankers in WAYS.items()
        }


def table(found: Sequence[dict[str, Ranks]]) -> Iterable[str]:
    """Yield the lines of a table: in how many of the cases, in per cent, a fault is among so many."""
    columns = [("file", 1), ("file", 3), ("function", 1), ("function", 3), ("function", 5), ("line", 1), ("line", 5)]
    yield "| ranked by | " + " | ".join(f"{what} top-{most}" for what, most in columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for way in WAYS:
        shares = (100 * sum(getattr(one[way], what) <= most for one in found) / len(found) for what, most in columns)
        yield f"| {way} | " + " | ".join(f"{share:.0f}" for share in shares) + " |"
