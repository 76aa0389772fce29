"""The structure of files in other languages, by their real grammars."""

from __future__ import annotations

import hashlib

import pytest

from healer.localization.outline import DEEPEST, MOST_DEFINITIONS, Outline, outline_of, outlined_language

BASH = """#!/bin/bash
source ./lib.sh
RATE=2

# Adds up.
total() {
  inner() { echo; }
  inner
}

function discount {
  echo 1
}
"""
BATS = """load helper

setup() {
  A=1
}

@test "adds up" {
  run total 1 2
  [ "$output" = 3 ]
}
@test 'more' { true; }
"""
C = """#include <stdio.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b))

typedef struct {
  int cents;
} item_t;

struct cart { int n; };
struct cart *known;

/*
 * Adds up.
 */
static int
total(const struct cart *cart)
{
  return cart->n;
}

char *name_of(void) { return ""; }
int (*chosen(int a))(int) { return 0; }
"""
CPP = """#include "cart.h"

namespace shop {

/// A cart.
template <typename T>
class Cart {
 public:
  explicit Cart(int n) : n_(n) {}
  T* total() const;
  ~Cart() { clear(); }
  bool operator==(const Cart& other) const {
    return n_ == other.n_;
  }
};

// Adds up.
template <typename T>
T* Cart<T>::total() const {
  return nullptr;
}

static int& pick(std::vector<int>& all) {
  auto best = [&](int a) { return all[a]; };
  return all[best(0)];
}

namespace {
int hidden() { return 1; }
}
}  // namespace shop

TEST(CartTest, AddsUp) {
  EXPECT_EQ(1, 1);
}
"""
CSHARP = """using System;
namespace Shop
{
    /// <summary>A cart.</summary>
    [Serializable]
    public class Cart<T> where T : new()
    {
        public Cart() { }
        public int Count { get { return 1; } }
        /// <summary>Adds.</summary>
        [Obsolete]
        public async Task<int> AddAsync<U>(U item)
        {
            int Twice(int a) => a * 2;
            return Twice(1);
        }
        public static Cart<T> operator +(Cart<T> a, Cart<T> b) => a;
        [Fact]
        public void Adds() { }
    }
    record Item(int Cents);
}
"""
GO = """// Package calc prices orders.
package calc

import "math"

const Most = 9

// Order is what somebody buys.
type Order[T any] struct {
	Items []T
}

// Total adds up.
//
//go:noinline
func (o *Order[T]) Total() int {
	add := func(a int) int { return a }
	return add(1)
}

func (Order[T]) Größe() int { return 1 }

func Map[T, U any](all []T, f func(T) U) []U {
	return nil
}

var handler = func() {}
"""
JAVA = """package shop;

import java.util.List;

/** A cart. */
@Deprecated
public class Cart<T extends Item> {
    private final int n = 1;

    /**
     * Makes one.
     */
    public Cart() {}

    @Override
    @SuppressWarnings("x")
    public <U> int total(List<U> items) {
        Runnable r = new Runnable() {
            public void run() { total(null); }
        };
        return n;
    }

    enum Size { BIG { int of() { return 1; } } }

    @Test
    void adds() {}
}
"""
JAVASCRIPT = """const { round } = require('./money');

const RATE = 0.5;

/** What somebody buys. */
class Cart {
  #hidden = 1;
  constructor() { this.items = []; }

  /**
   * Adds up.
   */
  async total() {
    return this.items.map((one) => one.cents);
  }

  size = () => 1;
}

const discount = (cart) => {
  const rest = 1;
  return rest;
};
export default function () {}
function* walk() {}
export const api = {
  get(path) { return path; },
  'with-dash': function () { return 1; },
  grösse: () => 2,
};
Cart.prototype.extra = function () {};
[1].forEach(function (one) { use(one); });
"""
JS_TESTS = """import test from 'node:test';

describe('carts', () => {
  beforeEach(() => { reset(); });
  it.only('adds up', async () => {
    expect(1).toBe(1);
  });
  describe.each([[1]])('of %s', (n) => {
    test(`holds ${n}`, { timeout: 5 }, function () {});
  });
});
test.describe('money', () => { test.it('is parsed', () => {}); });
app.get('/x', (req, res) => { res.send(''); });
"""
PHP = """<?php
namespace Shop;

use Shop\\Money;

/**
 * A cart.
 */
final class Cart
{
    /** Adds up. */
    #[Pure]
    public function total(): int
    {
        return array_sum(array_map(function ($a) { return $a; }, $this->items));
    }
}

function discount(int $a): int { return $a; }

it('adds up', function () {
    expect(1)->toBe(1);
});
"""
RUBY = """require "json"

RATE = 2

module Shop
  # A cart.
  class Cart < Base
    # Adds up.
    def total
      items.map { |item| item.cents }.sum
    end

    def self.empty?
      true
    end

    class << self
      def build; end
    end
  end
end

RSpec.describe Shop::Cart do
  let(:cart) { described_class.new }

  context "when empty" do
    it "is nothing" do
      expect(cart.total).to eq(0)
    end
  end
end

class CartTest < Minitest::Test
  def test_total
    assert_equal 0, 1
  end
end
"""
RUST = """//! Orders.
use std::fmt;

const MOST: u32 = 9;

/// What somebody buys.
#[derive(Default)]
pub struct Cart<T> {
    items: Vec<T>,
}

impl<T: Clone> Cart<T> {
    /// Adds up.
    #[inline]
    pub fn total(&self) -> u32 {
        fn inner() -> u32 { 1 }
        inner()
    }
}

impl<T> fmt::Display for Cart<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { Ok(()) }
}

macro_rules! cart { () => {} }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic]
    fn adds_up() {
        assert_eq!(1, 1);
    }
}
"""
TYPESCRIPT = """import { round } from './money';
import type { Item } from './item';

type Pair<T> = [T, T];

/** A cart. */
@Injectable()
export class Cart<T extends Item> implements Summable {
  private items: T[] = [];

  constructor(private readonly rate: number) {}

  @Memo()
  get total(): number {
    return this.sum();
  }

  sum = (): number => {
    return 0;
  };

  static async *walk<U>(): AsyncGenerator<U> {}
}

export abstract class Base { abstract a(): void; b() { } }
namespace N { export function inside() {} }
function over(a: string): void;
function over(a: unknown): void { }
interface Summable { total: number }
"""
TSX = """export const Button: React.FC<Props> = ({ label }) => {
  const onClick = () => alert(label);
  return <button onClick={onClick}>{label}</button>;
};
"""
FILES = {
    "a.sh": (
        BASH,
        """
        f 5-9 total
        f 7-7 total.inner
        f 11-13 discount
        """,
    ),
    "a.bats": (
        BATS,
        """
        f 3-5 setup
        f 7-10 adds up T
        f 11-11 more T
        """,
    ),
    "a.c": (
        C,
        """
        c 4-6 item_t
        c 8-8 cart
        f 11-18 total
        f 20-20 name_of
        f 21-21 chosen
        """,
    ),
    "a.cpp": (
        CPP,
        """
        c 3-31 shop
        c 5-15 shop::Cart
        f 9-9 shop::Cart::Cart
        f 11-11 shop::Cart::~Cart
        f 12-14 shop::Cart::operator==
        f 17-21 shop::Cart::total
        f 23-26 shop::pick
        f 29-29 shop::hidden
        f 33-35 CartTest.AddsUp T
        """,
    ),
    "A.cs": (
        CSHARP,
        """
        c 2-22 Shop
        c 4-20 Shop.Cart
        f 8-8 Shop.Cart.Cart
        f 9-9 Shop.Cart.Count
        f 10-16 Shop.Cart.AddAsync
        f 14-14 Shop.Cart.AddAsync.Twice
        f 17-17 Shop.Cart.+
        f 18-19 Shop.Cart.Adds T
        c 21-21 Shop.Item
        """,
    ),
    "a.go": (
        GO,
        """
        c 8-11 Order
        f 13-19 Order.Total
        f 21-21 Order.Größe
        f 23-25 Map
        f 27-27 handler
        """,
    ),
    "A.java": (
        JAVA,
        """
        c 5-28 Cart
        f 10-13 Cart.Cart
        f 15-22 Cart.total
        f 19-19 Cart.total.run
        c 24-24 Cart.Size
        f 24-24 Cart.Size.of
        f 26-27 Cart.adds T
        """,
    ),
    "a.js": (
        JAVASCRIPT,
        """
        c 5-18 Cart
        f 8-8 Cart.constructor
        f 10-15 Cart.total
        f 17-17 Cart.size
        f 20-23 discount
        f 24-24 default
        f 25-25 walk
        f 27-27 get
        f 28-28 with-dash
        f 29-29 grösse
        f 31-31 Cart.prototype.extra
        """,
    ),
    "tests.js": (
        JS_TESTS,
        """
        c 3-11 carts T
        f 4-4 carts > beforeEach T
        f 5-7 carts > adds up T
        c 8-10 carts > of %s T
        f 9-9 carts > of %s > holds ${n} T
        c 12-12 money T
        f 12-12 money > is parsed T
        """,
    ),
    "a.php": (
        PHP,
        """
        c 6-17 Cart
        f 11-16 Cart::total
        f 19-19 discount
        f 21-23 adds up T
        """,
    ),
    "a.rb": (
        RUBY,
        """
        c 5-21 Shop
        c 6-20 Shop::Cart
        f 8-11 Shop::Cart::total
        f 13-15 Shop::Cart::empty?
        f 18-18 Shop::Cart::build
        c 23-31 Shop::Cart T
        f 24-24 Shop::Cart > cart T
        c 26-30 Shop::Cart > when empty T
        f 27-29 Shop::Cart > when empty > is nothing T
        c 33-37 CartTest
        f 34-36 CartTest::test_total
        """,
    ),
    "a.rs": (
        RUST,
        """
        c 6-10 Cart
        c 12-19 Cart
        f 13-18 Cart::total
        f 16-16 Cart::total::inner
        c 21-23 Cart
        f 22-22 Cart::fmt
        f 25-25 cart
        c 27-36 tests T
        f 31-35 tests::adds_up T
        """,
    ),
    "a.ts": (
        TYPESCRIPT,
        """
        c 6-23 Cart
        f 11-11 Cart.constructor
        f 13-16 Cart.total
        f 18-20 Cart.sum
        f 22-22 Cart.walk
        c 25-25 Base
        f 25-25 Base.b
        c 26-26 N
        f 26-26 N.inside
        f 28-28 over
        c 29-29 Summable
        """,
    ),
    "a.tsx": (
        TSX,
        """
        f 1-4 Button
        f 2-2 Button.onClick
        """,
    ),
}
"""Kind, lines and full name of every definition; `T` where it is a test."""


