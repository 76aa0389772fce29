from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.frames import parse_frames
from healer.evidence.stacks.lines import marked
from healer.evidence.stacks.marks import Mark
from tests.traces import Frames, frames

PYTEST_LONG = """\
a = 1, b = 0

    def div(a, b):
        try:
>           return a / b
                   ^^^^^
E           ZeroDivisionError: division by zero

pkg/core.py:3: ZeroDivisionError

The above exception was the direct cause of the following exception:

    @pytest.mark.slow
    def test_chain():
        def inner():
            pass
>       div(1, 0)

tests/test_calc.py:10: 
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ 

    async def div(a, b):
>           raise ValueError(f"bad {a}") from e
E           ValueError: bad 1

pkg/core.py:5: ValueError
"""  # noqa: W291 - pytest prints the space
PYTEST_SHORT = """\
tests/test_calc.py:8: in test_boom
    boom()
pkg/core.py:7: in boom
    return nam
           ^^^
E   NameError: name 'nam' is not defined
"""
NATIVE = """\
Traceback (most recent call last):
  File "/w/job.py", line 9, in <module>
    main()
  File "<string>", line 1, in eval
  File "C:\\w\\pkg\\a b.py", line 3, in main
    raise KeyError("x")
KeyError: 'x'
"""
SYNTAX = """\
E     File "/w/tests/test_syn.py", line 4
E       def f(:
E             ^
E   SyntaxError: invalid syntax
"""
JAVA = """\
java.lang.IllegalStateException: no
\tat com.acme.Outer$Inner.run(Outer.java:12)
\tat app//com.acme.Main.lambda$main$0(Main.java:5)
\tat java.base/java.util.ArrayList.forEach(ArrayList.java:1511)
\t... 2 more
Caused by: java.lang.NullPointerException
\tat com.acme.Deep.get(Deep.java:7)
\tat com.acme.Outer.call(Outer.java:30)
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            PYTEST_LONG,
            [("pkg/core.py", 3, "div"), ("tests/test_calc.py", 10, "test_chain"), ("pkg/core.py", 5, "div")],
            id="pytest long, chained",
        ),
        pytest.param(
            PYTEST_SHORT, [("tests/test_calc.py", 8, "test_boom"), ("pkg/core.py", 7, "boom")], id="pytest short"
        ),
        pytest.param(NATIVE, [("/w/job.py", 9, "<module>"), ("C:\\w\\pkg\\a b.py", 3, "main")], id="native"),
        pytest.param(SYNTAX, [("/w/tests/test_syn.py", 4, None)], id="syntax error has no function"),
        pytest.param("/w/pkg/core.py:7: NameError: no", [("/w/pkg/core.py", 7, None)], id="pytest line"),
        pytest.param("<frozen importlib>:7: in x", [], id="frozen"),
        pytest.param(
            JAVA,
            [
                ("java/util/ArrayList.java", 1511, "forEach"),
                ("com/acme/Main.java", 5, "lambda$main$0"),
                ("com/acme/Outer.java", 12, "run"),
                ("com/acme/Outer.java", 30, "call"),
                ("com/acme/Deep.java", 7, "get"),
            ],
            id="java, cause last, innermost last",
        ),
        pytest.param(
            "\tat a.b.CTest.test error handling(CTest.kt:27)",
            [("a/b/CTest.kt", 27, "test error handling")],
            id="kotlin names with spaces",
        ),
        pytest.param(
            "Error: x\n    at boom (/p/src/a.js:5:19)\n    at Object.<anonymous> (/p/test/a.test.js:2:3)\n"
            "    at node:internal/x:1:2",
            [("node:internal/x", 1, None), ("/p/test/a.test.js", 2, "Object.<anonymous>"), ("/p/src/a.js", 5, "boom")],
            id="javascript",
        ),
        pytest.param(" \u276f src/a.test.ts:20:28", [("src/a.test.ts", 20, None)], id="vitest"),
        pytest.param("    x_test.go:34: this failed", [("x_test.go", 34, None)], id="go test"),
        pytest.param("\t/w/pkg/x.go:12 +0x2e", [("/w/pkg/x.go", 12, None)], id="go panic"),
        pytest.param("./b_test.go:3:28: undefined: x", [("./b_test.go", 3, None)], id="go build"),
        pytest.param("     # ./spec/a_spec.rb:6:in `block'", [("./spec/a_spec.rb", 6, "block")], id="ruby"),
        pytest.param("panicked at src/lib.rs:8:26:\nno", [("src/lib.rs", 8, None)], id="rust"),
        pytest.param("panicked at 'no', src/lib.rs:8:9", [("src/lib.rs", 8, None)], id="old rust"),
        pytest.param(
            "#0 /p/A.php(6): f()\n#1 /p/B.php(9): g(1)", [("/p/B.php", 9, None), ("/p/A.php", 6, "g")], id="php"
        ),
        pytest.param("at /p/src/Paren.php(123)", [("/p/src/Paren.php", 123, None)], id="php in parentheses"),
        pytest.param("   at N.Tests.T() in C:\\Dev\\T.cs:line 50", [("C:\\Dev\\T.cs", 50, "N.Tests.T")], id=".net"),
        pytest.param("  REQUIRE( x )\nat Misc.tests.cpp:42", [("Misc.tests.cpp", 42, None)], id="catch2"),
        pytest.param("gt.cc:4: Failure", [("gt.cc", 4, None)], id="gtest"),
        pytest.param("File: /c/test.cpp\nLine: 77", [("/c/test.cpp", 77, None)], id="cunit"),
        pytest.param("test/a_test.dart 22:7  main.<fn>", [("test/a_test.dart", 22, "main.<fn>")], id="dart"),
        pytest.param("2024-01-01 12:30:15 nothing to see, a.py and 3:4", [], id="no frame"),
        pytest.param("see https://example.org/x:80 and .py:3", [], id="addresses"),
    ],
)
def test_frames_run_from_the_outermost_caller_to_the_raise(text: str, expected: Frames) -> None:
    assert frames(text) == expected


def test_a_recursion_keeps_both_ends() -> None:
    text = "".join(f'  File "/w/a.py", line {line}, in f\n' for line in range(1, 1001))
    kept = frames(text)
    assert len(kept) == 200
    assert (kept[0][1], kept[-1][1]) == (1, 1000)


@pytest.mark.parametrize(
    "unit",
    ['File "', "\\", "/a", "a.py:", "at f(", "at a.b.", "#0 /p(", ":line 1", "file: ", "_ ", "a.dart ", "'", "é"],
)
def test_long_hostile_lines_yield_at_most_one_frame_each(unit: str) -> None:
    assert len(frames(unit * (1_000_000 // len(unit)))) <= 1


@given(st.text(max_size=300))
def test_no_text_makes_parsing_fail(text: str) -> None:
    assert all(frame.line >= 0 for frame in parse_frames(text))


SIGNS = [
    'File "a.py", line 3, in f', "a.py:3: in f", "def f(", "at a.b.C.m(C.java:3)", "at f (/p/a.js:5:3)", "Caused by: ",
    "#0 /p/a.php(6): f()", "#1 0x2a in f /p/a.c:5", "goroutine 1 [running]:", "\t/p/a.go:5 +0x2e", "main.f(...)",
    "   3: a::f", "             at ./src/a.rs:3:5", "panicked at src/a.rs:3:5:", "a.rb:3:in 'f': why (TypeError)",
    "\tfrom a.rb:3:in 'f'", "Suppressed: x", "/p/a.php:3", "File: a.c", "Line: 3", "boom at a.pl line 3.", "----> 4 x",
    "\tmain::f() called at a.pl line 3", "lib/a.ex:3: A.f/1", "@ Main a.jl:3", "[2] f(x)",
    'E     File "a.py", line 1',
]  # fmt: skip


@given(st.lists(st.sampled_from(SIGNS) | st.text(max_size=30), max_size=30))
def test_no_mixture_of_languages_makes_parsing_fail_or_frames_multiply(lines: list[str]) -> None:
    found = frames("\n".join(lines))
    assert len(found) <= len("\n".join(lines).splitlines())
    assert all(file and line >= 0 and function != "" for file, line, function in found)


@given(st.lists(st.sampled_from(SIGNS), max_size=12))
def test_a_trace_says_the_same_whether_its_lines_are_remembered_or_not(lines: list[str]) -> None:
    known = frames("\n".join(lines))
    unknown = frames("\n".join(f"{line}{' ' * 300}" for line in lines))
    assert known == unknown
    assert [marked(line) for line in lines] == [marked(line) for line in lines]


def test_a_trace_says_the_same_after_many_others_were_read() -> None:
    before = frames(PYTEST_LONG)
    for number in range(10):
        assert frames("\n".join(f"a{number}_{line}.py:{line + 1}: in f" for line in range(1000)))[-1] == (
            f"a{number}_999.py",
            1000,
            "f",
        )
    assert frames(PYTEST_LONG) == before


@pytest.mark.parametrize(
    "line",
    [
        *("Caused by java.lang.E", "  * Caused by x", "Next E", "--- End of inner exception", "[cause] x", "[errors]"),
        *("goroutine 7 [running]", "==7==ERROR", "Current thread 0x7", "Thread 0x7 (most recent call first)"),
        *("freed by thread T1", "previously allocated by thread T1", "Previous write of size 8", "Address 0x7f is on"),
        *("Goroutine 7 (running) created at", "Thread T1 created by T0", "Previous atomic read"),
    ],
)
def test_a_line_between_stacks_needs_no_colon(line: str) -> None:
    assert isinstance(marked(line), Mark)


def test_a_line_of_a_megabyte_is_read_at_its_beginning() -> None:
    line = '  File "/w/a.py", line 3, in f ' + "x" * 1_000_000
    assert [(file, line) for file, line, _ in frames(f'{line}\n  File "/w/b.py", line 4, in g')] == [
        ("/w/a.py", 3),
        ("/w/b.py", 4),
    ]
