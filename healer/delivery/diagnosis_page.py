"""A diagnosis as one page that needs nothing else: no script, no network, nothing that a source could smuggle in.

Foreign text enters through `diagnosis_markup` only, and the page's own policy forbids scripts and every request.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from healer.delivery.diagnosis_cards import change_card, cluster_card, entry_card, further_card
from healer.delivery.diagnosis_change import told
from healer.delivery.diagnosis_listing import LEVELS, MOST_FILES, listings, sections
from healer.delivery.diagnosis_markup import Markup, element, link_to
from healer.delivery.diagnosis_style import STYLE
from healer.delivery.diagnosis_text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    by = "" if view.failing == 1 else f" by {'one cause' if causes == 1 else f'{causes} causes'}"
    return f"{counted(view.failing, 'failing test')}{by}"


def _parts(view: View, title: str) -> Iterator[Markup]:
    yield element("h1", title)
    yield element("p", "at commit ", element("span", view.base[:_BASE], class_="id"), class_="quiet")
    diagnosis = view.diagnosis
    if not diagnosis.clusters:
        return
    yield _lead(view)
    left_out = list(view.left_out)
    yield element("h2", "What fails")
    yield from (cluster_card(cluster, view) for cluster in diagnosis.clusters[:CLUSTERS])
    if len(diagnosis.clusters) > CLUSTERS:
        left = sum(len(cluster.failures) for cluster in diagnosis.clusters[CLUSTERS:])
        left_out.append(f"{counted(left, 'failing test')} of {len(diagnosis.clusters) - CLUSTERS} further causes")
    if diagnosis.culprit:
        yield element("h2", "The change that broke it")
        yield change_card(diagnosis.culprit, view)
    yield element("h2", "Where to look")
    told_of = view.worth_telling(ENTRIES)
    yield from (entry_card(number, entry, view) for number, entry in enumerate(told_of, 1))
    further = view.entries[len(told_of) : len(told_of) + FURTHER]
    if further:
        yield further_card(further, len(told_of) + 1)
    if len(view.entries) > len(told_of) + FURTHER:
        left_out.append(f"{len(view.entries) - len(told_of) - FURTHER} functions that are less suspicious")
    yield element("h2", "The code")
    yield _scale(view)
    for section in sections(listings(view)):
        if section.markup is None:
            left_out.append(f"the source of {section.path}: the page shows {MOST_FILES} files and a few megabytes")
            continue
        head = element("header", element("h3", element("span", section.path, class_="id")))
        yield element("section", head, section.markup, class_="card ran" if view.spectra else "card")
    if left_out:
        yield element("h2", "Left out")
        yield element("ul", *(element("li", sentence) for sentence in left_out))


def _lead(view: View) -> Markup:
    """Return the answer at a glance."""
    lines = []
    if view.entries:
        first = view.entries[0]
        where = f"{first.path}:{first.first}"
        name = element("code", first.function or where)
        lines.append(
            element("p", "Look first at ", element("strong", name), ", ", link_to(first.path, first.first, where))
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
