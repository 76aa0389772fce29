from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.formats.dotnet_names import exception_and_message, named, split_qualified


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ns.Class.Method", ("Ns.Class", "Method")),
        ("Ns.Outer+Inner.Method", ("Ns.Outer+Inner", "Method")),
        ("Ns.Class.Method(1.5)", ("Ns.Class", "Method(1.5)")),
        ('Ns.Class.Method("a.b", x: [1.0])', ("Ns.Class", 'Method("a.b", x: [1.0])')),
        ('Ns.Class.Method("a(")', ("Ns.Class", 'Method("a(")')),
        (r'Ns.Class.Method("a\"(.")', ("Ns.Class", r'Method("a\"(.")')),
        ("Ns.Fixture(4.2).Method", ("Ns.Fixture(4.2)", "Method")),
        ("Ns.Class<System.Int32>.Method<T.U>(1)", ("Ns.Class<System.Int32>", "Method<T.U>(1)")),
        ("Ns.Class.Method (1.5)", ("Ns.Class", "Method (1.5)")),
        ("Ns.Class.Method(", ("Ns.Class", "Method(")),
        ("Adds", ("", "Adds")),
        ("it adds. Really.", ("", "it adds. Really.")),
        (".hidden", ("", ".hidden")),
        ("", ("", "")),
    ],
)
def test_a_qualified_name_is_split_outside_of_arguments(name: str, expected: tuple[str, str]) -> None:
    assert split_qualified(name) == expected


@pytest.mark.parametrize(
    ("class_name", "method", "display", "expected"),
    [
        ("N.C", "M", "N.C.M", ("N.C", "M")),
        ("N.C", "M", "N.C.M(x: 1)", ("N.C", "M(x: 1)")),
        ("N.C", "M", "M (1,2)", ("N.C", "M (1,2)")),
        ("N.C", "M", "says hello", ("N.C", "M")),
        ("N.C", "M", "says hello(x: 1)", ("N.C", "M(x: 1)")),
        ("N.C", "M", "says hello (loudly)", ("N.C", "M")),
        ("N.C, Assembly, Version=1", "M", "M", ("N.C", "M")),
        ("N.C", "N.C.M", "shown", ("N.C", "M")),
        ("N.C", "", "shown", ("N.C", "shown")),
        ("", "", "N.C.M", ("N.C", "M")),
        ("", "", "", ("", "")),
    ],
)
def test_class_and_test_are_told_from_what_is_known(
    class_name: str, method: str, display: str, expected: tuple[str, str]
) -> None:
    assert named(class_name, method, display) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("System.Exception : Test", ("System.Exception", "System.Exception: Test")),
        ("System.ArgumentNullException: x", ("System.ArgumentNullException", "System.ArgumentNullException: x")),
        (
            "Test method N.C.M threw exception: \nSystem.DivideByZeroException: zero",
            ("System.DivideByZeroException", "System.DivideByZeroException: zero"),
        ),
        ("Assert.Equal() Failure\nExpected: 3", (None, "Assert.Equal() Failure\nExpected: 3")),
        ("  Expected: True\n  But was:  False\n", (None, "  Expected: True\n  But was:  False\n")),
        ("", (None, "")),
    ],
)
def test_the_exception_is_told_from_the_message(message: str, expected: tuple[str | None, str]) -> None:
    assert exception_and_message(message) == expected


@given(st.text(alphabet='N.C("\\a) <,:', max_size=60), st.text(alphabet="NC.(", max_size=6), st.text(max_size=4))
def test_no_name_makes_it_fail(display: str, class_name: str, method: str) -> None:
    suite, name = named(class_name, method, display)
    assert len(suite) + len(name) <= len(display) + len(class_name) + len(method) + 2
    assert len(exception_and_message(display)[1]) <= len(display) + 2
