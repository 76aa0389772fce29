"""Foreign text in our Markdown, looked at through a CommonMark parser with GitHub's tables and strikethrough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from healer.delivery.markdown import bullets, clean, code, details, document, fenced, one_line, prose, quoted, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
INLINE = frozenset({"paragraph_open", "paragraph_close", "inline", "text", "text_special", "softbreak"})
COMMANDS = re.compile(r"(?i)@\w|#\d|\bgh-\d|https?://|www\.|\bmailto:\w")
ASCII = "".join(map(chr, range(32, 127)))

HOSTILE = [
    pytest.param("@octo-org/team please look", id="mention"),
    pytest.param("write to eve@example.org", id="mail address"),
    pytest.param("Fixes #1, closes octo/repo#2, GH-3", id="closing keywords"),
    pytest.param("see https://evil.example/?q=1 or www.evil.example", id="bare addresses"),
    pytest.param("<https://evil.example> and <eve@example.org>", id="angle-bracket links"),
    pytest.param("![x](https://evil.example/p.png)", id="image"),
    pytest.param("![x][1]\n\n[1]: https://evil.example", id="reference image"),
    pytest.param("[click](javascript:alert(1) 'title')", id="script link"),
    pytest.param("[^1] and [^1]: note", id="footnote"),
    pytest.param("<img src=x onerror=alert(1)><script>1</script>", id="html"),
    pytest.param("<!-- hidden", id="unterminated comment"),
    pytest.param("<details><summary>gone", id="details"),
    pytest.param("</summary></details> out", id="closing details"),
    pytest.param("&lt;img&gt; &#60;b&#62; &commat;octo", id="entities"),
    pytest.param("```\ncode\n```", id="backtick fence"),
    pytest.param("~~~\ncode\n~~~", id="tilde fence"),
    pytest.param("a `` ` b ``` c", id="stray backticks"),
    pytest.param("    indented code", id="indented code"),
    pytest.param("# heading", id="heading"),
    pytest.param("text\n===", id="setext heading"),
    pytest.param("> [!CAUTION]\n> alert", id="alert block"),
    pytest.param("- [x] done", id="task list"),
    pytest.param("1. one", id="ordered list"),
    pytest.param("+ one", id="list"),
    pytest.param("| a | b |\n|---|---|\n| c | d |", id="table"),
    pytest.param("**bold** _em_ ~~gone~~", id="emphasis"),
    pytest.param("$x^2$ and $`y`$", id="formula"),
    pytest.param("---\n***\n___", id="rule"),
    pytest.param("/approve\r/merge", id="slash command"),
    pytest.param("one\\\ntwo  \nthree", id="hard break"),
    pytest.param("\u202edesrever \u2066x\u2069 \U000e0041\u200b\ufeff", id="invisible and bidirectional"),
    pytest.param("\x1b[31mred\x00\x07\x9b31m", id="terminal escapes"),
    pytest.param("", id="nothing"),
]


def tokens(text: str) -> Iterator[Token]:
    for block in PARSER.parse(text):
        yield block
        yield from block.children or ()


def shown(parsed: Iterable[Token]) -> str:
    return "".join(token.content for token in parsed if token.type in {"text", "text_special"})


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_prose_renders_as_plain_words(text: str) -> None:
    made = prose(text)
    assert {token.type for token in tokens(made)} <= INLINE
    assert "\n" not in made


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_prose_commands_nobody(text: str) -> None:
    assert not COMMANDS.search(shown(tokens(prose(text))))
    assert not COMMANDS.search(prose(text))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("frame", [quoted, lambda text: bullets([prose(text)])], ids=["quoted", "bullet"])
def test_hostile_prose_stays_in_its_frame(frame: object, text: str) -> None:
    assert callable(frame)
    types = {token.type for token in tokens(frame(text))}
    frames = {"blockquote_open", "blockquote_close", "bullet_list_open", "bullet_list_close"}
    assert types <= INLINE | frames | {"list_item_open", "list_item_close"}


@given(st.text(alphabet=st.one_of(st.sampled_from(ASCII + "\n\t\u200b\u202e"), st.characters()), max_size=80))
def test_any_prose_renders_as_the_words_it_had(text: str) -> None:
    parsed = list(tokens(prose(text)))
    assert {token.type for token in parsed} <= INLINE
    assert shown(parsed).replace("\u200b", "") == one_line(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_a_fence_stays_in_it(text: str) -> None:
    parsed = list(tokens(fenced(text, "text")))
    assert [token.type for token in parsed] == ["fence"]
    assert parsed[0].info == "text"


@given(st.text(alphabet=st.one_of(st.sampled_from("`~\n\r a"), st.characters()), max_size=80))
def test_any_text_in_a_fence_is_that_text(text: str) -> None:
    parsed = list(tokens(f"before\n\n{fenced(text)}\n\nafter"))
    assert [token.type for token in parsed if token.type == "fence"] == ["fence"]
    [fence] = [token for token in parsed if token.type == "fence"]
    assert fence.content.rstrip("\n") == clean(text).rstrip("\n")
    assert parsed[-2].content == "after" or parsed[-3].content == "after"


@given(st.text(alphabet=st.one_of(st.sampled_from("`\n a@#"), st.characters()), max_size=60))
def test_any_text_in_a_code_span_is_that_text(text: str) -> None:
    parsed = list(tokens(f"in {code(text)} out"))
    [span] = [token for token in parsed if token.type == "code_inline"]
    assert span.content.strip() == one_line(text, 300).strip()
    assert shown(parsed) == "in  out"


def test_a_fence_in_a_folded_section_stays_in_it() -> None:
    parsed = list(tokens(details("Trace", fenced("</details>\n\n# heading\n```\n<img src=x>"))))
    assert [token.type for token in parsed if token.type != "inline"] == ["html_block", "fence", "html_block"]


def test_a_long_text_loses_its_middle_and_says_how_much() -> None:
    text = "".join(f"line {number}\n" for number in range(1000))
    made = fenced(text, limit=300)
    assert "line 0\n" in made
    assert "line 999\n" in made
    assert "bytes left out" in made
    assert size(made) < 400


def test_one_endless_line_is_cut_too() -> None:
    assert size(fenced("é" * 100_000, limit=1000)) < 1200


def test_a_document_leaves_out_what_is_too_long_and_nothing_behind_it_and_says_so() -> None:
    made = document(["one", "", "x" * 500, "two", "y" * 500], limit=200)
    assert made == "one\n\ntwo\n\n*2 more sections left out: the text would be too long.*\n"


def test_a_document_that_fits_is_complete() -> None:
    assert document(["one", "", "two"], limit=200) == "one\n\ntwo\n"
