"""`self-heal diagnose` on what Go, Node and Cargo really print: the faulty function first, and shown whole."""

from __future__ import annotations

import io
import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from healer.cli.diagnose import execute
from healer.cli.terminal import Terminal
from tests.projects import project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GO_TOTAL = """// Total adds up all items, with tax.
func (o *Order) Total() int {
	sum := 0
	for _, item := range o.Items {
		sum += item.Cents
	}
	return withTax(sum, o.Rate)
}
"""
GO_FIRST = """// First returns the first item.
func (o *Order) First() Item {
	return o.Items[0]
}
"""
GO = {
    "go.mod": "module example.com/shop\n\ngo 1.19\n",
    "calc/price.go": f"""package calc

import "math"

// Order is what somebody buys.
type Order struct {{
	Items []Item
	Rate  float64
}}

// Item is one line of an order.
type Item struct {{
	Cents int
	Count int
}}

{GO_TOTAL}
func withTax(cents int, rate float64) int {{
	return int(math.Round(float64(cents) * (1 + rate)))
}}

{GO_FIRST}""",
    "calc/price_test.go": """package calc

import "testing"

func TestTotal(t *testing.T) {
	order := Order{Items: []Item{{100, 2}}, Rate: 0.5}
	if got := order.Total(); got != 300 {
		t.Errorf("Total() = %d, want 300", got)
	}
}

func TestFirst(t *testing.T) {
	t.Run("no items", func(t *testing.T) {
		var order Order
		order.First()
	})
}
""",
    "calc/other.go": "package calc\n\nfunc Unrelated() int {\n\treturn 1\n}\n",
    "ship/price.go": "package ship\n\ntype Order struct{}\n\nfunc (o *Order) Total() int {\n\treturn 1\n}\n",
}
JS_TOTAL = """  /**
   * Adds up all items, with tax.
   */
  total() {
    const sum = this.items.reduce((all, item) => all + item.cents, 0);
    return round(sum * (1 + RATE));
  }
"""
JS_PARSE = """exports.parse = (text) => {
  return Number(text.replace(',', '.'));
};
"""
JAVASCRIPT = {
    "package.json": '{"name": "shop", "version": "1.0.0"}\n',
    "src/cart.js": f"""const {{ round }} = require('./money');

const RATE = 0.5;

/** What somebody buys. */
class Cart {{
  constructor(items = []) {{
    this.items = items;
  }}

{JS_TOTAL}}}

module.exports = {{ Cart }};
""",
    "src/money.js": f"exports.round = function (cents) {{\n  return Math.round(cents);\n}};\n\n{JS_PARSE}",
    "src/pages.js": "exports.total = function (pages) {\n  return pages.length;\n};\n",
    "test/cart.test.js": """const test = require('node:test');
const assert = require('node:assert');
const { Cart } = require('../src/cart');
const money = require('../src/money');

test('an order of two costs twice as much', () => {
  const cart = new Cart([{ cents: 100, count: 2 }]);
  assert.strictEqual(
    cart.total(),
    300,
  );
});

test.describe('money', () => {
  test.it('is parsed', () => {
    assert.strictEqual(money.parse(undefined), 0);
  });
});
""",
}
RUST_TOTAL = """    /// Adds up all items.
    pub fn total(&self) -> u32 {
        self.items.iter().map(|(cents, _count)| cents).sum()
    }
"""
RUST_PARSE = """/// Reads a price.
pub fn parse(text: &str) -> u32 {
    text.trim().parse().unwrap()
}
"""
RUST = {
    "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/lib.rs": f"//! Orders.\npub mod cart;\n\n{RUST_PARSE}",
    "src/cart.rs": f"""/// What somebody buys.
#[derive(Default, Debug)]
pub struct Cart {{
    items: Vec<(u32, u32)>,
}}

impl Cart {{
    /// Puts something in.
    pub fn add(&mut self, cents: u32, count: u32) -> &mut Self {{
        self.items.push((cents, count));
        self
    }}

{RUST_TOTAL}}}

#[cfg(test)]
mod tests {{
    use super::*;

    #[test]
    fn counts_pieces() {{
        let mut cart = Cart::default();
        cart.add(100, 2);
        assert_eq!(cart.total(), 200);
    }}

    #[test]
    fn reads() {{
        assert_eq!(crate::parse("1,5"), 1);
    }}
}}
""",
}


