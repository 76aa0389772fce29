"""Checks before any test runs: compiles, does something else, knows its names; and never a false alarm."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from healer.models.change import FileEdit, Rejection
from healer.patches.checks import check
from healer.patches.names import undefined_names
from healer.patches.normal import normal_form

LIBRARY = Path(sysconfig.get_paths()["stdlib"])


def checked(before: str | None, after: str, path: str = "m.py") -> Rejection | None:
    return check([FileEdit(path, None if before is None else before.encode(), after.encode())])


def test_what_no_longer_compiles_is_refused_with_its_line() -> None:
    rejection = checked("x = 1\n", "x = 1\nif x\n    y = 2\n")
    assert rejection is not None
    assert rejection.code == "syntax"
    assert "line 2: if x" in rejection.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("x = 1\n", "if x:\n\ty = 1\n        z = 1\n", id="tabs and spaces"),
        pytest.param(None, "def f(:\n", id="new file"),
        pytest.param("x = 1\n", "x = 1\0\n", id="NUL"),
        pytest.param("x = 1\n", "(" * 5_000, id="nested too deeply"),
    ],
)
def test_whatever_the_parser_cannot_read_is_a_syntax_error(before: str | None, after: str) -> None:
    rejection = checked(before, after)
    assert rejection is not None
    assert rejection.code == "syntax"


@pytest.mark.parametrize(
    "after",
    ["x = 1  # why\n", "\n\nx = 1\n", "x  =  1\n", "x = (1)\n", "x = \\\n1\n", "# coding: utf-8\nx = 1\n"],
    ids=["comment", "blank lines", "spaces", "parentheses", "continuation", "declaration"],
)
def test_a_change_of_comments_or_layout_alone_is_no_change(after: str) -> None:
    rejection = checked("x = 1\n", after)
    assert rejection is not None
    assert rejection.code == "no_op"


def test_one_real_change_is_enough() -> None:
    edits = [FileEdit("a.py", b"x = 1\n", b"x = 1  # why\n"), FileEdit("b.py", b"x = 1\n", b"x = 2\n")]
    assert check(edits) is None


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        pytest.param("def f(a):\n    return a\n", "def f(a):\n    return b\n", "b", id="in a function"),
        pytest.param("x = 1\n", "x = y\n", "y", id="at the top"),
        pytest.param("class A:\n    x = 1\n", "class A:\n    x = y\n", "y", id="in a class"),
        pytest.param(
            "def f():\n    return 1\n", "def f():\n    return math.pi\n", "math", id="a module that is not imported"
        ),
        pytest.param(
            "import a\n\n\ndef f():\n    return a\n", "def f():\n    return a\n", "a", id="an import taken away"
        ),
        pytest.param("x = [1]\n", "x = [i for _ in [1]]\n", "i", id="in a comprehension"),
        pytest.param(None, "def f():\n    return y\n", "y", id="in a new file"),
    ],
)
def test_a_name_that_nothing_defines_is_refused(before: str | None, after: str, name: str) -> None:
    rejection = checked(before, after)
    assert rejection is not None
    assert rejection.code == "undefined_name"
    assert f" {name} " in rejection.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("x = 1\n", "def f():\n    return later\n\n\nlater = 1\n", id="defined further down"),
        pytest.param(
            "x = 1\n",
            "def g():\n    global made\n    made = 1\n\n\ndef f():\n    return made\n",
            id="made global elsewhere",
        ),
        pytest.param("x = 1\n", "from os import *\nx = getcwd()\n", id="star import"),
        pytest.param("x = 1\n", "globals()['y'] = 1\nx = y\n", id="globals()"),
        pytest.param("x = 1\n", "exec('y = 1')\nx = y\n", id="exec"),
        pytest.param("x = 1\n", "try:\n    x = unicode\nexcept NameError:\n    x = str\n", id="asked for by NameError"),
        pytest.param("x = 1\n", "x = __file__, __name__, __doc__, __spec__, __path__\n", id="module attributes"),
        pytest.param("x = 1\n", "class A:\n    x = __qualname__, __module__\n", id="class attributes"),
        pytest.param("x = 1\n", "class A:\n    def f(self):\n        return __class__, super().f()\n", id="__class__"),
        pytest.param("x = 1\n", "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    x = e\n", id="exception name"),
        pytest.param("x = 1\n", "with open('f') as f:\n    x = f\nfor i in x:\n    x = i\n", id="with and for"),
        pytest.param("x = 1\n", "x = [y := 1, y]\n", id="assignment expression"),
        pytest.param("x = 1\n", "match [1]:\n    case [y, *z]:\n        x = y, z\n", id="match"),
        pytest.param("x = 1\n", "import a.b\nx = a\n", id="dotted import"),
        pytest.param("x = 1\n", "x = lambda q, *r, s=1, **t: (q, r, s, t)\n", id="lambda"),
        pytest.param(
            "x = 1\n", "def f[T](a: T) -> T:\n    return a\n", id="newer syntax than this interpreter may know"
        )
        if hasattr(ast, "TypeAlias")
        else pytest.param("x = 1\n", "x = 3\n", id="newer syntax is not known here"),
        pytest.param("x = missing\n", "x = missing + 1\n", id="missing before as well"),
        pytest.param("print 'two'\n", "print 'three'\n", id="another language version, which is not judged"),
        pytest.param("x = (\n", "x = 1\n", id="a repair of a syntax error"),
        pytest.param("x = '\\d'\n", "y = '\\d'\n", id="an invalid escape, of which the compiler warns"),
    ],
)
def test_what_may_be_right_passes(before: str, after: str) -> None:
    assert checked(before, after) is None


@pytest.mark.parametrize(
    "name", ["argparse.py", "ast.py", "dataclasses.py", "enum.py", "inspect.py", "json/decoder.py", "typing.py"]
)
def test_no_name_of_the_standard_library_is_called_undefined(name: str) -> None:
    source = (LIBRARY / name).read_text(encoding="utf-8")
    assert undefined_names(source, ast.parse(source)) == frozenset()


def test_other_languages_are_not_judged_but_for_change() -> None:
    assert checked("let x = 1\n", "let x = (\n", "m.js") is None
    same = checked("let x = 1\n", "let x = 1\n", "m.js")
    assert same is not None
    assert same.code == "no_op"


def test_candidates_that_differ_in_layout_and_comments_only_have_one_normal_form() -> None:
    one = [FileEdit("a.py", b"x = 1\n", b"x = 2\n"), FileEdit("b.js", b"1\n", b"2\n")]
    other = [FileEdit("b.js", b"1\n", b"2  \r\n"), FileEdit("a.py", b"x = 1\n", b"# two\nx = (2)\n")]
    assert normal_form(one) == normal_form(other)


@pytest.mark.parametrize(
    "other",
    [
        FileEdit("a.py", b"x = 1\n", b"x = 3\n"),
        FileEdit("b.py", b"x = 1\n", b"x = 2\n"),
        FileEdit("a.py", b"x = 1\n", b"x = (\n"),
        FileEdit("a.js", b"x = 1\n", b"x = 2\n"),
    ],
    ids=["another value", "another file", "no syntax", "another language"],
)
def test_candidates_that_mean_something_else_have_another_normal_form(other: FileEdit) -> None:
    assert normal_form([FileEdit("a.py", b"x = 1\n", b"x = 2\n")]) != normal_form([other])
