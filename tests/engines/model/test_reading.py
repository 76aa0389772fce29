from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from healer.engines.model.places import places
from healer.engines.model.reading import Reader, Wish
from healer.localization.wanted import wanted
from healer.models.code import Diagnosis, Excerpt, Location, Sought
from tests.engines.model.kinds import OTHER_LANGUAGE, SCRIPT, failing
from tests.engines.model.shop import DIAGNOSIS, Files

if TYPE_CHECKING:
    from collections.abc import Sequence

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


ORDERS = Excerpt("orders.py", 1, 9, "code\n", "asked for")


@dataclass
class Finder:
    """Knows two names; remembers how many tokens it was given."""

    tokens: list[int] = field(default_factory=list)

    def __call__(
        self, names: Sequence[str], diagnosis: Diagnosis, source: SourceTree, *, token_budget: int
    ) -> tuple[Sought, ...]:
        del diagnosis, source
        self.tokens.append(token_budget)
        known = {"orders": ORDERS, "basket": Excerpt("shop/basket.py", 5, 9, "code\n", "asked for")}
        return tuple(Sought(name, (known[name],)) if name in known else Sought(name, note="none") for name in names)


def test_what_was_asked_for_is_all_that_is_added_after_a_round_of_wishes_alone() -> None:
    shelf = Shelf((piece("shop/basket.py"), piece("b.py", 150)))
    reader = Reader(shelf, 100, wanted=Finder())
    alone = reader.read(DIAGNOSIS, SOURCE, 2, wish=Wish(("orders", "gone"), is_all=True))
    assert [one.path for one in alone.further] == ["orders.py"]
    assert [(one.name, one.note) for one in alone.sought] == [("orders", ""), ("gone", "none")]
    beside = reader.read(DIAGNOSIS, SOURCE, 2, wish=Wish(("orders",)))
    assert [one.path for one in beside.further] == ["orders.py", "b.py"]


@pytest.mark.parametrize("names", [("gone",), ("basket",), ()], ids=["nowhere", "shown already", "no names"])
def test_a_wish_that_brings_nothing_new_widens_the_code_as_ever(names: tuple[str, ...]) -> None:
    reader = Reader(Shelf((piece("shop/basket.py"), piece("b.py", 150))), 100, wanted=Finder())
    reading = reader.read(DIAGNOSIS, SOURCE, 2, wish=Wish(names, is_all=True))
    assert [one.path for one in reading.further] == ["b.py"]
    assert [one.note for one in reading.sought] == ["none" if name == "gone" else "stands above" for name in names]


def test_what_is_asked_for_is_looked_for_within_the_round_s_budget() -> None:
    finder = Finder()
    reader = Reader(Shelf((piece("shop/basket.py"),)), 100, wanted=finder)
    for number in (1, 2, 3):
        reader.read(DIAGNOSIS, SOURCE, number, wish=Wish(("orders",), is_all=True))
    assert finder.tokens == [100, 150, 300]


def test_what_is_asked_for_twice_is_shown_once_and_at_its_widest() -> None:
    texts = {"shop/long.py": "A = 1\n\n\ndef first():\n    return A\n\n\ndef second():\n    return 2\n"}
    reader = Reader(Shelf(()), 100, wanted=wanted)
    names = ("first", "A", "shop/long.py", "second", "long.first")
    reading = reader.read(Diagnosis((), ()), Files(texts), 2, wish=Wish(names, is_all=True))
    assert [(one.path, one.line, one.end_line) for one in reading.further] == [("shop/long.py", 1, 9)]
    assert [one.note for one in reading.sought] == [""] * 5
