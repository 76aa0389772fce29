from __future__ import annotations

import pytest

from tests.traces import Frames, frames

DOTNET = """\
System.Exception: outer ---> System.InvalidOperationException: inner
   at A.F(Format x) in C:\\p\\a.cs:line 1
   --- End of inner exception stack trace ---
   at B.<G>d__5.MoveNext() in C:\\p\\b.cs:line 2
--- End of stack trace from previous location ---
   at C.H() in C:\\p\\c.cs:line 3
"""
EXUNIT = """\
  1) test boom (ATest)
     a_test.exs:11
     ** (KeyError) key 1 not found in: %{}
     code: Calc.outer()
     stacktrace:
       :erlang.map_get(1, %{})
       (app 0.1.0) lib/calc.ex:3: Calc.inner/1
       (elixir 1.14.0) lib/enum.ex:1658: Enum."-map/2-lists^map/1-0-"/2
       a_test.exs:12: (test)
"""
ERLANG = """\
{error,badarg,
 [{erlang,list_to_integer,["x"],[]},
  {foo,bar,1,[{file,"src/foo.erl"},{line,12}]},
  {foo,'-baz/0-fun-0-',0,[{file,"src/foo.erl"},{line,20}]}]}
"""
JULIA = """\
ERROR: boom
Stacktrace:
 [1] error(s::String)
   @ Base ./error.jl:35
 [2] f(x::Int64)
   @ Main ~/p/a.jl:2
 [3] top-level scope
   @ ~/p/a.jl:5
"""
HASKELL = """\
CallStack (from HasCallStack):
  error, called at src/A.hs:5:3 in pkg-0.1:A
  f, called at test/B.hs:9:1 in main:Main
"""
OCAML = """\
Raised at A.f in file "src/a.ml", line 5, characters 3-10
Called from A.g in file "src/a.ml" (inlined), line 9, characters 1-4
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            DOTNET,
            [("C:\\p\\a.cs", 1, "A.F"), ("C:\\p\\c.cs", 3, "C.H"), ("C:\\p\\b.cs", 2, "B.G")],
            id=".net: the inner exception is printed first",
        ),
        pytest.param(
            "Actual:   False   at N.T.M(Int32 i) in C:\\p\\T.cs:line 67",
            [("C:\\p\\T.cs", 67, "N.T.M")],
            id=".net: behind a message",
        ),
        pytest.param("   en N.T() en E:\\T.cs:l\u00ednea 9", [("E:\\T.cs", 9, "N.T")], id=".net in Spanish"),
        pytest.param("   bei N.T() in C:\\p\\T.cs:Zeile 12.", [("C:\\p\\T.cs", 12, "N.T")], id=".net in German"),
        pytest.param(
            "  at N.T.M (System.String p) [0x00009] in /w/T.cs:58\n  at N.U () [0x0] in <b67d2f60>:0",
            [("/w/T.cs", 58, "N.T.M")],
            id="mono",
        ),
        pytest.param(
            EXUNIT,
            [
                ("a_test.exs", 11, None),
                ("a_test.exs", 12, "test"),
                ("(elixir 1.14.0) lib/enum.ex", 1658, 'Enum."-map/2-lists^map/1-0-"/2'),
                ("lib/calc.ex", 3, "Calc.inner/1"),
            ],
            id="elixir",
        ),
        pytest.param(ERLANG, [("src/foo.erl", 20, "foo:'-baz/0-fun-0-'"), ("src/foo.erl", 12, "foo:bar")], id="erlang"),
        pytest.param(
            "in function calc:f/1 (src/calc.erl, line 3)\nin call from t:x/0 (test/t.erl, line 7)",
            [("test/t.erl", 7, "t:x/0"), ("src/calc.erl", 3, "calc:f/1")],
            id="eunit",
        ),
        pytest.param(
            "package:foo/a.dart 12:7  main.<fn>\ntest/a_test.dart 5:3     main",
            [("test/a_test.dart", 5, "main"), ("package:foo/a.dart", 12, "main.<fn>")],
            id="dart",
        ),
        pytest.param(
            "#0      f (package:foo/a.dart:7:1)\n#1      main.<anonymous closure> (file:///p/test/a_test.dart:5:3)",
            [("file:///p/test/a_test.dart", 5, "main.<anonymous closure>"), ("package:foo/a.dart", 7, "f")],
            id="dart's virtual machine",
        ),
        pytest.param(
            JULIA,
            [("~/p/a.jl", 5, "top-level scope"), ("~/p/a.jl", 2, "f"), ("Base ./error.jl", 35, "error")],
            id="julia",
        ),
        pytest.param("[1] f(::Int64) at ./a.jl:33", [("./a.jl", 33, "f")], id="old julia"),
        pytest.param("2: f(1) at a.R#5\n1: g() at b.R#9", [("b.R", 9, None), ("a.R", 5, "g")], id="R"),
        pytest.param(
            " 1. \u251c\u2500pkg::f(1) at test-a.R:5:3\n 2. \u2502 \u2514\u2500stop() at R/a.R:3:3",
            [("test-a.R", 5, None), ("R/a.R", 3, None)],
            id="R's tree",
        ),
        pytest.param(HASKELL, [("test/B.hs", 9, None), ("src/A.hs", 5, "f")], id="haskell"),
        pytest.param(OCAML, [("src/a.ml", 9, "A.g"), ("src/a.ml", 5, "A.f")], id="ocaml"),
        pytest.param("- file   : p/a.cpp\n- line   : 4", [("p/a.cpp", 4, None)], id="labels, as Boost writes them"),
        pytest.param("Line: 4\nFile: a.c", [], id="labels the other way round"),
        pytest.param("   at N.T() :line 9\n   at N.T() in :line 9\nT.cs:Zeile 12", [], id="broken frames of .net"),
        pytest.param("p.feature:14 # x", [("p.feature", 14, None)], id="feature"),
    ],
)
def test_frames_of_further_languages(text: str, expected: Frames) -> None:
    assert frames(text) == expected
