"""Which end it is when all attempts fell, where a model asked to see more code among them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healer.attempts import no_fix
from healer.models.outcome import Attempt, Outcome

ASKED = Attempt(1, "anthropic", "m", "blocked", "needs_code: `shop/tax.py`")
FREE = Attempt(1, "embedded", None, "still-failing", "no", "-a\n+b")
FELL = Attempt(2, "anthropic", "m", "still-failing", "it fails", "-a\n+b")
REFUSED = Attempt(2, "anthropic", "m", "refused", "test_file: tests are read-only")
GAVE_UP = Attempt(2, "anthropic", "m", "blocked", "test_is_wrong: it is")
AWAY = Attempt(2, "anthropic", None, "unavailable", "the endpoint is away")
SPENT = Attempt(2, "anthropic", None, "budget", "too dear")


@pytest.mark.parametrize(
    ("attempts", "outcome", "reason", "said"),
    [
        ((ASKED,), Outcome.NO_FIX, "blocked", "the model lacked code: `shop/tax.py` (1 attempt by x)"),
        ((FREE, ASKED), Outcome.NO_FIX, "blocked", "the model lacked code: `shop/tax.py`"),
        ((FELL, replace(ASKED, round=3)), Outcome.NO_FIX, "blocked", "the model lacked code"),
        ((ASKED, FELL), Outcome.NO_FIX, "all_candidates_failed", "the last one: it fails"),
        ((FELL, replace(ASKED, round=2)), Outcome.NO_FIX, "all_candidates_failed", "no candidate was proved"),
        ((ASKED, REFUSED), Outcome.REJECTED, "all_refused", "every proposal was refused"),
        ((ASKED, GAVE_UP), Outcome.NO_FIX, "blocked", "no change to the code is right: test_is_wrong"),
        ((ASKED, AWAY), Outcome.UNAVAILABLE, "model_unavailable", "the endpoint is away"),
        ((ASKED, SPENT), Outcome.BUDGET, "budget", "too dear"),
    ],
    ids=[
        "asked at last", "after a free engine", "after another round", "a change fell since",
        "another model's change fell", "refused since", "gave up since", "away since", "no money since",
    ],
)  # fmt: skip
def test_a_wish_is_the_end_only_where_nothing_came_after_it(
    attempts: tuple[Attempt, ...], outcome: Outcome, reason: str, said: str
) -> None:
    ended = no_fix(attempts, ["x"])
    assert (ended.outcome, ended.reason) == (outcome, reason)
    assert said in ended.sentence
