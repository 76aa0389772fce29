"""The boxes of the page: a cause with its tests, a suspicious function with its evidence, the change that broke it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.delivery.diagnosis_change import Sign, decisive, told, whole
from healer.delivery.diagnosis_listing import LONGEST_LINE, level_of
from healer.delivery.diagnosis_markup import Markup, element, joined
from healer.delivery.diagnosis_sources import TAB, indentation
from healer.delivery.diagnosis_tests import failing_test
from healer.delivery.diagnosis_words import counted, one_cause
from healer.delivery.markdown import shortened

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from healer.delivery.diagnosis_change import FileChange
    from healer.delivery.diagnosis_listing import Links
    from healer.delivery.diagnosis_sources import Piece
    from healer.delivery.diagnosis_view import Entry, View
    from healer.models.code import Culprit
    from healer.models.evidence import FailureCluster

TESTS = 8
MOST_TESTS = 300
MESSAGE = 4_000
"""Characters."""
TRACE = 20_000
WITH_CODE = 5
_SHORT_TRACE = 30
_MOST_CHANGED = 400
_TEST = 40
_EXCERPT = 24
_MARKS = 10
_SIGNS = {Sign.REMOVED: "l d-gone", Sign.ADDED: "l d-come", Sign.SAME: "l"}


def cluster_card(cluster: FailureCluster, view: View, links: Links) -> Markup:
    """Return one cause: what it says, the test cases that fail by it, one of them with its source, and the trace."""
    shown, count = cluster.representative, len(cluster.failures)
    parts = [element("pre", shortened(shown.headline.strip() or shown.id, MESSAGE), class_="said")]
    names = [element("li", failure.id, class_="id") for failure in cluster.failures[:MOST_TESTS]]
    parts.append(element("ul", *names[:TESTS], class_="tests"))
    if count > TESTS:
        more = [*names[TESTS:], *([element("li", f"and {count - MOST_TESTS} more")] if count > MOST_TESTS else [])]
        parts.append(_folded(f"{count - TESTS} more", element("ul", *more, class_="tests")))
    if shown.text.strip():
        trace = element("pre", _ends(shown.text.strip("\n"), TRACE))
        parts.append(_folded("the trace as reported", trace, is_open=shown.text.count("\n") < _SHORT_TRACE))
    test = failing_test(shown, view, most=_TEST)
    code = []
    if test:
        parts.append(
            element("p", "The test, ", element("span", f"{test.path}:{test.line}", class_="id"), class_="quiet")
        )
        code.append(_excerpt(test.path, test.pieces, test.marks, {}, links))
    return element(
        "article",
        element("header", element("h3", one_cause(cluster))),
        element("div", *parts, class_="body"),
        *code,
        class_="card",
    )


def entry_card(number: int, entry: Entry, view: View, links: Links) -> Markup:
    """Return one suspicious function: how suspicious, why, and for the first few its marked lines."""
    highest = view.entries[0].suspiciousness or 1.0
    where = f"{entry.path}:{entry.first}"
    title = element(
        "h3", element("span", f"{number}. ", class_="rank"),
        *([element("code", entry.function), " "] if entry.function else []), links.to(entry.path, entry.first, where),
    )  # fmt: skip
    share = entry.suspiciousness / highest
    meter = element(
        "span", element("i", class_=f"w{level_of(share)}"), class_="meter", role="img",
        aria_label=f"suspiciousness {share:.0%} of the highest",
    )  # fmt: skip
    score = element("span", meter, f"{entry.suspiciousness:.2f}", class_="score quiet", title="suspiciousness, of 1")
    evidence = element("div", element("ul", *(element("li", words) for words in entry.evidence)), class_="body")
    code = []
    if number <= WITH_CODE:
        heat = {line: value / highest for line, value in entry.marks.items()}
        marks = entry.worst(_MARKS)
        pieces = view.sources.excerpt(entry.path, entry.line, entry.end_line, marks, most=_EXCERPT)
        code = [_excerpt(entry.path, pieces, marks, heat, links)]
    return element("article", element("header", title, score), evidence, *code, class_="card")


def further_card(entries: Sequence[Entry], first: int, links: Links) -> Markup:
    """Return functions that are less suspicious, a line each; `first` is the rank of the first of them."""
    items = (
        element(
            "li",
            *([element("code", entry.function), " "] if entry.function else []),
            links.to(entry.path, entry.first, f"{entry.path}:{entry.first}"),
            *([element("span", f" {entry.evidence[0]}", class_="quiet")] if entry.evidence else []),
        )
        for entry in entries
    )
    body = element("ol", *items, start=str(first), class_="further")
    return element(
        "article", element("details", element("summary", f"{len(entries)} less suspicious"), body), class_="card"
    )


def change_card(culprit: Culprit, view: View, links: Links) -> Markup:
    """Return the change that broke what fails: the part that makes the difference, and all of its commit."""
    parts = [element("header", element("h3", told(culprit)))]
    parts += (_diff(change, links) for change in decisive(culprit, view.sources))
    changes, left = whole(culprit, view.sources, _MOST_CHANGED)
    rest = [
        *(_diff(change, links) for change in changes),
        *([element("p", f"and {counted(left, 'more line')}", class_="quiet")] if left else []),
    ]
    if rest:
        parts.append(element("details", element("summary", "all that this commit changed"), *rest))
    return element("article", *parts, class_="card")


def _diff(change: FileChange, links: Links) -> Markup:
    first = next((line.line for line in change.lines if line.line and line.sign is Sign.ADDED), None)
    rows = [element("div", element("span", change.path, class_="id"), class_="gap")]
    for line in change.lines:
        number = (
            element("span", class_="n")
            if line.line is None
            else links.to(change.path, line.line, str(line.line), class_="n")
        )
        sign = element("span", line.sign.value, class_="s")
        rows.append(element("div", number, sign, element("code", line.text or " "), class_=_SIGNS[line.sign]))
    label = f"change of {change.path}" + (f" at line {first}" if first else "")
    return element("div", *rows, class_="code diff", tabindex="0", role="region", aria_label=label)


def _excerpt(
    path: str, pieces: Sequence[Piece], marks: Collection[int], heat: dict[int, float], links: Links
) -> Markup:
    indent = indentation(pieces)

    def rows() -> Iterator[Markup]:
        for position, piece in enumerate(pieces):
            if position:
                yield element("div", "⋮", class_="gap", aria_hidden="true")
            for number, text in enumerate(piece.texts, piece.line):
                value = heat.get(number, 1.0) if number in marks else 0.0
                label = str(number)
                place = links.to(path, number, label, class_="n")
                level = level_of(value)
                yield element(
                    "div",
                    place,
                    element("code", shortened(text.expandtabs(TAB)[indent:], LONGEST_LINE) or " "),
                    class_=f"l h{level}" if level else "l",
                )

    label = f"excerpt of {path}"
    return element("div", joined(rows()), class_="code", tabindex="0", role="region", aria_label=label)


def _folded(title: str, *body: Markup, is_open: bool = False) -> Markup:
    return element("details", element("summary", title), *body, open="" if is_open else None)


def _ends(text: str, most: int) -> str:
    """Return a text with its middle left out where it is too long: what matters stands at its ends."""
    if len(text) <= most:
        return text
    return f"{text[: most // 3]}\n… {len(text) - most} characters left out …\n{text[len(text) - most * 2 // 3 :]}"
