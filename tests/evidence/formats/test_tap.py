from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

GOLDEN = Path(__file__).parents[2] / "data" / "golden"


def read(text: str) -> Report:
    return read_report(io.BytesIO(text.encode()), "report.tap")


NODE = """\
TAP version 13
# Subtest: calc
    # Subtest: adds
    ok 1 - adds
      ---
      duration_ms: 0.1
      ...
    # Subtest: takes \\# away
    not ok 2 - takes \\# away
      ---
      duration_ms: 0.2
      location: '/w/test/a.test.js:5:40'
      failureType: 'testCodeFailure'
      error: |-
        Expected values to be strictly equal:

        1 !== 2

      code: 'ERR_ASSERTION'
      name: 'AssertionError'
      stack: |-
        TestContext.<anonymous> (/w/test/a.test.js:6:45)
        Test.run (node:internal/test_runner/test:796:25)
      ...
    1..2
not ok 1 - calc
  ---
  failureType: 'subtestsFailed'
  error: '1 subtest failed'
  ...
1..1
# tests 2
# fail 1
"""
PERL = """\
1..3
ok 1 - one
not ok 2 - two is
#   Failed test 'two is'
#   at t/a.t line 12.
#          got: '1'
#     expected: '2'
# Subtest: sub
    1..2
    ok 1 - in
    not ok 2 - in bad
    #   Failed test 'in bad'
    #   at t/a.t line 3.
    # Looks like you failed 1 test of 2.
not ok 3 - sub
#   Failed test 'sub'
# Looks like you failed 2 tests of 3.
"""
BATS = """\
1..3
ok 1 fine in 3ms
not ok 2 fails
# (in test file test/a.bats, line 7)
#   `false' failed
# some output
ok 3 skipped # skip why
"""
VITEST = """\
TAP version 13
1..1
not ok 1 - calc.test.js # time=11.20ms {
    1..2
    not ok 1 - calc # time=10.29ms {
        1..1
        not ok 1 - soft # time=1.13ms
            ---
            error:
                name: "AssertionError"
                message: "expected 1 to be 2
 over two lines"
            at: "/w/calc.test.js:7:41"
            ---
            error:
                name: "Error"
                message: "second"
            ...
    }
    not ok 2 - hook # time=1ms {
        1..1
        ok 1 - a # SKIP
    }
}
"""
MOCHA = """\
ok 1 calc fine
not ok 2 calc adds
  2 !== 3
  TypeError: 2 !== 3
      at Context.<anonymous> (test/calc.js:11:50)
# tests 2
1..2
"""
PROVE = """\
t/a.t ..
1..2
ok 1 - one
ok 2 - two
ok
t/b.t ..
1..3
ok 1
Dubious, test returned 255 (wstat 65280, 0xff00)
Failed 2/3 subtests
t/d.t .. skipped: not here
"""


