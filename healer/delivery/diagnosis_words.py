"""How failures are counted in words: test cases and what analysers found."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.models.evidence import Failure, FailureCluster


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def failing(failures: Sequence[Failure]) -> str:
    """Return how many test cases fail, how many findings there are, or both."""
    findings = sum(failure.rule is not None for failure in failures)
    tests = len(failures) - findings
    parts = [counted(tests, "failing test case")] if tests or not findings else []
    return " and ".join([*parts, *([counted(findings, "finding")] if findings else [])])


def one_cause(cluster: FailureCluster) -> str:
    """Return what fails by one cause."""
    return failing(cluster.failures) + (" by one cause" if len(cluster.failures) > 1 else "")


def all_of(clusters: Iterable[FailureCluster]) -> list[Failure]:
    """Return the failures of several causes."""
    return [failure for cluster in clusters for failure in cluster.failures]
