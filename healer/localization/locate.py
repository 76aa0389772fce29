"""Rank the code that may hold the fault: every ranker's opinion, weighed and summed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer import layout
from healer.evidence.paths import RepositoryPaths
from healer.localization import changes, frames, messages, names
from healer.localization.inquiry import Inquiry, Suspicion
from healer.localization.pysource import SourceIndex
from healer.models.code import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.localization.inquiry import Ranker
    from healer.models.code import Commit
    from healer.models.evidence import FailureCluster
    from healer.models.spectra import Spectra
    from healer.ports import SourceTree

# A suite that was green is broken by a change, so history outweighs the stack; the line that raises is more often the
# victim than the culprit. A message that names the place (a syntax error) is nearly certain and rare. Names alone
# reach most failed assertions, whose stack ends in the test. The benchmark is to replace these first estimates.
CHANGES_WEIGHT = 0.35
FRAMES_WEIGHT = 0.25
MESSAGES_WEIGHT = 0.2
NAMES_WEIGHT = 0.2

RANKERS: tuple[tuple[Ranker, float], ...] = (
    (changes.rank, CHANGES_WEIGHT),
    (frames.rank, FRAMES_WEIGHT),
    (messages.rank, MESSAGES_WEIGHT),
    (names.rank, NAMES_WEIGHT),
)
"""Every signal that a run has; a new one is a module with `rank` and a line here."""

MOST_LOCATIONS = 50
MOST_OPINIONS = 600
"""Per ranker, the strongest; a commit of ten thousand lines says little about any of them."""
_EVIDENCE_PER_RANKER = 2


def locate(
    clusters: Sequence[FailureCluster],
    source: SourceTree,
    commits: Sequence[Commit],
    spectra: Spectra | None = None,
    *,
    rankers: Sequence[tuple[Ranker, float]] = RANKERS,
) -> tuple[Location, ...]:
    """Return the suspicious ranges of lines, best first, each with its evidence in words.

    A run has no line spectra yet; the benchmark gives them, and other rankers, to measure what each adds.
    Tests and configuration appear only when there is nothing else. Never raises for what a report or a file says.
    """
    index = SourceIndex(source)
    inquiry = Inquiry(tuple(clusters), index, tuple(commits), RepositoryPaths(source.paths), spectra)
    opinions = [(_strongest(ranker(inquiry), source), weight) for ranker, weight in rankers]
    if not any(found for found, _ in opinions):
        opinions = [(_strongest(frames.rank_tests(inquiry), source, tests=True), FRAMES_WEIGHT)]
    return _combine(opinions, index)[:MOST_LOCATIONS]


def _strongest(found: Iterable[Suspicion], source: SourceTree, *, tests: bool = False) -> list[Suspicion]:
    known = [item for item in found if item.path in source.paths and (tests or layout.is_source(item.path))]
    known.sort(key=lambda item: (-item.score, item.path, item.line))
    return known[:MOST_OPINIONS]


def _combine(opinions: list[tuple[list[Suspicion], float]], index: SourceIndex) -> tuple[Location, ...]:
    by_path: dict[str, list[list[Suspicion]]] = {}
    for position, (found, _) in enumerate(opinions):
        for item in found:
            by_path.setdefault(item.path, [[] for _ in opinions])[position].append(item)
    total = sum(weight for _, weight in opinions)
    located = []
    for path, by_ranker in by_path.items():
        ranges = {(item.line, item.end_line) for found in by_ranker for item in found}
        for line, end_line in ranges:
            score, evidence = 0.0, []
            for found, (_, weight) in zip(by_ranker, opinions, strict=True):
                covering = [item for item in found if item.line <= line and end_line <= item.end_line]
                if covering:
                    score += weight * covering[0].score  # `_strongest` has sorted them
                    evidence += list(dict.fromkeys(item.evidence for item in covering))[:_EVIDENCE_PER_RANKER]
            located.append(Location(path, line, end_line, _function(index, path, line), score / total, tuple(evidence)))
    located.sort(key=lambda place: (-place.suspiciousness, place.end_line - place.line, place.path, place.line))
    return tuple(located)


def _function(index: SourceIndex, path: str, line: int) -> str | None:
    module = index.module(path)
    definition = module.enclosing(line, functions_only=True) if module else None
    return definition.qualname if definition else None