def outlined(path: str, text: str) -> Outline:
    outline = outline_of(path, text.encode())
    assert outline is not None
    return outline


def told(outline: Outline) -> list[str]:
    return [
        f"{one.kind.value[0]} {one.line}-{one.end_line} {one.qualname}{' T' if one.is_test else ''}"
        for one in outline.definitions
    ]


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(("path", "text", "expected"), [(path, *both) for path, both in FILES.items()], ids=FILES)
def test_definitions_have_their_names_and_lines(path: str, text: str, expected: str) -> None:
    assert told(outlined(path, text)) == lines(expected)


@pytest.mark.parametrize(("path", "text", "expected"), [(path, *both) for path, both in FILES.items()], ids=FILES)
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(path: str, text: str, expected: str) -> None:
    assert told(outlined(path, text.replace("\n", "\r\n"))) == lines(expected)
    marked = outline_of(path, b"\xef\xbb\xbf" + text.encode())
    if path not in {"a.sh", "a.bats", "a.php"}:  # where it is a part of the first command, or text before the code
        assert marked is not None
        assert told(marked) == lines(expected)


@pytest.mark.parametrize(
    ("path", "text", "header"),
    [
        ("a.sh", BASH, "source ./lib.sh\nRATE=2\n"),
        ("a.c", C, C[: C.index("\ntypedef")]),
        ("A.cs", CSHARP, "using System;\n"),
        ("a.go", GO, 'import "math"\n\nconst Most = 9\n'),
        ("A.java", JAVA, "import java.util.List;\n"),
        ("a.js", JAVASCRIPT, "const { round } = require('./money');\n\nconst RATE = 0.5;\n"),
        ("a.php", PHP, "use Shop\\Money;\n"),
        ("a.rb", RUBY, 'require "json"\n\nRATE = 2\n'),
        ("a.rs", RUST, "use std::fmt;\n\nconst MOST: u32 = 9;\n    use super::*;\n"),
        ("a.ts", TYPESCRIPT, TYPESCRIPT[: TYPESCRIPT.index("\n/** A cart")]),
    ],
    ids=["bash", "C", "C#", "Go", "Java", "JavaScript", "PHP", "Ruby", "Rust", "TypeScript"],
)
def test_imports_and_constants_are_known_and_hold_no_definitions(path: str, text: str, header: str) -> None:
    outline = outlined(path, text)
    assert "".join(outline.text(*span) for span in outline.header) == header


