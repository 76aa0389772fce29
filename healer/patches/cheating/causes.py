"""Cheating told cause by cause: the literals of one failing test say nothing of a change that repairs another.

Which cause a change is for is known only once its targets have run. Until then it is refused for what would be cheating
whatever it is for; afterwards, no cause counts as repaired for which it is cheating.
"""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from healer.patches.cheating.verdict import judge_change, objection

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from healer.models.change import FileEdit, Rejection
    from healer.models.evidence import Failure
    from healer.patches.cheating.findings import Finding


def judge_for(
    edits: Sequence[FileEdit], causes: Mapping[str, Sequence[Failure]], among: Collection[str]
) -> tuple[Finding, ...]:
    """Return what looks like cheating in edits that are for these causes, all of them.

    Of many failures some are looked at, from every cause in turn.
    """
    in_turn = zip_longest(*(causes[cause] for cause in causes if cause in among))
    return judge_change(edits, [failure for failure in chain.from_iterable(in_turn) if failure is not None])


def objection_for_any(edits: Sequence[FileEdit], causes: Mapping[str, Sequence[Failure]]) -> Rejection | None:
    """Return why the edits are cheating whatever they are for, or None when for one cause at least they are not."""
    found = objection(judge_for(edits, causes, causes))
    if found is None or any(objection(judge_for(edits, causes, {cause})) is None for cause in causes):
        return None
    return found


def cheated(
    edits: Sequence[FileEdit], causes: Mapping[str, Sequence[Failure]], among: Collection[str]
) -> dict[str, Rejection]:
    """Return those of these causes for which the edits are cheating, each with why."""
    found = ((cause, objection(judge_for(edits, causes, {cause}))) for cause in causes if cause in among)
    return {cause: why for cause, why in found if why is not None}
