from __future__ import annotations

from healer.localization.leaders import led
from healer.models.code import Location


def place(path: str, line: int, function: str, score: float) -> Location:
    return Location(path, line, line, function, score)


A, A2, B, C = (
    place("a.py", 1, "f", 0.9),
    place("a.py", 2, "f", 0.8),
    place("a.py", 9, "g", 0.7),
    place("c.py", 1, "h", 0.1),
)


def test_the_best_place_of_every_cause_comes_before_all_others() -> None:
    assert led([A, A2, B, C], [[A, B], [C, A]]) == (A, A2, C, B)


def test_causes_that_lead_to_one_place_change_nothing() -> None:
    assert led([A, B, C], [[A], [A], []]) == (A, B, C)
