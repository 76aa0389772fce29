"""What the exception says is enough: broken sources, each with the repair that must come among the first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.engines.embedded.broken_project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EXCEPTIONS_ONLY = 12
"""Far enough to see every exception-directed repair of these small cases."""


@dataclass(frozen=True)
class Broken:
    """A sound `path` in which `good` is replaced by `bad`; undoing exactly that must be among the first `within`."""

    id: str
    source: str
    good: str
    bad: str
    test: str
    within: int = 1
    path: str = "pkg/core.py"
    others: Mapping[str, str] = field(default_factory=dict)
    times: int = -1


TABLE = [
    Broken(
        "NameError: a misspelt local",
        "def total(values):\n    result = 0\n    for value in values:\n        result += value\n    return result\n",
        "return result",
        "return reslt",
        "from pkg.core import total\ndef test_it():\n    assert total([1, 2]) == 3\n",
    ),
    Broken(
        "NameError: a misspelt assignment",
        "def total(values):\n    amount = sum(values)\n    return amount + 1\n",
        "amount = sum",
        "amuont = sum",
        "from pkg.core import total\ndef test_it():\n    assert total([1, 2]) == 4\n",
        within=2,
    ),
    Broken(
        "NameError: a misspelt parameter",
        "def area(width, height):\n    return width * height\n",
        "width * height",
        "width * heigth",
        "from pkg.core import area\ndef test_it():\n    assert area(2, 3) == 6\n",
    ),
    Broken(
        "NameError: a misspelt module constant",
        "DEFAULT_SIZE = 3\n\ndef size():\n    return DEFAULT_SIZE\n",
        "return DEFAULT_SIZE",
        "return DEFAUT_SIZE",
        "from pkg.core import size\ndef test_it():\n    assert size() == 3\n",
    ),
    Broken(
        "NameError: a misspelt builtin",
        "def largest(values):\n    return sorted(values)[-1]\n",
        "sorted(",
        "sortd(",
        "from pkg.core import largest\ndef test_it():\n    assert largest([2, 1]) == 2\n",
    ),
    Broken(
        "NameError: an enclosing function's variable",
        "def adder(amount):\n    def add(value):\n        return value + amount\n    return add\n",
        "value + amount",
        "value + ammount",
        "from pkg.core import adder\ndef test_it():\n    assert adder(1)(2) == 3\n",
    ),
    Broken(
        "NameError: a lost self",
        (
            "class Box:\n    def __init__(self, items):\n        self.items = items\n"
            "\n    def size(self):\n        return len(self.items)\n"
        ),
        "len(self.items)",
        "len(items)",
        "from pkg.core import Box\ndef test_it():\n    assert Box([1]).size() == 1\n",
    ),
    Broken(
        "NameError: a standard module that is not imported",
        '"""Doc."""\n\nimport json\nimport re\n\n\ndef load(text):\n    return json.loads(re.sub("x", "", text))\n',
        "import re\n",
        "",
        "from pkg.core import load\ndef test_it():\n    assert load('[x]') == []\n",
        times=1,
    ),
    Broken(
        "NameError: a name imported from its standard module",
        "from collections import defaultdict\n\ndef group():\n    return defaultdict(list)\n",
        "from collections import defaultdict\n",
        "",
        "from pkg.core import group\ndef test_it():\n    assert group() == {}\n",
        times=1,
    ),
    Broken(
        "NameError: an import that a neighbour has",
        "from pkg.text import clean\n\ndef load(text):\n    return clean(text)\n",
        "from pkg.text import clean\n",
        "",
        "from pkg.core import load\ndef test_it():\n    assert load(' a ') == 'a'\n",
        others={
            "pkg/text.py": "def clean(text):\n    return text.strip()\n",
            "pkg/other.py": "from pkg.text import clean\n\nprint(clean)\n",
        },
        times=1,
    ),
    Broken(
        "NameError: a name of a neighbour that nobody imports yet",
        "from .text import clean\n\ndef load(text):\n    return clean(text)\n",
        "from .text import clean\n",
        "",
        "from pkg.core import load\ndef test_it():\n    assert load(' a ') == 'a'\n",
        others={"pkg/text.py": "def clean(text):\n    return text.strip()\n"},
        times=1,
    ),
    Broken(
        "NameError: columns after letters of several bytes",
        'def join(words):\n    return "éŁü" + ", ".join(words)\n',
        ".join(words)",
        ".join(wrods)",
        "from pkg.core import join\ndef test_it():\n    assert join(['a']) == 'éŁüa'\n",
    ),
    Broken(
        "AttributeError: a misspelt method of a builtin type",
        "def shout(text):\n    return text.upper()\n",
        ".upper()",
        ".uper()",
        "from pkg.core import shout\ndef test_it():\n    assert shout('a') == 'A'\n",
    ),
    Broken(
        "AttributeError: a misspelt attribute of the class itself",
        (
            "class Box:\n    def __init__(self):\n        self.items = []\n"
            "\n    def size(self):\n        return len(self.items)\n"
        ),
        "len(self.items)",
        "len(self.itms)",
        "from pkg.core import Box\ndef test_it():\n    assert Box().size() == 0\n",
    ),
    Broken(
        "AttributeError: a method that a base class in another file has",
        "from pkg.base import Base\n\nclass Box(Base):\n    def size(self):\n        return self.measure() + 1\n",
        "self.measure()",
        "self.mesure()",
        "from pkg.core import Box\ndef test_it():\n    assert Box().size() == 2\n",
        others={"pkg/base.py": "class Base:\n    def measure(self):\n        return 1\n"},
    ),
    Broken(
        "AttributeError: a function of a repository module",
        "from pkg import text\n\ndef load(value):\n    return text.clean(value)\n",
        "text.clean(",
        "text.cleen(",
        "from pkg.core import load\ndef test_it():\n    assert load(' a ') == 'a'\n",
        others={"pkg/text.py": "def clean(text):\n    return text.strip()\n"},
    ),
    Broken(
        "AttributeError: a function of a standard module",
        "import json\n\ndef load(value):\n    return json.loads(value)\n",
        "json.loads",
        "json.laods",
        "from pkg.core import load\ndef test_it():\n    assert load('1') == 1\n",
    ),
    Broken(
        "AttributeError: the method was misspelt where it is defined",
        (
            "class Box:\n    def get_size(self):\n        return 1\n"
            "\n    def twice(self):\n        return 2 * self.get_size()\n"
        ),
        "get_size",
        "get_szie",
        "from pkg.core import Box\ndef test_it():\n    assert Box().get_size() == 1\n",
    ),
    Broken(
        "AttributeError: the attribute was misspelt where it is set",
        (
            "class Box:\n    def __init__(self):\n        self.width = 1\n"
            "\n    def area(self):\n        return self.width * self.width\n"
        ),
        "self.width = 1",
        "self.widht = 1",
        "from pkg.core import Box\ndef test_it():\n    assert Box().area() == 1\n",
        within=3,
    ),
    Broken(
        "AttributeError: a method that was not called",
        (
            "class Box:\n    def rows(self):\n        return ['a']\n"
            "\n    def first(self):\n        return self.rows().pop()\n"
        ),
        "self.rows().pop",
        "self.rows.pop",
        "from pkg.core import Box\ndef test_it():\n    assert Box().first() == 'a'\n",
    ),
    Broken(
        "ImportError: a misspelt name",
        "from pkg.text import clean\n\ndef load(value):\n    return clean(value)\n",
        "import clean",
        "import claen",
        "from pkg.core import load\ndef test_it():\n    assert load(' a ') == 'a'\n",
        others={"pkg/text.py": "def clean(text):\n    return text.strip()\n"},
    ),
    Broken(
        "ImportError: the wrong module of the package",
        "from pkg.text import clean\n\ndef load(value):\n    return clean(value)\n",
        "from pkg.text import",
        "from pkg.numbers import",
        "from pkg.core import load\ndef test_it():\n    assert load(' a ') == 'a'\n",
        others={"pkg/text.py": "def clean(text):\n    return text.strip()\n", "pkg/numbers.py": "ONE = 1\n"},
    ),
    Broken(
        "ImportError: the function was misspelt where it is defined",
        "def load(value):\n    return value\n",
        "def load",
        "def laod",
        "from pkg.core import load\ndef test_it():\n    assert load(1) == 1\n",
    ),
    Broken(
        "ModuleNotFoundError: a misspelt standard module",
        "import textwrap\n\ndef trim(value):\n    return textwrap.dedent(value)\n",
        "import textwrap",
        "import textwrp",
        "from pkg.core import trim\ndef test_it():\n    assert trim(' a') == 'a'\n",
    ),
    Broken(
        "ModuleNotFoundError: a misspelt module of the repository",
        "from pkg.strings import clean\n\ndef load(value):\n    return clean(value)\n",
        "pkg.strings",
        "pkg.string",
        "from pkg.core import load\ndef test_it():\n    assert load(' a ') == 'a'\n",
        others={"pkg/strings.py": "def clean(text):\n    return text.strip()\n"},
    ),
    Broken(
        "ModuleNotFoundError: a relative import in a src layout",
        "from .strings import clean\n\ndef load(value):\n    return clean(value)\n",
        ".strings",
        ".strngs",
        "from lib_a.core import load\ndef test_it():\n    assert load(' a ') == 'a'\n",
        path="src/lib_a/core.py",
        others={"src/lib_a/__init__.py": "", "src/lib_a/strings.py": "def clean(text):\n    return text.strip()\n"},
    ),
    Broken(
        "TypeError: a misspelt keyword",
        (
            "def scale(value, factor=1):\n    return value * factor\n\n"
            "def twice(value):\n    return scale(value, factor=2)\n"
        ),
        "factor=2",
        "facter=2",
        "from pkg.core import twice\ndef test_it():\n    assert twice(2) == 4\n",
    ),
    Broken(
        "TypeError: a parameter that its callers call otherwise",
        "def scale(value, factor=1):\n    return value * factor\n",
        "factor",
        "factr",
        "from pkg.core import scale\ndef test_it():\n    assert scale(2, factor=2) == 4\n",
    ),
    Broken(
        "TypeError: an argument of the same name left out",
        (
            "def scale(value, factor):\n    return value * factor\n\n"
            "def run(value, factor):\n    return scale(value, factor=factor)\n"
        ),
        "scale(value, factor=factor)",
        "scale(value)",
        "from pkg.core import run\ndef test_it():\n    assert run(2, 3) == 6\n",
    ),
    Broken(
        "TypeError: a method without self",
        "class Box:\n    def size(self):\n        return 1\n",
        "size(self)",
        "size()",
        "from pkg.core import Box\ndef test_it():\n    assert Box().size() == 1\n",
    ),
    Broken(
        "TypeError: a property that is called",
        (
            "class Box:\n    @property\n    def size(self):\n        return 1\n"
            "\n    def twice(self):\n        return self.size * 2\n"
        ),
        "self.size * 2",
        "self.size() * 2",
        "from pkg.core import Box\ndef test_it():\n    assert Box().twice() == 2\n",
    ),
    Broken(
        "KeyError: a misspelt literal where it is read",
        "def port():\n    settings = {'host': 'a', 'port': 1}\n    return settings['port']\n",
        "settings['port']",
        "settings['prot']",
        "from pkg.core import port\ndef test_it():\n    assert port() == 1\n",
    ),
    Broken(
        "KeyError: a misspelt literal where it is written",
        "def settings():\n    return {'host': 'a', 'timeout': 1}\n\ndef timeout():\n    return settings()['timeout']\n",
        "'timeout': 1",
        "'timeuot': 1",
        "from pkg.core import timeout\ndef test_it():\n    assert timeout() == 1\n",
        within=2,
    ),
    Broken(
        "UnboundLocalError: a local whose first assignment is misspelt",
        "def total(values):\n    count = 0\n    for value in values:\n        count += value\n    return count\n",
        "count = 0",
        "cuont = 0",
        "from pkg.core import total\ndef test_it():\n    assert total([1]) == 1\n",
    ),
    Broken(
        "UnboundLocalError: a module variable that is assigned to",
        "CALLS = 0\n\ndef call():\n    global CALLS\n    CALLS += 1\n    return CALLS\n",
        "    global CALLS\n",
        "",
        "from pkg.core import call\ndef test_it():\n    assert call() == 1\n",
        times=1,
    ),
    Broken(
        "SyntaxError: a lost colon",
        "def one(value):\n    if value:\n        return 1\n    return 0\n",
        "if value:",
        "if value",
        "from pkg.core import one\ndef test_it():\n    assert one(1) == 1\n",
    ),
    Broken(
        "SyntaxError: a lost parenthesis",
        "def one(value):\n    size = max(len(value), 1)\n    return size\n",
        "max(len(value), 1)",
        "max(len(value), 1",
        "from pkg.core import one\ndef test_it():\n    assert one('a') == 1\n",
    ),
    Broken(
        "SyntaxError: one bracket too many",
        "def one(value):\n    return [value]\n",
        "[value]",
        "[value]]",
        "from pkg.core import one\ndef test_it():\n    assert one('a') == ['a']\n",
    ),
    Broken(
        "IndentationError: a line too far in",
        "def one(value):\n    size = 1\n    return size\n",
        "    return size",
        "      return size",
        "from pkg.core import one\ndef test_it():\n    assert one('a') == 1\n",
    ),
]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in TABLE])
def test_the_right_repair_comes_first(row: Broken, tmp_path: Path) -> None:
    broken = row.source.replace(row.good, row.bad, row.times)
    assert broken != row.source
    project = Project.of(tmp_path, {row.path: broken, "tests/test_it.py": row.test, **row.others})
    found = project.results(EXCEPTIONS_ONLY)
    assert {row.path: row.source} in found, "\n\n".join(map(str, found))
    assert found.index({row.path: row.source}) < row.within
