from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.formats.sarif_messages import message_text, without_links
from healer.evidence.limits import TEXT_CHARACTERS

RULE = {"default": {"text": "The {0} is {1}."}, "marked": {"markdown": "The `{0}`."}, "broken": 7}
SHARED = {"default": {"text": "shared"}, "other": {"text": "other {0}"}}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param({"text": "plain"}, "plain", id="text"),
        pytest.param({"text": "plain", "markdown": "**bold**"}, "plain", id="text before markdown"),
        pytest.param({"markdown": "**bold**"}, "**bold**", id="markdown alone"),
        pytest.param({"id": "default", "arguments": ["file", "gone"]}, "The file is gone.", id="by id"),
        pytest.param({"id": "marked", "arguments": ["x"]}, "The `x`.", id="by id, markdown alone"),
        pytest.param({"id": "other", "arguments": ["x"]}, "other x", id="by id, shared"),
        pytest.param({"id": "default", "arguments": ["file"]}, "The file is {1}.", id="too few arguments"),
        pytest.param({"id": "default"}, "The {0} is {1}.", id="no arguments"),
        pytest.param({"id": "default", "arguments": [3, None]}, "The  is .", id="arguments of other types"),
        pytest.param({"id": "nowhere"}, "nowhere", id="an id that is not defined"),
        pytest.param({"id": "broken"}, "broken", id="an id of another type"),
        pytest.param({"text": "{{0}} {0}", "arguments": ["x"]}, "{0} x", id="escaped braces"),
        pytest.param({"text": "if (x) { f(); }"}, "if (x) { f(); }", id="braces of code"),
        pytest.param("bare", "bare", id="a bare string"),
        pytest.param(None, "", id="nothing"),
        pytest.param(["x"], "", id="an array"),
        pytest.param({"text": 3}, "", id="text of another type"),
    ],
)
def test_a_message_is_found_and_filled_in(message: object, expected: str) -> None:
    assert message_text(message, (RULE, "no table", SHARED)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see [here](1) and [there](22)", "see here and there"),
        ("see [the docs](https://example.org/a)", "see the docs (https://example.org/a)"),
        ("[https://example.org](https://example.org)", "https://example.org"),
        ("[a file](file:///w/a.py)", "a file"),
        (r"not a \[link\](1)", "not a [link](1)"),
        (r"[with \] inside](1)", "with ] inside"),
        ("a[0](x y)", "a[0](x y)"),
        ("a[0] and b[1]", "a[0] and b[1]"),
        ("f([1, 2])(3)", "f([1, 2])(3)"),
    ],
)
def test_links_become_their_words(text: str, expected: str) -> None:
    assert without_links(text) == expected


@given(st.text(alphabet="[]()\\{}0a:/ ", max_size=60), st.lists(st.text(max_size=5), max_size=3))
def test_no_text_makes_it_fail_or_grow_without_end(text: str, arguments: list[str]) -> None:
    assert len(message_text({"text": text, "arguments": arguments})) <= len(text) * 6 + 10


def test_a_short_template_cannot_ask_for_endless_text() -> None:
    message = {"text": "{0}" * 20_000, "arguments": ["x" * 4_000]}
    assert len(message_text(message)) == TEXT_CHARACTERS
