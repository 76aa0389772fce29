"""Trying one candidate patch: the gate on its tree, its targets, then the whole suite."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from healer.evidence.paths import RepositoryPaths
from healer.models.change import CandidatePatch, FileEdit, RejectedBy, Rejection
from healer.models.outcome import Fix
from healer.models.proof import Baseline, GradedBy, Verdict
from healer.patches.cheating.verdict import cautions, judge_change, objection
from healer.patches.checks import check
from healer.patches.gate import GatePolicy, judge, marks
from healer.patches.minimise import Reduction, minimised
from healer.patches.normal import normal_form
from healer.patches.pathnames import defect
from healer.verification.verdict import judge_suite, judge_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from healer.models.code import Diagnosis
    from healer.patches.cheating.findings import Finding
    from healer.ports import Progress, Repository, Suite

_LEAST_SECONDS = 30.0
_SLOWDOWN = 3.0
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may spend."""

    rounds: int = 3
    reruns: int = 2
    """How often failing test cases are run again on the base, and targets on the patched tree, beside the full runs."""
    commits: int = 10
    search_seconds: float = 180.0
    """For one turn of one engine that proposes many candidates."""
    rivals: int = 2
    """How many more candidates are tried once one passes the targets, so that the best of several is chosen."""
    minimising_runs: int = 12
    """How often the targets may be run to find out what a proven change of a model's can do without."""
    policy: GatePolicy = field(default_factory=GatePolicy)


@dataclass(frozen=True, slots=True)
class Plausible:
    """A candidate patch that passed the gate, and the causes (by fingerprint) whose test cases all pass with it."""

    patch: CandidatePatch
    tree: str
    diff: str
    round: int
    repaired: frozenset[str] = frozenset()


def files_of_tests(baseline: Baseline, paths: Collection[str]) -> frozenset[str]:
    """Return the files that the base's test cases stand in, whatever they are called.

    Doctests stand in the code that they show, which a repair may touch; their names are dotted, which no function's is.
    """
    known = RepositoryPaths(paths)
    named = (test.partition("[")[0].split("::") for test in baseline.run.outcomes)
    files = {parts[0] for parts in named if len(parts) > 1 and "." not in parts[-1]}
    return frozenset(path for file in files if (path := known.resolve(file)))


