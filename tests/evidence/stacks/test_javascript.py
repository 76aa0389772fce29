from __future__ import annotations

import pytest

from tests.traces import Frames, frames

NODE = """\
/w/a.js:3
async function outer() { throw new Error("outer", {cause: e}); }
                         ^

Error: outer
    at outer (/w/a.js:3:75) {
  [cause]: TypeError: Cannot read properties of null (reading 'x')
      at inner (/w/a.js:2:25)
      at new Foo (/w/a.js:1:29)
}
"""
AGGREGATE = """\
  Error [AggregateError]: agg
      at TestContext.<anonymous> (file:///w/sp%20ace/a.test.mjs:4:25)
      at async Test.run (node:internal/test_runner/test:796:25) {
    [errors]: [
      Error: one
          at one (file:///w/a.mjs:5:45),
      TypeError: two
          at two (file:///w/a.mjs:6:63)
    ]
"""
TAP = """\
  location: '/w/sp ace/a.test.mjs:3:1'
  stack: |-
    helper (file:///w/sp%20ace/a.test.mjs:2:27)
    async TestContext.<anonymous> (file:///w/sp%20ace/a.test.mjs:3:22)
"""
PLAYWRIGHT = """\
    CalcError: cannot divide 1 by 0

       at src/engine.js:27

    > 27 |     throw new CalcError(`cannot divide ${left} by ${right}`, { cause });
        at ratio (/w/src/engine.js:27:11)
        at /w/tests/engine.spec.js:20:5
    [cause]: TypeError: division by zero
        at divide (/w/src/engine.js:33:11)
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            NODE,
            [("/w/a.js", 3, "outer"), ("/w/a.js", 1, "new Foo"), ("/w/a.js", 2, "inner")],
            id="node: the place above the stack is not repeated",
        ),
        pytest.param(
            AGGREGATE,
            [
                ("node:internal/test_runner/test", 796, "Test.run"),
                ("file:///w/sp%20ace/a.test.mjs", 4, "TestContext.<anonymous>"),
                ("file:///w/a.mjs", 5, "one"),
                ("file:///w/a.mjs", 6, "two"),
            ],
            id="errors of an AggregateError",
        ),
        pytest.param(
            TAP,
            [
                ("/w/sp ace/a.test.mjs", 3, None),
                ("file:///w/sp%20ace/a.test.mjs", 3, "TestContext.<anonymous>"),
                ("file:///w/sp%20ace/a.test.mjs", 2, "helper"),
            ],
            id="node's TAP",
        ),
        pytest.param(
            PLAYWRIGHT,
            [
                ("/w/tests/engine.spec.js", 20, None),
                ("/w/src/engine.js", 27, "ratio"),
                ("/w/src/engine.js", 33, "divide"),
            ],
            id="playwright",
        ),
        pytest.param(
            "    at h (eval at g (eval at f (/w/e.js:1:15), <anonymous>:1:22), <anonymous>:1:2)",
            [("/w/e.js", 1, "h")],
            id="eval",
        ),
        pytest.param(
            "    at f (webpack:///./src/a.js?abcd:5:3)", [("webpack:///./src/a.js?abcd", 5, "f")], id="webpack"
        ),
        pytest.param(
            "    at f (C:\\p\\a b\\a.js:5:19)\n    at C:\\p\\c d\\b.js:6:1",
            [("C:\\p\\c d\\b.js", 6, None), ("C:\\p\\a b\\a.js", 5, "f")],
            id="windows, with spaces",
        ),
        pytest.param(
            "    at Page (/w/app/(group)/[id]/page.tsx:4:11)",
            [("/w/app/(group)/[id]/page.tsx", 4, "Page")],
            id="parentheses in the path",
        ),
        pytest.param(
            "    at f (file:///w/a.ts:5:9)\n    at async https://deno.land/std/a.ts:1:2",
            [("https://deno.land/std/a.ts", 1, None), ("file:///w/a.ts", 5, "f")],
            id="deno",
        ),
        pytest.param(
            "f@http://localhost:80/a.js:5:3\n@file:///w/b.js:6:7",
            [("file:///w/b.js", 6, None), ("http://localhost:80/a.js", 5, "f")],
            id="firefox and safari",
        ),
        pytest.param(" \u276f helper src/b.ts:3:4", [("src/b.ts", 3, "helper")], id="vitest with a function"),
        pytest.param(
            "    SyntaxError: /w/a.test.js: Unexpected token (2:15)\n\n    > 2 |\n      at toParseError (/w/p.js:95:3)",
            [("/w/p.js", 95, "toParseError"), ("/w/a.test.js", 2, None)],
            id="babel",
        ),
        pytest.param("src/a.ts(5,3): error TS2322: x", [("src/a.ts", 5, None)], id="tsc"),
        pytest.param("src/b.ts:6:3 - error TS2322: x", [("src/b.ts", 6, None)], id="tsc, pretty"),
        pytest.param(
            "    at async Promise.all (index 0)\n    at new Promise (<anonymous>)\n    at Array.map (native)",
            [],
            id="without a place",
        ),
        pytest.param("me@example.org:5:3\nf (see 5:3)", [], id="no source"),
    ],
)
def test_frames_of_javascript(text: str, expected: Frames) -> None:
    assert frames(text) == expected
