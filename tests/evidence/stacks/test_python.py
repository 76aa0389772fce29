from __future__ import annotations

import pytest

from tests.traces import Frames, frames

GROUP = """\
Traceback (most recent call last):
  File "/w/g.py", line 5, in g
    f()
ValueError: one

During handling of the above exception, another exception occurred:

  + Exception Group Traceback (most recent call last):
  |   File "/w/g.py", line 8, in <module>
  |     g()
  |   File "/w/g.py", line 7, in g
  |     raise ExceptionGroup("grp", [e, KeyError("k")])
  | ExceptionGroup: grp (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/w/g.py", line 2, in f
    |     raise ValueError("one")
    | ValueError: one
    +---------------- 2 ----------------
    | KeyError: 'k'
    +------------------------------------
"""
FAULT = """\
Fatal Python error: Aborted

Thread 0x00007f67a526eb81 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 324 in wait

Current thread 0x00007f67a526eb80 (most recent call first):
  File "/w/fh.py", line 3 in f
  File "/w/fh.py", line 5 in <module>
"""
SYNTAX_ERROR_IN_A_TEST = """\
    def test_x():
>       import bad
E         File "/w/bad.py", line 1
E           def f(:
E       SyntaxError: invalid syntax

test_a.py:3: SyntaxError
"""
XDIST = """\
[gw0] linux -- Python 3.11.7 /w/.venv/bin/python

    def test_a():
>       helper("k")

tests/test_a.py:4:\x20
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _\x20

a = 'k'

    def helper(a):
>       return {"see b.py:9": 1}[a]
E       KeyError: 'c.py:7'

tests/test_a.py:2: KeyError
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            GROUP,
            [("/w/g.py", 5, "g"), ("/w/g.py", 8, "<module>"), ("/w/g.py", 7, "g"), ("/w/g.py", 2, "f")],
            id="exception group",
        ),
        pytest.param(
            FAULT,
            [("/usr/lib/python3.11/threading.py", 324, "wait"), ("/w/fh.py", 5, "<module>"), ("/w/fh.py", 3, "f")],
            id="faulthandler: other threads first",
        ),
        pytest.param(
            SYNTAX_ERROR_IN_A_TEST,
            [("test_a.py", 3, "test_x"), ("/w/bad.py", 1, None)],
            id="a syntax error lies inside of the import",
        ),
        pytest.param(
            XDIST,
            [("tests/test_a.py", 4, "test_a"), ("tests/test_a.py", 2, "helper")],
            id="displayed source and explanations are no frames",
        ),
        pytest.param(
            'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g(\n    ~^\n        1)\n        ^^\n',
            [("a.py", 3, "f")],
            id="carets of 3.13",
        ),
        pytest.param("a.pyx:3: in a.f", [("a.pyx", 3, "a.f")], id="cython"),
        pytest.param("File ~/a.py:5, in f(x, y)\n      4 x\n----> 5 raise", [("~/a.py", 5, "f")], id="IPython"),
        pytest.param("~/a.py in f(x)\n      3 def\n----> 4     raise\n", [("~/a.py", 4, "f")], id="old IPython"),
        pytest.param("> /p/a.py(5)f()\n-> raise", [("/p/a.py", 5, "f")], id="pdb"),
        pytest.param('Source "/p/a.cpp", line 5, in f', [("/p/a.cpp", 5, "f")], id="backward-cpp imitates it"),
        pytest.param('File "a.py", line 12345678901, in f', [], id="a number that is no line"),
        pytest.param(" a.py:3: in f", [("a.py", 3, None)], id="indented is not pytest's"),
    ],
)
def test_frames_of_python(text: str, expected: Frames) -> None:
    assert frames(text) == expected
