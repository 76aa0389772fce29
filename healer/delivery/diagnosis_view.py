"""A diagnosis made ready to be read: one entry for each function, evidence told once, sources without secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from healer.delivery.diagnosis_sources import Sources
from healer.evidence.paths import RepositoryPaths
from healer.localization.inquiry import Inquiry
from healer.localization.pysource import SourceIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from healer.localization.pysource import Definition
    from healer.models.code import Diagnosis, Location
    from healer.models.spectra import Spectra
    from healer.ports import SourceTree

WORTH = 0.2
"""Of the highest suspiciousness: what less suspicious functions have is told of in a line."""
LEAST = 3
"""So many are told of in full anyway."""
SHORT = 5
"""Lines; a longer range is told of as a whole, and none of its lines is marked for it."""
_NAMED_CLUSTERS = 20
_NAMED_FAILURES = 5
"""Of a cluster; the rankers ask no more of them."""
_NUMBERS = re.compile(r"(?:all )?\d+(?: of \d+)?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One function, or lines outside of any, with all that is suspicious in it. Lines are 1-based and inclusive."""

    path: str
    line: int
    end_line: int
    function: str | None
    suspiciousness: float
    """That of its worst place, in 0..1."""
    marks: Mapping[int, float] = field(default_factory=dict)
    """Suspicious single lines, worst first; empty where only the function as a whole is."""
    evidence: tuple[str, ...] = ()
    """In words, that for the worst place first; nothing is said twice."""

    @property
    def first(self) -> int:
        """The line to look at first."""
        return next(iter(self.marks), self.line)

    def worst(self, count: int) -> dict[int, float]:
        """Return the marks worth showing: at most `count`, none with less than half of the highest."""
        kept = [(line, value) for line, value in self.marks.items() if value * 2 >= self.marks[self.first]]
        return dict(kept[:count])


@dataclass(frozen=True, slots=True)
class View:
    """What is known, and what was left out, for whoever shows it."""

    diagnosis: Diagnosis
    entries: tuple[Entry, ...]
    """Best first."""
    sources: Sources
    inquiry: Inquiry
    """The failures in their source."""
    base: str
    spectra: Spectra | None = None
    left_out: tuple[str, ...] = ()

    def worth_telling(self, most: int) -> tuple[Entry, ...]:
        """Return the entries to tell of in full, at most so many."""
        worth = sum(entry.suspiciousness >= WORTH * self.entries[0].suspiciousness for entry in self.entries)
        return self.entries[: min(max(worth, LEAST), most)]


def view(
    diagnosis: Diagnosis, source: SourceTree, base: str, *, redact: Callable[[str], str],
    spectra: Spectra | None = None, left_out: Sequence[str] = (),
) -> View:  # fmt: skip
    """Return a diagnosis of a commit (`base`) as it is shown; texts of failures must be free of secrets already."""
    index = SourceIndex(source)
    diagnosis = _without_secrets(diagnosis, redact)
    told = _Told.of(diagnosis)
    gathered: dict[tuple[str, object], list[tuple[Location, Definition | None]]] = {}
    for place in diagnosis.locations:
        definition = _function_around(index, place)
        key = (place.path, definition.line if definition else _outside(place))
        gathered.setdefault(key, []).append((place, definition))
    entries = [_entry(found, told) for found in gathered.values()]
    entries.sort(key=lambda entry: -entry.suspiciousness)
    inquiry = Inquiry(diagnosis.clusters, index, (), RepositoryPaths(source.paths))
    return View(diagnosis, tuple(entries), Sources(index, redact), inquiry, base, spectra, tuple(left_out))


def _without_secrets(diagnosis: Diagnosis, redact: Callable[[str], str]) -> Diagnosis:
    """Return a diagnosis whose words, which quote commits and names, hold no secret."""
    locations = tuple(replace(place, evidence=tuple(map(redact, place.evidence))) for place in diagnosis.locations)
    culprit = diagnosis.culprit
    if culprit:
        culprit = replace(culprit, commit=replace(culprit.commit, subject=redact(culprit.commit.subject)))
    return replace(diagnosis, locations=locations, culprit=culprit)


def _function_around(index: SourceIndex, place: Location) -> Definition | None:
    module = index.module(place.path)
    found = module.enclosing(place.line, functions_only=True) if module else None
    return found if found and place.end_line <= found.end_line else None


def _outside(place: Location) -> object:
    """Tell places outside of functions apart: ranges one by one, single lines of a file together."""
    return (place.line, place.end_line) if _is_long(place) else place.function


def _is_long(place: Location) -> bool:
    return place.end_line - place.line >= SHORT


def _entry(found: Sequence[tuple[Location, Definition | None]], told: _Told) -> Entry:
    best, definition = found[0]
    marks: dict[int, float] = {}
    for place, around in found:
        is_whole = around is not None and (around.line, around.end_line) == (place.line, place.end_line)
        if not _is_long(place) and not is_whole:
            for line in range(place.line, place.end_line + 1):
                marks.setdefault(line, place.suspiciousness)
    first = definition.line if definition else min(place.line for place, _ in found)
    last = definition.end_line if definition else max(place.end_line for place, _ in found)
    words = told.once((word for place, _ in found for word in place.evidence), best.function)
    return Entry(best.path, first, last, best.function, best.suspiciousness, marks, tuple(words))


@dataclass(frozen=True, slots=True)
class _Told:
    """Tells evidence once where it differs only by the failing test that it was found with, or in numbers."""

    names: re.Pattern[str] | None

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> _Told:
        known = (
            failure.id
            for cluster in diagnosis.clusters[:_NAMED_CLUSTERS]
            for failure in cluster.failures[:_NAMED_FAILURES]
        )
        names = sorted(set(filter(None, known)), key=lambda name: (-len(name), name))
        return cls(re.compile("|".join(map(re.escape, names))) if names else None)

    def once(self, evidence: Iterable[str], function: str | None) -> Iterator[str]:
        """Yield each kind of evidence in its first words; `function` need not be named again at their head."""
        kinds: dict[str, list[str]] = {}
        for words in evidence:
            shorter = words.removeprefix(f"{function} is ") if function else words
            shorter = words if shorter.startswith("in ") else shorter
            kinds.setdefault(_NUMBERS.sub("#", self._unnamed(shorter)), []).append(shorter)
        for variants in kinds.values():
            found = [self.names.search(words) for words in variants] if self.names else []
            others = " and others" if len({one[0] for one in found if one}) > 1 else ""
            yield self._naming(variants[0], others)

    def _unnamed(self, words: str) -> str:
        return self.names.sub("\0", words) if self.names else words

    def _naming(self, words: str, more: str) -> str:
        return self.names.sub(lambda found: short_name(found[0]) + more, words) if self.names else words


def short_name(test: str) -> str:
    """Return a test's name without its file and class, its parameters kept."""
    name, bracket, parameters = test.partition("[")
    return name.rsplit("::", 1)[-1] + bracket + parameters
