from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from healer.engines.model.ladder import Angle, Ladder, angles, questions
from healer.models.code import Diagnosis, Location
from healer.models.outcome import Attempt
from tests.engines.model.shop import DIAGNOSIS

if TYPE_CHECKING:
    from healer.ports import ModelReply, ModelRequest


@dataclass(frozen=True)
class Model:
    """A model that is named and never asked."""

    model: str
    cost_note: str | None = None

    def complete(self, request: ModelRequest) -> ModelReply:
        raise AssertionError(request)


CHEAP, STRONG, OTHER = Model("cheap"), Model("strong"), Model("other")
RANKED = tuple(Location("shop/a.py", 10 * number, 10 * number + 5, f"f{number}", 0.5) for number in range(1, 4))
NO_CHANGES = Diagnosis(DIAGNOSIS.clusters, RANKED)
WITH_CHANGES = Diagnosis(DIAGNOSIS.clusters, RANKED, DIAGNOSIS.commits)


def sides(diagnosis: Diagnosis, count: int, *attempts: Attempt, models: int = 1) -> list[str]:
    found = islice(angles(diagnosis, attempts, models), count)
    return [told(angle) for angle in found]


def told(angle: Angle) -> str:
    return "change" if angle.change else (angle.place.function or "?") if angle.place else "open"


def test_a_stronger_model_is_asked_from_the_second_round_on() -> None:
    ladder = Ladder((CHEAP,), (STRONG,))
    assert [ladder.rung(number) for number in (1, 2, 3)] == [(CHEAP,), (STRONG,), (STRONG,)]
    assert ladder.clients == (CHEAP, STRONG)


def test_without_a_stronger_model_the_same_is_asked_again() -> None:
    assert [Ladder((CHEAP,)).rung(number) for number in (1, 2, 3)] == [(CHEAP,)] * 3


@pytest.mark.parametrize(
    ("ladder", "candidates", "asked"),
    [
        (Ladder((CHEAP,)), None, [1, 2, 2]),
        (Ladder((CHEAP,), (STRONG,)), None, [1, 2, 2]),
        (Ladder((CHEAP, OTHER)), None, [2, 2, 2]),
        (Ladder((CHEAP,)), 1, [1, 1, 1]),
        (Ladder((CHEAP,)), 4, [4, 4, 4]),
        (Ladder((CHEAP, OTHER)), 1, [2, 2, 2]),
    ],
    ids=[
        "one model",
        "with a stronger one",
        "ensemble",
        "one asked for",
        "several asked for",
        "never fewer than models",
    ],
)
def test_a_round_asks_so_many_questions(ladder: Ladder, candidates: int | None, asked: list[int]) -> None:
    assert [questions(number, candidates, ladder) for number in (1, 2, 3)] == asked


def test_the_first_side_is_the_open_one_then_places_by_rank_and_the_changes_between() -> None:
    assert sides(WITH_CHANGES, 6) == ["open", "f1", "change", "f2", "f3", "open"]
    assert sides(NO_CHANGES, 5) == ["open", "f1", "f2", "f3", "open"]


def test_every_model_of_an_ensemble_is_asked_the_open_question() -> None:
    assert sides(NO_CHANGES, 3, models=2) == ["open", "open", "f1"]


def test_places_that_an_attempt_changed_are_passed_over() -> None:
    tried = Attempt(1, "m", "m", "still-failing", "", "--- a/shop/a.py\n+++ b/shop/a.py\n@@ -11,3 +11,3 @@ def f1\n")
    assert sides(NO_CHANGES, 3, tried) == ["open", "f2", "f3"]


def test_places_that_are_tried_meanwhile_are_passed_over_too() -> None:
    attempts: list[Attempt] = []
    found = angles(NO_CHANGES, attempts)
    assert told(next(found)) == "open"
    attempts.append(Attempt(2, "m", "m", "still-failing", "", "--- a/shop/a.py\n@@ -10,3 +10,3 @@\n"))
    assert told(next(found)) == "f2"


def test_where_nothing_is_suspicious_the_question_stays_open() -> None:
    assert sides(Diagnosis((), ()), 3) == ["open", "open", "open"]
