"""The second half of the cycle: rounds of propose, gate and verify, until what can be repaired is proved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer import attempts
from healer.errors import EngineError
from healer.lookahead import Entry, Lookahead
from healer.models.change import Analysis, Blocked, CandidatePatch, Refused, Rejection
from healer.models.outcome import Attempt, Fix
from healer.models.proof import Verdict
from healer.patches.merge import merged
from healer.persistence import REPEATED, is_done
from healer.ports import RepairTask
from healer.trials import Plausible
from healer.verification.partial import are_told_apart
from healer.verification.selection import ranked
from healer.weighing import Weighing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from healer.models.change import Proposal
    from healer.models.code import Diagnosis
    from healer.ports import Clock, Engine, Pending, Progress, Reviewer, SourceTree
    from healer.trials import Limits, Trials

_VERIFIED = "verified"
_PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class _Proposed:
    """A proposal and what the gate made of it, if it is a patch at all."""

    proposal: Proposal
    admitted: Plausible | None = None
    refusal: tuple[Rejection, str] | None = None


class Repair:
    """One repair: what was tried, which causes it repaired, and how far it may go."""

    def __init__(
        self,
        trials: Trials,
        diagnosis: Diagnosis,
        source: SourceTree,
        *,
        limits: Limits,
        progress: Progress,
        clock: Clock,
        reviewer: Reviewer | None = None,
        refine: Callable[[Diagnosis], Diagnosis] | None = None,
    ) -> None:
        """`refine` learns more of the failure at some expense; it is called before the first model is asked."""
        self._refine = refine
        self._trials = trials
        self.diagnosis = diagnosis
        self._source = source
        self._limits = limits
        self._progress = progress
        self._clock = clock
        self._weighing = Weighing(diagnosis, source, trials.graded_by, reviewer, progress)
        self._partial: list[Plausible] = []
        self._joined_of = 0
        self.attempts: list[Attempt] = []

    def run(self, engines: Sequence[Engine]) -> Fix:
        """Ask the engines in order, round by round, until every cause is repaired; raise Ended when none can be.

        When some causes cannot, the best proven repair of the others is returned.
        """
        silenced: set[str] = set()
        for number in range(1, self._limits.rounds + 1):
            for engine in engines:
                if number > engine.rounds or engine.name in silenced:
                    continue
                if self._clock() > self._limits.ends:
                    self._note(attempts.late(engine.name, number))
                    return self._rest(engines)
                try:
                    fix = self._turn(engine, number)
                except EngineError as error:
                    silenced.add(engine.name)
                    self._note(attempts.unanswered(engine.name, number, error))
                    continue
                if fix is not None:
                    return fix
                if is_done(engine, self.attempts, number):
                    silenced.add(engine.name)
        return self._rest(engines)

    def _rest(self, engines: Sequence[Engine]) -> Fix:
        """Return what is repaired in part, where there is no more to come."""
        if fix := self._repair_in_part():
            return fix
        raise attempts.no_fix(self.attempts, [engine.name for engine in engines])

    def learn(self) -> None:
        """Learn what costs something, unless that was done: before a model is asked, here or elsewhere."""
        if self._refine is not None:
            self.diagnosis, self._refine = self._refine(self.diagnosis), None
            self._weighing.diagnosis = self.diagnosis

    @property
    def partial(self) -> tuple[CandidatePatch, ...]:
        """Candidates that repair some causes, those that repair most first."""
        return tuple(one.patch for one in sorted(self._partial, key=lambda one: -len(one.passing)))

    def _turn(self, engine: Engine, number: int) -> Fix | None:
        """Let one engine propose until a candidate is proved, its proposals end, or its time is up."""
        if engine.asked(number):
            self.learn()
        one_by_one = engine.rivals == 0
        # Asked one by one, an engine sees what became of its last proposal before it makes the next.
        tried = self.attempts if one_by_one else tuple(self.attempts)
        task = RepairTask(self.diagnosis, self._source, number, tried)
        proposals = (self._admitted(proposal, number) for proposal in engine.propose(task))
        ahead = Lookahead(proposals, lambda one: self._trials.start(one.admitted) if one.admitted else None)
        # A model's few proposals are bounded by their number, and waiting for an answer is no searching.
        seconds = self._limits.search_seconds if engine.rivals is None else float("inf")
        deadline = min(self._clock() + seconds, self._limits.ends)
        try:
            while self._clock() <= deadline and (plausible := self._search(ahead, engine, number, deadline)):
                ahead.halt()  # nothing runs beside a proof
                best = ranked(plausible, self._weighing.agreeing)
                for position, candidate in enumerate(best, start=1):
                    if fix := self._prove(candidate, rivals=len(best) - position):
                        return fix
        finally:
            ahead.halt()
        return self._repair_jointly(number)

    def _admitted(self, proposal: Proposal, number: int) -> _Proposed:
        """Gate a proposal."""
        if not isinstance(proposal, CandidatePatch):
            return _Proposed(proposal)
        admitted = self._trials.admit(proposal, number)
        if isinstance(admitted, Plausible):
            return _Proposed(proposal, admitted)
        return _Proposed(proposal, refusal=admitted)

    def _search(self, ahead: Lookahead[_Proposed], engine: Engine, number: int, deadline: float) -> list[Plausible]:
        """Try proposals until one repairs every cause, and a few more for rivals."""
        plausible: list[Plausible] = []
        rivals = self._limits.rivals if engine.rivals is None else engine.rivals
        at_once = 1 if engine.rivals == 0 else self._trials.at_once
        while proposed := self._next(ahead, at_once, end_well=bool(plausible)):
            candidate = self._examine(proposed, number)
            if candidate is not None and self._is_whole(candidate):
                plausible.append(candidate)
            elif plausible:
                rivals -= 1
            if self._clock() > deadline or (plausible and rivals <= 0):
                break
            if plausible:
                at_once = min(at_once, rivals)
        return plausible

    @staticmethod
    def _next(ahead: Lookahead[_Proposed], at_once: int, *, end_well: bool) -> Entry[_Proposed] | None:
        """Return the next proposal; an engine that fails meanwhile does not take back what it proposed before."""
        try:
            return ahead.take(at_once)
        except EngineError:
            if end_well:
                return None
            raise

    def _examine(self, proposed: Entry[_Proposed], number: int) -> Plausible | None:
        """Judge one proposal by what the gate said, and by the run of the targets; return it if it repairs anything."""
        match proposed.item.proposal:
            case Blocked() as blocked:
                self._note(attempts.blocked(blocked, number))
            case Refused() as refused:
                self._refuse(refused, number, refused.rejection, refused.excerpt)
            case CandidatePatch() as patch:
                rejection = self._trials.repeated(patch)
                if rejection is None or rejection.code == REPEATED:  # another was not looked into, for its size
                    self._weighing.hear(patch)
                if rejection:
                    self._refuse(patch, number, rejection)
                elif proposed.item.refusal:
                    self._refuse(patch, number, *proposed.item.refusal)
                elif proposed.item.admitted and proposed.pending:
                    return self._try(proposed.item.admitted, proposed.pending)
        if proposed.pending:
            proposed.pending.cancel()
        return None

    def _try(self, admitted: Plausible, run: Pending) -> Plausible | None:
        patch = admitted.patch
        self._progress("propose", f"{patch.engine}: {patch.analysis.strategy or patch.analysis.root_cause}")
        candidate, verdict = self._trials.judged(admitted, run.result())
        if not candidate.passing:
            self._fell(candidate, verdict)
            return None
        if not self._is_whole(candidate):
            self._partial.append(candidate)
            passing = f"{len(candidate.passing)} of {len(self._trials.targets)} targets pass"
            self._note(self._attempt(candidate, _PARTIAL, f"{passing}; {verdict.reason}", verdict))
        return candidate

    def _is_whole(self, candidate: Plausible) -> bool:
        return candidate.passing == self._trials.targets

    def _prove(self, candidate: Plausible, rivals: int = 0) -> Fix | None:
        proved = self._trials.prove(candidate)
        if isinstance(proved, Verdict):
            self._fell(candidate, proved)
            return None
        deadline = min(self._clock() + self._limits.search_seconds, self._limits.ends)
        fix = self._trials.reduce(candidate, proved, lambda: self._clock() <= deadline)
        why = proved.proof[-1] if fix is proved else f"{proved.proof[-1]} {fix.proof[-1]}"
        self._note(replace(self._attempt(candidate, _VERIFIED, why), diff=fix.diff))
        return self._weighing.weighed(fix, candidate, rivals)

    def _repair_jointly(self, number: int) -> Fix | None:
        """Join candidates that repair different failures, when together they repair all."""
        joined = self._joined()
        if joined is None:
            return None
        proposed = self._admitted(joined, number)
        pending = self._trials.start(proposed.admitted) if proposed.admitted else None
        whole = self._examine(Entry(proposed, pending), number)
        return self._prove(whole) if whole is not None and self._is_whole(whole) else None

    def _joined(self) -> CandidatePatch | None:
        if len(self._partial) == self._joined_of:
            return None  # nothing new since the last try
        self._joined_of = len(self._partial)
        chosen: list[Plausible] = []
        edits = None
        covered: frozenset[str] = frozenset()
        for candidate in ranked(self._partial):
            joined = candidate.patch.edits if edits is None else merged(edits, candidate.patch.edits)
            if joined is None or candidate.passing <= covered:
                continue
            chosen, edits, covered = [*chosen, candidate], joined, covered | candidate.passing
        if edits is None or covered != self._trials.targets:
            return None
        first = chosen[0].patch
        causes, strategies = (
            " ".join(filter(None, (getattr(one.patch.analysis, field) for one in chosen)))
            for field in ("root_cause", "strategy")
        )
        return CandidatePatch(first.engine, edits, Analysis(root_cause=causes, strategy=strategies), first.model)

    def _repair_in_part(self) -> Fix | None:
        """Prove the candidate that repairs most, if what remains is clearly another matter; nothing repairs all."""
        told = (failure for group in self.diagnosis.clusters for failure in group.failures)
        failures = [failure for failure in told if failure.id in self._trials.targets]  # findings are no test cases
        by_size = ranked(self._partial)
        for candidate in sorted(by_size, key=lambda one: -len(one.passing)):
            passing = [failure for failure in failures if failure.id in candidate.passing]
            remaining = [failure for failure in failures if failure.id not in candidate.passing]
            if are_told_apart(passing, remaining) and (fix := self._prove(candidate)):
                return fix
        return None

    def _attempt(self, candidate: Plausible, status: str, why: str, verdict: Verdict | None = None) -> Attempt:
        patch = candidate.patch
        attempt = Attempt(candidate.round, patch.engine, patch.model, status, why, candidate.diff, patch.analysis)
        if verdict is None or patch.model is None:  # nobody reflects, and there may be thousands
            return attempt
        return replace(
            attempt, still_failing=verdict.still_failing, newly_failing=verdict.newly_failing, lost=verdict.lost
        )

    def _fell(self, candidate: Plausible, verdict: Verdict) -> None:
        self._note(self._attempt(candidate, verdict.status.value, verdict.reason, verdict))

    def _refuse(self, proposal: CandidatePatch | Refused, number: int, rejection: Rejection, diff: str = "") -> None:
        self._note(attempts.refused(proposal, number, rejection, diff))

    def _note(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        if attempt.verdict != _VERIFIED:
            self._progress("verify", f"{attempt.engine}: {attempt.verdict}: {attempt.why}")
