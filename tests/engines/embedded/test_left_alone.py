"""What the exception-directed templates do not understand, they do not touch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.engines.embedded.broken_project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CALL = "from pkg.core import f\ndef test_it():\n    assert f() is None\n"


@dataclass(frozen=True)
class Alone:
    """A failing project for which there is no candidate at all."""

    id: str
    source: str | bytes
    test: str = CALL
    path: str = "pkg/core.py"
    others: Mapping[str, str] = field(default_factory=dict)


TABLE = [
    Alone("a name that resembles nothing", "def f():\n    return frobnicate\n"),
    Alone("a name of two letters", "def f(ab):\n    return zz\n", CALL.replace("f()", "f(ab=None)")),
    Alone("a private standard module", "def f():\n    return _thread\n"),
    Alone("a module that is a joke", "def f():\n    return antigravity.fly\n"),
    Alone(
        "a name that only a test file offers",
        "def f():\n    return scaffold\n",
        others={"tests/other.py": "scaffold = 1\n"},
    ),
    Alone("a misspelt name in the test", "def f():\n    return None\n", CALL.replace("assert f()", "assert ff()")),
    Alone("an attribute of nothing", "def f():\n    return None.strip\n"),
    Alone("an attribute of a foreign object", "import decimal\n\ndef f():\n    return decimal.Decimal.sqroot\n"),
    Alone("an attribute of a foreign module", "import decimal\n\ndef f():\n    return decimal.Decimel\n"),
    Alone("an attribute that resembles nothing", "class Box:\n    pass\n\ndef f():\n    return Box.frobnicate\n"),
    Alone("an attribute that a property raised by hand", "def f():\n    raise AttributeError\n"),
    Alone("a message in another shape", "def f():\n    raise NameError('what is it called')\n"),
    Alone("a message that quotes no identifier", "def f():\n    raise NameError(\"name 'a b' is not defined\")\n"),
    Alone("a module that is not installed", "import numpy_like_thing\n\ndef f():\n    return None\n"),
    Alone("a short module that is not installed", "import sixx\n\ndef f():\n    return None\n"),
    Alone("a name that a foreign module lacks", "from decimal import Decimel\n\ndef f():\n    return None\n"),
    Alone(
        "a circular import",
        "from pkg.other import g\n\ndef f():\n    return None\n",
        others={"pkg/other.py": "from pkg.core import f\n\ndef g():\n    return f\n"},
    ),
    Alone("a keyword of a builtin", "def f():\n    return sorted((), frobnicate=None)\n"),
    Alone(
        "a keyword that resembles nothing",
        "def g(width):\n    return width\n\ndef f():\n    return g(frobnicate=None)\n",
    ),
    Alone("a missing argument that is not at hand", "def g(width):\n    return width\n\ndef f():\n    return g()\n"),
    Alone(
        "a static method with too many arguments",
        "class Box:\n    @staticmethod\n    def g():\n        pass\n\ndef f():\n    Box().g(None)\n",
    ),
    Alone("a number as a key", "def f():\n    return {}[None]\n"),
    Alone("a key that resembles nothing", "def f():\n    return {'width': None}['frobnicate']\n"),
    Alone("a key that is computed", "def f(key='widht'):\n    return {'width': None}[key]\n"),
    Alone("a key with a quote in it", "def f():\n    return {'it\\'s': None}[\"its\"]\n"),
    Alone("a failure raised in the standard library", "import json\n\ndef f():\n    return json.loads('')\n"),
    Alone("an assertion of the code itself", "def f():\n    raise AssertionError\n"),
    Alone("a source that is not UTF-8", b"# -*- coding: latin-1 -*-\n# \xe9\ndef f(value=None):\n    return vlaue\n"),
    Alone("a source with lone carriage returns", b"# a\r# b\ndef f(value=None):\n    return vlaue\n"),
    Alone(
        "a misspelling in a test helper",
        "def h(value=None):\n    return vlaue\n",
        "import conftest\ndef test_it():\n    conftest.h()\n",
        "conftest.py",
    ),
    Alone(
        "a misspelling in a package's setup",
        "def h(value=None):\n    return vlaue\n",
        "import setup\ndef test_it():\n    setup.h()\n",
        "setup.py",
    ),
    Alone("a syntax error that no single edit heals", "def f(:\n    retrun ((\n"),
    Alone(
        "a syntax error in a test helper",
        "def f()\n    return None\n",
        "import conftest\ndef test_it():\n    pass\n",
        "conftest.py",
    ),
]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in TABLE])
def test_there_is_no_candidate(row: Alone, tmp_path: Path) -> None:
    project = Project.of(tmp_path, {row.path: row.source, "tests/test_it.py": row.test, **row.others})
    assert project.results() == []
