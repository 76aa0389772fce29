from __future__ import annotations

from dataclasses import replace

from healer.engines.model.fencing import Fence
from healer.engines.model.naming import Short, folded
from healer.models.evidence import FailureCluster
from tests.engines.model.shop import FAILURE, MARKER

FENCE = Fence(MARKER, str)


def test_the_cases_of_one_test_are_named_together() -> None:
    assert (
        folded(["t.py::a[1]", "t.py::b", "t.py::a[2]", "t.py::c[x]"], FENCE) == "t.py::a (2 cases), t.py::b, t.py::c[x]"
    )


def test_of_many_tests_some_are_named_and_the_others_counted() -> None:
    assert folded([f"t.py::test{number}" for number in range(9)], FENCE).endswith("t.py::test4 and 4 more")


def test_no_test_has_no_name() -> None:
    assert folded([], FENCE) == ""


def test_known_test_cases_in_reasons_become_the_number_of_their_cause() -> None:
    longer = replace(FAILURE, id=f"{FAILURE.id}[1]")
    short = Short(
        (
            FailureCluster("a", (FAILURE,)),
            FailureCluster("b", (longer,)),
            FailureCluster("c", (replace(FAILURE, id=""),)),
        )
    )
    assert short(f"frame 2 of 2 of {longer.id} and of {FAILURE.id}") == "frame 2 of 2 of [2] and of [1]"
    assert short("changed in 1a2b3c4") == "changed in 1a2b3c4"