class Trials:
    """Everything that is done to one candidate after another; remembers what was tried."""

    def __init__(
        self, baseline: Baseline, diagnosis: Diagnosis, repository: Repository, suite: Suite, *,
        limits: Limits, progress: Progress,
    ) -> None:  # fmt: skip
        self._baseline = baseline
        self._repository = repository
        self._suite = suite
        self._limits = limits
        self._policy = replace(
            limits.policy, read_only=limits.policy.read_only | files_of_tests(baseline, repository.source.paths)
        )
        self._progress = progress
        self._seen: set[str] = set()
        self.causes: Mapping[str, frozenset[str]] = {
            cluster.fingerprint: frozenset(failure.id for failure in cluster.failures) for cluster in diagnosis.clusters
        }

    def admit(self, patch: CandidatePatch, number: int) -> Plausible | tuple[Rejection, str]:
        """Let a candidate through the checks and the gate, on the tree that would be delivered.

        A refusal comes with the candidate's diff as far as there is one.
        """
        if rejection := self._repeated(patch):
            return rejection, ""
        return self._gated(patch, number)

    def _gated(self, patch: CandidatePatch, number: int) -> Plausible | tuple[Rejection, str]:
        if rejection := check(patch.edits) or objection(self._suspicions(patch)):
            return rejection, ""
        for edit in patch.edits:
            if reason := defect(edit.path):
                return Rejection(RejectedBy.GATE, "path", f"The path {edit.path!a} is refused: {reason}."), ""
        tree = self._repository.write_tree(patch.edits)
        diff = self._repository.diff(tree)
        changes = self._repository.changes(tree)
        if rejection := judge(changes, patch.edits, self._repository.names, self._policy):
            return rejection, diff
        return Plausible(patch, tree, diff, number)

    def _suspicions(self, patch: CandidatePatch) -> tuple[Finding, ...]:
        return judge_change(patch.edits, self._baseline.run.failures)

    def _repeated(self, patch: CandidatePatch) -> Rejection | None:
        form = normal_form(patch.edits)
        if form in self._seen:
            return Rejection(RejectedBy.CHECK, "repeated", "this change was tried before; it must be a different one")
        self._seen.add(form)
        return None

    def run_targets(self, candidate: Plausible) -> tuple[Plausible, Verdict]:
        """Run what fails on the base, and tell which causes are repaired and what the run says of all of them."""
        targets = self._baseline.targets
        narrowed = targets if self._can_narrow else None
        run = self._suite.run(candidate.tree, only=narrowed, time_limit=self._patience())
        known_by = self._baseline.run.graded_by
        repaired = frozenset(
            cause for cause, tests in self.causes.items() if judge_targets(run, tests, known_by).is_verified
        )
        return replace(candidate, repaired=repaired), judge_targets(run, targets, known_by)

    def prove(self, candidate: Plausible) -> Fix | Verdict:
        """Run the whole suite on a candidate's tree, then the targets that it repairs again; return the proven fix."""
        targets = frozenset(test for cause in candidate.repaired for test in self.causes[cause])
        baseline = replace(self._baseline, targets=targets)
        self._progress("verify", f"{len(targets)} targets pass; running the whole suite on {candidate.tree[:10]}")
        verdict = judge_suite(self._suite.run(candidate.tree, time_limit=self._patience()), baseline)
        if not verdict.is_verified:
            return verdict
        narrowed = targets if self._can_narrow else None
        for _ in range(self._limits.reruns - 1):
            run = self._suite.run(candidate.tree, only=narrowed, time_limit=self._patience())
            again = judge_targets(run, targets, baseline.run.graded_by)
            if not again.is_verified:
                return replace(again, reason=f"it passed once, then not again: {again.reason}")
        self._progress("verify", f"proved: {verdict.reason}")
        patch, remaining = candidate.patch, sorted(self._baseline.targets - targets)
        return Fix(
            tree=candidate.tree,
            diff=candidate.diff,
            paths=tuple(edit.path for edit in patch.edits),
            engine=patch.engine,
            model=patch.model,
            analysis=patch.analysis,
            proof=(
                *self._proof(verdict, remaining),
                *marks([edit.path for edit in patch.edits]),
                *cautions(self._suspicions(patch)),
            ),
            remaining=tuple(remaining),
        )

    def reduce(self, proved: Plausible, fix: Fix, is_time_left: Callable[[], bool]) -> Fix:
        """Return the part of a model's fix that its proof needs, proved anew; the fix itself where that is all of it.

        What other engines propose is minimal by construction.
        """
        if proved.patch.model is None:
            return fix
        passing: dict[tuple[FileEdit, ...], Plausible] = {}

        def holds(edits: tuple[FileEdit, ...]) -> bool:
            gated = self._gated(replace(proved.patch, edits=edits), proved.round) if is_time_left() else None
            if not isinstance(gated, Plausible) or not self.run_targets(gated)[0].repaired >= proved.repaired:
                return False
            passing[edits] = replace(gated, repaired=proved.repaired)
            return True

        reduction = minimised(
            proved.patch.edits,
            holds,
            runs=self._limits.minimising_runs,
            admissible=lambda edits: check(edits) is None,
        )
        if not reduction.is_any or not (reduction.edits in passing or holds(reduction.edits)):
            return fix
        spare = reduction.size_before - reduction.size
        self._progress("verify", f"{spare} of {reduction.size_before} changed lines are not needed; proving the rest")
        smaller = self.prove(passing[reduction.edits])
        if isinstance(smaller, Verdict):
            self._progress("verify", f"the whole change is kept, as a part of it was not proved: {smaller.reason}")
            return fix
        return replace(smaller, proof=(*smaller.proof, _left_out(proved.patch, reduction)))

    def _proof(self, verdict: Verdict, remaining: Collection[str]) -> tuple[str, ...]:
        runs = 1 + self._limits.reruns
        sentences = [
            f"On the base {self._repository.base[:10]} the target test cases failed in {runs} of {runs} runs.",
            f"With the patch they passed in {runs} of {runs} runs, with the base's tests and test configuration.",
            f"The whole suite, compared by {'test id' if self._can_narrow else 'its counts'}: {verdict.reason}.",
        ]
        if remaining:
            listed = ", ".join(list(remaining)[:_SHOWN])
            sentences.append(f"Not repaired, and failing as on the base: {len(remaining)} test cases ({listed}).")
        return tuple(sentences)

    @property
    def _can_narrow(self) -> bool:
        return self._baseline.run.graded_by is GradedBy.RECORD

    def _patience(self) -> float:
        """Allow a patched run a multiple of the base's time: a repair that makes the suite hang must not hang us."""
        return max(_LEAST_SECONDS, _SLOWDOWN * self._baseline.run.seconds)


def _left_out(patch: CandidatePatch, reduction: Reduction) -> str:
    kept = {edit.path for edit in reduction.edits}
    files = [edit.path for edit in patch.edits if edit.path not in kept]
    where = f", with all that it changed in {', '.join(files)}" if files else ""
    return (
        f"Of the proposal's {reduction.size_before} changed lines, {reduction.size_before - reduction.size} were left "
        f"out{where}: the proof was made without them."
    )
