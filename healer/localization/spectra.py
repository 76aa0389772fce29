"""Line spectra: what failing test cases ran and passing ones did not.

The formula is Ochiai's (Abreu, Zoeteweij and van Gemund, TAICPART 2007).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from healer.localization.inquiry import Suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.localization.inquiry import Inquiry
    from healer.models.evidence import FailureCluster
    from healer.models.spectra import Spectra

LEAST_SUSPICIOUS = 0.05


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect lines by how well running them goes together with failing, cause by cause."""
    if inquiry.spectra is None:
        return
    for cluster in inquiry.clusters:
        yield from _rank_cluster(cluster, inquiry.spectra)


def _rank_cluster(cluster: FailureCluster, spectra: Spectra) -> Iterator[Suspicion]:
    wanted = {failure.id for failure in cluster.failures}
    own = frozenset(number for number, test in enumerate(spectra.failed) if test in wanted)
    if not own:
        return
    for path, lines in spectra.lines.items():
        for line, hits in lines.items():
            failing = sum(number in own for number in hits.failed)
            score = ochiai(failing, len(own), hits.passed)
            if score >= LEAST_SUSPICIOUS:
                yield Suspicion(path, line, line, score, _told(failing, len(own), hits.passed, spectra.passed))


def ochiai(failing: int, all_failing: int, passing: int) -> float:
    """Return a line's suspiciousness in 0..1 from how many failing and passing test cases ran it."""
    return failing / math.sqrt(all_failing * (failing + passing)) if failing else 0.0


def _told(failing: int, all_failing: int, passing: int, all_passing: int) -> str:
    ran = f"all {failing}" if failing == all_failing and failing > 1 else f"{failing} of {all_failing}"
    return f"ran in {ran} failing and {passing} of {all_passing} passing tests"
