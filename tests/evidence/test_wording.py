from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.limits import NAME_CHARACTERS
from healer.evidence.wording import clean, label

PIECES = st.sampled_from(
    [
        "a",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "\0",
        "\x7f",
        "\x1b[31m",
        "\x1b",
        "#x1B[0m",
        "\\x1b[0m",
        "\\u001b[0m",
        "1b",
        "#",
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(st.characters(max_codepoint=0x7F), max_size=40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\nb\tc", "a\nb\tc", id="nothing to take out"),
        pytest.param("a\r\nb\rc", "a\nb\nc", id="line ends"),
        pytest.param("\x1b[31mred\x1b[0m", "red", id="colours"),
        pytest.param("#x1B[31mred\\x1b[0m \\u001b[1mbold", "red bold", id="colours spelled out"),
        pytest.param("0x1b2f # 1b", "0x1b2f # 1b", id="what only looks like one"),
        pytest.param("a\0b\x7fc\x9b1md", "abcd", id="controls"),
        pytest.param("a\ud800b", "a\N{REPLACEMENT CHARACTER}b", id="a lone surrogate"),
    ],
)
def test_text_is_clean_of_what_no_person_reads(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(TEXTS)
def test_ascii_is_cleaned_as_it_is_beside_other_characters(text: str) -> None:
    assert clean(f"{text} \N{GREEK SMALL LETTER ALPHA}") == f"{clean(text)} \N{GREEK SMALL LETTER ALPHA}"


@given(TEXTS | st.text(max_size=40))
def test_a_label_is_one_line_of_words_with_one_space_between_them(text: str) -> None:
    assert label(text) == " ".join(clean(text).split())


def test_a_label_is_capped() -> None:
    assert len(label("x" * 10_000)) == NAME_CHARACTERS
