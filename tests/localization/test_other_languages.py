"""Where the fault is, and what to read, in other languages than Python: by structure and names alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import starmap
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healer.evidence.paths import RepositoryPaths
from healer.localization.context import CHARACTERS_PER_TOKEN, gather
from healer.localization.identifiers import rank
from healer.localization.inquiry import Inquiry
from healer.localization.locate import locate
from healer.localization.outlined_tests import find_test, languages
from healer.localization.pysource import MOST_OUTLINES, SourceIndex
from healer.models.code import Diagnosis
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, StackFrame
from tests.localization.failing import FakeSourceTree, changing

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Case:
    """Code with a fault, its test, and what a report says; the answers are the function and the test's first line."""

    files: Mapping[str, str]
    failure: Failure
    path: str
    function: str
    test: str


def failed(
    name: str, *frames: tuple[str, int], suite: str = "", file: str | None = None, line: int | None = None,
    message: str = "expected 2, got 1",
) -> Failure:  # fmt: skip
    return Failure(
        f"{suite}::{name}" if suite else name, name, CaseOutcome.FAILED, suite, file, line, message=message,
        frames=tuple(starmap(StackFrame, frames)),
    )  # fmt: skip


FILLER = "\n".join(f"    public int other{number}() {{\n        return {number};\n    }}\n" for number in range(20))
JAVA = {
    "src/main/java/shop/Cart.java": (
        f"package shop;\n\npublic class Cart {{\n    private int n;\n\n{FILLER}\n"
        "    /** Adds up. */\n    public int total() {\n        return n;\n    }\n}\n"
    ),
    "src/main/java/shop/Page.java": "package shop;\n\nclass Page {\n    int total() {\n        return 1;\n    }\n}\n",
    "src/test/java/shop/CartTest.java": """package shop;

import org.junit.Test;

public class CartTest {
    private Cart cart;

    @Before
    public void setUp() {
        cart = new Cart();
    }

    @Test
    public void addsUp() {
        assertEquals(2, cart.total());
    }

    @Test
    public void more() {
        assertEquals(2, cart.other3());
    }
}
""",
}
RUBY = {
    "lib/shop/cart.rb": """module Shop
  class Cart
    def total
      1
    end

    def empty?
      false
    end
  end
end
""",
    "spec/shop/cart_spec.rb": """require "shop/cart"

RSpec.describe Shop::Cart do
  let(:cart) { described_class.new }

  context "with two" do
    it "adds up" do
      expect(cart.total).to eq(2)
    end
  end
end
""",
    "test/test_cart.rb": """class CartTest < Minitest::Test
  def test_empty
    assert Shop::Cart.new.empty?
  end
end
""",
}
TYPESCRIPT = {
    "src/cart.ts": "export const RATE = 2;\n\nexport function total(all: number[]): number {\n  return RATE;\n}\n",
    "src/page.ts": "export function render(): string {\n  return '';\n}\n",
    "src/cart.test.ts": """import { total } from './cart';

describe('carts', () => {
  let all: number[];
  beforeEach(() => {
    all = [];
  });

  it('adds up', () => {
    expect(total(all)).toBe(2);
  });
});
""",
}
PHP = {
    "src/Cart.php": """<?php
namespace Shop;

class Cart
{
    public function total(): int
    {
        return 1;
    }
}
""",
    "tests/CartTest.php": """<?php
use Shop\\Cart;

class CartTest extends TestCase
{
    public function testTotal(): void
    {
        $this->assertSame(2, (new Cart())->total());
    }
}
""",
}
CPP = {
    "src/cart.h": "#pragma once\nnamespace shop {\nclass Cart {\n public:\n  int total() const;\n};\n}\n",
    "src/cart.cpp": '#include "cart.h"\n\nnamespace shop {\nint Cart::total() const {\n  return 1;\n}\n}\n',
    "test/cart_test.cpp": """#include "cart.h"

TEST(CartTest, AddsUp) {
  shop::Cart cart;
  EXPECT_EQ(cart.total(), 2);
}
""",
}
CSHARP = {
    "src/Cart.cs": (
        "namespace Shop;\n\npublic class Cart\n{\n    public int Total()\n    {\n        return 1;\n    }\n}\n"
    ),
    "test/CartTests.cs": """using Xunit;

public class CartTests
{
    [Fact]
    public void AddsUp()
    {
        Assert.Equal(2, new Cart().Total());
    }
}
""",
}
BASH = {
    "lib/cart.sh": "total() {\n  echo 1\n}\n\ndiscount() {\n  echo 2\n}\n",
    "test/cart.bats": 'load ../lib/cart.sh\n\n@test "adds up" {\n  run total 1 1\n  [ "$output" = 2 ]\n}\n',
}
GO = {
    "cart/cart.go": "package cart\n\nfunc Total(all []int) int {\n\treturn 1\n}\n",
    "page/page.go": "package page\n\nfunc Total() int {\n\treturn 1\n}\n",
    "cart/cart_test.go": """package cart

import "testing"

func check(t *testing.T, got int) {
	t.Helper()
	if got != 2 {
		t.Errorf("got %d", got)
	}
}

func TestTotal(t *testing.T) {
	check(t, Total([]int{1, 1}))
}
""",
}
CASES = {
    "JUnit, by the suite's name": Case(
        JAVA, failed("addsUp", suite="shop.CartTest"), "src/main/java/shop/Cart.java", "Cart.total", "    @Test"
    ),
    "JUnit, by a frame": Case(
        JAVA, failed("addsUp", ("CartTest.java", 15), suite="shop.CartTest"), "src/main/java/shop/Cart.java",
        "Cart.total", "    @Test",
    ),
    "RSpec": Case(
        RUBY, failed("Shop::Cart with two adds up", ("./spec/shop/cart_spec.rb", 8)), "lib/shop/cart.rb",
        "Shop::Cart::total", '    it "adds up" do',
    ),
    "Minitest": Case(
        RUBY, failed("test_empty", suite="CartTest", file="test/test_cart.rb", line=2), "lib/shop/cart.rb",
        "Shop::Cart::empty?", "  def test_empty",
    ),
    "Jest, by a frame": Case(
        TYPESCRIPT, failed("carts adds up", ("src/cart.test.ts", 10)), "src/cart.ts", "total", "  it('adds up', "
    ),
    "Jest, by its title": Case(
        TYPESCRIPT, failed("carts > adds up", file="src/cart.test.ts"), "src/cart.ts", "total", "  it('adds up', "
    ),
    "PHPUnit": Case(
        PHP, failed("testTotal", suite="CartTest", file="/app/tests/CartTest.php", line=6), "src/Cart.php",
        "Cart::total", "    public function testTotal",
    ),
    "GoogleTest": Case(
        CPP, failed("AddsUp", suite="CartTest", file="test/cart_test.cpp", line=5), "src/cart.cpp",
        "shop::Cart::total", "TEST(CartTest, AddsUp)",
    ),
    "xUnit": Case(
        CSHARP, failed("AddsUp", suite="CartTests", file="test/CartTests.cs", line=8), "src/Cart.cs", "Cart.Total",
        "    [Fact]",
    ),
    "Bats": Case(BASH, failed("adds up", ("test/cart.bats", 5)), "lib/cart.sh", "total", '@test "adds up" {'),
    "Go, in a function that helps": Case(
        GO, failed("TestTotal", ("cart/cart_test.go", 13), ("cart/cart_test.go", 8)), "cart/cart.go", "Total",
        "func TestTotal(",
    ),
}  # fmt: skip


