from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healer.evidence.formats import (
    compiler_json,
    cucumber,
    cucumber_messages,
    go_json,
    gtest_json,
    jest,
    libtest_json,
    mocha,
    playwright,
    pytest_json,
    rspec_json,
    tap,
)
from healer.evidence.readers import ReportReader, read_report
from healer.models.evidence import ReportVerdict

READERS: list[ReportReader] = [
    compiler_json,
    gtest_json,
    cucumber,
    cucumber_messages,
    go_json,
    jest,
    libtest_json,
    mocha,
    playwright,
    pytest_json,
    rspec_json,
    tap,
]
_WORDS = (
    "testResults assertionResults status message name title failureMessages ancestorTitles stats failures passes"
    " tests results suites specs config errors error location line file elements steps result keyword before uri"
    " examples exception backtrace messages summary exitcode collectors nodeid outcome call crash traceback longrepr"
    " Action Package Test Output type event stdout pickle testStepResult testStepFinished numFailedTests success"
)
KEYS = st.sampled_from(_WORDS.split(" "))
WORDS = st.sampled_from(
    [
        "failed",
        "passed",
        "error",
        "fail",
        "run",
        "output",
        "test",
        "suite",
        "Error: x\n    at a.js:3:1",
        "\ud800",
        "\0",
        "",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 10**18) | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=8)


def identity(reader: ReportReader) -> str:
    return reader.FORMAT


@pytest.mark.parametrize("reader", READERS, ids=identity)
@given(documents=st.lists(DOCUMENTS, max_size=3), is_array=st.booleans())
@settings(max_examples=60)
def test_any_types_at_any_place_end_in_a_report(
    reader: ReportReader, documents: list[object], *, is_array: bool
) -> None:
    text = json.dumps(documents) if is_array else "\n".join(json.dumps(document) for document in documents)
    report = reader.read(iter([text.encode()]), "report")
    assert len(report.failures) <= (report.tally.failing if report.tally else 0)
    for failure in report.failures:
        assert (failure.id + failure.name + failure.message + failure.text + (failure.file or "")).encode()


@pytest.mark.parametrize("reader", READERS, ids=identity)
@given(data=st.binary(max_size=300))
@settings(max_examples=30)
def test_any_bytes_end_in_a_report_that_is_no_pass(reader: ReportReader, data: bytes) -> None:
    assert reader.read(iter([data] if data else []), "report").verdict is not ReportVerdict.PASSED


BEGINNINGS = [
    pytest.param('{"numFailedTests": 0, "numTotalTests": 0, "numPassedTests": 1, "testResults": [', "jest", id="jest"),
    pytest.param('{"stats": {"suites": 1, "tests": 1, "passes": 1, "failures": 0}, "tests": [', "mocha", id="mocha"),
    pytest.param(
        '{"config": {"configFile": "", "rootDir": "", "forbidOnly": 1}, "suites": [', "playwright", id="playwright"
    ),
    pytest.param('[{"keyword": "Feature", "name": "a", "uri": "b", "elements": [', "cucumber", id="cucumber"),
    pytest.param('{"version": "3", "seed": 1, "messages": [], "examples": [', "rspec_json", id="rspec"),
    pytest.param('{"created": 1, "exitcode": 0, "root": "", "tests": [', "pytest_json", id="pytest"),
]


@pytest.mark.parametrize(("beginning", "name"), BEGINNINGS)
@pytest.mark.parametrize(
    "rest",
    [
        pytest.param("", id="nothing"),
        pytest.param("[" * 200_000, id="depth"),
        pytest.param('{"suites":[' * 100_000, id="depth of objects"),
        pytest.param("1" * 10_000, id="long integer"),
        pytest.param('"' + "x" * 100_000, id="long string"),
        pytest.param("{}," * 10_000, id="empty objects"),
    ],
)
def test_a_bomb_or_a_break_is_never_a_pass(beginning: str, name: str, rest: str) -> None:
    report = read_report(io.BytesIO((beginning + rest).encode()), "report")
    assert report.format == name
    assert report.verdict is not ReportVerdict.PASSED
