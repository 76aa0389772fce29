"""The literals of one failing test say nothing of a change that repairs another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.models.change import FileEdit
from healer.models.evidence import CaseOutcome, Failure
from healer.patches.cheating.causes import cheated, judge_for, objection_for_any
from healer.patches.cheating.findings import Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def failure(name: str, asserted: str) -> Failure:
    return Failure(
        f"t.py::{name}", name, CaseOutcome.FAILED, type="AssertionError", text=f">       assert {asserted}\n"
    )


CAUSES = {
    "price": (failure("test_price", "price(3, 250) == 717"),),
    "slug": (failure("test_slug", 'slug("Welt") == "welt"'), failure("test_long", 'slug("lang") == "lang-717"')),
}
BEFORE = "import os\n\n\ndef price(count, each):\n    return count * each\n"


def edited(line: str) -> list[FileEdit]:
    return [FileEdit("shop.py", BEFORE.encode(), BEFORE.replace("    return", f"    {line}\n    return").encode())]


FOR_PRICE = edited("if each == 250:\n        return 717")
FOR_ANY = edited("os._exit(0)")
HONEST = edited("count = max(count, 0)")
ACROSS = edited('if count == "Welt":\n        return 250')


def test_what_is_cheating_for_one_cause_may_repair_another() -> None:
    assert objection_for_any(FOR_PRICE, CAUSES) is None
    assert cheated(FOR_PRICE, CAUSES, {"slug"}) == {}
    assert [why.code for why in cheated(FOR_PRICE, CAUSES, {"price", "slug"}).values()] == ["special_case"]


def test_the_only_cause_is_the_one_that_a_change_is_for() -> None:
    rejection = objection_for_any(FOR_PRICE, {"price": CAUSES["price"]})
    assert rejection is not None
    assert rejection.code == "special_case"


@pytest.mark.parametrize("causes", [CAUSES, {"price": CAUSES["price"]}, {}], ids=["two", "one", "none"])
def test_what_is_cheating_whatever_it_is_for_is_refused_at_once(causes: Mapping[str, Sequence[Failure]]) -> None:
    rejection = objection_for_any(FOR_ANY, causes)
    assert rejection is not None
    assert rejection.code == "exit"
    assert cheated(FOR_ANY, causes, causes).keys() == causes.keys()


def test_a_literal_of_one_test_that_meets_one_of_another_is_chance() -> None:
    assert objection_for_any(ACROSS, CAUSES) is None
    assert cheated(ACROSS, CAUSES, CAUSES) == {}


def test_a_reviewer_is_told_only_of_the_causes_that_are_repaired() -> None:
    asks = edited('if count == "Welt":\n        count = each')
    assert [one.level for one in judge_for(asks, CAUSES, {"slug"})] == [Level.FLAG]
    assert judge_for(asks, CAUSES, {"price"}) == ()


def test_an_honest_change_is_for_any_cause() -> None:
    assert objection_for_any(HONEST, CAUSES) is None
    assert cheated(HONEST, CAUSES, CAUSES) == {}


def test_of_very_many_failures_some_of_every_cause_are_looked_at() -> None:
    many = {"slug": CAUSES["slug"] * 500, "price": CAUSES["price"]}
    assert any(one.level is Level.REJECT for one in judge_for(FOR_PRICE, many, many))
