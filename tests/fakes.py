"""Fakes behind our own protocols: a repository of dictionaries, a suite that is a function, engines that are lists."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.models.change import Analysis, CandidatePatch, FileEdit
from healer.models.evidence import CaseOutcome, Failure, StackFrame
from healer.models.outcome import Delivered
from healer.models.proof import GradedBy, SuiteRun
from healer.models.spectra import Watch
from healer.patches.diff import unified_diff
from healer.patches.tree_facts import blob_id
from healer.ports import TreeChange
from healer.verification.grading import tally_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from healer.models.change import Proposal
    from healer.models.code import Commit, Diagnosis
    from healer.models.outcome import Fix
    from healer.ports import RepairTask

BASE = "b" * 40


@dataclass
class FakeSource:
    """A source tree held in memory."""

    files: Mapping[str, bytes]

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self.files)

    def read(self, path: str) -> bytes:
        return self.files[path]


@dataclass
class FakeRepository:
    """A repository whose trees are dictionaries."""

    source: FakeSource
    commits: Sequence[Commit] = ()
    base: str = BASE
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    edits: dict[str, Collection[FileEdit]] = field(default_factory=dict)

    earlier: Mapping[str, FakeSource] = field(default_factory=dict)

    def at(self, commit: str) -> FakeSource:
        return self.earlier[commit]

    def recent_commits(self, limit: int) -> Sequence[Commit]:
        return self.commits[:limit]

    def write_tree(self, edits: Collection[FileEdit]) -> str:
        files = dict(self.source.files) | {edit.path: edit.after for edit in edits}
        tree = hashlib.sha1(repr(sorted(files.items())).encode(), usedforsecurity=False).hexdigest()
        self.trees[tree], self.edits[tree] = files, edits
        return tree

    @property
    def names(self) -> frozenset[str]:
        return self.source.paths

    def changes(self, tree: str) -> Sequence[TreeChange]:
        return [tree_change(edit.path, self.source.files.get(edit.path), edit.after) for edit in self.edits[tree]]

    def diff(self, tree: str) -> str:
        return unified_diff(list(self.edits[tree]))


def tree_change(path: str, before: bytes | None, after: bytes) -> TreeChange:
    """Return what git would tell of a file that is written (`before` None: created)."""
    status, old_mode = ("A", "000000") if before is None else ("M", "100644")
    nothing = "0" * 40
    return TreeChange(status, path, old_mode, "100644", blob_id(before, nothing), blob_id(after, nothing))


def run_of(outcomes: Mapping[str, str], *, messages: Mapping[str, str] | None = None, **facts: object) -> SuiteRun:
    """Return a complete run with these outcomes (`passed`, `failed`, …), as our own record would grade it."""
    known = {test: CaseOutcome(outcome) for test, outcome in outcomes.items()}
    failures = tuple(
        failure(test, (messages or {}).get(test, "assert 1 == 2"), kind=outcome)
        for test, outcome in known.items()
        if outcome.is_failing
    )
    values: dict[str, object] = {
        "outcomes": known, "tally": tally_of(known.values()), "failures": failures, "complete": True, "seconds": 0.1,
        "exit_code": 1 if failures else 0, "graded_by": GradedBy.RECORD,
    }  # fmt: skip
    return SuiteRun(**(values | facts))  # type: ignore[arg-type] # a table of overrides


def failure(test: str, message: str = "assert 1 == 2", *, kind: CaseOutcome = CaseOutcome.FAILED) -> Failure:
    """Return a failing test case whose trace ends in `calc.py`, in the function that the test is named after."""
    name = test.rsplit("::", maxsplit=1)[-1]
    frames = (
        StackFrame(test.split("::", maxsplit=1)[0], 4, name), StackFrame("calc.py", 2, name.removeprefix("test_"))
    )  # fmt: skip
    return Failure(test, name, kind, type="AssertionError", message=message, frames=frames)


@dataclass
class FakeSuite:
    """A suite whose outcomes are computed from a tree's files; `calls` tells what was run."""

    repository: FakeRepository
    outcomes: Callable[[Mapping[str, bytes], int], SuiteRun]
    calls: list[tuple[str | None, frozenset[str] | None]] = field(default_factory=list)

    def run(
        self, tree: str | None = None, *, only: Collection[str] | None = None, in_order: bool = False,
        time_limit: float | None = None, watch: Watch = Watch.NO,
    ) -> SuiteRun:  # fmt: skip
        assert only is not None or not in_order
        assert time_limit is None or time_limit > 0
        assert watch is not Watch.YES or only is not None  # tracing all test cases takes long
        self.calls.append((tree, None if only is None else frozenset(only)))
        files = self.repository.source.files if tree is None else self.repository.trees[tree]
        whole = self.outcomes(files, len(self.calls))
        if only is None or whole.timed_out:
            return whole
        kept = {test: str(outcome) for test, outcome in whole.outcomes.items() if test in only}
        return run_of(kept, messages={each.id: each.message for each in whole.failures})


@dataclass(frozen=True)
class Postponed:
    """A run that takes place when it is waited for."""

    call: Callable[[], SuiteRun]

    def result(self) -> SuiteRun:
        return self.call()

    def cancel(self) -> None:
        pass


@dataclass
class FakeWorkers:
    """One run at a time."""

    count: int = 1

    def start(self, call: Callable[[], SuiteRun]) -> Postponed:
        return Postponed(call)


@dataclass
class FakeEngine:
    """An engine with prepared proposals for each round; an exception among them is raised."""

    script: Sequence[Sequence[Proposal | Exception]]
    name: str = "embedded"
    tasks: list[RepairTask] = field(default_factory=list)
    rivals: int | None = None
    models: Sequence[str] = ()

    def asked(self, number: int) -> frozenset[str]:
        return frozenset(self.models[number - 1 : number])

    @property
    def rounds(self) -> int:
        return len(self.script)

    def propose(self, task: RepairTask) -> Iterator[Proposal]:
        self.tasks.append(task)
        for proposal in self.script[task.round - 1]:
            if isinstance(proposal, Exception):
                raise proposal
            yield proposal


@dataclass
class FakeDelivery:
    """A delivery that remembers what it was given, or fails."""

    error: Exception | None = None
    fixes: list[Fix] = field(default_factory=list)

    def deliver(self, fix: Fix, _: Diagnosis) -> Delivered:
        if self.error is not None:
            raise self.error
        self.fixes.append(fix)
        return Delivered(branch="self-heal/0123456789abcdef")


def patch(
    path: str, before: bytes, after: bytes, *, engine: str = "embedded", model: str | None = None
) -> CandidatePatch:
    """Return a candidate patch of one file."""
    return CandidatePatch(engine, (FileEdit(path, before, after),), Analysis(strategy=f"rewrite {path}"), model)
