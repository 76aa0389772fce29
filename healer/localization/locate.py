"""Rank the code that may hold the fault: every ranker's opinion, weighed and summed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer import layout
from healer.evidence.paths import RepositoryPaths
from healer.localization import changes, culprits, entries, frames, identifiers, messages, names, words
from healer.localization import spectra as line_spectra
from healer.localization import tried as what_was_tried
from healer.localization.inquiry import Inquiry, Suspicion
from healer.localization.leaders import MOST_LED, led
from healer.localization.pysource import SourceIndex
from healer.models.code import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.localization.inquiry import Ranker
    from healer.models.code import Commit, Culprit, Tried
    from healer.models.evidence import FailureCluster
    from healer.models.spectra import Spectra
    from healer.ports import SourceTree

# A suite that was green is broken by a change, so history outweighs the stack; the line that raises is more often the
# victim than the culprit. A message that names the place (a syntax error) is nearly certain and rare. Names alone
# reach most failed assertions, whose stack ends in the test. The weights were measured (docs/localization.md): a search
# over weights gained nothing on the half of the benchmark that it had not seen, so they were kept.
RANKERS: tuple[tuple[Ranker, float], ...] = (
    (culprits.rank, 1.0),
    (line_spectra.rank, 0.5),
    (changes.rank, 0.35),
    (frames.rank, 0.2),
    (messages.rank, 0.4),
    (names.rank, 0.2),
    (identifiers.rank, 0.2),
    (entries.rank, 0.2),
    (what_was_tried.rank, 0.2),
    (words.rank, 0.02),
)
"""Every signal that a run has; a new one is a module with `rank` and a line here."""
HINTS: frozenset[Ranker] = frozenset({words.rank})
"""They order what others found; what they alone name is left out as soon as another of `TRACING` names anything."""
TRACING: frozenset[Ranker] = frozenset(ranker for ranker, _ in RANKERS) - HINTS - {changes.rank}

MOST_LOCATIONS = 400
MOST_OF_A_FUNCTION = 12
"""Ranges of lines; the rest of a long function says nothing new."""
MOST_OPINIONS = 600
"""Per ranker, the strongest; a commit of ten thousand lines says little about any of them."""
_EVIDENCE_PER_RANKER = 2


def locate(
    clusters: Sequence[FailureCluster],
    source: SourceTree,
    commits: Sequence[Commit],
    spectra: Spectra | None = None,
    culprit: Culprit | None = None,
    *,
    tried: Sequence[Tried] = (),
    rankers: Sequence[tuple[Ranker, float]] = RANKERS,
) -> tuple[Location, ...]:
    """Return the suspicious ranges of lines, best first, each with its evidence in words.

    `commits` end in the base, newest first; `spectra`, `culprit` and `tried` are what runs told. Tests and
    configuration appear only when there is nothing else. Never raises for what a report or a file says.
    """
    inquiry = Inquiry(
        tuple(clusters), SourceIndex(source), tuple(commits), RepositoryPaths(source.paths), spectra, culprit,
        tuple(tried),
    )  # fmt: skip
    asked = [ranker for ranker, _ in rankers]
    opinions = Opinions.of(inquiry, asked)
    weights = [weight for _, weight in rankers]
    if not any(opinions.found):
        return _sifted(Opinions.of(inquiry, [frames.rank_tests], tests=True).weighed([1.0]))
    ranked = _sifted(opinions.weighed(weights))
    if len(clusters) == 1:
        return ranked
    alone = (replace(inquiry, clusters=(one,)) for one in inquiry.clusters[:MOST_LED])
    return led(ranked, (Opinions.of(one, asked).weighed(weights) for one in alone))


@dataclass(frozen=True, slots=True)
class Opinions:
    """What several rankers say, formed once; `found` holds the strongest of each, best first."""

    found: tuple[tuple[Suspicion, ...], ...]
    index: SourceIndex
    hints: frozenset[int] = frozenset()
    """The positions of those whose word alone is not enough."""

    @classmethod
    def of(cls, inquiry: Inquiry, rankers: Sequence[Ranker], *, tests: bool = False) -> Opinions:
        """Ask rankers; what they say of tests counts only where `tests` says so."""
        for cluster in inquiry.clusters:  # the structure of only so many files is read: of those on the stack first
            for site in inquiry.sites(cluster.representative):
                inquiry.index.outline(site.path)
        found = []
        for ranker in rankers:
            known = [
                item
                for item in ranker(inquiry)
                if item.path in inquiry.index.source.paths
                and (tests or (layout.is_source(item.path) and not inquiry.index.in_test(item.path, item.line)))
            ]
            known.sort(key=lambda item: (-item.score, item.path, item.line))
            found.append(tuple(known[:MOST_OPINIONS]))
        traced = any(found for found, ranker in zip(found, rankers, strict=True) if ranker in TRACING)
        hints = [position for position, ranker in enumerate(rankers) if traced and ranker in HINTS]
        return cls(tuple(found), inquiry.index, frozenset(hints))

    def weighed(self, weights: Sequence[float]) -> tuple[Location, ...]:
        """Return all ranges that are suspected, best first: the sum of what each ranker says of them, weighed.

        It is 1 where all that said anything are sure of a range.
        """
        by_path: dict[str, list[list[Suspicion]]] = {}
        for position, found in enumerate(self.found):
            for item in found:
                by_path.setdefault(item.path, [[] for _ in weights])[position].append(item)
        total = sum(weight for found, weight in zip(self.found, weights, strict=True) if found) or 1.0
        located = []
        for path, by_ranker in by_path.items():
            for line, end_line in {(item.line, item.end_line) for said in by_ranker for item in said}:
                score, evidence, founded = 0.0, [], False
                for position, (said, weight) in enumerate(zip(by_ranker, weights, strict=True)):
                    covering = [item for item in said if item.line <= line and end_line <= item.end_line]
                    if covering and weight:
                        founded |= position not in self.hints
                        score += weight * covering[0].score  # best first
                        evidence += _distinct(item.evidence for item in covering)
                if founded:
                    function = _function(self.index, path, line)
                    told = tuple(dict.fromkeys(evidence))
                    located.append(Location(path, line, end_line, function, score / total, told))
        located.sort(key=lambda place: (-place.suspiciousness, place.end_line - place.line, place.path, place.line))
        return tuple(located)


def _distinct(said: Iterable[str]) -> list[str]:
    """Return what a ranker says best, without what only says it again of the lines around."""
    kept: list[str] = []
    for words_said in said:
        if len(kept) < _EVIDENCE_PER_RANKER and not any(words_said.endswith(one) for one in kept):
            kept.append(words_said)
    return kept


def _sifted(located: Sequence[Location]) -> tuple[Location, ...]:
    """Return the best locations, only so many of each function."""
    seen: Counter[tuple[str, str | None]] = Counter()
    kept = []
    for place in located:
        seen[place.path, place.function] += 1
        if seen[place.path, place.function] <= MOST_OF_A_FUNCTION or place.function is None:
            kept.append(place)
    return tuple(kept[:MOST_LOCATIONS])


def _function(index: SourceIndex, path: str, line: int) -> str | None:
    module = index.module(path)
    definition = module.enclosing(line, functions_only=True) if module else None
    if definition:
        return definition.qualname
    outline = index.outline(path)
    function = outline.function(line) if outline else None
    return function.qualname if function else None
