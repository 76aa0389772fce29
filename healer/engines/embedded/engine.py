"""The engine that needs no model: what the exception says, what the history says, then small operators."""

from __future__ import annotations

import hashlib
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING

from healer.engines.embedded.case import Case
from healer.engines.embedded.complaint import complaints
from healer.engines.embedded.meaning import Meanings, Worthless
from healer.engines.embedded.operators import small_mutations
from healer.engines.embedded.registry import TEMPLATES
from healer.engines.embedded.repair import Repair, edits_of
from healer.engines.embedded.reverts import reverts
from healer.evidence.paths import RepositoryPaths
from healer.localization.inquiry import Inquiry
from healer.localization.pysource import SourceIndex
from healer.models.change import Analysis, CandidatePatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from healer.models.change import FileEdit
    from healer.ports import RepairTask

LIMIT = 400
SYNTAX_ERRORS = frozenset({"SyntaxError", "IndentationError", "TabError"})
FAILURES_PER_CLUSTER = 3
_AGREEING = 40
"""How many of each family are compared: an exception's repair that is also a revert goes first."""


class EmbeddedEngine:
    """Yields candidate patches that parse, differ from the base and each other, and touch source files only."""

    name = "embedded"
    rounds = 1
    rivals: int | None = None

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit

    def asked(self, number: int) -> frozenset[str]:
        """Return no model: none is asked."""
        del number
        return frozenset()

    def propose(self, task: RepairTask) -> Iterator[CandidatePatch]:
        """Yield at most `limit` candidates, likeliest first; the work for the next is done when it is asked for."""
        index = SourceIndex(task.source)
        unparsable = any(
            complaint.type in SYNTAX_ERRORS
            for cluster in task.diagnosis.clusters
            for complaint in complaints(cluster.representative)
        )
        meanings = Meanings(must_parse=unparsable)
        yield from islice(_distinct(_ordered(task, index), index, meanings), self._limit)


def _ordered(task: RepairTask, index: SourceIndex) -> Iterator[Repair]:
    """Order the families: where exception and history agree, then both by turns, then operators.

    History leads each turn: of two repairs that make the failure go away, the one that restores what was there
    before is more often the one that was meant.
    """
    history = reverts(task.diagnosis, index)
    directed = _exception_directed(task, index)
    restoring = list(islice(history, _AGREEING))
    known = {_key(edits) for repair in restoring if (edits := edits_of(repair, index))}
    agreed = [repair for repair in directed if (edits := edits_of(repair, index)) and _key(edits) in known]
    turns = chain.from_iterable(zip_longest(restoring, directed))
    yield from agreed
    yield from (repair for repair in turns if repair is not None)
    yield from history
    yield from small_mutations(task.diagnosis.locations, index)


def _exception_directed(task: RepairTask, index: SourceIndex) -> list[Repair]:
    """Return the templates' repairs for every cluster's failures, likeliest first.

    Where several clusters have repairs of their own, the best of each together come first: they may be two faults.
    """
    inquiry = Inquiry(task.diagnosis.clusters, index, task.diagnosis.commits, RepositoryPaths(task.source.paths))
    by_cluster: list[list[Repair]] = []
    for cluster in task.diagnosis.clusters:
        found: list[Repair] = []
        for failure in cluster.failures[:FAILURES_PER_CLUSTER]:
            for complaint in complaints(failure):
                case = Case(complaint, failure, inquiry)
                for template in TEMPLATES.values():
                    found += template(case)
        by_cluster.append(sorted(found, key=lambda repair: -repair.likelihood))
    best = [found[0] for found in by_cluster if found]
    together = [_joined(best)] if len({repair.splices for repair in best}) > 1 else []
    return [*together, *sorted(chain.from_iterable(by_cluster), key=lambda repair: -repair.likelihood)]


def _joined(repairs: list[Repair]) -> Repair:
    splices = tuple(dict.fromkeys(splice for repair in repairs for splice in repair.splices))
    causes, strategies = (
        "; ".join(dict.fromkeys(words)) for words in zip(*((one.cause, one.strategy) for one in repairs), strict=True)
    )
    return Repair(splices, causes, strategies, min(repair.likelihood for repair in repairs))


def _distinct(repairs: Iterable[Repair], index: SourceIndex, meanings: Meanings) -> Iterator[CandidatePatch]:
    seen: set[bytes] = set()
    known: set[bytes] = set()
    for repair in repairs:
        edits = edits_of(repair, index)
        if edits is None or _key(edits) in seen:
            continue
        seen.add(_key(edits))
        meaning = meanings.of(edits)
        if isinstance(meaning, Worthless) or meaning in known:
            continue
        known.add(meaning)
        yield CandidatePatch("embedded", edits, _analysis(repair, edits))


def _key(edits: tuple[FileEdit, ...]) -> bytes:
    digest = hashlib.sha256()
    for edit in edits:
        digest.update(edit.path.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(edit.after).digest())
    return digest.digest()


def _analysis(repair: Repair, edits: tuple[FileEdit, ...]) -> Analysis:
    paths = ", ".join(edit.path for edit in edits)
    return Analysis(repair.cause, f"changes {paths} only", repair.strategy, round(repair.likelihood, 2))
