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
_LAST = 8_192


def cluster(failures: Sequence[Failure], paths: RepositoryPaths | None = None) -> tuple[FailureCluster, ...]:
    """Group failures that share a cause, the largest group first; the order of the input does not matter.

    Crashes raised in one function of the project, or saying the same, come together; so do wrong results of tests that
    call the same function, the cases of one parametrised test, and tests that one fixture broke. A test that expected
    another message than a crash's belongs to that crash.
    """
    ordered = sorted(failures, key=_order)
    groups = _Groups(len(ordered))
    first: dict[Mark, int] = {}
    silent: set[int] = set()
    for number, failure in enumerate(ordered):
        marks = marks_of(failure, paths)
        silent.update([number] if len(marks) == 1 else ())
        for mark in marks:
            groups.join(number, first.setdefault(mark, number))
    _join_quoting(ordered, groups)
    _join_silent(ordered, groups, silent)
    clusters = [
        FailureCluster(fingerprint(ordered[numbers[0]], paths), tuple(ordered[number] for number in numbers))
        for numbers in groups.members()
    ]
    return tuple(sorted(clusters, key=lambda one: (-len(one.failures), _order(one.failures[0]), one.fingerprint)))


def _order(failure: Failure) -> tuple[str, ...]:
    told = (failure.id, failure.kind.value, failure.message, failure.text, failure.suite, failure.name)
    return *told, f"{failure.file}:{failure.line}: {failure.type}", repr((failure.frames, failure.rule))


def _join_quoting(failures: Sequence[Failure], groups: _Groups) -> None:
    """Join a failure with the crash whose words it repeats: a wrapper, a child process, another message expected."""
    said: dict[str, int] = {}
    for number, failure in enumerate(failures):
        words = bare_message(failure).partition("\n")[0].strip().replace("\\", "")
        if not is_assertion(failure) and len(words) >= _QUOTABLE and len(said) < _MOST_QUOTED:
            said.setdefault(words, number)
    for number, failure in enumerate(failures):
        told = _told(failure) if said else ""
        for words, speaker in said.items():
            if speaker != number and words in told:
                groups.join(number, speaker)


def _told(failure: Failure) -> str:
    """Return what a failure says with what pytest adds to it, without the escapes of a quoted child's output."""
    explained = (line for line in failure.text[-_LAST:].split("\n") if line.startswith("E "))
    return "\n".join([failure.message, *explained]).replace("\\", "")


def _join_silent(failures: Sequence[Failure], groups: _Groups, silent: set[int]) -> None:
    """Join what tells no cause with the only cause that any other failure tells, if that one broke its file too."""
    telling = [numbers for numbers in groups.members() if not silent.issuperset(numbers)]
    if len(telling) != 1:
        return
    files = {_file(failures[number]) for number in telling[0]}
    for number in silent:
        if _file(failures[number]) in files:
            groups.join(number, telling[0][0])


def _file(failure: Failure) -> str:
    return failure.id.partition("::")[0]


class _Groups:
    """Disjoint sets of numbers (Tarjan's union-find with path halving)."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def join(self, one: int, other: int) -> None:
        """Make two groups one; the lower number stays its head."""
        low, high = sorted((self._head(one), self._head(other)))
        self._parents[high] = low

    def members(self) -> list[list[int]]:
        """Return the numbers of each group in their order."""
        gathered: dict[int, list[int]] = {}
        for number in range(len(self._parents)):
            gathered.setdefault(self._head(number), []).append(number)
        return list(gathered.values())

    def _head(self, number: int) -> int:
        parents = self._parents
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number
