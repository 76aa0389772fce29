"""Checks before any test runs: compiles, does something else, knows its names; and never a false alarm."""

from __future__ import annotations

import ast
import sys
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
        pytest.param(
            "x = 1\n",
            "class A:\n    y = [1]\n    x = [z for z in y for w in [z] if w]\n\n    class B:\n"
            "        x = {k: (lambda q: q)(k) for k in range(3)}\n",
            id="comprehensions in a class",
        ),
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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("def f():\n    pass\n", "return 1\n", id="return outside of a function"),
        pytest.param("def f():\n    pass\n", "def f(a, a):\n    pass\n", id="an argument twice"),
        pytest.param("def f():\n    pass\n", "def f():\n    break\n", id="break outside of a loop"),
        pytest.param("def f():\n    pass\n", "def f():\n    await g()\n", id="await outside of async"),
    ],
)
def test_what_the_parser_reads_and_the_compiler_refuses_is_a_syntax_error(before: str, after: str) -> None:
    rejection = checked(before, after)
    assert rejection is not None
    assert (rejection.code, rejection.message.startswith("m.py would not compile: ")) == ("syntax", True)


def test_syntax_that_is_too_new_for_the_suite_is_refused() -> None:
    edit = FileEdit("m.py", b"x = 1\n", b"if (x := 1):\n    pass\n")
    rejection = check([edit], (3, 7))
    assert rejection is not None
    assert rejection.code == "syntax"
    assert check([edit], (3, 8)) is None


def test_syntax_that_only_the_suite_may_know_is_not_judged() -> None:
    edit = FileEdit("m.py", b"x = 1\n", b"x = 1 ??? 2\n")
    assert check([edit], (99, 0)) is None
    assert check([edit]) is not None


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        pytest.param("p/__init__.py", "from .a import f, g\n", "from .a import f\n", id="of a package"),
        pytest.param("m.py", "from a import g as g\n", "import a\n", id="imported as itself"),
        pytest.param("m.py", "from a import g\n__all__ = ['g']\n", "__all__ = ['g']\n", id="listed"),
        pytest.param(
            "m.py", "def g():\n    pass\n\n\n__all__ = ('g',)\n", "__all__ = ('g',)\n", id="listed and defined"
        ),
    ],
)
def test_a_name_that_others_import_from_here_must_stay(path: str, before: str, after: str) -> None:
    rejection = checked(before, after, path)
    assert rejection is not None
    assert rejection.code == "lost_export"
    assert "no longer offer g," in rejection.message


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        pytest.param("m.py", "from a import f, g\n", "from a import f\n", id="an import of one's own"),
        pytest.param("p/__init__.py", "from .a import g\n", "def g():\n    pass\n", id="defined in its place"),
        pytest.param("p/__init__.py", "from .a import _g\nx = 1\n", "x = 1\n", id="private"),
        pytest.param("p/__init__.py", "from .a import g\nx = g()\n", "x = 1\n", id="used here"),
        pytest.param("p/__init__.py", "from .a import g\n", "def __getattr__(n):\n    return n\n", id="made on demand"),
        pytest.param("p/__init__.py", "from .a import g\n", "from .a import *\n", id="a star import"),
        pytest.param(
            "p/__init__.py", "x = 1\n__all__ = ['sub']\n", "x = 2\n__all__ = ['sub']\n", id="a module of the package"
        ),
    ],
)
def test_an_import_that_nobody_else_needs_may_go(path: str, before: str, after: str) -> None:
    assert checked(before, after, path) is None


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("class A:\n    y = 1\n    x = [y for _ in (1,)]\n", id="a class's name in its comprehension"),
        pytest.param("class A:\n    y = 1\n\n    def f(self):\n        return y\n", id="a class's name in its method"),
        pytest.param("def f():\n    y = 1\n\n\ndef g():\n    return y\n", id="another function's name"),
        pytest.param(
            "class A:\n    def f(self):\n        return self.__dict__, y\n", id="beside an object's own dictionary"
        ),
    ],
)
def test_names_are_looked_up_as_python_does(after: str) -> None:
    rejection = checked("x = 1\n", after)
    assert rejection is not None
    assert rejection.code == "undefined_name"


def test_a_language_that_cannot_be_read_here_is_judged_by_its_bytes_only() -> None:
    assert checked("let x = 1\n", "let x = (\n", "m.unknown") is None
    same = checked("let x = 1\n", "let x = 1\n", "m.unknown")
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


@pytest.mark.parametrize(
    ("line", "oldest"),
    [
        pytest.param("y = (z := 1)", (3, 8), id="assignment expression"),
        pytest.param("def f(a, /): pass", (3, 8), id="positional-only parameter"),
        pytest.param("match x:\n    case 1: pass", (3, 10), id="match"),
        pytest.param("try: pass\nexcept* OSError: pass", (3, 11), id="exception group"),
        pytest.param("y = f'{dict(a=1)['a']}'", (3, 12), id="the same quotes inside of an f-string"),
        pytest.param("y = f'{'\\n'.join([])}'", (3, 12), id="a backslash inside of an f-string"),
        pytest.param("y = f'{\n1}'", (3, 12), id="an f-string's expression over lines"),
        pytest.param('y = f"""{1  # why\n}"""', (3, 12), id="a comment inside of an f-string"),
        pytest.param("type Y = int", (3, 12), id="type statement"),
        pytest.param("def f[T](a: T) -> T: return a", (3, 12), id="type parameters"),
        pytest.param("y = f'{dict(a=1)[\"a\"]} {1:>{2}}'", (3, 7), id="what every f-string may hold"),
        pytest.param("y = f'{f\"{1}\"}' f'\\n' 'it\\'s'", (3, 7), id="an f-string inside of one, and beside others"),
    ],
)
def test_syntax_is_that_of_the_suites_own_python(line: str, oldest: tuple[int, int]) -> None:
    edit = FileEdit("m.py", b"x = 1\n", f"x = 1\n{line}\n".encode())
    for minor in range(7, 13):
        rejection = check([edit], (3, minor))
        assert (rejection is None) is ((3, minor) >= oldest), minor


def test_what_only_a_newer_python_than_ours_can_read_is_left_to_its_run() -> None:
    edit = FileEdit("m.py", b"x = 1\n", b"x = 1\nsome syntax of tomorrow\n")
    newer = (sys.version_info[0], sys.version_info[1] + 1)
    assert check([edit], newer) is None
    for known in (None, sys.version_info[:2], (3, 8)):
        rejection = check([edit], known)
        assert rejection is not None
        assert rejection.code == "syntax"


def test_what_the_compiler_refuses_is_refused_for_a_newer_python_as_well() -> None:
    rejection = check([FileEdit("m.py", b"x = 1\n", b"x = 1\nreturn x\n")], (3, 99))
    assert rejection is not None
    assert rejection.code == "syntax"
