"""From what one job knows to what the next may take over of it: only what the base's own objects bear out."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from healer.handover.documents import Blame, Candidate, Findings, WrittenFile
from healer.models.change import CandidatePatch, FileEdit
from healer.models.code import Culprit, Diagnosis

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.models.change import Analysis
    from healer.models.code import ChangedRange, Commit, Location
    from healer.models.evidence import Failure
    from healer.ports import SourceTree

MOST_CLUSTERS = 200
MOST_LOCATIONS = 500
MOST_FAILURES = 20_000
"""Of all causes together: with them a document stays far below its limit."""
_TOLD = 5
_LONGEST_TEXT = 20_000
_LONGEST_MESSAGE = 2_000
_LONGEST_NAME = 200
_WORD = re.compile(r"\w+")
_NO_NAME = re.compile(r"\s")


def findings(diagnosis: Diagnosis) -> Findings:
    """Return what is handed on of a diagnosis; commits stay behind, as every job has the repository."""
    culprit = diagnosis.culprit
    blame = Blame(culprit.commit.id, culprit.changes, culprit.explained) if culprit else None
    clusters = diagnosis.clusters[:MOST_CLUSTERS]
    share = MOST_FAILURES // max(1, len(clusters))
    told = tuple(replace(one, failures=tuple(map(_told, range(share), one.failures))) for one in clusters)
    return Findings(told, diagnosis.locations[:MOST_LOCATIONS], blame)


def _told(place: int, failure: Failure) -> Failure:
    """Return a failure with the end of what it says; of those behind the first ones, little more than their names."""
    if place < _TOLD:
        return replace(failure, text=failure.text[-_LONGEST_TEXT:], message=failure.message[:_LONGEST_MESSAGE])
    rule = failure.rule and replace(failure.rule, description="", help="")
    return replace(failure, text="", frames=(), message=failure.message[: _LONGEST_MESSAGE // 10], rule=rule)


def diagnosis(handed: Findings, source: SourceTree, commits: Sequence[Commit]) -> Diagnosis:
    """Return what another job found out as far as it can be about this base: places in its files, commits before it."""
    clusters = tuple(cluster for cluster in handed.clusters[:MOST_CLUSTERS] if cluster.failures)
    files = _Files(source)
    locations = tuple(
        replace(
            place,
            function=files.named(place.path, place.function),
            suspiciousness=min(1.0, max(0.0, place.suspiciousness)),
        )
        for place in handed.locations[:MOST_LOCATIONS]
        if math.isfinite(place.suspiciousness) and files.hold(place)
    )
    return Diagnosis(clusters, locations, tuple(commits), _culprit(handed.blame, commits, files))


def _culprit(blame: Blame | None, commits: Sequence[Commit], files: _Files) -> Culprit | None:
    if blame is None:
        return None
    found = next(((age, commit) for age, commit in enumerate(commits) if commit.id == blame.commit), None)
    if found is None or not all(files.hold(change) for change in blame.changes):
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


class _Files:
    """What is known of files of the base: how many lines they have, and which words."""

    def __init__(self, source: SourceTree) -> None:
        self._source = source
        self._lengths: dict[str, int] = {}
        self._words: dict[str, frozenset[str]] = {}

    def hold(self, place: Location | ChangedRange) -> bool:
        """Whether these lines are in the file."""
        if place.path not in self._source.paths:
            return False
        if place.path not in self._lengths:
            self._lengths[place.path] = len(self._source.read(place.path).splitlines())
        return 1 <= place.line <= place.end_line <= max(1, self._lengths[place.path])

    def named(self, path: str, function: str | None) -> str | None:
        """Return the name of a function if it is one, of the file's own words: it stands among what a model is told."""
        if not function or len(function) > _LONGEST_NAME or _NO_NAME.search(function):
            return None
        if path not in self._words:
            self._words[path] = frozenset(_WORD.findall(self._source.read(path).decode("utf-8", "replace")))
        return function if self._words[path].issuperset(_WORD.findall(function)) else None
