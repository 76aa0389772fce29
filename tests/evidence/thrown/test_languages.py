from __future__ import annotations

import pytest

from healer.evidence.exceptions import described, final_exception

GROUP = """\
Traceback (most recent call last):
  File "/w/g.py", line 5, in g
    f()
ValueError: one

During handling of the above exception, another exception occurred:

  + Exception Group Traceback (most recent call last):
  |   File "/w/g.py", line 8, in <module>
  |     g()
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
RUST = """\
thread 'tests::adds' (25418) panicked at src/lib.rs:6:17:
assertion `left == right` failed: math 1
  left: 2
 right: 3
stack backtrace:
   0: core::panicking::panic_fmt
"""
GO = """\
=== RUN   TestPanic
--- FAIL: TestPanic (0.00s)
panic: runtime error: index out of range [3] with length 3 [recovered]
\tpanic: runtime error: index out of range [3] with length 3

goroutine 20 [running]:
"""
JAVA = """\
Exception in thread "main" java.lang.IllegalStateException: outer
second
\tat com.acme.Main$Inner.run(Main.java:4)
Caused by: java.lang.NullPointerException: inner
\tat com.acme.Main$Inner.deep(Main.java:5)
"""
RSPEC = """\
     Failure/Error: Calc.ratio(1, 0)

     Calc::Broken:
       cannot divide 1 by 0
     # ./lib/calc.rb:5:in `ratio'
"""
RSPEC_EXPECTATION = """\
     Failure/Error: expect(add(1, 1)).to eq 3

       expected: 3
            got: 2
     # ./spec/a_spec.rb:5:in `block'
"""
NODE = """\
/w/a.js:3
      throw new Error("outer")
      ^

