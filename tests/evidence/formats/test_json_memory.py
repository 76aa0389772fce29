from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.formats.json_memory import affordable, with_short_strings, without_astral
from healer.evidence.limits import JSON_STRING_CHARACTERS, LARGE_JSON_BYTES

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_of_a_small_document_all_is_afforded(value: object) -> None:
    text = json.dumps(value)
    assert affordable(text) == len(text)


def test_of_a_long_string_brackets_and_commas_cost_no_more_than_other_characters() -> None:
    string = "x,{[" * (5 * 2**20)
    text = f'["{string}"]'
    assert affordable(text) == len(text)


def test_characters_that_widen_a_large_text_are_replaced() -> None:
    small, large = "\U0001f600\u2022".encode(), b"x" * LARGE_JSON_BYTES
    assert without_astral(bytearray(small)) == small
    replaced = bytes(without_astral(bytearray(large + small + b"\\ud83d\\ude00")))
    assert replaced.decode().removeprefix("x" * LARGE_JSON_BYTES) == "\ufffd\u2022\ufffd"


def test_only_the_longest_strings_are_cut() -> None:
    text = "x" * (JSON_STRING_CHARACTERS + 500)
    cut = with_short_strings({"a": text, "b": ["y", text, 1], "c": "y", "d": None})
    assert (cut["c"], cut["d"]) == ("y", None)
    for value in (cut["a"], cut["b"][1]):  # type: ignore[index] # a list
        assert isinstance(value, str)
        assert "[… 500 characters left out …]" in value
