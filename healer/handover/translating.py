"""From what one job knows to what the next may take over of it: only what the base's own objects bear out."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from healer.handover.documents import Blame, Candidate, Findings, WrittenFile
from healer.models.change import CandidatePatch, FileEdit
from healer.models.code import Culprit, Diagnosis

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from healer.models.change import Analysis
    from healer.models.code import ChangedRange, Commit, Location
    from healer.ports import SourceTree

MOST_CLUSTERS = 200
MOST_LOCATIONS = 500


def findings(diagnosis: Diagnosis) -> Findings:
    """Return what is handed on of a diagnosis; commits stay behind, as every job has the repository."""
    culprit = diagnosis.culprit
    blame = Blame(culprit.commit.id, culprit.changes, culprit.explained) if culprit else None
    return Findings(diagnosis.clusters[:MOST_CLUSTERS], diagnosis.locations[:MOST_LOCATIONS], blame)


def diagnosis(handed: Findings, source: SourceTree, commits: Sequence[Commit]) -> Diagnosis:
    """Return what another job found out as far as it can be about this base: places in its files, commits before it."""
    clusters = tuple(cluster for cluster in handed.clusters[:MOST_CLUSTERS] if cluster.failures)
    lengths = _Lengths(source)
    locations = tuple(
        replace(place, suspiciousness=min(1.0, max(0.0, place.suspiciousness)))
        for place in handed.locations[:MOST_LOCATIONS]
        if math.isfinite(place.suspiciousness) and lengths.hold(place)
    )
    return Diagnosis(clusters, locations, tuple(commits), _culprit(handed.blame, commits, lengths))


def _culprit(blame: Blame | None, commits: Sequence[Commit], lengths: _Lengths) -> Culprit | None:
    if blame is None:
        return None
    found = next(((age, commit) for age, commit in enumerate(commits) if commit.id == blame.commit), None)
    if found is None or not all(lengths.hold(change) for change in blame.changes):
        return None
    age, commit = found
    return Culprit(commit, age, blame.changes, blame.explained)


def candidate(
    engine: str, edits: Iterable[FileEdit], analysis: Analysis, *, model: str | None = None, diff: str = ""
) -> Candidate:
    """Return a change as it is handed on."""
    files = tuple(WrittenFile(edit.path, edit.after) for edit in edits)
    return Candidate(engine, model, analysis, files, diff)


def patch(handed: Candidate, source: SourceTree) -> CandidatePatch:
    """Return the change that a job handed on, against the files of this base; the gate has not seen it yet."""
    edits = tuple(
        FileEdit(file.path, source.read(file.path) if file.path in source.paths else None, file.content)
        for file in handed.files
    )
    return CandidatePatch(handed.engine, edits, handed.analysis, handed.model)


class _Lengths:
    """How many lines files of the base have."""

    def __init__(self, source: SourceTree) -> None:
        self._source = source
        self._known: dict[str, int] = {}

    def hold(self, place: Location | ChangedRange) -> bool:
        """Whether these lines are in the file."""
        if place.path not in self._source.paths:
            return False
        if place.path not in self._known:
            self._known[place.path] = len(self._source.read(place.path).splitlines())
        return 1 <= place.line <= place.end_line <= max(1, self._known[place.path])


def is_covered(change: Collection[FileEdit], candidates: Collection[Collection[FileEdit]]) -> bool:
    """Whether a change says nothing that candidates together do not say: what a proof needs of them, or some joined."""
    said: dict[str, Counter[tuple[str, bytes]]] = defaultdict(Counter)
    for edit in (edit for whole in candidates for edit in whole):
        said[edit.path] += _written(edit)
    return all(_written(edit) <= said[edit.path] for edit in change)


def _written(edit: FileEdit) -> Counter[tuple[str, bytes]]:
    """Return the lines that an edit brings into its file, and those that it takes away."""
    before, after = Counter((edit.before or b"").splitlines()), Counter(edit.after.splitlines())
    lines: Counter[tuple[str, bytes]] = Counter()
    for sign, found in (("+", after - before), ("-", before - after)):
        lines.update({(sign, line): count for line, count in found.items()})
    return lines