Error: outer
    at outer (/w/a.js:3:75) {
  [cause]: TypeError: inner
"""


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        pytest.param(GROUP, "ExceptionGroup", "ExceptionGroup: grp (2 sub-exceptions)", id="python group"),
        pytest.param(
            'Fatal Python error: Aborted\n\nCurrent thread 0x1 (most recent call first):\n  File "a.py", line 3 in f',
            "Fatal Python error",
            "Fatal Python error: Aborted",
            id="faulthandler",
        ),
        pytest.param(RUST, "panic", "assertion `left == right` failed: math 1\nleft: 2\nright: 3", id="rust"),
        pytest.param("thread 'm' panicked at 'no, no', src/lib.rs:8:9\n", "panic", "no, no", id="old rust"),
        pytest.param(GO, "panic", "runtime error: index out of range [3] with length 3", id="go"),
        pytest.param(
            "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:",
            "fatal error",
            "all goroutines are asleep - deadlock!",
            id="go deadlock",
        ),
        pytest.param(
            JAVA,
            "java.lang.IllegalStateException",
            "java.lang.IllegalStateException: outer\nsecond",
            id="java: what the caller saw",
        ),
        pytest.param(
            "org.opentest4j.AssertionFailedError: expected: <3> but was: <2>\n\tat a.B.c(B.java:3)",
            "org.opentest4j.AssertionFailedError",
            "org.opentest4j.AssertionFailedError: expected: <3> but was: <2>",
            id="junit",
        ),
        pytest.param(NODE, "Error", "Error: outer", id="node"),
        pytest.param(
            "  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n1 !== 2",
            "AssertionError",
            "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:",
            id="node assert",
        ),
        pytest.param(
            "Error [AggregateError]: agg\n    at f", "AggregateError", "Error [AggregateError]: agg", id="agg"
        ),
        pytest.param(
            "[Error [ERR_TEST_FAILURE]: no] {\n  code: 'X',\n  cause: Error [CalcError]: no\n      at ratio",
            "CalcError",
            "Error [CalcError]: no",
            id="node:test wraps what was thrown",
        ),
        pytest.param("TypeError: x is not a function", "TypeError", "TypeError: x is not a function", id="js"),
        pytest.param(
            "System.NullReferenceException : Object reference not set\n   at A.B() in c.cs:line 1",
            "System.NullReferenceException",
            "System.NullReferenceException : Object reference not set",
            id="xunit",
        ),
        pytest.param(
            "Unhandled exception. System.InvalidOperationException: no",
            "System.InvalidOperationException",
            "System.InvalidOperationException: no",
            id=".net",
        ),
        pytest.param(
            "PHP Fatal error:  Uncaught App\\BadThing: bad 1 in /w/a.php:4\nStack trace:\n#0 {main}",
            "App\\BadThing",
            "App\\BadThing: bad 1",
            id="php",
        ),
        pytest.param(
            "a.rb:3:in `inner': bad 1 (ArgumentError)\n\tfrom a.rb:6",
            "ArgumentError",
            "ArgumentError: bad 1",
            id="ruby",
        ),
        pytest.param(RSPEC, "Calc::Broken", "Calc::Broken: cannot divide 1 by 0", id="rspec error"),
        pytest.param(RSPEC_EXPECTATION, None, "expected: 3\ngot: 2", id="rspec expectation"),
        pytest.param("** (KeyError) key 1 not found", "KeyError", "KeyError: key 1 not found", id="elixir"),
        pytest.param(
            "in function calc:f/1 (src/calc.erl, line 3)\n**error:badarith", "error", "error:badarith", id="eunit"
        ),
        pytest.param(
            "terminate called after throwing an instance of 'std::out_of_range'\n  what():  vector::_M_range_check",
            "std::out_of_range",
            "vector::_M_range_check",
            id="terminate",
        ),
        pytest.param(
            'unknown file: Failure\nC++ exception with description "bad\nnews" thrown in the test body.',
            "C++ exception",
            "bad\nnews",
            id="gtest exception",
        ),
        pytest.param("a: a.c:5: f: Assertion `x' failed.", "assert", "Assertion `x' failed.", id="assert"),
        pytest.param(
            "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x602\n#0 0x1 in f a.c:3",
            "AddressSanitizer",
            "AddressSanitizer: heap-use-after-free on address 0x602",
            id="asan",
        ),
        pytest.param(
            "u.cc:4:36: runtime error: signed integer overflow",
            "runtime error",
            "runtime error: signed integer overflow",
            id="ubsan",
        ),
        pytest.param(
            '/p/A.swift:14: error: A.testX : XCTAssertEqual failed: ("1") is not equal to ("2") - why',
            "XCTAssertEqual",
            'XCTAssertEqual failed: ("1") is not equal to ("2") - why',
            id="xctest",
        ),
        pytest.param(
            "A/a.swift:5: Fatal error: Index out of range", "Fatal error", "Fatal error: Index out of range", id="swift"
        ),
        pytest.param("boom 1 at a.pl line 2.", None, "boom 1", id="perl"),
        pytest.param("lua: a.lua:2: boom\nstack traceback:", None, "boom", id="lua"),
        pytest.param("Error in f(1) : boom\n2: f(1) at a.R#5", "simpleError", "boom", id="R"),
        pytest.param(
            "ERROR: LoadError: DomainError: no\nStacktrace:\n [1] f\n   @ Main a.jl:2",
            "DomainError",
            "DomainError: no",
            id="julia",
        ),
        pytest.param("*** Exception: Prelude.head: empty list", None, "Prelude.head: empty list", id="haskell"),
        pytest.param("Failure/Error: expect(1)", None, "", id="rspec, cut off"),
        pytest.param('  File "a.py", line 3, in f\n    x', None, "", id="python, cut off"),
        pytest.param('  File "a.py", line 3, in f\n    x\nand so on', None, "", id="python, something else behind"),
        pytest.param("it went badly, on line 5 of the plan", None, "", id="nothing"),
        pytest.param("calc_test.go:5: got 1", None, "", id="a plain assertion of go"),
        pytest.param("Breakpoint 1 at 0x1154: file a.c, line 2.", None, "", id="a debugger"),
    ],
)
def test_type_and_message_are_found_in_every_language(text: str, kind: str | None, message: str) -> None:
    assert final_exception(text) == (kind, message)


@pytest.mark.parametrize(
    ("kind", "message", "text", "expected"),
    [
        pytest.param(None, "gt.cc:4\nExpected: 3", "", (None, "Expected: 3"), id="googletest's place is left out"),
        pytest.param(None, "gt.cc:4", "TypeError: no", ("TypeError", "TypeError: no"), id="nothing but a place"),
        pytest.param("A", "why", "TypeError: no", ("A", "why"), id="what is stated counts"),
        pytest.param("testCodeFailure", "why", "TypeError: no", ("TypeError", "why"), id="that is no type"),
        pytest.param("failure", "why", "nothing", ("failure", "why"), id="but better than none"),
        pytest.param(None, "Failed", GO, ("panic", "runtime error: index out of range [3] with length 3"), id="go"),
        pytest.param(
            None,
            "Failed",
            "=== RUN   TestA\n    a_test.go:5: one\n    a_test.go:6: two\n--- FAIL: TestA (0.00s)\n",
            (None, "a_test.go:5: one\na_test.go:6: two"),
            id="every line that a test of go logged",
        ),
        pytest.param(
            None,
            "",
            "App\\CalcTest::testAdd with data set #1 (1, 2)\nFailed asserting that 2 is identical to 3.\n\n/w/a.php:6",
            (None, "Failed asserting that 2 is identical to 3."),
            id="phpunit names the test first",
        ),
        pytest.param(
            None,
            "",
            "Error: x\n    at f (/p/a.js:5:9)\n    at g (/p/a.js:6:9)",
            ("Error", "Error: x"),
            id="frames end it",
        ),
        pytest.param(
            None,
            "Parse error: bad: 2: x\nAt file: /a/b.js:4:15",
            "",
            (None, "Parse error: bad: 2: x\nAt file: /a/b.js:4:15"),
            id="a message that ends in a place",
        ),
    ],
)
def test_a_report_that_is_silent_is_filled_from_its_text(
    kind: str | None, message: str, text: str, expected: tuple[str | None, str]
) -> None:
    assert described(kind, message, text) == expected


@pytest.mark.parametrize(
    "unit",
    [
        "panicked at '",
        "E  a: ",
        "E   ",
        'C++ exception with description "',
        "| ",
        "Error: ",
        "** (A",
        "a::",
        "A.B",
        "terminate called after throwing an instance of '",
        " at a line 1.",
        "': x (A)",
        "a.rb:1:in `",
        "\n",
        "Error in f ",
        ": error: a : XCT",
        "Assertion `",
        "+ Exception Group Traceback (most recent call last):\n",
    ],
)
def test_hostile_text_of_a_megabyte_is_answered(unit: str) -> None:
    kind, message = described(None, "", unit * (1_000_000 // len(unit)))
    assert len(message) <= 2000
    assert len(kind or "") <= 2000
