"""The second half of the cycle: rounds of propose, gate and verify, until one candidate patch is proved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from healer.errors import BudgetExhausted, EngineError
from healer.models.change import Blocked, CandidatePatch, Refused, RejectedBy, Rejection
from healer.models.outcome import Attempt, Fix, Outcome
from healer.models.proof import Baseline, GradedBy, Verdict, VerdictStatus
from healer.patches.checks import check
from healer.patches.gate import GatePolicy, judge
from healer.patches.normal import normal_form
from healer.ports import RepairTask
from healer.reproduction import Ended
from healer.verification.selection import ranked
from healer.verification.verdict import judge_suite, judge_targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.change import Proposal
    from healer.models.code import Diagnosis
    from healer.ports import Clock, Engine, Progress, Repository, Suite

_LEAST_SECONDS = 30.0
_SLOWDOWN = 3.0


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
    policy: GatePolicy = field(default_factory=GatePolicy)


@dataclass(frozen=True, slots=True)
class Plausible:
    """A candidate patch that passed the gate and makes the targets pass."""

    patch: CandidatePatch
    tree: str
    diff: str
    number: int


class Repair:
    """One repair: what was tried, what was seen before, and how far it may go."""

    def __init__(
        self, baseline: Baseline, diagnosis: Diagnosis, repository: Repository, suite: Suite, *,
        limits: Limits, progress: Progress, clock: Clock,
    ) -> None:  # fmt: skip
        self._baseline = baseline
        self._diagnosis = diagnosis
        self._repository = repository
        self._suite = suite
        self._limits = limits
        self._progress = progress
        self._clock = clock
        self._seen: set[str] = set()
        self.attempts: list[Attempt] = []

    def run(self, engines: Sequence[Engine]) -> Fix:
        """Ask the engines in order, round by round, until a candidate is proved; raise Ended when none is."""
        silenced: set[str] = set()
        for number in range(1, self._limits.rounds + 1):
            asked = [engine for engine in engines if number <= engine.rounds and engine.name not in silenced]
            if not asked:
                break
            for engine in asked:
                try:
                    fix = self._turn(engine, number)
                except EngineError as error:
                    silenced.add(engine.name)
                    verdict = "budget" if isinstance(error, BudgetExhausted) else "unavailable"
                    self._note(Attempt(number, engine.name, None, verdict, error.sentence))
                    continue
                if fix is not None:
                    return fix
                if self._gave_up(engine):
                    silenced.add(engine.name)
        raise self._no_fix(engines)

    def _turn(self, engine: Engine, number: int) -> Fix | None:
        """Let one engine propose until a candidate is proved, its proposals end, or its time is up."""
        task = RepairTask(self._diagnosis, self._repository.source, number, tuple(self.attempts))
        proposals = engine.propose(task)
        deadline = self._clock() + self._limits.search_seconds
        while plausible := self._search(proposals, number, deadline):
            for candidate in ranked(plausible):
                if fix := self._prove(candidate):
                    return fix
        return None

    def _search(self, proposals: Iterator[Proposal], number: int, deadline: float) -> list[Plausible]:
        """Try proposals until one is plausible, and a few more for rivals."""
        plausible: list[Plausible] = []
        rivals = self._limits.rivals
        for proposal in proposals:
            if candidate := self._examine(proposal, number):
                plausible.append(candidate)
            elif plausible:
                rivals -= 1
            if self._clock() > deadline or (plausible and rivals <= 0):
                break
        return plausible

    def _examine(self, proposal: Proposal, number: int) -> Plausible | None:
        """Gate one proposal and run the targets on its tree."""
        if isinstance(proposal, Blocked):
            why = f"{proposal.code}: {proposal.explanation}"
            self._note(Attempt(number, proposal.engine, proposal.model, "blocked", why))
            return None
        if isinstance(proposal, Refused):
            self._refuse(proposal, number, proposal.rejection, proposal.excerpt)
            return None
        candidate = self._admit(proposal, number)
        if candidate is None:
            return None
        self._progress("propose", f"{proposal.engine}: {proposal.analysis.strategy or proposal.analysis.root_cause}")
        verdict = self._verify_targets(candidate)
        if not verdict.is_verified:
            self._fell(candidate, verdict)
            return None
        return candidate

    def _admit(self, patch: CandidatePatch, number: int) -> Plausible | None:
        """Let a candidate through the checks and the gate, on the tree that would be delivered."""
        rejection = self._repeated(patch) or check(patch.edits)
        if rejection is not None:
            self._refuse(patch, number, rejection)
            return None
        tree = self._repository.write_tree(patch.edits)
        diff = self._repository.diff(tree)
        changes, base_paths = self._repository.changes(tree), self._repository.source.paths
        rejection = judge(changes, patch.edits, base_paths, self._limits.policy)
        if rejection is not None:
            self._refuse(patch, number, rejection, diff)
            return None
        return Plausible(patch, tree, diff, number)

    def _repeated(self, patch: CandidatePatch) -> Rejection | None:
        form = normal_form(patch.edits)
        if form in self._seen:
            return Rejection(RejectedBy.CHECK, "repeated", "this change was tried before; it must be a different one")
        self._seen.add(form)
        return None

    def _verify_targets(self, candidate: Plausible) -> Verdict:
        if self._baseline.run.graded_by is not GradedBy.RECORD:
            return Verdict(
                VerdictStatus.VERIFIED, "this runner cannot be narrowed to the targets; the whole suite decides"
            )
        run = self._suite.run(candidate.tree, only=self._baseline.targets, time_limit=self._patience())
        return judge_targets(run, self._baseline.targets)

    def _prove(self, candidate: Plausible) -> Fix | None:
        """Run the whole suite on a plausible candidate's tree, then its targets again."""
        self._progress("verify", f"targets pass; running the whole suite on {candidate.tree[:10]}")
        verdict = judge_suite(self._suite.run(candidate.tree, time_limit=self._patience()), self._baseline)
        if not verdict.is_verified:
            self._fell(candidate, verdict)
            return None
        targets = self._baseline.targets
        for _ in range(self._limits.reruns - 1):
            again = judge_targets(self._suite.run(candidate.tree, only=targets, time_limit=self._patience()), targets)
            if not again.is_verified:
                self._fell(candidate, replace(again, reason=f"it passed once, then not again: {again.reason}"))
                return None
        patch = candidate.patch
        self._progress("verify", f"proved: {verdict.reason}")
        self._note(
            Attempt(
                candidate.number, patch.engine, patch.model, "verified", verdict.reason, candidate.diff, patch.analysis
            )
        )
        return Fix(
            candidate.tree, candidate.diff, tuple(edit.path for edit in patch.edits), patch.engine, patch.model,
            patch.analysis, proof=self._proof(verdict),
        )  # fmt: skip

    def _proof(self, verdict: Verdict) -> tuple[str, ...]:
        failed = 1 + self._limits.reruns
        passed = 1 + (
            self._limits.reruns if self._baseline.run.graded_by is GradedBy.RECORD else self._limits.reruns - 1
        )
        return (
            f"On the base {self._repository.base[:10]} the target test cases failed in {failed} of {failed} runs.",
            f"With the patch they passed in {passed} of {passed} runs, with the base's tests and test configuration.",
            f"The whole suite, compared by test id: {verdict.reason}.",
        )

    def _patience(self) -> float:
        """Allow a patched run a multiple of the base's time: a repair that makes the suite hang must not hang us."""
        return max(_LEAST_SECONDS, _SLOWDOWN * self._baseline.run.seconds)

    def _fell(self, candidate: Plausible, verdict: Verdict) -> None:
        patch = candidate.patch
        attempt = Attempt(
            candidate.number,
            patch.engine,
            patch.model,
            verdict.status.value,
            verdict.reason,
            candidate.diff,
            patch.analysis,
        )
        self._note(attempt)

    def _refuse(self, proposal: CandidatePatch | Refused, number: int, rejection: Rejection, diff: str = "") -> None:
        why = f"{rejection.code}: {rejection.message}"
        self._note(Attempt(number, proposal.engine, proposal.model, "refused", why, diff, proposal.analysis))

    def _note(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        if attempt.verdict != "verified":
            self._progress("verify", f"{attempt.engine}: {attempt.verdict}: {attempt.why}")

    def _gave_up(self, engine: Engine) -> bool:
        """Whether the engine's last word was that there is nothing to repair."""
        last = next((attempt for attempt in reversed(self.attempts) if attempt.engine == engine.name), None)
        return last is not None and last.verdict == "blocked"

    def _no_fix(self, engines: Sequence[Engine]) -> Ended:
        """Say which end this is: policy, money, the endpoint, or simply no repair found."""
        verdicts = {attempt.verdict for attempt in self.attempts}
        names = ", ".join(engine.name for engine in engines) or "none"
        tried = f"{len(self.attempts)} attempts by {names}"
        final = self.attempts[-1].why if self.attempts else "no engine had a proposal"
        if "budget" in verdicts:
            return Ended(Outcome.BUDGET, "budget", f"no repair within the budget ({tried}): {final}")
        if "unavailable" in verdicts and not self._reached_a_model():
            return Ended(Outcome.UNAVAILABLE, "model_unavailable", f"no repair without the model ({tried}): {final}")
        blocked = next((attempt for attempt in self.attempts if attempt.verdict == "blocked"), None)
        if blocked is not None:
            return Ended(
                Outcome.NO_FIX, "blocked", f"the model says that this cannot be repaired in the code: {blocked.why}"
            )
        if self.attempts and verdicts == {"refused"}:
            return Ended(
                Outcome.REJECTED, "all_refused", f"every proposal was refused ({tried}); the last one: {final}"
            )
        if not self.attempts:
            return Ended(
                Outcome.NO_FIX, "no_candidates", f"no engine had a proposal ({names}); give a model key for more"
            )
        return Ended(
            Outcome.NO_FIX, "all_candidates_failed", f"no candidate was proved ({tried}); the last one: {final}"
        )

    def _reached_a_model(self) -> bool:
        return any(attempt.model is not None for attempt in self.attempts)
