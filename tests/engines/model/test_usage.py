from __future__ import annotations

import pytest

from healer.engines.model.usage import LARGEST, MOST_FILES, Texts, counted
from tests.engines.model.shop import Files


def lines(path: str, text: str, name: str) -> list[tuple[int, bool]]:
    return [(line.number, line.defines) for line in Texts.of(Files({path: text})).lines(name)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "def total(self):"),
        ("a.py", "    async def total(self):"),
        ("a.py", "class total:"),
        ("a.py", "total = 3"),
        ("a.py", "    self.total: int = 3"),
        ("a.go", "func (b *Basket) total() int {"),
        ("a.go", "type total struct {"),
        ("a.ts", "export const total = (a) => a"),
        ("a.ts", "  static total = 1"),
        ("a.rs", "    pub fn total(&self) -> u32 {"),
        ("A.java", "    public static int total(int a) {"),
        ("a.c", "static unsigned int *total(void)"),
        ("a.rb", "  def self.total"),
    ],
)
def test_a_definition_is_known_by_the_habits_of_its_language(path: str, text: str) -> None:
    assert lines(path, text, "total") == [(1, True)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "return total(3)"),
        ("a.py", "if total == 3:"),
        ("a.py", "print(total=3)"),
        ("a.py", "from a import total"),
        ("a.go", "x := basket.total()"),
        ("a.js", "await total(3)"),
        ("A.java", "return new total(3);"),
    ],
)
def test_a_use_is_no_definition(path: str, text: str) -> None:
    assert lines(path, text, "total") == [(1, False)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "subtotal = totals"),
        ("a.py", "x = 1  # total"),
        ("a.py", '"""About\nthe total.\n"""'),
        ("a.go", "x := 1 // total"),
        ("a.js", "/* total\n total */"),
        ("a.js", "$total"),
        ("README.md", "total"),
        ("requirements.txt", "total"),
        (".github/a.py", "total"),
    ],
)
def test_parts_of_words_remarks_and_what_is_no_code_do_not_count(path: str, text: str) -> None:
    assert lines(path, text, "total") == []


def test_a_mark_in_a_string_begins_no_remark() -> None:
    assert lines("a.py", 'x = "#"; total()\ny = "http://a"', "total") == [(1, False)]
    assert lines("a.js", 'x = "http://a"; total()', "total") == [(1, False)]


def test_lines_keep_their_numbers_and_words_where_remarks_are_left_out() -> None:
    (found,) = Texts.of(Files({"a.go": "/* one\ntwo */\ntotal() // of all"})).lines("total")
    assert (found.number, found.text) == (3, "total() // of all")


def test_tests_come_last_and_are_counted() -> None:
    found = Texts.of(Files({"a/test_a.py": "total()\ntotal()", "b.py": "total()"})).lines("total")
    assert [line.path for line in found] == ["b.py", "a/test_a.py", "a/test_a.py"]
    assert counted(found) == "3 lines, 2 of them in tests"
    assert counted(found[1:]) == "2 lines of tests"
    assert counted(found[:1]) == "1 line"


def test_a_repository_too_large_to_search_is_said_to_be() -> None:
    many = Texts.of(Files({f"a{number}.py": "total()" for number in range(MOST_FILES + 1)}))
    assert (len(many.files), many.is_all) == (MOST_FILES, False)
    assert Texts.of(Files({"a.py": "x" * (LARGEST + 1)})) == Texts({}, is_all=True)


@pytest.mark.parametrize("text", ['"""' * 100_000, "/*" * 200_000, "total " * 80_000, "'" * 300_000])
def test_hostile_files_take_no_time_to_speak_of(text: str) -> None:
    for path in ("a.py", "a.js"):
        assert len(Texts.of(Files({path: text})).lines("total")) <= 1


@pytest.mark.parametrize(
    ("path", "text", "owner", "held"),
    [
        ("shop/orders.py", "def load():\n    x = 1\n\n\nLIMIT = 3\n", "shop.orders", {"load", "LIMIT"}),
        ("src/shop/__init__.py", "def load():\n    x = 1\n", "shop", {"load"}),
        ("a.go", "type cell struct {\n\tsize int\n\ttabbed bool\n}\n\nvar x int\n", "cell", {"size", "tabbed"}),
        ("a.py", "class Basket:\n    items = 1\n\n    def total(self):\n        self.sum = 2\n\n\ny = 1\n", "s.Basket",
         {"items", "total", "sum"}),
        ("a.py", "x = 1\n", "numpy", set[str]()),
        ("a.py", "x = 1\n", "", set[str]()),
        ("a.py", "x = 1\n", "...", set[str]()),
    ],
    ids=["module", "package", "struct", "class", "of others", "none", "dots"],
)  # fmt: skip
def test_what_an_owner_holds(path: str, text: str, owner: str, held: set[str]) -> None:
    assert Texts.of(Files({path: text})).held(owner) == held
