"""What each way of ranking makes of the cases, the change that brought the fault hidden or known."""

from __future__ import annotations

import math
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.regressions.blaming import blamed
from bench.regressions.cases import failures_in
from bench.regressions.ranking import Ranks, ranks
from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.repository import PrivateRepository
from healer.adapters.spectra_files import read_spectra
from healer.evidence.clusters import cluster
from healer.evidence.paths import RepositoryPaths
from healer.localization import changes, culprits, frames
from healer.localization.inquiry import Inquiry, Suspicion
from healer.localization.locate import RANKERS, Opinions, locate
from healer.localization.pysource import SourceIndex
from healer.localization.spectra import ochiai

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.regressions.cases import Case
    from bench.regressions.workshop import Package, Workshop
    from healer.localization.inquiry import Ranker
    from healer.models.code import Commit, Culprit, Location
    from healer.models.evidence import FailureCluster
    from healer.models.spectra import Spectra
    from healer.ports import SourceTree

    Rankers = tuple[tuple[Ranker, float], ...]

_COMMITS = 10
HIDDEN, KNOWN = "change hidden", "change known"


def plain_ochiai(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect lines by the formula alone: all failing test cases against all passing ones."""
    spectra = inquiry.spectra
    for path, lines in spectra.lines.items() if spectra else ():
        for line, hits in lines.items():
            score = ochiai(len(hits.failed), len(spectra.failed), hits.passed) if spectra else 0.0
            if score:
                yield Suspicion(path, line, line, score, "")


OF_CHANGE = (changes.rank, culprits.rank)
_HIDDEN = tuple((ranker, weight) for ranker, weight in RANKERS if ranker not in OF_CHANGE)


def _name(ranker: Ranker) -> str:
    return str(getattr(ranker, "__module__", "")).rpartition(".")[2]


def _without(rankers: Rankers, one: Ranker) -> Rankers:
    return tuple((ranker, weight) for ranker, weight in rankers if ranker is not one)


WAYS: dict[str, dict[str, Rankers]] = {
    HIDDEN: {
        "stack trace alone": ((frames.rank, 1.0),),
        "plain Ochiai": ((plain_ochiai, 1.0),),
        "all signals": _HIDDEN,
        **{f"all but {_name(ranker)}": _without(_HIDDEN, ranker) for ranker, _ in _HIDDEN},
    },
    KNOWN: {
        "all signals": RANKERS,
        **{f"all but {_name(ranker)}": _without(RANKERS, ranker) for ranker in OF_CHANGE},
        "neither of them": _HIDDEN,
    },
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case, truth left out."""

    clusters: Sequence[FailureCluster]
    source: SourceTree
    commits: tuple[Commit, ...]
    spectra: Spectra | None
    culprit: Culprit | None
    runs: int
    """Of the failing test cases, that the search for the change took."""

    @property
    def index(self) -> SourceIndex:
        """The source, to be parsed."""
        return SourceIndex(self.source)

    def located(self, rankers: Rankers = RANKERS) -> tuple[Location, ...]:
        """Rank the code by some signals."""
        return locate(self.clusters, self.source, self.commits, self.spectra, self.culprit, rankers=rankers)

    def opinions(self) -> Opinions:
        """Return what all rankers say, with every file parsed that they speak of."""
        paths = RepositoryPaths(self.source.paths)
        inquiry = Inquiry(tuple(self.clusters), self.index, self.commits, paths, self.spectra, self.culprit)
        opinions = Opinions.of(inquiry, [ranker for ranker, _ in RANKERS])
        for path in {item.path for found in opinions.found for item in found}:
            opinions.index.module(path)
        return opinions


@contextmanager
def known(workshop: Workshop, package: Package, case: Case) -> Iterator[Known]:
    """Yield what a run would know of a case."""
    green = frozenset(failure.id for failure in failures_in(workshop.baseline(package)))
    checkout = Checkout.at(case.repository, Git.find(os.environ["PATH"]))
    with PrivateRepository(checkout, checkout.resolve("HEAD")) as repository:
        failures = case.failures(green)
        clusters = cluster(failures, RepositoryPaths(repository.source.paths))
        culprit, runs = blamed(workshop, package, case, repository, {failure.id for failure in failures})
        commits = tuple(repository.recent_commits(_COMMITS))
        yield Known(clusters, repository.source, commits, read_spectra(case.folder / "spectra"), culprit, runs)


def ranked(case: Case, facts: Known) -> dict[str, dict[str, Ranks]]:
    """Return the ranks that each way gives a case's faults."""
    index = facts.index
    return {
        told: {way: ranks(facts.located(rankers), case.faults, index) for way, rankers in ways.items()}
        for told, ways in WAYS.items()
    }


def table(found: Sequence[dict[str, Ranks]]) -> Iterable[str]:
    """Yield the lines of a table: in how many of the cases, in per cent, a fault is among so many."""
    columns = [("file", 1), ("file", 3), ("function", 1), ("function", 3), ("function", 5), ("line", 1), ("line", 3)]
    columns.append(("line", 5))
    yield "| ranked by | " + " | ".join(f"{what} top-{most}" for what, most in columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for way in found[0]:
        shares = (100 * sum(getattr(one[way], what) <= most for one in found) / len(found) for what, most in columns)
        yield f"| {way} | " + " | ".join(f"{share:.0f}" for share in shares) + " |"


def quality(found: Sequence[Ranks]) -> float:
    """Return how good ranks are in one figure, 0 to 1: the mean reciprocal ranks of functions and of lines."""
    each = [(1 / one.function + 1 / one.line) / 2 for one in found]
    return math.fsum(each) / len(each)
