"""Syntax of other languages by their real grammars."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from healer.models.change import FileEdit
from healer.patches.checks import check
from healer.patches.syntax_trees import read_syntax

ROOT = Path(__file__).parents[2]
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


ENDINGS = [
    "bash",
    "c",
    "cc",
    "cpp",
    "cxx",
    "hpp",
    "hh",
    "hxx",
    "cs",
    "go",
    "java",
    "js",
    "jsx",
    "mjs",
    "cjs",
    "php",
    "rb",
]
ENDINGS += ["rake", "rs", "ts", "mts", "cts", "tsx", "yml", "yaml", "sh"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_empty_file_is_well_formed_in_every_language(ending: str) -> None:
    syntax = read_syntax(f"a.{ending}", b"")
    assert syntax is not None
    assert syntax.errors == ()


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        pytest.param("a.sh", "#!/bin/sh\necho a\n", "#!/bin/bash\necho a\n", id="what runs a script"),
        pytest.param("a.py", "#!/usr/bin/python2\nx = 1\n", "#!/usr/bin/python3\nx = 1\n", id="the same in Python"),
        pytest.param("a.go", "package a\n", "//go:build linux\n\npackage a\n", id="what a file is built for"),
        pytest.param("a.rb", "x = 1\n", "# frozen_string_literal: true\nx = 1\n", id="a feature"),
    ],
)
def test_comments_that_machines_read_are_a_change(path: str, before: str, after: str) -> None:
    assert check([FileEdit(path, before.encode(), after.encode())]) is None


def test_an_error_is_told_by_its_line() -> None:
    before = "package a\n\nfunc f() int {\n\treturn 1\n}\n"
    rejection = check([FileEdit("a.go", before.encode(), before.replace("1", "1 +").encode())])
    assert rejection is not None
    assert rejection.message == "a.go would not be valid Go any more: line 4: return 1 +"


def test_errors_that_were_there_before_are_not_the_changes_fault() -> None:
    lagging = b"let x = @@ 1;\nlet y = 1;\n"
    assert read_syntax("a.js", lagging) is not None
    assert check([FileEdit("a.js", lagging, lagging.replace(b"y = 1", b"y = 2"))]) is None
    assert check([FileEdit("a.js", lagging, lagging + b"let z = @@ 3;\n")]) is None


def test_macros_are_not_taken_for_syntax_errors() -> None:
    listing = b"void f(void) {\n  LIST_FOREACH(a, b, c) {\n    g(a);\n  } END\n}\n"
    syntax = read_syntax("a.c", listing)
    assert syntax is not None
    assert syntax.errors
    assert check([FileEdit("a.c", listing, listing + b"MODULE(f, g) ANOTHER(h)\n")]) is None
    assert check([FileEdit("a.c", None, listing)]) is None
    assert check([FileEdit("A.java", None, b"class A {\n")]) is not None


@pytest.mark.parametrize(
    ("path", "garbage"), [("a.cpp", "*]"), ("A.cs", "\n;await "), ("a.c", "/*:"), ("a.cpp", "::::}?::*")]
)
def test_what_is_no_program_is_not_read_to_its_end(path: str, garbage: str) -> None:
    assert read_syntax(path, f"int f(void) {{ return 1; }}\n{garbage * 20_000}".encode()[:90_000]) is None


def test_very_long_additions_are_left_to_the_run() -> None:
    assert check([FileEdit("A.cs", b"class A {}\n", b"class A {}\n" + b"\n;await " * 2_000)]) is None


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["report"]], ids=" ".join)
def test_what_judges_no_change_loads_no_grammar(arguments: list[str], tmp_path: Path) -> None:
    red = tmp_path / "red.xml"
    red.write_text('<testsuite><testcase name="a"><failure/></testcase></testsuite>', "utf-8")
    program = (
        "import sys; from healer.cli import main; main(sys.argv[1:])\n"
        "print(*(name for name in sys.modules if name.startswith('tree_sitter')), file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, *arguments, *([str(red)] if arguments == ["report"] else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert done.stdout
