"""Failures grouped by cause, so that a fixture which breaks five hundred tests is one thing to repair.

Signatures of crashes (exception type, innermost frame of one's own code; see Microsoft's Windows Error Reporting, SOSP
2009) tell little of wrong results, which are what most regressions show. So failures are not sorted by one signature:
those that share any mark come together (`symptoms`), and so do those whom a third one joins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.evidence.fingerprints import bare_message, fingerprint
from healer.evidence.symptoms import is_assertion, marks_of
from healer.models.evidence import FailureCluster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.evidence.paths import RepositoryPaths
    from healer.evidence.symptoms import Mark
    from healer.models.evidence import Failure

_QUOTABLE = 20
_MOST_QUOTED = 100


def cluster(failures: Sequence[Failure], paths: RepositoryPaths | None = None) -> tuple[FailureCluster, ...]:
    """Group failures that share a cause, the largest group first; the order of the input does not matter.

    Crashes raised in one function of the project, or saying the same, come together; so do wrong results of tests that
    call the same function, the cases of one parametrised test, and tests that one fixture broke. A test that expected
    another message than a crash's belongs to that crash.
    """
    ordered = sorted(failures, key=_order)
    groups = _Groups(len(ordered))
    first: dict[Mark, int] = {}
    for number, failure in enumerate(ordered):
        for mark in marks_of(failure, paths):
            groups.join(number, first.setdefault(mark, number))
    _join_quoting(ordered, groups)
    clusters = [FailureCluster(fingerprint(members[0], paths), members) for members in groups.members(ordered)]
    return tuple(sorted(clusters, key=lambda one: (-len(one.failures), _order(one.failures[0]), one.fingerprint)))


def _order(failure: Failure) -> tuple[str, str, str, str]:
    return failure.id, failure.kind.value, failure.message, failure.text


def _join_quoting(failures: Sequence[Failure], groups: _Groups) -> None:
    """Join a failure with the crash whose words it repeats: a wrapped error, a child process, another message expected."""
    said: dict[str, int] = {}
    for number, failure in enumerate(failures):
        words = bare_message(failure).partition("\n")[0].strip()
        if not is_assertion(failure) and len(words) >= _QUOTABLE and len(said) < _MOST_QUOTED:
            said.setdefault(words, number)
    for number, failure in enumerate(failures):
        for words, speaker in said.items():
            if words in failure.message and speaker != number:
                groups.join(number, speaker)


class _Groups:
    """Disjoint sets of numbers (Tarjan's union-find with path halving)."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def join(self, one: int, other: int) -> None:
        """Make two groups one; the lower number stays its head."""
        low, high = sorted((self._head(one), self._head(other)))
        self._parents[high] = low

    def members(self, failures: Sequence[Failure]) -> list[tuple[Failure, ...]]:
        """Return the failures of each group in their order."""
        gathered: dict[int, list[Failure]] = {}
        for number, failure in enumerate(failures):
            gathered.setdefault(self._head(number), []).append(failure)
        return [tuple(members) for members in gathered.values()]

    def _head(self, number: int) -> int:
        parents = self._parents
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number
