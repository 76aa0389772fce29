"""Several reports of one change as one run: shards add up, and what every leg of a matrix reports counts once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.evidence.fingerprints import fingerprint
from healer.evidence.limits import ROSTER_NAMES
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.evidence import Failure, Report, Roster

_WORST_LAST = (CaseOutcome.SKIPPED, CaseOutcome.PASSED, CaseOutcome.FAILED, CaseOutcome.ERROR)


@dataclass(frozen=True, slots=True)
class MergedRun:
    """What all reports together say."""

    tally: Tally
    failures: tuple[Failure, ...]


def merged(reports: Sequence[Report]) -> MergedRun:
    """Merge reports: a test case that several of them hold counts once, by the worst that became of it.

    A test that fails in the same way in several reports is one failure, kept as first seen; one that fails differently
    elsewhere (another platform, another version) stays, for it may need another repair. Within one report nothing is
    merged: what it holds twice ran twice. Reports without a roster of their test cases add up.
    """
    failures: list[Failure] = []
    known: set[tuple[str, str]] = set()
    for report in reports:
        signed = [(failure, (failure.id, fingerprint(failure))) for failure in report.failures]
        failures += [failure for failure, signature in signed if signature not in known]
        known.update(signature for _, signature in signed)
    return MergedRun(_tally(reports), tuple(failures))


def _tally(reports: Sequence[Report]) -> Tally:
    rosters = [report.roster for report in reports if report.roster]
    if len(rosters) < 2 or sum(map(len, rosters)) > ROSTER_NAMES:  # noqa: PLR2004 - one cannot overlap
        return sum((report.tally for report in reports if report.tally), Tally())
    others = (report.tally for report in reports if report.tally and not report.roster)
    return sum(others, _united(rosters))


def _united(rosters: Sequence[Roster]) -> Tally:
    """Count the union of the rosters as multisets: a name as often as the one that has it most often."""
    worst: dict[int, list[int]] = {}
    for roster in rosters:
        here: Counter[int] = Counter()
        for rank in range(len(_WORST_LAST) - 1, -1, -1):
            for name in roster.names[_WORST_LAST[rank]]:
                ranks = worst.setdefault(name, [])
                place = here[name]
                here[name] += 1
                if place == len(ranks):
                    ranks.append(rank)
                elif ranks[place] < rank:
                    ranks[place] = rank
    counted = Counter(rank for ranks in worst.values() for rank in ranks)
    skipped, passed, failed, errors = (counted[rank] for rank in range(len(_WORST_LAST)))
    return Tally(passed, failed, errors, skipped)
