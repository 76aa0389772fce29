from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.formats.json_documents import number_of, read_documents, salvaged, strings_of
from healer.evidence.limits import JSON_BYTES

DOCUMENT = {"wanted": True, "tests": [{"name": "a"}, {"name": "b", "errors": [{"text": '} ] " {'}]}], "end": 1}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def is_wanted(value: object) -> bool:
    return isinstance(value, dict) and "wanted" in value


def read(text: str, encoding: str = "utf-8") -> tuple[tuple[Any, ...], str | None]:
    reading = read_documents(iter([text.encode(encoding)]), is_wanted)
    return reading.values, reading.cut_off


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps(DOCUMENT), id="alone"),
        pytest.param(json.dumps(DOCUMENT, indent=2), id="indented"),
        pytest.param("\n\n  " + json.dumps(DOCUMENT) + "\n", id="white space around"),
        pytest.param("> mocha\n\nlistening {on} 80\n" + json.dumps(DOCUMENT), id="lines before"),
        pytest.param("[INFO] start\n[1/3] step\n" + json.dumps(DOCUMENT), id="lines in brackets before"),
        pytest.param('{"level": "info"}\n["start"]\n' + json.dumps(DOCUMENT), id="other JSON before"),
        pytest.param('{"level": oops}\n' + json.dumps(DOCUMENT), id="broken JSON before"),
        pytest.param(json.dumps(DOCUMENT) + "Coverage report generated", id="words on the same line after"),
        pytest.param(json.dumps(DOCUMENT) + '\nerror {"a', id="lines after"),
    ],
)
def test_a_document_is_found_between_what_a_tool_prints(text: str) -> None:
    assert read(text) == ((DOCUMENT,), None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_document_is_read_in_the_encodings_of_json(encoding: str) -> None:
    assert read(json.dumps(DOCUMENT), encoding)[0] == (DOCUMENT,)


def test_several_documents_on_one_stream_are_all_read() -> None:
    assert read(json.dumps(DOCUMENT) + "\n" + json.dumps(DOCUMENT, indent=1))[0] == (DOCUMENT, DOCUMENT)


def test_of_a_document_that_breaks_off_the_whole_objects_are_kept_and_it_is_said() -> None:
    values, cut_off = read(json.dumps(DOCUMENT).partition(', "end"')[0][:-3])
    assert values == ({"wanted": True, "tests": [{"name": "a"}, {"name": "b", "errors": [{"text": '} ] " {'}]}]},)
    assert cut_off is not None
    assert "breaks off" in cut_off


def test_the_first_document_counts_when_the_second_breaks_off() -> None:
    values, cut_off = read(json.dumps(DOCUMENT) + "\n" + json.dumps(DOCUMENT)[:40])
    assert values[0] == DOCUMENT
    assert cut_off is not None


def test_of_a_document_that_is_too_large_the_beginning_is_read() -> None:
    entries = [{"text": "x" * 1_000_000}] * (JSON_BYTES // 1_000_000 + 2)
    values, cut_off = read(json.dumps({"wanted": 1, "tests": entries}))
    assert len(values[0]["tests"]) == len(entries) - 2
    assert cut_off == "the JSON is larger than 64 MiB"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param('{"a": 1', None, id="no whole object"),
        pytest.param("]", None, id="closed before it opens"),
        pytest.param('[{"a": 1}}', [{"a": 1}], id="closed by the wrong bracket"),
        pytest.param('[{"a": 1}, {"b": "x } ', [{"a": 1}], id="inside of a string"),
        pytest.param('[[1], [2], {"a": [{"b": 1}, {"c"', [[1], [2], {"a": [{"b": 1}]}], id="inside of an array"),
    ],
)
def test_what_is_salvaged(text: str, value: object) -> None:
    assert salvaged(text) == value


@given(JSON, st.integers(0, 200))
def test_any_beginning_of_a_document_is_survived(value: object, length: int) -> None:
    read(json.dumps(value)[:length])
    salvaged(json.dumps(value)[:length])


@given(st.text(alphabet='{}[]",:\\ \n1a', max_size=200))
def test_any_text_of_brackets_is_survived(text: str) -> None:
    read(text)
    salvaged(text)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        (3.0, 3),
        (3.5, None),
        (True, None),
        ("3", None),
        (float("inf"), None),
        (float("nan"), None),
        (None, None),
    ],
)
def test_only_whole_numbers_are_numbers(value: object, number: int | None) -> None:
    assert number_of(value) == number


def test_only_strings_of_an_array_are_strings() -> None:
    assert strings_of(["a", 1, None, "b"]) == ("a", "b")
    assert strings_of("ab") == ()
