"""The change that broke the failing test cases, where putting it back was tried: an experiment outweighs all else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.localization.changes import describe
from healer.localization.inquiry import Suspicion
from healer.localization.pieces import of_commit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.localization.inquiry import Inquiry


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect the least change that makes the targets pass when it is put back, or else all of its commit."""
    culprit = inquiry.culprit
    if culprit is None:
        return
    which = describe(culprit.commit, culprit.age)
    for one in culprit.changes:
        words = f"what fails passes with what {which}, changed here put back"
        yield Suspicion(one.path, one.line, one.end_line, 1.0, words)
    if not culprit.changes:
        words = f"what fails passes with the code before {which}"
        source = inquiry.index.source
        for piece in of_commit(inquiry.commits, culprit.age, source):
            one = piece.in_base(source)
            yield Suspicion(one.path, one.line, one.end_line, 0.5, words)
