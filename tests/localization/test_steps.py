"""What the statements of a failing test have to do with its failure."""

from __future__ import annotations

import ast

import pytest

from healer.localization.pysource import PythonModule
from healer.localization.steps import Step, steps

TEST = """\
def test_it(tmp_path):
    first = load(tmp_path)
    assert first == 1
    cart = Cart(first)
    other = unused()
    for price in prices():
        cart.add(price)
    total = cart.total()
    assert total == 3
    assert later() == 4
"""
GUARDED = """\
def test_it():
    with raises(KeyError):
        find("x")
    with opened() as stream:
        text = stream.read()
        assert text == ""
        close()
    again()
"""


def told(source: str, *lines: int) -> dict[str, str]:
    test = PythonModule("test_it.py", source.encode()).definitions[0]
    found: dict[str, str] = {}
    for step, node in steps(test, lines):
        for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
            found.setdefault(ast.unparse(call.func), step.value)
    return found


def test_what_gave_the_failing_statement_its_values_is_told_from_what_only_ran_before() -> None:
    assert told(TEST, 9) == {
        "load": "made", "Cart": "made", "unused": "other", "prices": "other", "cart.add": "other", "cart.total": "made",
    }  # fmt: skip


def test_the_statement_that_failed_is_the_innermost() -> None:
    assert told(TEST, 7)["cart.add"] == "failed"
    assert told(TEST, 7)["prices"] == "made"


def test_what_stands_behind_the_statement_that_failed_did_not_run() -> None:
    assert told(TEST, 3) == {"load": "made"}
    assert "later" not in told(TEST, 9)


def test_what_stands_behind_in_the_same_loop_or_guard_may_have_run() -> None:
    assert told(GUARDED, 6) == {
        "raises": "other", "find": "other", "opened": "made", "stream.read": "made", "close": "other",
    }  # fmt: skip


def test_a_guard_that_failed_is_told_with_its_body() -> None:
    assert told(GUARDED, 2) == {"raises": "failed", "find": "failed"}


@pytest.mark.parametrize("lines", [(), (99,)], ids=["nothing known", "a line elsewhere"])
def test_without_a_line_every_statement_is_another(lines: tuple[int, ...]) -> None:
    assert set(told(TEST, *lines).values()) == {Step.OTHER.value}
    assert len(told(TEST, *lines)) == 7
