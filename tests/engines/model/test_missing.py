from __future__ import annotations

from dataclasses import replace

import pytest

from healer.engines.model.missing import Missing, is_redefinition, missing
from healer.models.evidence import Rule
from tests.engines.model.kinds import LINT
from tests.engines.model.shop import FAILURE

SAYINGS = {
    "cannot import name 'load_all' from 'shop.orders' (shop/orders.py)": Missing("load_all", "shop.orders"),
    "cannot import name 'a' from partially initialized module 'b'": Missing("a", "b"),
    "module 'shop.orders' has no attribute 'loads'. Did you mean: 'load'?": Missing("loads", "shop.orders", ("load",)),
    "type object 'Basket' has no attribute 'totl'": Missing("totl", "Basket"),
    "'Cart' object has no attribute 'totl'. Did you mean 'sum'?": Missing("totl", "Cart", ("sum",), is_of_value=True),
    "name 'totl' is not defined. Did you mean: 'total'?": Missing("totl", "", ("total",)),
    "Undefined name `totl`": Missing("totl"),
    "Undefined variable 'totl'": Missing("totl"),
    "No name 'totl' in module 'shop.orders'": Missing("totl", "shop.orders"),
    "Instance of 'Basket' has no 'totl' member": Missing("totl", "Basket"),
    'error: "Basket" has no attribute "totl"; maybe "total"?': Missing("totl", "Basket", ("total",)),
    "./tab.go:385:24: c.htab undefined (type cell has no field or method htab)": Missing("htab", "cell"),
    "b.x undefined (type *Writer[T] has no field or method x, but does have method X)": Missing("x", "Writer", ("X",)),
    "./a.go:3:2: undefined: strings.Reverse": Missing("Reverse", "strings"),
    "./a.go:3:2: undefined: totl": Missing("totl"),
    "  symbol:   method totl(int)\n  location: class shop.Basket": Missing("totl", "shop.Basket"),
    "error: unresolved reference: totl": Missing("totl"),
    "error CS0103: The name 'Totl' does not exist in the current context": Missing("Totl"),
    "Call to undefined method Shop\\Basket::totl()": Missing("totl", "Shop\\Basket"),
    "undefined method `totl' for #<Basket:0x0001>": Missing("totl"),
    "uninitialized constant Shop::Basket": Missing("Basket", "Shop"),
    "error TS2304: Cannot find name 'totl'.": Missing("totl"),
    "Property 'prise' does not exist on type 'Item'. Did you mean 'price'?": Missing("prise", "Item", ("price",)),
    "The requested module './a.js' does not provide an export named 'totl'": Missing("totl"),
    "ReferenceError: totl is not defined": Missing("totl"),
    "TypeError: cart.items.totl is not a function": Missing("totl"),
    "error[E0425]: cannot find function `totl` in this scope": Missing("totl"),
    "error[E0599]: no method named `totl` found for struct `Basket` in the current scope": Missing("totl", "Basket"),
    "error[E0432]: unresolved import `crate::shop::totl`": Missing("totl", "crate::shop"),
    "error: 'totl' was not declared in this scope; did you mean 'total'?": Missing("totl", "", ("total",)),
    "error: no member named 'totl' in 'shop::Basket'": Missing("totl", "shop::Basket"),
    "undefined reference to `totl'": Missing("totl"),
}  # fmt: skip


@pytest.mark.parametrize("said", SAYINGS, ids=lambda said: said[:50])
def test_a_missing_name_is_taken_from_what_is_said(said: str) -> None:
    assert [*missing(replace(FAILURE, message=said, text=""))] == [SAYINGS[said]]


@pytest.mark.parametrize(
    "said",
    [
        "", "assert 35 == 25", "KeyError: 'count'", "name the basket", "no such file: totl",
        "expected undefined to be 3", "the attribute total is wrong", "unknown option --totl",
    ],
)  # fmt: skip
def test_other_failures_miss_no_name(said: str) -> None:
    assert not [*missing(replace(FAILURE, message=said, text=""))]


def test_each_name_is_told_once_with_its_owner_in_the_order_in_which_they_are_said() -> None:
    text = "undefined: one\nundefined: two\nc.one undefined (type cell has no field or method one)"
    assert [*missing(replace(FAILURE, message="", text=text))] == [Missing("one", "cell"), Missing("two")]


@pytest.mark.parametrize(
    "said",
    ["x" * 100_000, "'" * 50_000, "cannot find " * 9_000, "a." * 40_000 + " is not a"],
    ids=lambda said: said[:12],
)
def test_hostile_words_take_no_time_to_speak_of(said: str) -> None:
    assert not [*missing(replace(FAILURE, message=said, text=said))]


def test_only_an_analyser_s_word_is_a_redefinition() -> None:
    said = "Redefinition of unused `total` from line 4"
    assert is_redefinition(replace(LINT, message=said, rule=Rule("F811")))
    assert not is_redefinition(replace(FAILURE, message=said))
    assert not is_redefinition(LINT)
