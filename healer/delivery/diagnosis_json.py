"""The document that `diagnose --format json` prints: one JSON object, the same keys whatever was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from healer.delivery.document import cluster_document

if TYPE_CHECKING:
    from healer.delivery.diagnosis_sources import Sources
    from healer.delivery.diagnosis_view import Entry, View
    from healer.models.code import Culprit, Location

_DIGITS = 4


def diagnosis_document(view: View) -> dict[str, Any]:
    """Return a diagnosis as JSON-ready values; `locations` and `functions` best first, lines 1-based and inclusive.

    `culprit` is the change that broke what fails, null where none was found or sought; `spectra` how many test cases'
    lines are known, null where none are. `left_out` says in sentences what was not looked at or not told.
    """
    spectra, culprit = view.spectra, view.diagnosis.culprit
    return {
        "base": view.base,
        "clusters": [cluster_document(cluster) for cluster in view.diagnosis.clusters],
        "locations": [_location(place) for place in view.diagnosis.locations],
        "functions": [_function(entry) for entry in view.entries],
        "culprit": _culprit(culprit, view.sources) if culprit else None,
        "spectra": {"passed": spectra.passed, "failed": len(spectra.failed)} if spectra else None,
        "left_out": list(view.left_out),
    }


def _location(place: Location) -> dict[str, Any]:
    return {
        "file": place.path,
        "line": place.line,
        "end_line": place.end_line,
        "function": place.function,
        "suspiciousness": round(place.suspiciousness, _DIGITS),
        "evidence": list(place.evidence),
    }


def _function(entry: Entry) -> dict[str, Any]:
    return {
        "file": entry.path,
        "line": entry.line,
        "end_line": entry.end_line,
        "function": entry.function,
        "suspiciousness": round(entry.suspiciousness, _DIGITS),
        "lines": [
            {"line": line, "suspiciousness": round(value, _DIGITS)} for line, value in entry.marks.items()
        ],
        "evidence": list(entry.evidence),
    }  # fmt: skip


def _culprit(culprit: Culprit, sources: Sources) -> dict[str, Any]:
    return {
        "commit": culprit.commit.id,
        "subject": culprit.commit.subject,
        "age": culprit.age,
        "changes": [
            {
                "file": change.path,
                "line": change.line,
                "end_line": change.end_line,
                "earlier": list(sources.shown("".join(change.earlier))) if change.earlier else [],
            }
            for change in culprit.changes
        ],
    }
