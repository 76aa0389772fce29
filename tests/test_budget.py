"""What may be spent, and what was."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.spending import DailyLedger
from healer.budget import Budget, Turns
from healer.errors import BudgetExhausted
from healer.models.change import Usage

if TYPE_CHECKING:
    from pathlib import Path


def test_a_committed_call_counts_with_its_real_cost() -> None:
    budget = Budget(max_cost_usd=1.0, max_calls=5)
    budget.reserve(0.5).commit(Usage(input_tokens=10, output_tokens=2, cost_usd=0.1))
    assert budget.usage == Usage(input_tokens=10, output_tokens=2, cost_usd=0.1)
    assert budget.calls == 1


def test_a_released_reservation_leaves_no_trace() -> None:
    budget = Budget(max_cost_usd=1.0, max_calls=1)
    budget.reserve(1.0).release()
    assert (budget.usage, budget.calls) == (Usage(), 0)
    budget.reserve(1.0)


def test_a_call_whose_worst_case_does_not_fit_is_refused_with_the_sums() -> None:
    budget = Budget(max_cost_usd=0.5, max_calls=9)
    budget.reserve(0.2).commit(Usage(cost_usd=0.15))
    budget.reserve(0.3)
    with pytest.raises(BudgetExhausted, match=r"\$0\.1000.*\$0\.1500 spent.*\$0\.3000 reserved.*\$0\.50") as refused:
        budget.reserve(0.1)
    assert refused.value.code == "budget_cost"


def test_the_number_of_calls_is_capped_even_when_they_are_free() -> None:
    budget = Budget(max_cost_usd=0.0, max_calls=2)
    for _ in range(2):
        budget.reserve(0.0).commit(Usage(output_tokens=5))
    with pytest.raises(BudgetExhausted, match="all 2 model calls") as refused:
        budget.reserve(0.0)
    assert refused.value.code == "budget_calls"


@pytest.mark.parametrize("claimed", [-0.1, 0.31, 1e18, math.inf, math.nan])
def test_an_unbelievable_cost_is_charged_as_the_worst_case(claimed: float) -> None:
    budget = Budget(max_cost_usd=1.0, max_calls=5)
    charged = budget.reserve(0.3).commit(Usage(output_tokens=7, cost_usd=claimed))
    assert charged == Usage(output_tokens=7, cost_usd=0.3)
    assert budget.usage == charged


@pytest.mark.parametrize("worst_case", [-1.0, math.inf, math.nan])
def test_a_worst_case_is_a_finite_number_of_dollars(worst_case: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Budget(max_cost_usd=1.0, max_calls=1).reserve(worst_case)


def test_a_reservation_left_open_by_an_exception_is_charged_in_full() -> None:
    budget = Budget(max_cost_usd=1.0, max_calls=5)
    with pytest.raises(KeyboardInterrupt), budget.reserve(0.4):
        raise KeyboardInterrupt
    assert budget.usage.cost_usd == 0.4


def test_a_reservation_is_settled_once() -> None:
    reservation = Budget(max_cost_usd=1.0, max_calls=5).reserve(0.4)
    reservation.charge()
    with pytest.raises(RuntimeError, match="once"):
        reservation.release()


def test_fifty_parallel_calls_never_overshoot_the_cap() -> None:
    budget = Budget(max_cost_usd=1.0, max_calls=1_000)
    together = threading.Barrier(50)

    def spend(number: int) -> list[float]:
        together.wait()
        peaks = []
        for turn in range(20):
            try:
                reservation = budget.reserve(0.03)
            except BudgetExhausted:
                continue
            if (number + turn) % 3:
                reservation.commit(Usage(cost_usd=0.03 * ((number + turn) % 10) / 10))
            else:
                reservation.release()
            peaks.append(budget.usage.cost_usd)
        return peaks

    with ThreadPoolExecutor(50) as pool:
        peaks = [peak for peaks in pool.map(spend, range(50)) for peak in peaks]
    assert max(peaks) <= 1.0
    assert budget.usage.cost_usd > 0.97  # the cap was reached, not merely approached


@given(st.lists(st.tuples(st.floats(0, 0.5), st.floats(-1, 2), st.sampled_from(["commit", "charge", "release"]))))
def test_no_sequence_of_calls_overshoots(calls: list[tuple[float, float, str]]) -> None:
    budget = Budget(max_cost_usd=1.0, max_calls=20)
    for worst_case, cost, end in calls:
        try:
            reservation = budget.reserve(worst_case)
        except BudgetExhausted:
            continue
        match end:
            case "commit":
                reservation.commit(Usage(cost_usd=cost))
            case "charge":
                reservation.charge()
            case _:
                reservation.release()
        assert 0 <= budget.usage.cost_usd <= 1.0 + 1e-9


def test_what_was_charged_in_doubt_can_be_put_right_in_the_day_s_ledger_once_it_is_known(tmp_path: Path) -> None:
    ledger = DailyLedger(tmp_path, 1.0)
    budget = Budget(max_cost_usd=1.0, max_calls=5, ledger=ledger)
    reservation = budget.reserve(0.4)
    reservation.charge()
    assert (budget.usage.cost_usd, budget.calls, ledger.spent_usd) == (0.4, 1, 0.4)
    ledger.settle(reservation.entry, Usage(cost_usd=0.1))
    assert ledger.spent_usd == 0.1


def test_tokens_that_another_run_paid_for_are_told_and_cost_nothing() -> None:
    budget = Budget(max_cost_usd=1.0, max_calls=1)
    budget.note(Usage(input_tokens=10, output_tokens=2, cost_usd=0.9))
    assert (budget.usage, budget.calls) == (Usage(input_tokens=10, output_tokens=2), 0)


@pytest.mark.parametrize("first_to_come", range(4))
def test_calls_with_turns_reserve_in_their_order_and_go_on_together(first_to_come: int) -> None:
    budget, turns = Budget(max_cost_usd=1.0, max_calls=9), Turns(4)
    costs = [0.5, 0.3, 0.3, 0.2]
    come = threading.Event()
    ends: dict[int, str] = {}

    def call(place: int) -> None:
        with turns.taken(place):
            if place != first_to_come:
                come.wait()
            else:
                come.set()
            try:
                reservation = budget.reserve(costs[place])
            except BudgetExhausted as error:
                ends[place] = error.code
                return
            ends[place] = f"{budget.calls} under way"
            reservation.commit(Usage())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, range(4)))
    assert ends[2] == "budget_cost"
    assert ends[0] == ends[1] == ends[3] == "3 under way"


def test_a_call_that_never_reserves_keeps_nobody_waiting_and_a_second_reservation_waits_for_nobody() -> None:
    budget, turns = Budget(max_cost_usd=1.0, max_calls=9), Turns(2)
    with ThreadPoolExecutor(2) as pool:

        def fails() -> None:
            with turns.taken(0):
                raise ValueError

        def asks_twice() -> int:
            with turns.taken(1):
                budget.reserve(0.1).release()
                budget.reserve(0.1).commit(Usage())
            return budget.calls

        asking, failing = pool.submit(asks_twice), pool.submit(fails)
        assert asking.result() == 1
        assert isinstance(failing.exception(), ValueError)
