"""What a call costs, and the most it can cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.prices import FREE, UNKNOWN, Price, cache_minimum, counted_bound, price, token_bound


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-haiku-5-5", 0.10),
        ("claude-haiku-5-5-20261007", 0.10),
        ("claude-sonnet-5-5", 2.0),
        ("claude-opus-5-5", 4.0),
        ("claude-fable-5-1", 10.0),
        ("claude-opus-5", 5.0),
        ("anthropic.claude-sonnet-5-5", 2.0),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.0),
        ("global.anthropic.claude-haiku-4-5-20251001-v1:0", 1.0),
        ("claude-opus-4-5@20251101", 5.0),
    ],
)
def test_a_million_tokens_of_input_cost_the_list_price(model: str, dollars: float) -> None:
    known = price(model)
    assert known is not None
    assert known.input == dollars


@pytest.mark.parametrize(
    "model",
    ["llama3.3:70b", "claude-haiku", "claude-haiku-5-5-latest", "claude-opus-5-55", "x.y.anthropic.claude-opus-5", ""],
)
def test_a_model_that_only_resembles_a_known_one_has_no_price(model: str) -> None:
    assert price(model) is None


def test_haiku_costs_five_times_as_much_above_100k_tokens_of_prompt() -> None:
    haiku = price("claude-haiku-5-5")
    assert haiku is not None
    assert haiku.cost(input=100_000, output=1_000) == pytest.approx(0.0105)
    assert haiku.cost(input=100_001, output=1_000) == pytest.approx(0.0525, rel=1e-3)
    assert haiku.cost(input=1, output=0, cache_read=100_000) == pytest.approx(5 * 100_000 * 0.01 / 1e6, rel=1e-3)


def test_cache_reads_and_writes_have_their_own_prices() -> None:
    sonnet = price("claude-sonnet-5-5")
    assert sonnet is not None
    dollars = sonnet.cost(input=1_000, output=2_000, cache_read=10_000, cache_write=4_000)
    assert dollars == pytest.approx(0.002 + 0.020 + 0.001 + 0.010)


@given(
    st.integers(0, 300_000),
    st.integers(0, 300_000),
    st.integers(0, 300_000),
    st.integers(0, 21_333),
    st.sampled_from(["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5-1", "claude-opus-5"]),
)
def test_no_call_costs_more_than_its_worst_case(fresh: int, read: int, written: int, output: int, model: str) -> None:
    known = price(model)
    assert known is not None
    cost = known.cost(input=fresh, output=output, cache_read=read, cache_write=written)
    assert cost <= known.worst_case(fresh + read + written, output) + 1e-12


def test_free_is_free() -> None:
    assert FREE.worst_case(10**6, 10**6) == 0.0
    assert Price(1.0, 0.0, 0.0, 0.0).worst_case(10**6, 0) == 1.0


@given(st.lists(st.text(st.characters())))
def test_the_bound_on_tokens_is_never_below_the_bytes_before_or_after_normalisation(texts: list[str]) -> None:
    assert token_bound(texts) >= sum(len(text.encode("utf-8", "replace")) + 64 for text in texts)


def test_a_character_that_normalisation_expands_is_counted_expanded() -> None:
    assert token_bound(["\ufdfa"]) == 64 + 33


def test_a_lone_surrogate_can_be_counted() -> None:
    assert token_bound(["\ud800"]) == 65


@pytest.mark.parametrize(
    ("model", "tokens"), [("claude-opus-4-6", 4_096), ("claude-sonnet-4-5@20250929", 1_024), ("new", 512)]
)
def test_a_beginning_must_be_so_long_to_be_cached(model: str, tokens: int) -> None:
    assert cache_minimum(model) == tokens


def test_an_unknown_model_is_counted_at_no_less_than_any_known_one() -> None:
    for model in ("claude-fable-5-1", "claude-fable-5", "claude-opus-5", "claude-haiku-5-5"):
        known = price(model)
        assert known is not None
        assert UNKNOWN.worst_case(100_000, 1_000) >= known.worst_case(100_000, 1_000)


def test_a_count_is_an_estimate_and_never_loosens_the_bound() -> None:
    assert counted_bound(1_000, 5_000) == 1_164
    assert counted_bound(1_000, 1_100) == 1_100


def test_a_discount_holds_for_every_part() -> None:
    whole = Price(1.0, 2.0, 0.1, 1.25, long_prompt=10, long_factor=5.0)
    assert whole.times(0.5).cost(input=20, output=10) == pytest.approx(whole.cost(input=20, output=10) / 2)
