from __future__ import annotations

from dataclasses import replace

import pytest

from healer.engines.model.fencing import Fence
from healer.engines.model.rows import row
from healer.models.evidence import StackFrame
from tests.engines.model.shop import FAILURE, MARKER, Files

FIELDS = """\
var tests = []test{
	{
		Name:  "Simple",
		Input: "a,b",
	},
	{
		Name:   "OddQuotes",
		Input:  `"a "b{`,
		Errors: []error{&E{Err: ErrQuote}},
	},
}
"""
JOINED = """\
var tests = []test{{
	Name:  "Simple",
	Input: "a,b",
}, {
	Name:   "OddQuotes",
	Input:  "x",
}, {
	Name:   "Last",
}}
"""
LINES = """\
var tests = []test{
	{"simple", "a,b", 1},
	{"odd quotes", "a}",
		2},
	{"last", "", 3},
}
"""


def shown(text: str, test: str, path: str = "csv/reader_test.go") -> list[str]:
    failure = replace(FAILURE, id=f"example.org/csv::TestRead/{test}", frames=(StackFrame(path, 4, "TestRead"),))
    return [*row(1, failure, Files({path: text}), Fence(MARKER, str))]


@pytest.mark.parametrize(
    ("text", "test", "first", "last"),
    [
        (FIELDS, "OddQuotes", 6, 10),
        (JOINED, "OddQuotes", 4, 7),
        (LINES, "simple", 2, 2),
        (LINES, "odd_quotes", 3, 4),
        (LINES, "last", 5, 5),
    ],
)
def test_the_row_that_names_a_subtest_is_shown_whole(text: str, test: str, first: int, last: int) -> None:
    lines = "\n".join(text.split("\n")[first - 1 : last])
    assert shown(text, test) == [f"the row of [1], csv/reader_test.go, lines {first}-{last}:\n{lines}"]


@pytest.mark.parametrize(
    ("text", "test", "path"),
    [
        (LINES, "nowhere", "csv/reader_test.go"),
        (LINES + LINES, "last", "csv/reader_test.go"),
        (LINES, "last", "csv/reader.go"),
        (LINES, "last", "tests/test_a.py"),
        ('x("last"\n' + "y\n" * 100, "last", "csv/reader_test.go"),
        ('"last"\n', "last", "csv/reader_test.go"),
        (LINES, "", "csv/reader_test.go"),
    ],
    ids=["no such row", "two of them", "no test", "Python shows its own", "without end", "no table", "no subtest"],
)
def test_nothing_is_shown_for_a_row(text: str, test: str, path: str) -> None:
    assert shown(text, test, path) == []
