"""When asking an engine again is of no use: it gave up, repeated itself, or its changes make no difference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.outcome import Attempt
    from healer.ports import Engine

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
REPEATED = "repeated"
"""How the reason of a refusal begins when the same change was tried before."""


def is_done(engine: Engine, attempts: Sequence[Attempt], number: int) -> bool:
    """Whether an engine is not to be asked in the round after this one.

    A model that has not been asked yet is another matter: what a weaker one said of itself does not bind it.
    """
    own = [attempt for attempt in attempts if attempt.engine == engine.name]
    recent = [attempt for attempt in own if attempt.round == number]
    if not recent:
        return False
    known = {attempt.model for attempt in own}
    if not engine.asked(number + 1) <= known:
        return False
    return _gave_up(recent, is_ensemble=bool(engine.rivals)) or _is_stuck(own, number)


def _gave_up(recent: Sequence[Attempt], *, is_ensemble: bool) -> bool:
    """Whether the last word was that there is nothing to repair; of models asked side by side, the word of all.

    A model that asks to see more has not given up.
    """
    given_up = [attempt.verdict == "blocked" and not attempt.lacks_code for attempt in recent]
    return all(given_up) if is_ensemble else given_up[-1]


def _is_stuck(own: Sequence[Attempt], number: int) -> bool:
    """Whether all that a model said in this round was there before: the same changes, or the same failures."""
    models = {attempt.model for attempt in own if attempt.round == number}
    return None not in models and all(
        all(
            _repeats(attempt, [one for one in own if one.model == model and one.round < number])
            for attempt in own
            if attempt.model == model and attempt.round == number
        )
        for model in models
    )


def _repeats(attempt: Attempt, earlier: Sequence[Attempt]) -> bool:
    if attempt.verdict == "refused" and attempt.why.startswith(f"{REPEATED}:"):
        return bool(earlier)
    if attempt.lacks_code:
        return any(one.why == attempt.why for one in earlier)
    seen = signature(attempt)
    return bool(seen) and any(signature(one) == seen for one in earlier)


def signature(attempt: Attempt) -> frozenset[tuple[str, str]]:
    """Return what fails with a change and how, with addresses masked; empty when that is not known."""
    failing = (*attempt.still_failing, *attempt.newly_failing)
    return frozenset((failure.id, _ADDRESS.sub("0x", failure.headline)) for failure in failing)
