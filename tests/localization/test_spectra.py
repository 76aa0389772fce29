"""Line spectra: what runs together with failing is suspicious."""

from __future__ import annotations

import math

import pytest

from healer.localization import spectra
from healer.localization.locate import locate
from healer.localization.spectra import ochiai
from healer.models.evidence import FailureCluster
from healer.models.spectra import Hits, Spectra
from tests.localization.failing import FakeSourceTree, failing

TREE = FakeSourceTree.of(**{"shop.py": "def price(member):\n    if member:\n        return 1\n    return 2\n"})
RAN = Spectra(
    9, ("tests/test_it.py::test_it", "tests/test_it.py::test_other"),
    {"shop.py": {2: Hits(9, (0, 1)), 3: Hits(0, (0,)), 4: Hits(9, (1,))}},
)  # fmt: skip
ONLY_SPECTRA = ((spectra.rank, 1.0),)


@pytest.mark.parametrize(
    ("failed", "all_failed", "passed", "expected"),
    [(0, 3, 5, 0.0), (3, 3, 0, 1.0), (1, 4, 0, 0.5), (2, 2, 6, 0.5), (1, 1, 3, 0.5)],
)
def test_ochiai_is_the_published_formula(failed: int, all_failed: int, passed: int, expected: float) -> None:
    assert math.isclose(ochiai(failed, all_failed, passed), expected)


def test_the_line_that_only_the_failing_test_ran_comes_first_and_says_so() -> None:
    found = locate(failing(), TREE, (), RAN, rankers=ONLY_SPECTRA)
    assert [(place.path, place.line) for place in found] == [("shop.py", 3), ("shop.py", 2)]
    assert found[0].suspiciousness == 1.0
    assert found[0].evidence == (f"line {found[0].line} ran in the failing test and 0 of 9 passing ones",)


@pytest.mark.parametrize(
    ("failed", "ran", "hits", "words"),
    [
        (1, (0,), (0, 9), "ran in the failing test and 0 of 9 passing ones"),
        (1, (0,), (1, 1), "ran in the failing test and 1 of 1 passing test"),
        (1, (0,), (0, 0), "ran in the failing test; none passed"),
        (3, (0, 1, 2), (0, 9), "ran in all 3 failing tests and 0 of 9 passing ones"),
        (3, (1,), (0, 1), "ran in 1 of 3 failing tests and 0 of 1 passing test"),
        (3, (0, 2), (0, 0), "ran in 2 of 3 failing tests; none passed"),
    ],
)
def test_how_many_tests_ran_a_line_is_said_in_singular_and_plural(
    failed: int, ran: tuple[int, ...], hits: tuple[int, int], words: str
) -> None:
    failures = tuple(one for number in range(failed) for one in failing(name=f"test_{number}")[0].failures)
    cluster = FailureCluster("one cause", failures)
    known = Spectra(hits[1], tuple(failure.id for failure in failures), {"shop.py": {3: Hits(hits[0], ran)}})
    assert locate([cluster], TREE, (), known, rankers=ONLY_SPECTRA)[0].evidence == (f"line 3 {words}",)


def test_failures_of_other_causes_are_nobody_s_evidence() -> None:
    found = locate(failing(name="test_unknown"), TREE, (), RAN, rankers=ONLY_SPECTRA)
    assert found == ()


def test_without_spectra_nothing_is_suspected() -> None:
    assert locate(failing(), TREE, (), rankers=ONLY_SPECTRA) == ()


CHECKED = """
class PriceError(Exception):
    def __init__(self, price):
        self.price = price


class Price:
    def __init__(self, amount):
        if amount < 2:
            raise PriceError(amount)
        self.amount = amount

    def __repr__(self):
        return str(self.amount)


def whole(prices):
    for price in prices:
        if price.amount > 3:
            return price
    else:
        return None
"""


def suspected(ran: dict[int, Hits], *, passed: int = 3) -> dict[int, float]:
    tree = FakeSourceTree.of(**{"price.py": CHECKED})
    spectra = Spectra(passed, ("tests/test_it.py::test_it",), {"price.py": ran})
    found = locate(failing(), tree, (), spectra, rankers=ONLY_SPECTRA)
    return {place.line: round(place.suspiciousness, 2) for place in found}


def test_what_reports_a_failure_is_half_as_suspicious_as_what_chose_to() -> None:
    found = suspected({4: Hits(0, (0,)), 9: Hits(3, (0,)), 10: Hits(0, (0,)), 11: Hits(3, ())})
    assert found == {9: 0.5, 10: 0.5, 4: 0.5}
    assert suspected({14: Hits(0, (0,)), 9: Hits(3, (0,))}) == {14: 0.5, 9: 0.5}


@pytest.mark.parametrize(
    ("ran", "condition", "branch"),
    [
        ({19: Hits(3, (0,)), 20: Hits(0, (0,))}, 19, 20),
        ({18: Hits(3, (0,)), 22: Hits(0, (0,))}, 18, 22),
    ],
    ids=["if", "for ... else"],
)  # fmt: skip
def test_a_condition_is_nearly_as_suspicious_as_the_branch_it_chose(
    ran: dict[int, Hits], condition: int, branch: int
) -> None:
    tree = FakeSourceTree.of(**{"price.py": CHECKED})
    found = locate(
        failing(), tree, (), Spectra(3, ("tests/test_it.py::test_it",), {"price.py": ran}), rankers=ONLY_SPECTRA
    )
    assert [(place.line, round(place.suspiciousness, 2)) for place in found] == [(branch, 1.0), (condition, 0.9)]
    words = f"line {condition} chose line {branch}, which ran in the failing test and 0 of 3 passing ones"
    assert found[1].evidence == (words,)


def test_a_condition_whose_branches_passing_tests_took_as_well_keeps_its_own_score() -> None:
    assert suspected({19: Hits(3, (0,)), 20: Hits(3, (0,))}) == {19: 0.5, 20: 0.5}


def test_lines_of_a_function_of_which_the_same_is_true_are_told_together() -> None:
    code = "def f(x):\n    a = 1\n    b = 2\n\n    c = 3\n    return a + b + c\n\n\ndef g():\n    return 1\n"
    ran = {line: Hits(0, (0,)) for line in (2, 3, 5, 10)} | {6: Hits(1, (0,))}
    known = Spectra(3, ("tests/test_it.py::test_it",), {"f.py": ran})
    found = locate(failing(), FakeSourceTree.of(**{"f.py": code}), (), known, rankers=ONLY_SPECTRA)
    told = {place.line: place.evidence[0].partition(" ran")[0] for place in found}
    assert told == {2: "lines 2-3, 5", 3: "lines 2-3, 5", 5: "lines 2-3, 5", 6: "line 6", 10: "line 10"}