@pytest.mark.parametrize(
    ("text", "tally", "failing"),
    [
        pytest.param(
            NODE,
            Tally(passed=1, failed=1),
            [("calc > takes # away", "/w/test/a.test.js", 6, "AssertionError", "Expected values")],
            id="node",
        ),
        pytest.param(
            PERL,
            Tally(passed=2, failed=2),
            [
                ("t/a.t::two is", "t/a.t", 12, None, "Failed test 'two is'\ngot: '1'\nexpected: '2'"),
                ("t/a.t::sub > in bad", "t/a.t", 3, None, "Failed test 'in bad'"),
            ],
            id="Perl",
        ),
        pytest.param(
            BATS,
            Tally(passed=1, failed=1, skipped=1),
            [("test/a.bats::fails", "test/a.bats", 7, None, "`false' failed\nsome output")],
            id="bats",
        ),
        pytest.param(
            VITEST,
            Tally(failed=1, errors=1, skipped=1),
            [
                ("calc.test.js::calc > soft", "/w/calc.test.js", 7, "AssertionError", "expected 1 to be 2"),
                ("calc.test.js::hook", "calc.test.js", None, None, "failed although"),
            ],
            id="Vitest",
        ),
        pytest.param(
            MOCHA, Tally(passed=1, failed=1), [("calc adds", "test/calc.js", 11, "TypeError", "2 !== 3")], id="Mocha"
        ),
        pytest.param(
            PROVE, Tally(passed=3, errors=1), [("t/b.t", "t/b.t", None, None, "Dubious, test returned 255")], id="prove"
        ),
    ],
)
def test_what_producers_say_is_understood(
    text: str, tally: Tally, failing: list[tuple[str, str, int | None, str | None, str]]
) -> None:
    report = read(text)
    assert (report.format, report.tally) == ("tap", tally)
    for failure, (identity, file, line, type_name, message) in zip(report.failures, failing, strict=True):
        assert (failure.id, failure.file, failure.line, failure.type) == (identity, file, line, type_name)
        assert failure.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "verdict", "tally"),
    [
        pytest.param("1..1\nok 1\n", ReportVerdict.PASSED, Tally(passed=1), id="version 12"),
        pytest.param("ok 1\nok 2\n1..2\n", ReportVerdict.PASSED, Tally(passed=2), id="plan at the end"),
        pytest.param("TAP version 14\nok\nnot ok\n1..2\n", ReportVerdict.FAILED, Tally(passed=1, failed=1), id="bare"),
        pytest.param("1..0 # SKIP no database\n", ReportVerdict.EMPTY, Tally(), id="all skipped"),
        pytest.param("TAP version 13\n", ReportVerdict.EMPTY, Tally(), id="nothing"),
        pytest.param("1..3\nok 1\n", ReportVerdict.FAILED, Tally(passed=1, errors=1), id="fewer than planned"),
        pytest.param("1..1\nok 1\nok 2\n", ReportVerdict.FAILED, Tally(passed=2, errors=1), id="more than planned"),
        pytest.param("TAP version 13\n1..2\n", ReportVerdict.FAILED, Tally(errors=1), id="none of those planned"),
        pytest.param("TAP version 13\nok 1\n", ReportVerdict.FAILED, Tally(passed=1, errors=1), id="no plan"),
        pytest.param("1..2\nok 1\nBail out! no disk\n", ReportVerdict.FAILED, Tally(passed=1, errors=1), id="bail out"),
        pytest.param("1..2\nnot ok 1 # TODO x\nok 2 # SKIP y\n", ReportVerdict.EMPTY, Tally(skipped=2), id="excused"),
        pytest.param("1..1\nnot ok 1 - a \\# TODO\n", ReportVerdict.FAILED, Tally(failed=1), id="escaped hash"),
        pytest.param(
            "1..1\nok 1\n1..1\nnot ok 1\n", ReportVerdict.FAILED, Tally(passed=1, failed=1), id="concatenated"
        ),
        pytest.param(
            "ok 1\nok 2\n1..2\nok 1\nok 2\nnot ok 3\n1..3\n",
            ReportVerdict.FAILED,
            Tally(passed=4, failed=1),
            id="concatenated, plans at the end",
        ),
        pytest.param(
            "TAP version 13\n1..1\nok 1\nTAP version 13\n1..2\nok 1\n",
            ReportVerdict.FAILED,
            Tally(passed=2, errors=1),
            id="the second document breaks off",
        ),
        pytest.param(
            "    # Subtest: in\n    not ok 1 - a\n    1..1\nnot ok 1 - in # TODO x\n1..1\n",
            ReportVerdict.EMPTY,
            Tally(skipped=1),
            id="an excused subtest excuses what is in it",
        ),
        pytest.param(
            "1..1\n    1..2\n    ok 1 - a\nnot ok 1 - in\n",
            ReportVerdict.FAILED,
            Tally(passed=1, errors=1),
            id="a subtest that failed though nothing in it did",
        ),
        pytest.param(
            "TAP version 13\n    not ok 1 - a\n    1..1\n",
            ReportVerdict.FAILED,
            Tally(failed=1),
            id="a subtest whose point never came",
        ),
        pytest.param(
            "1..1\nok 1 - a {\n    1..1\n    ok 1 - b\n",
            ReportVerdict.FAILED,
            Tally(passed=1, errors=1),
            id="braces that never close",
        ),
        pytest.param("> test\n> node\n\n1..1\nok 1\n", ReportVerdict.PASSED, Tally(passed=1), id="lines before"),
        pytest.param("1..1\r\nnot ok 1 - a\r\n", ReportVerdict.FAILED, Tally(failed=1), id="lines of Windows"),
        pytest.param(
            "1..1\nnot ok 1\n  ---\n  a: b\nok 2\n", ReportVerdict.FAILED, Tally(passed=1, failed=1), id="open YAML"
        ),
    ],
)
def test_the_count_and_the_verdict_follow_points_and_plans(text: str, verdict: ReportVerdict, tally: Tally) -> None:
    report = read(text)
    assert (report.verdict, report.tally) == (verdict, tally)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ok  \texample.com/a\t0.1s\nok  \texample.com/b\t0.1s\n", id="go"),
        pytest.param("everything is ok 1 of 2\n", id="prose"),
        pytest.param("ok 1.5 seconds\nok 2.5 seconds\n", id="times"),
        pytest.param("1..5\n", id="a range"),
        pytest.param("line\n" * 100 + "1..1\nok 1\n", id="far below other output"),
    ],
)
def test_other_text_is_not_taken_for_the_protocol(text: str) -> None:
    assert read(text).format != "tap"


