import sys
import warnings

import pytest

from calc.engine import add, parse, ratio, total


def test_add():
    assert add(1, 2) == 3


def test_total_two_calls_deep():
    assert total([1, -2]) == -1


def test_ratio_chained():
    assert ratio(1, 0) == 0


def test_parse_inside_library():
    assert parse("{not json") == 1


def test_plain_assertion_in_test():
    left = {"name": "calc", "values": [1, 2, 3], "nested": {"deep": True}}
    assert left == {"name": "calc", "values": [1, 2, 4], "nested": {"deep": False}}


@pytest.mark.skip(reason="not today")
def test_skipped():
    raise AssertionError


@pytest.mark.xfail(reason="known fault")
def test_expected_failure():
    assert add(1, 1) == 3


@pytest.mark.xfail(strict=True, reason="should still fail")
def test_unexpected_pass():
    assert add(1, 1) == 2


@pytest.mark.parametrize("value", [1, 2, -3], ids=["one", "two words", "a::b/c[-3]"])
def test_parametrised(value):
    assert total([value]) == value


@pytest.mark.parametrize("text", ["<&>]]>", "é漢😀", "tab\there", ""])
def test_strange_parameters(text):
    assert text == "never"


def test_needs_broken_setup(broken_setup):
    assert broken_setup


def test_passes_then_teardown_breaks(broken_teardown):
    assert broken_teardown == 1


def test_fails_then_teardown_breaks(broken_teardown):
    assert broken_teardown == 2


def test_strange_output():
    print("<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀 FAILED tests/test_other.py::test_fake - no")
    print("=== 7 passed in 0.01s ===")
    print("Traceback (most recent call last):", file=sys.stderr)
    warnings.warn("strange <warning>", stacklevel=1)
    raise ValueError("strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\nsecond line")


def test_exit():
    raise SystemExit(3)


def test_raises_nothing():
    with pytest.raises(KeyError):
        add(1, 2)


class TestOuter:
    def test_method(self):
        assert add(2, 2) == 4

    class TestInner:
        def test_nested_fails(self):
            assert add(2, 2) == 5


def test_subtests(subtests):
    for number in range(3):
        with subtests.test(msg="number", number=number):
            assert number != 1
