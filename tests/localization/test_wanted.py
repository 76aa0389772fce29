"""What a model asks to see is looked for in the base's own files, and shown as far as it may be and there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.localization.wanted import MOST_ALIKE, NO_TEXT, NOT_SHOWN, NOT_THERE, wanted
from healer.models.code import Diagnosis, Location
from tests.localization.failing import FakeSourceTree, failing

if TYPE_CHECKING:
    from healer.models.code import Sought

CART = """\
import math

RATES = {"de": 19}


class Cart:
    LIMIT = 3

    @property
    def total(self):
        return 1

    def add(self, one):
        def inner():
            return one
        return inner


def rounded(value):
    return math.floor(value)
"""
GO = """\
package shop

var ErrEmpty = errors.New("empty")

type Cart struct {
	n int
}

func (c *Cart) Total() int {
	return c.n
}
"""
FILES = {
    "src/shop/__init__.py": "",
    "src/shop/cart.py": CART,
    "src/shop/tax.py": "def rounded(value):\n    return value\n",
    "go/cart.go": GO,
    "README.md": "# Shop\n",
    "data.bin": "a\0b",
    ".github/workflows/ci.yml": "on: push\n",
    ".env": "KEY=1\n",
    "conftest.py": "RATE = 1\n",
    "tests/test_it.py": "ROWS = [1]\n\n\ndef helper():\n    return 1\n\n\ndef test_it():\n    assert helper() == 2\n",
    "tests/test_other.py": "def test_other():\n    assert secret() == 42\n\n\ndef secret():\n    return 42\n",
}
SOURCE = FakeSourceTree.of(**FILES)
DIAGNOSIS = Diagnosis(failing(("tests/test_it.py", 9)), (Location("src/shop/tax.py", 1, 1, "rounded", 0.9),))


def asked(*names: str, tokens: int = 1_000, source: FakeSourceTree = SOURCE) -> tuple[Sought, ...]:
    return wanted(names, DIAGNOSIS, source, token_budget=tokens)


def lines(*names: str) -> list[tuple[str, int, int]]:
    return [(one.path, one.line, one.end_line) for sought in asked(*names) for one in sought.excerpts]


@pytest.mark.parametrize(
    ("name", "path", "line", "end_line"),
    [
        ("src/shop/cart.py", "src/shop/cart.py", 1, 20),
        ("shop/cart.py", "src/shop/cart.py", 1, 20),
        ("./src/shop/cart.py", "src/shop/cart.py", 1, 20),
        ("b/src/shop/cart.py", "src/shop/cart.py", 1, 20),
        ("/home/runner/work/x/x/src/shop/cart.py", "src/shop/cart.py", 1, 20),
        ("cart.py", "src/shop/cart.py", 1, 20),
        ("shop.cart", "src/shop/cart.py", 1, 20),
        ("shop.cart.Cart", "src/shop/cart.py", 6, 16),
        ("src/shop/cart.py:11", "src/shop/cart.py", 9, 11),
        ("src/shop/cart.py:2-4", "src/shop/cart.py", 2, 4),
        ("src/shop/cart.py#L20", "src/shop/cart.py", 19, 20),
        ("src/shop/cart.py::Cart::add", "src/shop/cart.py", 13, 16),
        ("Cart.total", "src/shop/cart.py", 9, 11),
        ("RATES", "src/shop/cart.py", 3, 3),
        ("Cart.LIMIT", "src/shop/cart.py", 7, 7),
        ("shop.cart.RATES", "src/shop/cart.py", 3, 3),
        ("Cart.Total", "go/cart.go", 9, 11),
        ("go/cart.go:10", "go/cart.go", 9, 11),
        ("ErrEmpty", "go/cart.go", 3, 3),
        ("README.md", "README.md", 1, 1),
        ("helper", "tests/test_it.py", 4, 5),
        ("tests/test_it.py", "tests/test_it.py", 1, 9),
        ("conftest.py", "conftest.py", 1, 1),
    ],
)
def test_a_name_is_found_in_the_forms_that_people_write(name: str, path: str, line: int, end_line: int) -> None:
    assert lines(name) == [(path, line, end_line)]
    assert asked(name)[0].note == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nothing_like_it", NOT_THERE),
        ("requests.get", NOT_THERE),
        ("src/shop/gone.py", NOT_THERE),
        ("/etc/passwd", NOT_THERE),
        ("../../../../etc/passwd", NOT_THERE),
        ("file:///proc/self/environ", NOT_THERE),
        ("src/shop/cart.py:99", "the file has 20 lines"),
        ("data.bin", NO_TEXT),
        (".github/workflows/ci.yml", NOT_SHOWN),
        (".env", NOT_SHOWN),
        ("tests/test_other.py", NOT_SHOWN),
        ("tests/test_other.py:2", NOT_SHOWN),
        ("tests/test_other.py::secret", NOT_SHOWN),
        ("secret", NOT_THERE),
        ("test_other", NOT_SHOWN),
        ("", NOT_THERE),
        ("::", NOT_THERE),
        ("\0", NOT_THERE),
        (".", NOT_THERE),
        ("/", NOT_THERE),
    ],
)
def test_what_is_not_in_the_commit_or_may_not_be_seen_is_told_and_not_shown(name: str, why: str) -> None:
    (sought,) = asked(name)
    assert (sought.excerpts, sought.note) == ((), why)


def test_of_several_definitions_the_place_that_the_failure_points_to_comes_first() -> None:
    assert lines("rounded") == [("src/shop/tax.py", 1, 2), ("src/shop/cart.py", 19, 20)]


def test_of_many_definitions_some_are_shown_and_others_named() -> None:
    source = FakeSourceTree.of(**{f"m{number}.py": "def same():\n    return 1\n" for number in range(9)})
    (sought,) = asked("same", source=source)
    assert len(sought.excerpts) == MOST_ALIKE
    assert sought.note == "6 more of that name: m3.py:1, m4.py:1, m5.py:1, m6.py:1, m7.py:1, …"


def test_what_is_too_long_is_shown_by_its_heads_or_its_beginning() -> None:
    long = "".join(f"def f{number}():\n    '''{'x' * 400}'''\n\n\n" for number in range(20))
    source = FakeSourceTree.of(**{"long.py": long, "notes.txt": "a line of text\n" * 900, "wide.txt": "x" * 9_000})
    heads, beginning, nothing = asked("long.py", "notes.txt", "wide.txt", source=source)
    assert heads.excerpts[0].text == "".join(f"def f{number}():\n" for number in range(20))
    assert "too long" in heads.excerpts[0].reason
    assert (beginning.excerpts[0].line, beginning.excerpts[0].text[:15]) == (1, "a line of text\n")
    assert (nothing.excerpts, nothing.note) == ((), "too long for what is left")


@pytest.mark.parametrize("tokens", [0, 1, 30, 200, 1_000])
def test_all_together_fits_the_budget(tokens: int) -> None:
    sought = asked("src/shop/cart.py", "Cart", "go/cart.go", "rounded", "README.md", tokens=tokens)
    assert sum(len(one.text) for found in sought for one in found.excerpts) <= 4 * tokens
    assert all(found.excerpts or found.note for found in sought)


def test_a_definition_is_found_among_many_files_that_only_use_it() -> None:
    uses = {f"a{number}.go": f"package a\n\nfunc Use{number}() {{\n\tflush(1)\n}}\n" for number in range(30)}
    defines = {"z.go": "package a\n\nfunc flush(n int) int {\n\treturn n\n}\n"}
    (sought,) = asked("flush", source=FakeSourceTree.of(**uses, **defines))
    assert [(one.path, one.line) for one in sought.excerpts] == [("z.go", 3)]


def test_a_method_is_found_among_many_of_its_name() -> None:
    others = {f"a{number}.py": "class Other:\n    def get(self): ...\n" for number in range(30)}
    (sought,) = asked(
        "Mine.get", source=FakeSourceTree.of(**others, **{"z.py": "class Mine:\n    def get(self): ...\n"})
    )
    assert [(one.path, one.line) for one in sought.excerpts] == [("z.py", 2)]
