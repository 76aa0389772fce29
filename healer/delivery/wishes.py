"""What is wanted of a pull request beyond its change, and when a change is fit to be merged by nobody's hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.models.outcome import AUTO_MERGE_FROM, Standing

if TYPE_CHECKING:
    from healer.models.outcome import Fix


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the one who calls self-heal says of its pull requests."""

    auto_merge: bool = False
    """Whether GitHub may merge a strong change by itself, once all that the base branch requires has passed."""
    review_from: tuple[str, ...] = ()
    """Whom to ask for a review of a change that is not thin: logins, and `team:slug`."""


def objection(fix: Fix, *, isolated: bool) -> str | None:
    """Return why a change must not be merged without a person, or None when nothing speaks against it.

    `isolated` says whether the tests that proved it were kept apart from self-heal.
    """
    if fix.confidence is None:
        return "how likely the change is right was not weighed"
    if fix.confidence.standing is not Standing.AUTO_MERGE:
        return f"the confidence is {fix.confidence.value:.3f}, below {AUTO_MERGE_FROM}"
    if fix.remaining:
        return "it repairs a part: failing test cases of other causes remain"
    if fix.flags:
        return "the proof names what a person has to look at"
    if not isolated:
        return "the tests that proved it were not isolated"
    return None
