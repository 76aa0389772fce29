"""The failing test itself: its own lines, and those that the failure went through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from healer.delivery.diagnosis_sources import Piece
    from healer.delivery.diagnosis_view import View
    from healer.models.evidence import Failure


@dataclass(frozen=True, slots=True)
class FailingTest:
    """A test's function in excerpts, its failing lines marked."""

    path: str
    line: int
    pieces: tuple[Piece, ...]
    marks: Mapping[int, float]


def failing_test(failure: Failure, view: View, *, most: int) -> FailingTest | None:
    """Return the test's source, whole up to `most` lines, else around what failed; None where it cannot be found."""
    inquiry = view.inquiry
    found = inquiry.test_definition(failure)
    if found is None:
        return None
    module, definition = found
    inside = range(definition.line, definition.end_line + 1)
    marks = {site.line: 1.0 for site in inquiry.sites(failure) if site.path == module.path and site.line in inside}
    pieces = view.sources.excerpt(module.path, definition.line, definition.end_line, marks, most=most)
    return FailingTest(module.path, definition.line, pieces, marks) if pieces else None
