"""Which passing test cases are traced."""

from __future__ import annotations

from healer.localization.sampling import LEAST, MOST, sample
from tests.fakes import run_of

TARGET = "tests/test_a.py::target"


def passing(file: str, count: int) -> list[str]:
    return [f"tests/{file}.py::t{number}" for number in range(count)]


def sampled(*tests: str) -> frozenset[str]:
    return sample(run_of({TARGET: "failed", **dict.fromkeys(tests, "passed")}), {TARGET})


def test_a_small_suite_is_traced_whole() -> None:
    everything = passing("test_a", LEAST // 2) + passing("test_b", LEAST // 2)
    assert sampled(*everything) == {*everything}


def test_a_part_of_a_larger_one_is_traced_half_of_it_beside_the_target() -> None:
    near, far = passing("test_a", 300), passing("test_b", 300)
    chosen = sampled(*near, *far)
    assert (len(chosen & {*near}), len(chosen & {*far})) == (45, 45)
    assert {near[0], far[0]} <= chosen
    assert chosen & {*near[-10:]}


def test_where_little_is_beside_the_target_the_rest_has_the_room() -> None:
    near, far = passing("test_a", 3), passing("test_b", 997)
    chosen = sampled(*near, *far)
    assert {*near} <= chosen
    assert len(chosen) == 150


def test_where_all_is_beside_the_target_that_has_the_room() -> None:
    assert len(sampled(*passing("test_a", 1000))) == 150


def test_no_suite_is_so_large_that_more_than_that_are_traced() -> None:
    assert len(sampled(*passing("test_a", MOST * 8))) == MOST


def test_failing_and_skipped_test_cases_are_not_chosen() -> None:
    run = run_of({TARGET: "failed", "tests/test_a.py::other": "failed", "tests/test_a.py::later": "skipped"})
    assert sample(run, {TARGET}) == frozenset()
