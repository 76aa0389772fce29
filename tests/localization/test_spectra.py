"""Line spectra: what runs together with failing is suspicious."""

from __future__ import annotations

import math

import pytest

from healer.localization import spectra
from healer.localization.locate import locate
from healer.localization.spectra import ochiai
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
    assert found[0].evidence == ("ran in 1 of 1 failing and 0 of 9 passing tests",)


def test_failures_of_other_causes_are_nobody_s_evidence() -> None:
    found = locate(failing(name="test_unknown"), TREE, (), RAN, rankers=ONLY_SPECTRA)
    assert found == ()


def test_without_spectra_nothing_is_suspected() -> None:
    assert locate(failing(), TREE, (), rankers=ONLY_SPECTRA) == ()