def test_what_a_process_printed_that_died_while_loading_a_file_is_its_failure() -> None:
    text = (
        "TAP version 13\n# Error: Cannot find module './nope'\n#     at Object.<anonymous> (/w/b.test.js:3:1)\n"
        "# Node.js v20.20.2\n# Subtest: /w/b.test.js\nnot ok 1 - /w/b.test.js\n  ---\n"
        "  location: '/w/b.test.js:1:1'\n  failureType: 'testCodeFailure'\n  exitCode: 1\n  error: 'test failed'\n"
        "  ...\n1..1\n"
    )
    (failure,) = read(text).failures
    assert (failure.message, failure.line) == ("Error: Cannot find module './nope'", 3)


def test_a_module_that_died_while_a_file_imported_it_is_told_by_what_stands_above_the_point() -> None:
    def died(number: int, file: str, *said: str) -> str:
        comments = "".join(f"# {line}\n" for line in (*said, "Node.js v20.20.2", f"Subtest: {file}"))
        return (
            f"{comments}not ok {number} - {file}\n  ---\n  location: '{file}:1:1'\n"
            "  failureType: 'testCodeFailure'\n  exitCode: 1\n  error: 'test failed'\n  ...\n"
        )

    stack = "    at compileSourceTextModule (node:internal/modules/esm/utils:346:16)"
    first = died(1, "/w/a.test.js", "file:///w/lib/one.js:2", "SyntaxError: Unexpected token ';'", stack)
    second = died(2, "/w/b.test.js", "file:///w/lib/two.js:7", "SyntaxError: Unexpected token '}'", stack)
    found = read(f"TAP version 13\n{first}{second}1..2\n").failures
    assert [(one.type, one.message) for one in found] == [
        ("SyntaxError", "SyntaxError: Unexpected token ';'"), ("SyntaxError", "SyntaxError: Unexpected token '}'"),
    ]  # fmt: skip
    assert [(one.frames[-1].file, one.frames[-1].line) for one in found] == [
        ("file:///w/lib/one.js", 2), ("file:///w/lib/two.js", 7),
    ]  # fmt: skip


def test_to_bats_a_directive_of_a_test_that_failed_is_its_name() -> None:
    text = "1..2\nnot ok 1 a # TODO b\n# (in test file t/a.bats, line 3)\n#   `false' failed\nok 2 c # skip d\n"
    report = read(text)
    assert report.tally == Tally(failed=1, skipped=1)
    assert report.failures[0].id == "t/a.bats::a # TODO b"


@pytest.mark.parametrize("first", ["ok 1 - a", "not ok 1 - a # TODO", "not ok 1 - a # SKIP", "not ok 1 - a"])
def test_points_inside_of_diagnostics_do_not_count(first: str) -> None:
    text = f"TAP version 13\n1..1\n{first}\n  ---\n  message: |\n    not ok 2 - fake\n    1..5\n  ...\n"
    report = read(text)
    assert report.tally is not None
    assert report.tally.tests == 1


def test_a_point_without_a_name_is_named_by_its_number() -> None:
    assert read("1..1\nnot ok 1\n").failures[0].id == "1"


def test_what_was_printed_before_a_run_broke_off_is_said() -> None:
    (failure,) = read("1..3\nok 1 - a\ndisk full at lib/A.pm line 3.\n").failures
    assert failure.message.startswith("3 tests were planned, but 1 ran")
    assert "disk full" in failure.text
    assert (failure.file, failure.line) == ("lib/A.pm", 3)


