"""Several reports of one change as one run: shards add up, and what every leg of a matrix reports is one failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.evidence.fingerprints import fingerprint
from healer.models.evidence import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.evidence import Failure, Report


@dataclass(frozen=True, slots=True)
class MergedRun:
    """What all reports together say."""

    tally: Tally
    failures: tuple[Failure, ...]


def merged(reports: Sequence[Report]) -> MergedRun:
    """Merge reports: one test that fails in the same way in several of them is one failure, kept as first seen.

    A test that fails differently elsewhere (another platform, another version) stays, for it may need another repair.
    Within one report nothing is merged: what it counts twice ran twice.
    """
    failures: list[Failure] = []
    known: set[tuple[str, str]] = set()
    for report in reports:
        signed = [(failure, (failure.id, fingerprint(failure))) for failure in report.failures]
        failures += [failure for failure, signature in signed if signature not in known]
        known.update(signature for _, signature in signed)
    return MergedRun(sum((report.tally for report in reports if report.tally), Tally()), tuple(failures))
