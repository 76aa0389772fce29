"""Syntax of other languages by their real grammars, which must be installed for these tests."""

from __future__ import annotations

import pytest

from healer.models.change import FileEdit
from healer.patches.checks import check
from healer.patches.syntax_trees import read_syntax

SAMPLES = {
    "a.sh": ("f() {\n  echo a\n}\n", "f() {\n  echo b\n}\n", "f() {\n  echo 'b\n}\n", "# why\nf() {\n    echo a\n}\n"),
    "a.c": (
        "int f(int a) { return a; }\n",
        "int f(int a) { return -a; }\n",
        "int f(int a) { return (a; }\n",
        "/* why */\nint f(int a)\n{\n  return a;\n}\n",
    ),
    "a.cpp": (
        "int f(int a) { return a; }\n",
        "auto f(int a) { return a; }\n",
        "int f(int a) { return a;\n",
        "int f(int a) { return a; } // why\n",
    ),
    "A.cs": (
        "class A { int F() { return 1; } }\n",
        "class A { int F() { return 2; } }\n",
        "class A { int F() { return 1; }\n",
        "class A\n{\n  int F() { return 1; }\n}\n",
    ),
    "a.go": (
        "package a\n\nfunc f() int {\n\treturn 1\n}\n",
        "package a\n\nfunc f() int {\n\treturn 2\n}\n",
        "package a\n\nfunc f() int {\n\treturn 1\n",
        "package a\n\n// why\n\nfunc f() int {\n\n\treturn 1\n}\n",
    ),
    "A.java": (
        "class A { int f() { return 1; } }\n",
        "class A { int f() { return 2; } }\n",
        "class A { int f() { return 1 } }\n",
        "class A {\n  // why\n  int f() { return 1; }\n}\n",
    ),
    "a.js": ("let x = f(1);\n", "let x = f(2);\n", "let x = f(1;\n", "// why\nlet x =\n  f(1);\n"),
    "a.jsx": ("let x = <a>1</a>;\n", "let x = <a>2</a>;\n", "let x = <a>1</b;\n", "let x = <a>1</a>; // why\n"),
    "a.php": (
        "<?php\nfunction f() { return 1; }\n",
        "<?php\nfunction f() { return 2; }\n",
        "<?php\nfunction f() { return 1;\n",
        "<?php\n// why\nfunction f()\n{ return 1; }\n",
    ),
    "a.rb": ("def f\n  1\nend\n", "def f\n  2\nend\n", "def f\n  1\n", "# why\ndef f\n    1\nend\n"),
    "a.rs": ("fn f() -> i32 { 1 }\n", "fn f() -> i32 { 2 }\n", "fn f() -> i32 { 1\n", "// why\nfn f() -> i32\n{ 1 }\n"),
    "a.ts": (
        "let x: number = f(1);\n",
        "let x: string = f(1);\n",
        "let x: number = f(1;\n",
        "let x : number = f( 1 );\n",
    ),
    "a.tsx": (
        "let x: A = <a>1</a>;\n",
        "let x: A = <a>2</a>;\n",
        "let x: A = <a>1</a\n",
        "let x: A = <a>1</a>; // why\n",
    ),
    "a.yaml": (
        "a:\n  b: 1\n  c: 2\n",
        "a:\n  b: 1\nc: 2\n",
        "a:\n  b: [1\n  c: 2\n",
        "# why\na:\n    b: 1\n    c: 2\n",
    ),
}


@pytest.mark.parametrize("path", SAMPLES)
def test_a_change_passes_in_every_language(path: str) -> None:
    before, after, _, _ = SAMPLES[path]
    syntax = read_syntax(path, before.encode())
    assert syntax is not None
    assert syntax.errors == ()
    assert check([FileEdit(path, before.encode(), after.encode())]) is None


@pytest.mark.parametrize("path", SAMPLES)
def test_a_new_syntax_error_is_refused_in_every_language(path: str) -> None:
    before, _, broken, _ = SAMPLES[path]
    rejection = check([FileEdit(path, before.encode(), broken.encode())])
    assert rejection is not None
    assert rejection.code == "syntax"
    assert check([FileEdit(path, broken.encode(), before.encode())]) is None


@pytest.mark.parametrize("path", SAMPLES)
def test_layout_and_comments_are_no_change_in_any_language(path: str) -> None:
    before, _, _, same = SAMPLES[path]
    rejection = check([FileEdit(path, before.encode(), same.encode())])
    assert rejection is not None
    assert rejection.code == "no_op"
