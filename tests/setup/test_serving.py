"""Whether what is installed serves."""

from __future__ import annotations

import pytest

from healer.setup.plan import Plan
from healer.setup.serving import lacking

PLAN = Plan("python", ("python", "-m", "pytest"), (), needs=frozenset({"pytest", "pytest-cov", "attrs"}))


@pytest.mark.parametrize(
    ("installed", "missing"),
    [
        (["pytest", "Pytest_Cov", "attrs", "pip"], None),
        (["pytest", "attrs"], "pytest-cov"),
        ([], "attrs, pytest, pytest-cov"),
    ],
)
def test_what_is_missing_is_named(installed: list[str], missing: str | None) -> None:
    assert lacking(PLAN, installed) == missing


def test_another_runner_needs_neither_pytest_nor_its_plugins() -> None:
    assert lacking(PLAN, ["attrs"], with_pytest=False) is None


def test_a_long_list_is_cut() -> None:
    many = Plan("python", ("x",), (), needs=frozenset("abcdefgh"))
    assert lacking(many, []) == "a, b, c, d, e and 3 more"
