"""Runs ahead of what is asked for: the same items in the same order, whatever is under way and whatever ends first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from healer.lookahead import Lookahead
from tests.fakes import run_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.models.proof import SuiteRun


@dataclass
class Hall:
    """Where runs take place, and what happened there in order."""

    events: list[str] = field(default_factory=list)

    def start(self, item: str) -> Lane | None:
        if item.startswith("refused"):
            return None
        self.events.append(f"start {item}")
        return Lane(self, item)


@dataclass
class Lane:
    """One run."""

    hall: Hall
    item: str

    def result(self) -> SuiteRun:
        self.hall.events.append(f"result {self.item}")
        return run_of({self.item: "passed"})

    def cancel(self) -> None:
        self.hall.events.append(f"cancel {self.item}")


def taken(ahead: Lookahead[str], at_once: int) -> str | None:
    entry = ahead.take(at_once)
    if entry is None:
        return None
    if entry.pending:
        assert entry.item in entry.pending.result().outcomes
    return entry.item


@pytest.mark.parametrize("at_once", [1, 2, 3, 9])
def test_items_come_in_their_order_however_many_run_at_once(at_once: int) -> None:
    items = ["a", "refused b", "c", "d", "e"]
    ahead = Lookahead(iter(items), Hall().start)

    assert [taken(ahead, at_once) for _ in range(6)] == [*items, None]


def test_as_many_runs_are_under_way_as_are_asked_for() -> None:
    hall = Hall()
    ahead = Lookahead(iter("abcd"), hall.start)

    taken(ahead, 2)
    taken(ahead, 1)

    assert hall.events == ["start a", "start b", "result a", "result b"]


def test_one_at_a_time_nothing_is_asked_of_the_source_before_it_is_needed() -> None:
    asked: list[str] = []

    def source() -> Iterator[str]:
        for item in "abc":
            asked.append(item)
            yield item

    ahead = Lookahead(source(), Hall().start)
    assert (taken(ahead, 1), asked) == ("a", ["a"])


def test_runs_that_were_halted_begin_anew_and_no_item_is_lost() -> None:
    hall = Hall()
    ahead = Lookahead(iter("abc"), hall.start)
    taken(ahead, 3)

    ahead.halt()
    ahead.halt()

    assert [taken(ahead, 2), taken(ahead, 2), taken(ahead, 2)] == ["b", "c", None]
    assert hall.events == [
        "start a", "start b", "start c", "result a", "cancel b", "cancel c", "start b", "start c", "result b",
        "result c",
    ]  # fmt: skip


def test_an_error_of_the_source_comes_in_its_place() -> None:
    def source() -> Iterator[str]:
        yield "a"
        yield "b"
        raise ValueError("no money left")

    ahead = Lookahead(source(), Hall().start)

    assert [taken(ahead, 5), taken(ahead, 5)] == ["a", "b"]
    with pytest.raises(ValueError, match="no money left"):
        ahead.take(5)
