from __future__ import annotations

import pytest

from healer.engines.model.traces import condensed

LONG = '''\
value = 1, factor = 2

    @pytest.mark.parametrize("value", [1, 2, 3])
    def test_it(value):
        prepared = [value,

            value]
>       assert scale(
            prepared,
            factor) == 2

tests/test_it.py:9:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
shop/it.py:4: in scale
    return apply(prepared, factor)
           ^^^^^^^^^^^^^^^^^^^^^^^
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

prepared = [1, 1]

    def apply(prepared, factor):
        """Long words."""
>       return prepared / factor + offset(prepared)
               ^^^^^^^^^^^^^^^^^
E       TypeError: unsupported operand type(s)

shop/it.py:8: TypeError'''
SHORT = """\
value = 1, factor = 2
>       assert scale(
            prepared,
            factor) == 2
tests/test_it.py:9:
shop/it.py:4: in scale
    return apply(prepared, factor)
prepared = [1, 1]
>       return prepared / factor + offset(prepared)
               ^^^^^^^^^^^^^^^^^
E       TypeError: unsupported operand type(s)
shop/it.py:8: TypeError"""
UNINDENTED = """\
def test_it():
>       assert 1 == 2
E       assert 1 == 2

tests/test_it.py:2: AssertionError"""


def test_a_long_trace_loses_the_source_around_its_statements_and_nothing_else() -> None:
    assert condensed(LONG) == SHORT


def test_a_definition_at_the_margin_is_source_too() -> None:
    assert condensed(UNINDENTED).split("\n")[0] == ">       assert 1 == 2"


def test_carets_under_a_whole_statement_are_left_out() -> None:
    trace = ">       frobnicate(x)\n        ^^^^^^^^^^^^^\nE       ValueError"
    assert condensed(trace) == ">       frobnicate(x)\nE       ValueError"


def test_condensing_twice_changes_nothing_more() -> None:
    assert condensed(condensed(LONG)) == condensed(LONG)


@pytest.mark.parametrize(
    "trace",
    [
        "",
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nValueError: x',
        "AssertionError: expected NaN to be 3\n    at web/cart.test.ts:4:22",
        "--- FAIL: TestTotal (0.00s)\n    total_test.go:7: got 3, want 4",
        "E   only what was said\n    indented",
        "> quoted\n    text",
    ],
    ids=["empty", "python", "javascript", "go", "no statement", "nothing said"],
)
def test_other_traces_stay_as_they_are(trace: str) -> None:
    assert condensed(trace) == trace


def test_frames_of_node_and_of_importers_are_left_out() -> None:
    text = (
        "AssertionError: 1\n    at TestContext.<anonymous> (test/a.test.js:17:10)\n"
        "    at Test.run (node:internal/test_runner/test:796:25)\n"
        "    at async Test.processPendingSubtests (node:internal/test_runner/test:526:7) {\n  actual: 1\n"
        "Hint: make sure your test modules/packages have valid Python names.\n"
        "/usr/lib/python3.13/importlib/__init__.py:88: in import_module\n    return _bootstrap(name)\n"
        "           ^^^^^^^^^^^^^^^^\ntests/test_a.py:1: in <module>\n    import a"
    )
    assert condensed(text) == (
        "AssertionError: 1\n    at TestContext.<anonymous> (test/a.test.js:17:10)\n  actual: 1\n"
        "tests/test_a.py:1: in <module>\n    import a"
    )


def test_folders_of_our_own_and_times_of_a_diff_are_left_out_of_a_log() -> None:
    log = (
        "--- -\t2026-11-22 17:42:14.296684653 +0000\n"
        "+++ /tmp/self-heal-runs-2dr8xel6/run-1/tmp/one.sql\t2026-11-22 17:42:14.252186705 +0000\n"
        "at 2026-11-22 17:42:14 in /tmp/other/run-1/x"
    )
    assert condensed(log) == "--- -\n+++ .../tmp/one.sql\nat 2026-11-22 17:42:14 in /tmp/other/run-1/x"