def test_a_hook_that_failed_is_kept_beside_the_tests_that_it_cancelled() -> None:
    text = (
        "TAP version 13\n# Subtest: s\n    # Subtest: never\n    not ok 1 - never\n      ---\n"
        "      failureType: 'cancelledByParent'\n      error: 'cancelled'\n      ...\n    1..1\nnot ok 1 - s\n  ---\n"
        "  failureType: 'hookFailed'\n  error: 'the hook broke'\n  ...\n1..1\n"
    )
    report = read(text)
    assert [failure.message for failure in report.failures] == ["cancelled", "the hook broke"]
    assert {failure.kind for failure in report.failures} == {CaseOutcome.ERROR}


@pytest.mark.parametrize(
    ("name", "failing"),
    [("vitest/flat.tap", 14), ("vitest/vitest.tap", 15), ("mocha/mocha.tap", 13), ("node-test/default.tap", 16)],
)
def test_real_output_shows_as_many_failures_as_its_tool_counts(name: str, failing: int) -> None:
    with (GOLDEN / name).open("rb") as stream:
        tally = read_report(stream, name).tally
    assert tally is not None
    assert tally.failing == failing


LINES = st.sampled_from(
    [
        "ok 1",
        "not ok 2 - b",
        "ok",
        "not ok",
        "1..2",
        "1..0",
        "    ok 1",
        "    not ok 1 - c",
        "        not ok 1",
        "# Subtest: x",
        "    # Subtest: y",
        "not ok 3 - z {",
        "ok 4 - q {",
        "}",
        "    }",
        "  ---",
        "  ...",
        "Bail out!",
        "TAP version 13",
        "t/a.t ..",
        "Dubious, test returned 1",
        "# note",
        "not ok 5 # TODO",
        "    1..1",
        "",
        "      ---",
    ]
)


@given(st.lists(LINES, max_size=40))
def test_lines_in_any_order_never_end_as_a_pass_with_a_plain_failure_at_the_top(lines: list[str]) -> None:
    report = read("\n".join(["1..1", "ok 1", *lines, "TAP version 13", "1..1", "not ok 1 - last"]))
    assert report.verdict is ReportVerdict.FAILED


@given(st.text(max_size=300))
def test_any_text_below_a_point_is_survived(text: str) -> None:
    read(f"TAP version 13\n1..1\nnot ok 1 - a\n{text}")
    read(f"TAP version 13\n1..1\nnot ok 1 - a\n  ---\n  {text}")


def test_what_a_script_printed_on_its_other_stream_explains_why_prove_finds_it_broken() -> None:
    told = (
        "Illegal division by zero at /w/lib/Engine.pm line 21.\n# Looks like your test exited with 255 just after 1.\n"
    )
    begun = "t/dies.t ..\n1..3\nok 1 - first\nDubious, test returned 255 (wstat 65280, 0xff00)\nFailed 2/3 subtests\n"
    (failure,) = read(f"{told}{begun}\n#   Failed test 'of the next one'\nt/b.t .. ok\n").failures
    assert (failure.id, failure.file, failure.line) == ("t/dies.t", "/w/lib/Engine.pm", 21)
    assert "Illegal division by zero" in failure.message
    assert "of the next one" not in failure.text


def test_catch2_names_the_test_case_above_each_assertion() -> None:
    lines = [
        "# adds",
        "ok 1 - a == 3 for: 3 == 3",
        "# adds wrong",
        "not ok 2 - a == 4 for: 3 == 4",
        "# last",
        "ok 3 - 1",
        "1..3",
    ]
    report = read("\n".join(lines))
    (failure,) = report.failures
    assert (failure.id, failure.message) == ("adds wrong", "a == 4 for: 3 == 4")
    assert report.tally == Tally(passed=2, failed=1)


def test_bats_is_placed_where_the_command_failed() -> None:
    place = "# (from function `check' in file test/../engine.sh, line 8,\n#  in test file test/a.bats, line 14)\n"
    (failure,) = read(f"1..2\nok 1 a\nnot ok 2 deep\n{place}#   `check' failed\n").failures
    assert (failure.id, failure.file, failure.line) == ("test/a.bats::deep", "engine.sh", 8)
    assert failure.message == "`check' failed"
    assert [(frame.file, frame.line) for frame in failure.frames] == [("test/a.bats", 14), ("test/../engine.sh", 8)]
