"""Which definitions a name in Python code may mean, by what it is called on and by what is imported."""

from __future__ import annotations

import pytest

from healer.localization.calls import Names
from healer.localization.packages import Packages
from healer.localization.pysource import SourceIndex
from tests.localization.failing import FakeSourceTree

SHOP = """\
def total(prices):
    return 0


def dumps(thing):
    return ""


class Base:
    def close(self):
        pass


class Cart(Base):
    def total(self):
        return self.split()

    def split(self):
        return super().close()


class Report:
    def total(self):
        return 1

    def split(self):
        return 2
"""
TEST = """\
import json
import shop
from decimal import Decimal
from json import dumps
from shop import Cart, total


def test_it(given):
    {}
"""


def meant(statement: str, test: str = TEST) -> list[str]:
    files = {"shop.py": SHOP, "tests/test_it.py": test.format(statement)}
    index = SourceIndex(FakeSourceTree.of(**files))
    module, shop = index.module("tests/test_it.py"), index.module("shop.py")
    assert module
    assert shop
    (definition,) = module.named("test_it")
    references = [one for one in Names.of(index, module, definition).references(definition.node) if one.is_call]
    return sorted({one.qualname for one in shop.definitions for reference in references if reference.means(one)})


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param("total([1])", ["total"], id="a function, never a method of its name"),
        pytest.param("shop.total([1])", ["total"], id="what a module has"),
        pytest.param("Cart().total()", ["Cart", "Cart.total"], id="a method of what is made there"),
        pytest.param("cart = Cart(); cart.total()", ["Cart", "Cart.total"], id="a method of what a variable holds"),
        pytest.param("cart = shop.Cart(); cart.close()", ["Base.close", "Cart"], id="a method of a base"),
        pytest.param("Cart.split(given)", ["Cart.split"], id="a method by its class"),
        pytest.param("given.split()", ["Cart.split", "Report.split"], id="a method of something unknown"),
        pytest.param("given(1).total()", ["Cart.total", "Report.total"], id="a method of what a call gives"),
        pytest.param("'a b'.split()", [], id="a method of a text"),
        pytest.param("[].split()", [], id="a method of a list"),
        pytest.param("json.dumps(1)", [], id="a function of the standard library"),
        pytest.param("dumps(1)", [], id="a function imported from elsewhere"),
        pytest.param("Decimal('1').total()", ["Cart.total", "Report.total"], id="what a foreign call gives is unknown"),
        pytest.param("Decimal.total(1)", [], id="a method of a foreign class"),
        pytest.param("total = 1; print(total)", [], id="a variable of the test's own"),
    ],
)
def test_a_call_means_what_it_is_made_on(statement: str, expected: list[str]) -> None:
    assert meant(statement) == expected


def test_a_method_calls_those_of_its_own_class_and_of_its_bases() -> None:
    index = SourceIndex(FakeSourceTree.of(**{"shop.py": SHOP}))
    module = index.module("shop.py")
    assert module

    def called(qualname: str) -> list[str]:
        (one,) = (definition for definition in module.definitions if definition.qualname == qualname)
        references = list(Names.of(index, module, one).references(one.node))
        return [other.qualname for other in module.definitions if any(each.means(other) for each in references)]

    assert called("Cart.total") == ["Cart.split"]
    assert called("Cart.split") == ["Base.close"]


@pytest.mark.parametrize(
    ("paths", "roots"),
    [
        pytest.param(["shop/__init__.py", "shop/json.py"], {"shop"}, id="what a package holds is no root"),
        pytest.param(["src/shop/__init__.py", "src/shop/cart.py"], {"src", "shop"}, id="a folder for sources"),
        pytest.param(["shop.py", "tests/test_it.py"], {"shop", "tests", "test_it"}, id="scripts"),
        pytest.param([], set(), id="nothing"),
    ],
)
def test_the_roots_of_absolute_imports_are_told_by_packages(paths: list[str], roots: set[str]) -> None:
    assert Packages(tuple(paths)).roots == roots


def test_classes_that_derive_from_each_other_end() -> None:
    ring = "class A(B):\n    def go(self):\n        self.go()\n\n\nclass B(A):\n    pass\n"
    index = SourceIndex(FakeSourceTree.of(**{"ring.py": ring, "test_ring.py": TEST.format("a = A(); a.go()")}))
    module, test = index.module("ring.py"), index.module("test_ring.py")
    assert module
    assert test
    references = list(Names.of(index, test, test.definitions[0]).references(test.definitions[0].node))
    assert any(one.means(module.named("go")[0]) for one in references)