def diagnosed(files: Mapping[str, str], failure: Failure) -> tuple[FakeSourceTree, Diagnosis]:
    tree = FakeSourceTree.of(**files)
    clusters = (FailureCluster(failure.id, (failure,)),)
    return tree, Diagnosis(clusters, locate(clusters, tree, ()))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_failed_assertion_leads_to_what_it_calls(case: Case) -> None:
    tree, diagnosis = diagnosed(case.files, case.failure)
    first = diagnosis.locations[0]
    assert (first.path, first.function) == (case.path, case.function), diagnosis.locations
    shown = gather(diagnosis, tree, token_budget=4000)
    assert shown[0].reason == f"the failing test {case.failure.id}"
    assert shown[0].text.startswith(case.test)
    assert any(
        excerpt.path == case.path and excerpt.line <= first.line and first.end_line <= excerpt.end_line
        for excerpt in shown
    )


def test_a_method_of_a_large_class_is_shown_with_its_head_alone() -> None:
    tree, diagnosis = diagnosed(JAVA, failed("addsUp", ("shop/Cart.java", 87), ("CartTest.java", 15)))
    texts = [excerpt.text for excerpt in gather(diagnosis, tree, token_budget=4000)]
    head = texts.index("public class Cart {\n    private int n;\n\n")
    assert texts[head + 1] == "    /** Adds up. */\n    public int total() {\n        return n;\n    }\n"


