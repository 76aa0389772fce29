"""Attempts that fell before they were tried, and which end it is when all fell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.errors import AnswerPending, BudgetExhausted, EngineError
from healer.models.outcome import Attempt, Outcome
from healer.reproduction import Ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.change import Blocked, CandidatePatch, Refused, Rejection


def blocked(said: Blocked, number: int) -> Attempt:
    """Return the attempt of a round in which a model said that nothing is to be repaired."""
    return Attempt(number, said.engine, said.model, "blocked", f"{said.code}: {said.explanation}")


def refused(proposal: CandidatePatch | Refused, number: int, rejection: Rejection, diff: str = "") -> Attempt:
    """Return the attempt of a round whose proposal was refused, with as much of its change as there is."""
    why = f"{rejection.code}: {rejection.message}"
    return Attempt(number, proposal.engine, proposal.model, "refused", why, diff, proposal.analysis)


def unanswered(engine: str, number: int, error: EngineError) -> Attempt:
    """Return the attempt of a round in which an engine could not be asked."""
    is_pending = isinstance(error, AnswerPending)
    verdict = "budget" if isinstance(error, BudgetExhausted) else "pending" if is_pending else "unavailable"
    return Attempt(number, engine, None, verdict, error.sentence)


def late(engine: str, number: int) -> Attempt:
    """Return the attempt of a round that began too late."""
    why = "the time of the run (--max-minutes) is up, so nothing further was begun"
    return Attempt(number, engine, None, "budget", why)


def no_fix(attempts: Sequence[Attempt], engines: Sequence[str]) -> Ended:
    """Return the end of a run whose attempts all fell; `engines` are the names of those that were asked."""
    made = [attempt for attempt in attempts if not attempt.lacks_code]
    verdicts = {attempt.verdict for attempt in made}
    names = ", ".join(engines) or "none"
    count = len(attempts)
    tried = f"{count} {'attempt' if count == 1 else 'attempts'} by {names}"
    final = attempts[-1].why if attempts else ""
    if unasked := _unasked(attempts, tried):
        return unasked
    given_up = next((attempt for attempt in made if attempt.verdict == "blocked"), None)
    if given_up is not None:
        return Ended(Outcome.NO_FIX, "blocked", f"the model says that no change to the code is right: {given_up.why}")
    if attempts and _lacked(attempts[-1], attempts):
        return Ended(Outcome.NO_FIX, "blocked", f"the model lacked code: {final.partition(': ')[2]} ({tried})")
    if verdicts == {"refused"}:
        return Ended(Outcome.REJECTED, "all_refused", f"every proposal was refused ({tried}); the last one: {final}")
    if not attempts:
        return Ended(Outcome.NO_FIX, "no_candidates", f"no engine had a proposal ({names}); a model may have one")
    return Ended(Outcome.NO_FIX, "all_candidates_failed", f"no candidate was proved ({tried}); the last one: {final}")


def _lacked(last: Attempt, attempts: Sequence[Attempt]) -> bool:
    """Whether an engine ended with nothing but the wish to see more of the code."""
    return all(one.lacks_code for one in attempts if (one.round, one.engine) == (last.round, last.engine))


def _unasked(attempts: Sequence[Attempt], tried: str) -> Ended | None:
    """Return the end of a run that lacked an answer, money or a model; None where it lacked none of them."""
    verdicts = {attempt.verdict for attempt in attempts}
    final = attempts[-1].why if attempts else ""
    if "pending" in verdicts:
        waited = next(attempt.why for attempt in attempts if attempt.verdict == "pending")
        return Ended(Outcome.UNAVAILABLE, "batch_pending", f"no repair yet ({tried}): {waited}")
    if "budget" in verdicts:
        return Ended(Outcome.BUDGET, "budget", f"no repair within the budget ({tried}): {final}")
    if "unavailable" in verdicts and all(attempt.model is None for attempt in attempts if not attempt.lacks_code):
        return Ended(Outcome.UNAVAILABLE, "model_unavailable", f"no repair without the model ({tried}): {final}")
    return None
