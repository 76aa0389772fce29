"""Trying one candidate patch: the gate on its tree, its targets, then its proof."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from healer.admission import Admission, Admitted
from healer.evidence.paths import RepositoryPaths
from healer.localization.tried import revealed
from healer.models.outcome import Fix
from healer.models.proof import Baseline, Verdict, VerdictStatus
from healer.patches.cheating.causes import cheated, judge_for
from healer.patches.cheating.verdict import cautions
from healer.patches.gate import GatePolicy, marks
from healer.patches.minimise import Reduction, minimised
from healer.proof import Proved, Prover
from healer.verification.verdict import judge_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from healer.models.change import CandidatePatch, FileEdit, Rejection
    from healer.models.code import Diagnosis, Tried
    from healer.models.proof import GradedBy, SuiteRun
    from healer.ports import Pending, Progress, Repository, Suite, Workers

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may spend."""

    rounds: int = 3
    proof_runs: int = 3
    """In how many runs a target must fail on the base and pass on the patched tree; 2 at least."""
    commits: int = 10
    search_seconds: float = 180.0
    """For one turn of one engine that proposes many candidates."""
    ends: float = float("inf")
    """On the run's clock, in seconds: when nothing further is begun."""
    rivals: int = 2
    """How many more candidates are tried once one passes the targets, so that the best of several is chosen."""
    minimising_runs: int = 12
    """How often the targets may be run to find out what a proven change of a model's can do without."""
    policy: GatePolicy = field(default_factory=GatePolicy)

    @property
    def reruns(self) -> int:
        """How often failing test cases are run again on the base, beside the run of the whole suite."""
        return self.proof_runs - 1


@dataclass(frozen=True, slots=True)
class Plausible:
    """A candidate patch that passed the gate, and the targets that pass with it."""

    patch: CandidatePatch
    tree: str
    diff: str
    round: int
    passing: frozenset[str] = frozenset()
    flags: int = 0
    """How many things a reviewer is to look at."""


def files_of_tests(tests: Iterable[str], paths: Collection[str]) -> frozenset[str]:
    """Return the files that test cases stand in by their ids, whatever they are called.

    Doctests stand in the code that they show, which a repair may touch; their names are dotted, which no function's is.
    """
    known = RepositoryPaths(paths)
    named = (test.partition("[")[0].split("::") for test in tests)
    files = {parts[0] for parts in named if len(parts) > 1 and "." not in parts[-1]}
    return frozenset(path for file in files if (path := known.resolve(file)))