def test_what_prepares_for_a_test_and_helps_it_is_shown() -> None:
    reasons: dict[str, str] = {}
    for case in (CASES["Jest, by a frame"], CASES["Go, in a function that helps"], CASES["JUnit, by a frame"]):
        tree, diagnosis = diagnosed(case.files, case.failure)
        reasons |= {item.text.split("\n")[0]: item.reason for item in gather(diagnosis, tree, token_budget=4000)}
    assert reasons["  beforeEach(() => {"] == "set-up of carts adds up"
    assert reasons["func check(t *testing.T, got int) {"] == "used by TestTotal"
    assert reasons["    @Before"] == "set-up of shop.CartTest::addsUp"
    assert reasons["import { total } from './cart';"] == "imports and constants"


def test_the_other_lines_of_a_frames_function_are_suspicious_too() -> None:
    _, diagnosis = diagnosed(TYPESCRIPT, failed("nothing", ("src/cart.ts", 4)))
    told = {(place.line, place.end_line): place.evidence for place in diagnosis.locations}
    assert told[4, 4][0] == "frame 1 of 1 in the traceback of nothing"
    assert told[3, 5][0] == "line 4 of total is frame 1 of 1 in the traceback of nothing"


def test_tests_inside_of_source_files_are_not_suspected() -> None:
    code = "pub fn f() -> u32 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn g() {\n"
    code += "        assert_eq!(f(), 2);\n    }\n}\n"
    tree = FakeSourceTree.of(**{"src/lib.rs": code})
    clusters = (FailureCluster("f", (failed("tests::g", ("src/lib.rs", 9)),)),)
    commit = changing("src/lib.rs", 9, "        assert_eq!(f(), 1);\n", "        assert_eq!(f(), 2);\n")
    assert {place.function for place in locate(clusters, tree, [commit])} == {"f"}


def test_where_only_a_test_is_known_it_is_named_even_inside_of_source() -> None:
    tree = FakeSourceTree.of(**{"src/lib.rs": "#[test]\nfn g() {\n    assert!(false);\n}\n"})
    found = locate((FailureCluster("f", (failed("g", ("src/lib.rs", 3)),)),), tree, ())
    assert [(place.line, place.function) for place in found] == [(3, "g")]


def inquiry(files: Mapping[str, str], failure: Failure) -> Inquiry:
    tree = FakeSourceTree.of(**files)
    return Inquiry((FailureCluster("f", (failure,)),), SourceIndex(tree), (), RepositoryPaths(tree.paths))


@pytest.mark.parametrize(
    ("files", "failure", "spoken"),
    [
        (GO, failed("a", ("cart/cart.go", 3)), {"Go"}),
        (TYPESCRIPT, failed("a", file="src/cart.test.ts"), {"JavaScript", "TypeScript", "TypeScript with JSX"}),
        (GO | {"a.py": ""}, failed("a", ("a.py", 1), ("cart/cart.go", 3)), set[str]()),
        (GO | {"a.py": ""}, failed("a"), set[str]()),
    ],
    ids=["Go", "TypeScript, which calls JavaScript", "Python", "nothing known, beside Python"],
)
def test_only_the_languages_of_a_failure_are_looked_into(
    files: Mapping[str, str], failure: Failure, spoken: set[str]
) -> None:
    assert languages(inquiry(files, failure), failure) == spoken


def test_where_nothing_is_known_every_other_language_is_looked_into() -> None:
    assert {"Go", "Ruby"} <= languages(inquiry(GO, failed("a")), failed("a"))


def test_python_is_not_judged_by_the_names_in_its_text() -> None:
    files = {"shop.py": "def total():\n    return 1\n", "test_shop.py": "def test_it():\n    assert total() == 2\n"}
    asked = inquiry(files, failed("test_it", ("test_shop.py", 2), file="test_shop.py"))
    assert list(rank(asked)) == []


@pytest.mark.parametrize(
    "failure",
    [
        failed("AddsNothing", file="cart/cart_test.go"),
        failed("TestTotal", file="cart/cart.go", line=3),
        failed("", ("cart/cart_test.go", 3)),
    ],
    ids=["of no such name", "a line of the source", "a line outside of every function"],
)
def test_a_test_that_cannot_be_told_is_not_guessed(failure: Failure) -> None:
    assert find_test(inquiry(GO, failure), failure) is None


def test_of_tests_that_share_a_name_the_one_in_the_named_group_is_meant() -> None:
    text = "".join(f"describe('{name}', () => {{\n  it('adds', () => {{\n  }});\n}});\n" for name in ("a1", "b2", "c3"))
    failure = failed("b2 > adds", file="a.test.js")
    found = find_test(inquiry({"a.test.js": text}, failure), failure)
    assert found is not None
    assert found[1].qualname == "b2 > adds"


