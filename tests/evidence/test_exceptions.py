from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.exceptions import described, exception_type, final_exception


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KeyError: 'a'", "KeyError"),
        ("json.decoder.JSONDecodeError: Expecting value", "json.decoder.JSONDecodeError"),
        ("KeyboardInterrupt", "KeyboardInterrupt"),
        ("pkg.errors.Broken: no", "pkg.errors.Broken"),
        ("java.lang.NullPointerException", "java.lang.NullPointerException"),
        ("assert 1 == 2", None),
        ("Expected: 3", None),
        ("", None),
    ],
)
def test_the_type_is_what_stands_before_the_colon_if_it_is_one(text: str, expected: str | None) -> None:
    assert exception_type(text) == expected


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        pytest.param("E   KeyError: 'a'\n\na.py:3: KeyError", "KeyError", "KeyError: 'a'", id="pytest"),
        pytest.param("E           KeyError: 'a'\n\na.py:3: KeyError", "KeyError", "KeyError: 'a'", id="indented"),
        pytest.param("E   assert 0\n\na.py:3: AssertionError", "AssertionError", "assert 0", id="type in the location"),
        pytest.param("E   assert 0", "AssertionError", "assert 0", id="a bare assertion"),
        pytest.param("E   OSError: a\nx\nE   ValueError: b\n", "ValueError", "ValueError: b", id="the last of a chain"),
        pytest.param(
            'E     File "a.py", line 1\nE       def f(:\nE   SyntaxError: invalid syntax',
            "SyntaxError",
            "SyntaxError: invalid syntax",
            id="syntax error",
        ),
        pytest.param(
            'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x\n    ^\n'
            "mod.Odd: first\nsecond\n\nlater",
            "mod.Odd",
            "mod.Odd: first\nsecond",
            id="native",
        ),
        pytest.param("/w/a.py:3: ValueError: no", "ValueError", "ValueError: no", id="pytest line style"),
        pytest.param("nothing of the kind", None, "", id="none"),
    ],
)
def test_the_exception_is_the_one_a_trace_ends_in(text: str, kind: str | None, message: str) -> None:
    assert final_exception(text) == (kind, message)


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_makes_describing_fail(message: str, text: str) -> None:
    kind, paragraph = described(None, message, text)
    assert kind is None or kind.strip()
    assert "\n\n" not in paragraph