def test_a_line_is_in_its_innermost_function_and_text_is_the_files_own() -> None:
    outline = outlined("a.go", GO)
    line = GO[: GO.index("add := ")].count("\n") + 1
    function = outline.function(line)
    assert function is not None
    assert function.qualname == "Order.Total"
    assert outline.text(function.line, function.end_line).startswith("// Total adds up.\n//\n//go:noinline\nfunc (o")
    assert outline.function(1) is None
    assert [one.name for one in outlined("a.rs", RUST).around(16)] == ["Cart", "total", "inner"]


def test_a_comment_behind_code_or_apart_belongs_to_nothing() -> None:
    outline = outlined("a.c", "int a = 1; // one\nint f(void) { return a; }\n// apart\n\nint g(void) { return a; }\n")
    assert told(outline) == ["f 2-2 f", "f 5-5 g"]


@pytest.mark.parametrize(
    ("path", "data", "names"),
    [
        ("a.go", GO[: GO.index("return add")].encode(), {"Order"}),
        ("a.js", b"function f() { return 1; }\nfunction g( {\n", {"f"}),
        ("A.java", JAVA[: JAVA.index("return n")].encode(), set[str]()),
        ("a.rs", b"fn f() {}\n<<<<<<< ours\nfn g() {}\n", {"f"}),
    ],
    ids=["half of Go", "half a function", "half a class", "a merge conflict"],
)
def test_of_a_broken_file_what_can_be_read_is(path: str, data: bytes, names: set[str]) -> None:
    outline = outline_of(path, data)
    assert outline is not None
    assert names <= {one.name for one in outline.definitions}


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.c", b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(1_500))),
        ("a.c", b"\0" * 50_000),
        ("a.java", b"a<b" * 10_000),
        ("a.js", b"x" * 200_000),
        ("a.txt", b"def f(): pass"),
        ("a.py", b"def f(): pass"),
        ("a.yml", b"a: 1\n"),
        ("Makefile", b"a:\n"),
    ],
    ids=["noise", "null bytes", "angles", "large", "text", "Python", "YAML", "no suffix"],
)
def test_what_no_parser_should_meet_has_no_outline(path: str, data: bytes) -> None:
    assert outline_of(path, data) is None


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.js", b"function f(){" * 7_000 + b"}" * 7_000),
        ("a.js", b"const f = () => {" * 5_500 + b"}" * 5_500),
        ("a.rb", b"describe 'a' do\n" * 6_000),
        ("a.rs", b"mod a {\n" * 10_000),
        ("a.cpp", b"int " + b"*" * 4_000 + b"f() {}"),
        ("a.cpp", b"int " + b"(" * 2_000 + b"f" + b")" * 2_000 + b"() {}"),
        ("a.go", b"func (a " + b"[" * 2_000 + b") F() {}"),
        ("a.js", b"function f(){}\n" * 6_600),
        ("a.bats", b'@test "a" {\n' * 500),
        ("a.c", b""),
        ("a.sh", b"\xff() { a; }\n"),
    ],
    ids=[
        *("functions", "arrows", "open blocks", "open modules", "pointers", "brackets", "receiver", "very many"),
        *("open tests", "empty", "no UTF-8"),
    ],
)
def test_hostile_files_are_outlined_within_bounds(path: str, data: bytes) -> None:
    outline = outline_of(path, data)
    for one in outline.definitions if outline else ():
        assert 1 <= one.line <= one.end_line <= len(outline.lines if outline else ())
        assert len(one.qualname) < 500
    assert len(outline.definitions if outline else ()) <= MOST_DEFINITIONS


def test_definitions_deeper_than_any_real_ones_are_part_of_those_around() -> None:
    outline = outlined("a.js", "function f(){" * 150 + "}" * 150)
    assert len(outline.definitions) == DEEPEST


@pytest.mark.parametrize(
    ("path", "language"),
    [("a.rs", "Rust"), ("t.bats", "bash"), ("cart.h", "C++"), ("a.py", None), ("a.yaml", None), ("Makefile", None)],
)
def test_the_language_of_an_outline_is_known_by_the_suffix(path: str, language: str | None) -> None:
    assert outlined_language(path) == language