@dataclass(frozen=True)
class Case:
    """A test that fails, what it is called in the log, and the function at fault."""

    files: Mapping[str, str]
    command: tuple[str, ...]
    test: str
    path: str
    function: str
    text: str
    shown: tuple[str, ...]


GO_TEST, NODE_TEST, CARGO_TEST = ("go", "test", "./...", "-run"), ("node", "--test"), ("cargo", "test", "--offline")
CASES = {
    "an assertion in Go": Case(
        GO, (*GO_TEST, "TestTotal"), "TestTotal", "calc/price.go", "Order.Total", GO_TOTAL,
        ("type Order struct {\n\tItems []Item\n\tRate  float64\n}\n", "func TestTotal(", "func withTax("),
    ),
    "a panic in Go": Case(
        GO, (*GO_TEST, "TestFirst"), "TestFirst", "calc/price.go", "Order.First", GO_FIRST, ("func TestFirst(",)
    ),
    "an assertion in Node": Case(
        JAVASCRIPT, (*NODE_TEST, "--test-name-pattern=order"), "an order of two costs twice as much", "src/cart.js",
        "Cart.total", JS_TOTAL, ("const RATE = 0.5;\n", "test('an order of two", "require('../src/cart');\n"),
    ),
    "an exception in Node": Case(
        JAVASCRIPT, (*NODE_TEST, "--test-name-pattern=parsed"), "is parsed", "src/money.js", "exports.parse", JS_PARSE,
        ("  test.it('is parsed', () => {\n",),
    ),
    "an assertion in Rust": Case(
        RUST, (*CARGO_TEST, "counts_pieces"), "cart::tests::counts_pieces", "src/cart.rs", "Cart::total", RUST_TOTAL,
        ("pub struct Cart {\n    items: Vec<(u32, u32)>,\n}\n", "    #[test]\n    fn counts_pieces() {\n"),
    ),
    "a panic in Rust": Case(
        RUST, (*CARGO_TEST, "reads"), "cart::tests::reads", "src/lib.rs", "parse", RUST_PARSE,
        ("    #[test]\n    fn reads() {\n",),
    ),
}  # fmt: skip


def printed(case: Case, root: Path) -> str:
    """Return what the runner prints; the test fails."""
    known = {name: os.environ[name] for name in ("PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME") if name in os.environ}
    built = {"CARGO_TARGET_DIR": str(root.parent / "built"), "RUST_BACKTRACE": "1"}
    done = subprocess.run(
        case.command, cwd=root, env=known | built, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode
    return done.stdout


def diagnose(*arguments: str) -> str:
    out = io.StringIO()
    assert execute([*arguments], Terminal(out, io.StringIO(), environment={"PATH": os.environ["PATH"]})) == 0
    return out.getvalue()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_faulty_function_comes_first_and_is_shown_whole(case: Case, tmp_path: Path) -> None:
    root = project(tmp_path, case.files).root
    log = tmp_path / "job.log"
    log.write_text(printed(case, root))

    told = json.loads(diagnose("--repo", str(root), "--log", str(log), "--format", "json"))
    prompt = diagnose("--repo", str(root), "--log", str(log), "--prompt")

    assert any(case.test in failure["id"] for cluster in told["clusters"] for failure in cluster["failures"])
    first = told["locations"][0]
    assert (first["file"], first["function"]) == (case.path, case.function)
    for text in (case.text, *case.shown):
        assert text in prompt
