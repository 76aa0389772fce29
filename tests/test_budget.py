"""What may be spent, and what was."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.budget import Budget
from healer.errors import BudgetExhausted
from healer.models.change import Usage


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
