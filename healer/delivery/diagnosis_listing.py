"""The source of suspicious files on the page: each line with its number, its suspiciousness and who ran it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.delivery.diagnosis_markup import Markup, anchor, element, joined, link_to

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from healer.delivery.diagnosis_view import View
    from healer.models.spectra import Hits

LEVELS = 10
"""Steps of the scale, from 1 for hardly to this for the most suspicious line; 0 is no suspicion."""
MOST_FILES = 12
MOST_CHARACTERS = 3_000_000
"""Of all listings together."""
MOST_FUNCTION = 160
"""Lines; of a longer function what surrounds its marked lines is open, and the rest is folded."""
LONGEST_LINE = 1_000
_ROW = 120
"""Characters that a line takes beside its text and its path, at least."""
_AROUND = 12
_GAP = 3
"""Lines between what is open that are not worth folding."""
_OPEN = 15


@dataclass(frozen=True, slots=True)
class Listing:
    """A file's lines with all that is said of each."""

    path: str
    lines: Sequence[str]
    heat: Mapping[int, float]
    """By line, relative to the most suspicious place of all."""
    hits: Mapping[int, Hits]
    open: frozenset[int]

    def least_size(self, *, whole: bool) -> int:
        """Return how many characters the file takes on the page, or its open parts; escapes come on top."""
        shown = range(1, len(self.lines) + 1) if whole else self.open
        row = _ROW + 2 * len(self.path)
        return sum(row + min(len(self.lines[number - 1]), LONGEST_LINE) for number in shown)

    def markup(self, *, whole: bool) -> Markup:
        """Return the file: what is worth reading open, everything else folded, or else left out."""
        parts = []
        for first, last, is_open in self._stretches():
            if not (whole or is_open):
                parts.append(element("div", f"{_named(first, last)} left out", class_="gap"))
                continue
            rows = joined([*self._head(first), *map(self._row, range(first, last + 1))])
            block = element(
                "div", rows, class_="code", tabindex="0", role="region", aria_label=self._label(first, last)
            )
            if not is_open:
                block = element("details", element("summary", _named(first, last)), block)
            parts.append(block)
        return joined(parts)

    def _head(self, first: int) -> list[Markup]:
        """Return what stands above the numbers of test cases, at the beginning of the first open part."""
        if not self.hits or first != min(self.open, default=1):
            return []
        title = "how many failing / passing tests ran the line"
        return [
            element(
                "div", element("span", class_="n"), element("span", "fail / pass", class_="r"), class_="l", title=title
            )
        ]

    def _label(self, first: int, last: int) -> str:
        return f"{self.path}, lines {first} to {last}"

    def _stretches(self) -> Iterator[tuple[int, int, bool]]:
        """Yield the first and the last line of each part of the file, and whether it is open."""
        start = 1
        for first, last in _runs(sorted(self.open)):
            if start < first:
                yield start, first - 1, False
            yield first, last, True
            start = last + 1
        if start <= len(self.lines):
            yield start, len(self.lines), False

    def _row(self, number: int) -> Markup:
        text = self.lines[number - 1]
        if len(text) > LONGEST_LINE:
            text = f"{text[:LONGEST_LINE]} … {len(text) - LONGEST_LINE} more characters"
        value = self.heat.get(number, 0.0)
        level = level_of(value)
        hits = self.hits.get(number)
        said = "; ".join(self._told(value if level else 0.0, hits))
        ran = f"{len(hits.failed)} / {hits.passed}" if hits and hits.failed else ""
        return element(
            "div",
            link_to(self.path, number, str(number), class_="n"),
            element("span", ran, class_="r"),
            element("code", text or " "),
            id=anchor(self.path, number),
            class_=f"l h{level}" if level else "l",
            title=said or None,
        )

    def _told(self, value: float, hits: Hits | None) -> Iterator[str]:
        if value:
            yield f"suspiciousness {value:.0%} of the highest"
        if hits:
            yield f"run by {len(hits.failed)} failing and {hits.passed} passing tests"


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield runs of numbers with hardly a gap, by their ends."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = number
        elif number - last > _GAP:
            yield first, last
            first = number
        last = number
    if first is not None and last is not None:
        yield first, last


def level_of(value: float) -> int:
    """Return the step on the scale for a suspiciousness relative to the highest."""
    return min(max(round(value * LEVELS), 1 if value > 1 / LEVELS / 4 else 0), LEVELS)


def listings(view: View) -> Iterator[Listing]:
    """Yield the files that hold something suspicious, the most suspicious first."""
    highest = view.entries[0].suspiciousness if view.entries else 0.0
    for path in dict.fromkeys(entry.path for entry in view.entries):
        lines = view.sources.lines(path)
        heat: dict[int, float] = {}
        for place in view.diagnosis.locations:
            if place.path == path and highest:
                for number in range(place.line, min(place.end_line, len(lines)) + 1):
                    heat[number] = max(heat.get(number, 0.0), place.suspiciousness / highest)
        hits = view.spectra.lines.get(path, {}) if view.spectra else {}
        yield Listing(path, lines, heat, hits, frozenset(_open(view, path)))


def _open(view: View, path: str) -> Iterator[int]:
    """Yield the lines to be open: small functions whole, of others what surrounds their marks."""
    last = len(view.sources.lines(path))
    for entry in (one for one in view.worth_telling(_OPEN) if one.path == path):
        if entry.end_line - entry.line < MOST_FUNCTION and (entry.function or entry.marks):
            yield from range(entry.line, min(entry.end_line, last) + 1)
            continue
        yield from range(entry.line, min(entry.line + 2, last) + 1)
        for line in entry.worst(LEVELS):
            yield from range(max(line - _AROUND, entry.line), min(line + _AROUND, entry.end_line, last) + 1)


@dataclass(frozen=True, slots=True)
class Section:
    """One file on the page: `lines` are those that are there, `markup` is None where there was no room for any."""

    path: str
    lines: Container[int]
    markup: Markup | None
    is_whole: bool


def sections(found: Iterable[Listing], room: int = MOST_CHARACTERS) -> Iterator[Section]:
    """Yield each file, whole or its open parts, as long as there is room."""
    for number, listing in enumerate(found):
        section = Section(listing.path, (), None, is_whole=False)
        for whole in (True, False):
            if number < MOST_FILES and listing.least_size(whole=whole) <= room:
                markup = listing.markup(whole=whole)
                if len(markup) <= room:
                    room -= len(markup)
                    lines = range(1, len(listing.lines) + 1) if whole else listing.open
                    section = Section(listing.path, lines, markup, is_whole=whole)
                    break
        yield section


def _named(first: int, last: int) -> str:
    return f"line {first}" if first == last else f"lines {first} to {last}"


class Links:
    """Links to lines that are on the page."""

    def __init__(self, shown: Iterable[Section]) -> None:
        self._lines = {section.path: section.lines for section in shown}

    def to(self, path: str, line: int, *children: str, class_: str | None = None) -> Markup:
        """Return a link to a line, or its words alone where the line is not on the page."""
        if line in self._lines.get(path, ()):
            return link_to(path, line, *children, class_=class_)
        return element("span", *children, class_=class_)
