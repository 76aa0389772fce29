"""The halving of predecessors: the culprits are found, in few questions, whatever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.verification.ordering import OrderDependence, OutOfRuns, narrowed

if TYPE_CHECKING:
    from collections.abc import Sequence

MANY = [f"t{number}" for number in range(1000)]


class Asked:
    """A question about tests that is answered by a set of culprits, and may be asked so often."""

    def __init__(self, culprits: set[str], most: int = 10**6) -> None:
        self.culprits, self.most, self.count = culprits, most, 0

    def __call__(self, tests: Sequence[str]) -> bool:
        if self.count == self.most:
            raise OutOfRuns
        self.count += 1
        assert list(tests) == sorted(tests, key=MANY.index), "not in the recorded order"
        return self.culprits <= set(tests)


@pytest.mark.parametrize(
    ("culprits", "most"), [({"t0"}, 20), ({"t999"}, 10), ({"t500"}, 20), ({"t3", "t900"}, 45), ({"t0", "t1"}, 45)]
)
def test_culprits_are_found_in_few_runs(culprits: set[str], most: int) -> None:
    asked = Asked(culprits)
    assert set(narrowed(MANY, asked)) == culprits
    assert asked.count <= most


@given(st.sets(st.sampled_from(MANY[:40]), min_size=1, max_size=4))
def test_any_culprits_are_found_and_nobody_else(culprits: set[str]) -> None:
    found = narrowed(MANY[:40], Asked(culprits))
    assert found == tuple(sorted(culprits, key=MANY.index))


@pytest.mark.parametrize("most", [0, 1, 3, 7])
def test_when_runs_are_used_up_what_was_found_so_far_still_holds_the_culprits(most: int) -> None:
    found = narrowed(MANY, Asked({"t700", "t710"}, most))
    assert {"t700", "t710"} <= set(found)
    assert len(found) <= 1000 >> min(most, 2)


def test_it_is_said_in_words() -> None:
    victim = OrderDependence("a.py::x", ("b.py::y",))
    many = OrderDependence("a.py::x", ("b", "c", "d", "e"))
    assert victim.how == "fails only after b.py::y"
    assert many.how == "fails only after 4 others (b, c, d, ...)"
    assert OrderDependence("a.py::x").how == "fails only after the test cases before it"
    assert OrderDependence("a.py::x", ("b.py::y",), is_brittle=True).how == "fails unless it runs after b.py::y"
