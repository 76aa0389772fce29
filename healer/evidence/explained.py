"""What is behind a command that fails: an analyser's findings, each with its rule; of others, the script they run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from healer.evidence.clusters import cluster
from healer.evidence.logs.console import read_output
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.evidence.paths import RepositoryPaths
    from healer.models.evidence import Failure, FailureCluster

_MOST = 200
"""Findings of one command."""
_FAILING = frozenset({CaseOutcome.FAILED, CaseOutcome.ERROR})


def explained(
    clusters: Sequence[FailureCluster], reported: Sequence[Failure], paths: RepositoryPaths
) -> tuple[FailureCluster, ...]:
    """Return the clusters with those of a failing command replaced by its findings, where it is known to have any.

    They are read from what the command printed on the base; what `reported` (findings of any report) says of the same
    place is told as well, since it says more. Where the output cannot be read, the findings of reports by a tool that
    the command names count as its own. A cluster of findings ends with the command, which is what has to pass. Their
    paths are the repository's. A command without findings has the script that it names for its file.
    """
    known = [_placed(one, paths) for one in reported if one.rule and one.kind in _FAILING]
    told: list[FailureCluster] = []
    for group in clusters:
        command = group.representative
        found = _found(command, known, paths) if _is_command(command) else []
        told += (
            [replace(one, failures=(*one.failures, *group.failures)) for one in cluster(found[:_MOST], paths)]
            if found
            else [_with_script(group, paths)]
        )
    return tuple(told)


def _is_command(failure: Failure) -> bool:
    return failure.rule is None and failure.file is None and not failure.frames and failure.kind is CaseOutcome.ERROR


def _found(command: Failure, known: Sequence[Failure], paths: RepositoryPaths) -> list[Failure]:
    printed = [_placed(one, paths) for one in read_output(command.text) if one.rule is not None]
    if not printed:
        return [one for one in known if one.suite and one.suite.lower() in command.id.lower()]
    places = {(one.file, one.line) for one in printed}
    fuller = [one for one in known if (one.file, one.line) in places]
    told = {(one.file, one.line, one.type) for one in fuller}
    return [*fuller, *(one for one in printed if (one.file, one.line, one.type) not in told)]


def _with_script(group: FailureCluster, paths: RepositoryPaths) -> FailureCluster:
    first = group.representative
    if not _is_command(first):
        return group
    words = (word.removeprefix("./") for word in first.id.split())
    script = next((word for word in words if paths.resolve(word) == word), None)
    return replace(group, failures=(replace(first, file=script), *group.failures[1:])) if script else group


def _placed(finding: Failure, paths: RepositoryPaths) -> Failure:
    """Return the finding with its path and its id as the repository spells them, where the file is there."""
    path = paths.resolve(finding.file) if finding.file else None
    if path is None:
        return finding
    _, colon, place = finding.id.partition(f":{finding.line}")
    return replace(finding, file=path, id=f"{path}{colon}{place}" if colon else finding.id)
