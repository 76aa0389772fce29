"""A diagnosis as one page that needs nothing else: no script, no network, nothing that a source could smuggle in.

Foreign text enters through `diagnosis_markup` only, and the page's own policy forbids scripts and every request.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from healer.delivery.diagnosis_cards import change_card, cluster_card, entry_card, further_card
from healer.delivery.diagnosis_change import told
from healer.delivery.diagnosis_listing import LEVELS, MOST_FILES, Links, listings, sections
from healer.delivery.diagnosis_markup import Markup, element
from healer.delivery.diagnosis_style import STYLE
from healer.delivery.diagnosis_words import all_of, counted, failing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.delivery.diagnosis_listing import Section
    from healer.delivery.diagnosis_view import View

CLUSTERS = 20
ENTRIES = 15
FURTHER = 40
_BASE = 10


def as_html(view: View) -> str:
    """Return the page, of a few megabytes at most; it says what it left out."""
    title = _title(view)
    body = element("main", *_parts(view, title))
    return (
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy()}">\n'
            '<meta name="referrer" content="no-referrer">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"{element('title', title)}\n{element('style', Markup(STYLE))}\n</head>\n"
            f"{element('body', body)}\n</html>\n"
        )
        .encode("utf-8", "replace")
        .decode()
    )


def policy() -> str:
    """Return the Content-Security-Policy of the page: its own style sheet, and nothing else at all."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _title(view: View) -> str:
    causes = len(view.diagnosis.clusters)
    if not causes:
        return "Nothing fails"
    failures = all_of(view.diagnosis.clusters)
    by = "" if len(failures) == 1 else f" by {'one cause' if causes == 1 else f'{causes} causes'}"
    return f"{failing(failures)}{by}"


def _parts(view: View, title: str) -> Iterator[Markup]:
    yield element("h1", title)
    yield element("p", "at commit ", element("span", view.base[:_BASE], class_="id"), class_="quiet")
    diagnosis = view.diagnosis
    if not diagnosis.clusters:
        return
    shown = list(sections(listings(view)))
    links = Links(shown)
    yield _lead(view, links)
    yield element("h2", "What fails")
    yield from (cluster_card(cluster, view, links) for cluster in diagnosis.clusters[:CLUSTERS])
    if diagnosis.culprit:
        yield element("h2", "The change that broke it")
        yield change_card(diagnosis.culprit, view, links)
    if view.entries:
        yield element("h2", "Where to look")
        told_of = view.worth_telling(ENTRIES)
        yield from (entry_card(number, entry, view, links) for number, entry in enumerate(told_of, 1))
        further = view.entries[len(told_of) : len(told_of) + FURTHER]
        yield from [further_card(further, len(told_of) + 1, links)] if further else ()
        yield element("h2", "The code")
        yield _scale(view)
        yield from (_section(section, view) for section in shown if section.markup)
    left_out = [*view.left_out, *_cut(view, shown)]
    if left_out:
        yield element("h2", "Left out")
        yield element("ul", *(element("li", sentence) for sentence in left_out))


def _section(section: Section, view: View) -> Markup:
    head = element("header", element("h3", element("span", section.path, class_="id")))
    return element("section", head, section.markup or "", class_="card ran" if view.spectra else "card")


def _cut(view: View, shown: Sequence[Section]) -> Iterator[str]:
    """Tell what the page had no room for."""
    clusters = view.diagnosis.clusters
    if len(clusters) > CLUSTERS:
        yield f"{failing(all_of(clusters[CLUSTERS:]))} by {counted(len(clusters) - CLUSTERS, 'more cause')}"
    told_of = len(view.worth_telling(ENTRIES)) + FURTHER if view.entries else 0
    if len(view.entries) > told_of:
        yield f"{counted(len(view.entries) - told_of, 'function')} that are less suspicious"
    for section in shown:
        if not section.is_whole:
            what = "all but the suspicious functions" if section.markup else "the source"
            yield f"{what} of {section.path}: the page shows {MOST_FILES} files and a few megabytes"


def _lead(view: View, links: Links) -> Markup:
    """Return the answer at a glance."""
    lines = []
    if view.entries:
        first = view.entries[0]
        where = f"{first.path}:{first.first}"
        name = element("code", first.function or where)
        lines.append(
            element("p", "Look first at ", element("strong", name), ", ", links.to(first.path, first.first, where))
        )
        if first.evidence and not view.diagnosis.culprit:
            lines.append(element("p", first.evidence[0], class_="quiet"))
    else:
        lines.append(
            element(
                "p", "Nothing in the repository is suspicious: neither stack, history nor names lead to its source."
            )
        )
    if view.diagnosis.culprit:
        lines.append(element("p", "Broken by ", told(view.diagnosis.culprit)))
    return element("div", *lines, class_="lead")


def _scale(view: View) -> Markup:
    """Return what the colours mean."""
    steps = (1, 4, 7, LEVELS)
    shown = (element("span", element("code", f"{step * 100 // LEVELS} %"), class_=f"h{step}") for step in steps)
    words = ["Suspiciousness relative to the highest: ", element("span", *shown, class_="steps l-scale")]
    if view.spectra:
        failed, passed = len(view.spectra.failed), view.spectra.passed
        words.append(
            f"Beside each line: how many of {failed} failing and of {passed} passing tests ran it, "
            "where a failing one did."
        )
    return element("div", *(element("span", word) for word in words), class_="scale quiet")