class Trials:
    """Everything that is done to one candidate after another; remembers what was tried."""

    def __init__(
        self, baseline: Baseline, diagnosis: Diagnosis, repository: Repository, suite: Suite, *,
        limits: Limits, progress: Progress, workers: Workers,
    ) -> None:  # fmt: skip
        self._baseline = baseline
        self._repository = repository
        self._limits = limits
        self._workers = workers
        kept = limits.policy.read_only | files_of_tests(baseline.run.outcomes, repository.source.paths)
        self._prover = Prover(baseline, repository, suite, progress, limits.proof_runs, kept)
        self._progress = progress
        self.tried: list[Tried] = []
        self._failures = {cluster.fingerprint: cluster.failures for cluster in diagnosis.clusters}
        policy = replace(limits.policy, read_only=kept)
        self._admission = Admission(repository, policy, self._failures, baseline.run.python)
        self.causes: Mapping[str, frozenset[str]] = {
            cause: frozenset(failure.id for failure in failures) for cause, failures in self._failures.items()
        }

    @property
    def targets(self) -> frozenset[str]:
        """The test cases that fail on the base and are to pass."""
        return self._baseline.targets

    @property
    def graded_by(self) -> GradedBy:
        """Where the outcomes of the base come from, and so those of everything compared with it."""
        return self._baseline.run.graded_by

    @property
    def at_once(self) -> int:
        """How many candidates' targets may run side by side."""
        return self._workers.count

    def _met(self, passing: frozenset[str]) -> frozenset[str]:
        """Return the causes of which some test cases are among these."""
        return frozenset(cause for cause, tests in self.causes.items() if tests & passing)

    def admit(self, patch: CandidatePatch, number: int) -> Plausible | tuple[Rejection, str]:
        """Let a candidate through the checks and the gate; see `Admission.admit`."""
        admitted = self._admission.admit(patch.edits)
        if isinstance(admitted, Admitted):
            return Plausible(patch, admitted.tree, admitted.diff, number)
        return admitted

    def repeated(self, patch: CandidatePatch) -> Rejection | None:
        """Refuse a change that was tried before; see `Admission.repeated`."""
        return self._admission.repeated(patch.edits)

    def passing(self, tree: str) -> frozenset[str]:
        """Run the targets on any tree, and return those that pass."""
        return self._passing(self._prover.run(tree, self.targets))

    def _passing(self, run: SuiteRun) -> frozenset[str]:
        return frozenset(test for test in self.targets if judge_targets(run, [test], self.graded_by).is_verified)

    def start(self, candidate: Plausible) -> Pending:
        """Have what fails on the base run with a candidate, beside other candidates."""
        return self._workers.start(lambda: self._prover.run(candidate.tree, self.targets))

    def judged(self, candidate: Plausible, run: SuiteRun) -> tuple[Plausible, Verdict]:
        """Tell which targets pass with a candidate, and what the run says of all of them."""
        verdict = judge_targets(run, self.targets, self.graded_by)
        passing = self.targets if verdict.is_verified else self._passing(run)
        if cheats := cheated(candidate.patch.edits, self._failures, self._met(passing)):
            passing -= {test for cause in cheats for test in self.causes[cause]}
            why = next(iter(cheats.values()))
            verdict = Verdict(VerdictStatus.INCONCLUSIVE, f"what passes by cheating proves nothing: {why.message}")
        flags = len(cautions(judge_for(candidate.patch.edits, self._failures, self._met(passing)))) if passing else 0
        before = {failure.id: failure for failures in self._failures.values() for failure in failures}
        self.tried += revealed(candidate.patch.edits, before, run.failures, passing)
        return replace(candidate, passing=passing, flags=flags), verdict

    def prove(self, candidate: Plausible) -> Fix | Verdict:
        """Prove a candidate for the targets that pass with it; return the fix, or what does not hold."""
        proved = self._prover.prove(candidate.tree, candidate.passing)
        if isinstance(proved, Verdict):
            return proved
        self._progress("verify", f"proved: {proved.verdict.reason}")
        patch, remaining = candidate.patch, sorted(self.targets - candidate.passing)
        doubts = cautions(judge_for(patch.edits, self._failures, self._met(candidate.passing)))
        return Fix(
            tree=candidate.tree,
            diff=candidate.diff,
            paths=tuple(edit.path for edit in patch.edits),
            engine=patch.engine,
            model=patch.model,
            analysis=patch.analysis,
            proof=(
                *self._proof(proved, remaining),
                *marks([edit.path for edit in patch.edits]),
                *doubts,
            ),
            remaining=tuple(remaining),
            flags=len(doubts),
        )

    def reduce(self, proved: Plausible, fix: Fix, is_time_left: Callable[[], bool]) -> Fix:
        """Return the part of a model's fix that its proof needs, proved anew; the fix itself where that is all of it.

        What other engines propose is minimal by construction.
        """
        if proved.patch.model is None:
            return fix
        passing: dict[tuple[FileEdit, ...], Plausible] = {}

        def holds(edits: tuple[FileEdit, ...]) -> bool:
            gated = self.admit(replace(proved.patch, edits=edits), proved.round) if is_time_left() else None
            if not isinstance(gated, Plausible):
                return False
            tried, _ = self.judged(gated, self._prover.run(gated.tree, self.targets))
            if tried.passing >= proved.passing:
                passing[edits] = replace(gated, passing=proved.passing)
            return edits in passing

        reduction = minimised(
            proved.patch.edits,
            holds,
            runs=self._limits.minimising_runs,
            admissible=lambda edits: self._admission.checked(edits) is None,
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

    def _proof(self, proved: Proved, remaining: Collection[str]) -> tuple[str, ...]:
        before, after = self._limits.proof_runs, proved.targets_passed
        how = "test id" if self._prover.can_narrow else "its counts"
        sentences = [
            f"On the base {self._repository.base[:10]} the target test cases failed in {before} of {before} runs.",
            f"With the patch they passed in {after} of {after} runs, with the base's tests and test configuration.",
            f"The whole suite, compared by {how}: {proved.verdict.reason}.",
            "Without the patch the target test cases failed again after that.",
            *proved.remarks,
        ]
        if remaining:
            listed = ", ".join(list(remaining)[:_SHOWN])
            sentences.append(f"Not repaired, and failing as on the base: {len(remaining)} test cases ({listed}).")
        return tuple(sentences)


def _left_out(patch: CandidatePatch, reduction: Reduction) -> str:
    kept = {edit.path for edit in reduction.edits}
    files = [edit.path for edit in patch.edits if edit.path not in kept]
    where = f", with all that it changed in {', '.join(files)}" if files else ""
    return (
        f"Of the proposal's {reduction.size_before} changed lines, {reduction.size_before - reduction.size} were left "
        f"out{where}: the proof was made without them."
    )