def test_a_name_that_stands_everywhere_says_less_than_one_beside_the_test() -> None:
    files = GO | {
        f"p{number}/a.go": f"package p{number}\n\nfunc Total() int {{\n\treturn 1\n}}\n" for number in range(9)
    }
    found = list(rank(inquiry(files, failed("TestTotal", ("cart/cart_test.go", 13)))))
    assert {item.path for item in found if item.evidence.startswith("Total ")} == {"cart/cart.go"}
    far = {path: text for path, text in files.items() if path != "cart/cart.go"}
    assert list(rank(inquiry(far, failed("TestTotal", ("cart/cart_test.go", 13))))) == []


def test_a_statement_of_several_lines_is_read_to_the_end_of_its_brackets() -> None:
    source = "exports.one = () => 1;\nexports.two = () => 2;\n"
    text = "const { one, two } = require('./a');\ntest('it', () => {\n  check(\n    two(),\n  );\n  one();\n});\n"
    found = list(rank(inquiry({"a.js": source, "a.test.js": text}, failed("it", ("a.test.js", 3)))))
    scores = [(item.score, item.evidence.split(" ")[0]) for item in found]
    assert max(scores)[1] == "exports.two"
    assert max(score for score, name in scores if name == "exports.one") < max(scores)[0]


def test_what_a_function_calls_through_others_is_suspicious_the_nearest_first() -> None:
    source = "".join(f"exports.f{number} = () => f{number + 1}();\n" for number in range(6))
    text = "test('it', () => {\n  check(f0());\n});\n"
    found = list(rank(inquiry({"a.js": source, "a.test.js": text}, failed("it", ("a.test.js", 2)))))
    best = {item.line: (item.score, item.evidence) for item in sorted(found, key=lambda item: item.score)}
    assert [line for line, _ in sorted(best.items(), key=lambda one: -one[1][0])] == [1, 2, 3, 4]
    assert best[1][1] == "exports.f0 is called in the statement that failed in it"
    assert best[2][1].startswith("exports.f1 is called by exports.f0, which is called in")
    assert best[3][1].startswith("exports.f2 is called by exports.f1, behind exports.f0, which is called in")


def test_what_helpers_of_the_test_call_is_suspicious_too() -> None:
    source = "exports.one = () => 1;\nexports.two = () => 2;\n"
    text = "const help = () => {\n  one();\n};\ntest('it', () => {\n  help();\n});\n"
    found = list(rank(inquiry({"a.js": source, "a.test.js": text}, failed("it", ("a.test.js", 5)))))
    assert [item.evidence for item in found] == ["exports.one is called by help, which helps it"]


def test_only_so_many_files_are_read_for_their_structure() -> None:
    tree = FakeSourceTree.of(**{f"a{number}.go": "package a\n\nfunc F() {}\n" for number in range(MOST_OUTLINES + 5)})
    index = SourceIndex(tree)
    assert [index.outline(path) is None for path in sorted(tree.paths)].count(True) == 5


TEXT = st.text(max_size=40)


@st.composite
def garbled(draw: st.DrawFn) -> tuple[dict[str, str], Failure]:
    """Draw a case whose files end early, or in anything, and whose report says what it likes."""
    case = CASES[draw(st.sampled_from(sorted(CASES)))]
    cut, rest = draw(st.integers(0, 400)), draw(TEXT)
    files = {path: text[:-cut] + rest if cut else text for path, text in case.files.items()}
    stack = (*case.failure.frames, *starmap(StackFrame, draw(st.lists(st.tuples(TEXT, st.integers())))))
    name = draw(TEXT) or case.failure.name
    return files, replace(case.failure, name=name, message=draw(TEXT), frames=stack)


@settings(deadline=None)
@given(garbled(), st.integers(0, 2000))
def test_whatever_a_report_says_excerpts_are_true_distinct_and_within_the_budget(
    said: tuple[dict[str, str], Failure], budget: int
) -> None:
    files, failure = said
    tree, diagnosis = diagnosed(files, failure)
    found = gather(diagnosis, tree, token_budget=budget)
    assert sum(len(item.text) for item in found) <= budget * CHARACTERS_PER_TOKEN
    shown = [(item.path, line) for item in found for line in range(item.line, item.end_line + 1)]
    assert len(shown) == len(set(shown))
    for item in found:
        lines = tree.read(item.path).decode("utf-8", "replace").split("\n")
        wanted = "\n".join(lines[item.line - 1 : item.end_line])
        assert item.text in (wanted, wanted + "\n")
