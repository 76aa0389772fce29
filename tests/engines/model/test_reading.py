from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from healer.engines.model.places import places
from healer.engines.model.reading import Reader
from healer.models.code import Diagnosis, Excerpt, Location
from tests.engines.model.kinds import OTHER_LANGUAGE, SCRIPT, failing
from tests.engines.model.shop import DIAGNOSIS, Files

if TYPE_CHECKING:
    from healer.models.evidence import Failure
    from healer.ports import SourceTree

SOURCE = Files({})
ELSEWHERE = Location("far.py", 1, 1, "far", 0.1)


@dataclass
class Shelf:
    """Pieces with prices, taken in order as far as the money goes; remembers what it was asked."""

    pieces: tuple[tuple[Excerpt, int], ...]
    asked: list[int] = field(default_factory=list)

    def __call__(self, diagnosis: Diagnosis, source: SourceTree, *, token_budget: int) -> tuple[Excerpt, ...]:
        del source
        self.asked.append(token_budget)
        best = diagnosis.locations[0].path if diagnosis.locations else ""
        pieces = sorted(self.pieces, key=lambda piece: piece[0].path != best)
        taken: list[Excerpt] = []
        for excerpt, price in pieces:
            if price <= token_budget:
                taken.append(excerpt)
                token_budget -= price
        return tuple(taken)


def piece(path: str, price: int = 50, line: int = 1, end_line: int = 20) -> tuple[Excerpt, int]:
    return Excerpt(path, line, end_line, "code\n", ""), price


def test_later_rounds_add_code_and_repeat_none() -> None:
    shelf = Shelf((piece("shop/basket.py"), piece("a.py"), piece("b.py"), piece("c.py")))
    reader = Reader(shelf, 100)
    first, second, third = (reader.read(DIAGNOSIS, SOURCE, number) for number in (1, 2, 3))
    assert [one.path for one in first.all] == ["shop/basket.py", "a.py"]
    assert first.first == second.first == third.first
    assert [one.path for one in second.further] == ["b.py", "c.py"]


def test_the_best_place_is_shown_at_a_higher_price() -> None:
    reading = Reader(Shelf((piece("shop/basket.py", 350), piece("a.py"))), 100).read(DIAGNOSIS, SOURCE, 1)
    assert [one.path for one in reading.first] == ["shop/basket.py", "a.py"]
    assert reading.budget == 400


def test_a_place_that_fits_no_price_leaves_the_budget_as_it_was() -> None:
    reading = Reader(Shelf((piece("shop/basket.py", 9_000), piece("a.py"))), 100).read(DIAGNOSIS, SOURCE, 1)
    assert [one.path for one in reading.first] == ["a.py"]
    assert reading.budget == 100


def test_a_place_that_is_pointed_at_is_shown_though_it_was_not_before() -> None:
    diagnosis = replace(DIAGNOSIS, locations=(*DIAGNOSIS.locations, ELSEWHERE))
    reader = Reader(Shelf((piece("shop/basket.py", 100), piece("far.py", 30))), 100)
    plain, pointed = reader.read(diagnosis, SOURCE, 1), reader.read(diagnosis, SOURCE, 1, places([ELSEWHERE])[0])
    assert [one.path for one in plain.all] == ["shop/basket.py"]
    assert [one.path for one in pointed.further] == ["far.py"]


def test_the_choice_is_made_once_for_a_diagnosis() -> None:
    shelf = Shelf((piece("shop/basket.py"),))
    reader = Reader(shelf, 100)
    for _ in range(3):
        reader.read(DIAGNOSIS, SOURCE, 1)
    assert shelf.asked == [100]
    reader.read(replace(DIAGNOSIS), SOURCE, 1)
    assert shelf.asked == [100, 100]


def test_each_of_several_causes_has_its_place_shown() -> None:
    other = replace(DIAGNOSIS.clusters[0], fingerprint="other")
    several = Diagnosis((*DIAGNOSIS.clusters, other), (*DIAGNOSIS.locations, ELSEWHERE))
    shelf = Shelf((piece("shop/basket.py", 80), piece("far.py", 90)))
    assert [one.path for one in Reader(shelf, 100).read(several, SOURCE, 1).first] == ["shop/basket.py", "far.py"]
    one_cause = replace(several, clusters=several.clusters[:1])
    assert [one.path for one in Reader(shelf, 100).read(one_cause, SOURCE, 1).first] == ["shop/basket.py"]


def test_of_several_budgets_that_all_miss_something_the_least_that_misses_least_is_taken() -> None:
    other = replace(DIAGNOSIS.clusters[0], fingerprint="other")
    several = Diagnosis((*DIAGNOSIS.clusters, other), (*DIAGNOSIS.locations, ELSEWHERE))
    shelf = Shelf((piece("shop/basket.py", 150), piece("far.py", 9_000)))
    assert Reader(shelf, 100).read(several, SOURCE, 1).budget == 200


@pytest.mark.parametrize("failure", [SCRIPT, OTHER_LANGUAGE], ids=["a command", "another language"])
def test_where_no_line_is_known_to_have_run_twice_the_code_is_shown(failure: Failure) -> None:
    untraced = replace(DIAGNOSIS, clusters=failing(failure))
    assert Reader(Shelf((piece("shop/basket.py"),)), 100).read(untraced, SOURCE, 1).budget == 200
