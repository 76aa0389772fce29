"""Test cases named in few words: those of one parametrised test together, known ones by the number of their cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.engines.model.fencing import Fence
    from healer.models.evidence import FailureCluster

MAX_NAMES = 5
MOST_CLUSTERS = 8
"""Causes that a prompt tells."""
MOST_SHORTENED = 50
"""Failures of a cause whose ids are looked for in reasons."""


def folded(tests: Iterable[str], fence: Fence) -> str:
    """Return some names on one line, each test once with the number of its cases, and how many tests more there are."""
    counted: dict[str, int] = {}
    first: dict[str, str] = {}
    for test in tests:
        bare = test.partition("[")[0]
        counted[bare] = counted.get(bare, 0) + 1
        first.setdefault(bare, test)
    named = [
        f"{fence.line(bare)} ({count} cases)" if count > 1 else fence.line(first[bare])
        for bare, count in list(counted.items())[:MAX_NAMES]
    ]
    more = f" and {len(counted) - MAX_NAMES} more" if len(counted) > MAX_NAMES else ""
    return f"{', '.join(named)}{more}"


class Short:
    """Names failing test cases in reasons by the number of their cause, as it stands before the failure."""

    def __init__(self, clusters: Sequence[FailureCluster]) -> None:
        numbered = enumerate(clusters[:MOST_CLUSTERS], start=1)
        pairs = [(one.id, f"[{number}]") for number, cluster in numbered for one in cluster.failures[:MOST_SHORTENED]]
        self._pairs = sorted(pairs, key=lambda pair: -len(pair[0]))

    def __call__(self, reason: str) -> str:
        """Return the reason with every known test case's id in it replaced."""
        for test, number in self._pairs:
            if test and test in reason:
                reason = reason.replace(test, number)
        return reason
