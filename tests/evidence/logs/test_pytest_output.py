from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.logs import pytest_output
from healer.evidence.logs.console import hear, read_output
from healer.evidence.logs.pytest_runs import without_captured
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from pathlib import Path

RULE = "=" * 30


def run(directory: Path, *arguments: str, **files: str) -> str:
    for name, source in files.items():
        (directory / f"{name}.py").write_text(textwrap.dedent(source))
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
        env={"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    return finished.stdout


INNER = """
    import unittest
    def test_inner(): assert 0
    class TestInner(unittest.TestCase):
        def test_inner(self): self.fail("inner")
"""
PLUGIN_TESTS = """
    import sys
    INNER = '''{inner}'''
    def test_loud(pytester):
        pytester.makepyfile(INNER)
        pytester.runpytest().assert_outcomes(passed=2)
    def test_quiet(pytester):
        pytester.makepyfile(INNER)
        pytester.runpytest("-q").assert_outcomes(passed=2)
    def test_unittest(pytester):
        file = pytester.makepyfile(test_z=INNER)
        assert pytester.run(sys.executable, "-m", "unittest", file).ret == 0
    def test_good(pytester):
        pytester.makepyfile(INNER)
        assert pytester.runpytest().ret == 1
"""


@pytest.mark.parametrize("options", [(), ("-q",), ("-rA", "-v"), ("-rN",), ("-q", "-rN")], ids=" ".join)
def test_runs_that_tests_printed_are_not_taken_for_the_run(tmp_path: Path, options: tuple[str, ...]) -> None:
    source = PLUGIN_TESTS.format(inner=textwrap.dedent(INNER).replace("\n", "\n    "))
    output = run(tmp_path, *options, test_plugin=source, conftest='pytest_plugins = "pytester"')
    heard = hear(output)
    names = [failure.name for failure in heard.failures]
    assert names == ["test_loud", "test_quiet", "test_unittest"]
    assert heard.tally == Tally(passed=1, failed=3)


def test_a_run_that_a_test_printed_without_capture_is_passed_over(tmp_path: Path) -> None:
    source = """
        def test_outer(pytester):
            pytester.makepyfile("def test_inner(): assert 0")
            assert pytester.runpytest().ret == 1
            assert pytester.runpytest("-q").ret == 1
    """
    output = run(tmp_path, "-s", test_plugin=source, conftest='pytest_plugins = "pytester"')
    assert "FAILED test_outer.py::test_inner" in output
    assert hear(output).failures == ()
    assert hear(output).tally == Tally(passed=1)


def test_runs_one_after_the_other_add_up(tmp_path: Path) -> None:
    red = run(tmp_path, test_a="def test_a(): assert 0")
    green = run(tmp_path, "-q", "test_b.py", test_b="def test_b(): pass")
    assert [failure.id for failure in pytest_output.failures(red + green + red)] == ["test_a.py::test_a"] * 2
    position, tally = pytest_output.tally(red + green + red) or (0, Tally())
    assert tally == Tally(passed=1, failed=2)
    assert (red + green + red)[position:].startswith("=")


def test_a_run_after_one_that_died_is_a_run_of_its_own(tmp_path: Path) -> None:
    red = run(tmp_path, test_a="def test_a(): assert 0")
    died = "\n".join(red.splitlines()[:5])
    assert [failure.id for failure in pytest_output.failures(f"{died}\n{red}")] == ["test_a.py::test_a"]
    assert pytest_output.unfinished(f"{died}\n{red}") == "pytest"
    assert pytest_output.unfinished(red) is None


def section(title: str) -> str:
    return f"{RULE} {title} {RULE}"


OUTER = [section("test session starts"), "a.py FF", section("FAILURES"), "____ test_a ____", "a.py:1: AssertionError"]
CAPTURED = "---- Captured stdout call ----"
NEXT = ["____ test_b ____", "a.py:2: AssertionError"]
LISTED = [section("short test summary info"), "FAILED a.py::test_a - x", "FAILED a.py::test_b - x"]
INNER_RUN = [
    *(section("test session starts"), section("FAILURES"), "____ test_i ____", CAPTURED, "printed"),
    *(section("short test summary info"), "FAILED i.py::test_i", section("1 failed in 0.1s")),
]


@pytest.mark.parametrize(
    "printed",
    [
        pytest.param(INNER_RUN, id="a whole run whose test printed something"),
        pytest.param([section("test session starts"), "i.py ", "killed"], id="a run that died"),
        pytest.param([section("7 failed in 0.1s")], id="a closing line alone"),
        pytest.param(["7 failed in 0.1s"], id="a quiet closing line alone"),
        pytest.param(INNER_RUN[1:], id="a run without its first line"),
        pytest.param([*INNER_RUN[1:-1], "1 failed in 0.1s"], id="a quiet run"),
    ],
)
@pytest.mark.parametrize("is_quiet", [False, True], ids=["outer", "quiet outer"])
@pytest.mark.parametrize("is_last", [False, True], ids=["in the first test", "in the last test"])
def test_whatever_a_test_printed_the_run_is_its_own(printed: list[str], *, is_quiet: bool, is_last: bool) -> None:
    begin, closing = (OUTER[2:], "2 failed in 1s") if is_quiet else (OUTER, section("2 failed in 1s"))
    middle = [*NEXT, CAPTURED, *printed] if is_last else [CAPTURED, *printed, *NEXT]
    heard = hear("\n".join([*begin, *middle, *LISTED, closing, ""]))
    assert [failure.id for failure in heard.failures] == ["a.py::test_a", "a.py::test_b"]
    assert heard.tally == Tally(failed=2)


def test_an_opening_line_inside_a_message_opens_nothing() -> None:
    quoted = f"E   and: '{section('test session starts')}'"
    heard = hear("\n".join([*OUTER, quoted, *NEXT, *LISTED, section("2 failed in 1s"), ""]))
    assert heard.tally == Tally(failed=2)


def test_quiet_runs_one_after_the_other_add_up() -> None:
    first = [*OUTER[2:], CAPTURED, "printed", *LISTED[:2], "1 failed in 1s"]
    heard = hear("\n".join([*first, ".. [100%]", "2 passed in 1s", *first, ""]))
    assert ([failure.id for failure in heard.failures], heard.tally) == (["a.py::test_a"] * 2, Tally(2, 2))


def test_what_a_run_prints_under_captured_is_taken_away(tmp_path: Path) -> None:
    source = """
        import sys
        def test_a():
            print("Ran 3 tests in 1s"); print("printed", file=sys.stderr)
            assert 0
    """
    output = run(tmp_path, test_a=source)
    assert "\nRan 3 tests in 1s" in output
    assert "Ran 3 tests in 1s" not in without_captured(output).splitlines()
    assert "test_a.py:5: AssertionError" in without_captured(output)


@pytest.mark.parametrize(
    ("arguments", "files", "kind", "message"),
    [
        pytest.param(("nothere",), {}, None, "file or directory not found: nothere", id="no such file"),
        pytest.param(("--nope",), {}, None, "unrecognized arguments: --nope", id="unknown option"),
        pytest.param(
            ("a.py::nope",), {"a": "def test_a(): pass"}, None, "not found: {path}/a.py::nope", id="no such test"
        ),
        pytest.param(
            ("a.py",),
            {"a": "def test_a(): pass", "conftest": "def pytest_runtest_logreport(): raise OSError('hook')"},
            "OSError",
            "OSError: hook",
            id="internal error",
        ),
        pytest.param(
            ("a.py",),
            {"a": "def test_a(): raise KeyboardInterrupt"},
            "KeyboardInterrupt",
            "KeyboardInterrupt",
            id="interrupt",
        ),
    ],
)
def test_a_run_that_breaks_down_is_one_error(
    tmp_path: Path, arguments: tuple[str, ...], files: dict[str, str], kind: str | None, message: str
) -> None:
    (failure,) = read_output(run(tmp_path, *arguments, **files))
    assert (failure.id, failure.kind, failure.type) == ("pytest", CaseOutcome.ERROR, kind)
    assert failure.message.startswith(message.format(path=tmp_path))


CRASH = """
    import faulthandler, os
    def test_fine(): pass
    class TestC:
        def test_crash(self): os.abort()
"""


def test_a_process_that_crashes_is_told_by_the_test_that_was_running(tmp_path: Path) -> None:
    (failure,) = read_output(run(tmp_path, "-v", test_a=CRASH))
    assert (failure.id, failure.type) == ("test_a.py::TestC::test_crash", "Aborted")
    assert (failure.file, failure.line, failure.frames[-1].function) == ("test_a.py", 5, "test_crash")
    (failure,) = read_output(run(tmp_path, test_a=CRASH))
    assert (failure.id, failure.file, failure.line) == ("test_a.py::test_crash", "test_a.py", 5)


def test_what_the_progress_shows_of_a_run_that_was_cut_off_is_kept(tmp_path: Path) -> None:
    source = "def test_a(): assert 0\ndef test_b(): pass\ndef test_c(x): pass"
    verbose = run(tmp_path, "-v", test_a=source).partition("= ERRORS =")[0]
    found = {failure.id: failure.kind for failure in pytest_output.failures(verbose)}
    assert found == {"test_a.py::test_a": CaseOutcome.FAILED, "test_a.py::test_c": CaseOutcome.ERROR}
    short = run(tmp_path, test_a=source).partition("= ERRORS =")[0]
    assert [failure.id for failure in pytest_output.failures(short)] == ["test_a.py"]


def test_subtests_say_which_of_them_failed(tmp_path: Path) -> None:
    source = """
        def test_s(subtests):
            for i in range(3):
                with subtests.test("even", i=i):
                    assert i % 2 == 0
    """
    output = run(tmp_path, test_a=source)
    (failure,) = pytest_output.failures(output)
    assert (failure.id, failure.message) == ("test_a.py::test_s", "assert (1 % 2) == 0 (subtest [even] (i=1))")


def test_a_doctest_says_what_it_expected(tmp_path: Path) -> None:
    output = run(
        tmp_path, "--doctest-modules", "a.py", a="def f():\n    '''\n    >>> f()\n    3\n    '''\n    return 1"
    )
    (failure,) = pytest_output.failures(output)
    assert (failure.id, failure.type, failure.line) == ("a.py::a.f", "DocTestFailure", 3)
    assert failure.message.split() == ["Expected:", "3", "Got:", "1"]


def test_an_exception_group_is_read_through_its_margins(tmp_path: Path) -> None:
    output = run(tmp_path, test_a="def test_g(): raise ExceptionGroup('g', [ValueError('a')])")
    (failure,) = pytest_output.failures(output)
    assert (failure.type, failure.message) == ("ExceptionGroup", "ExceptionGroup: g (1 sub-exception)")


@pytest.mark.parametrize(
    ("line", "kind", "identity", "message"),
    [
        ("FAILED a.py::t - x", CaseOutcome.FAILED, "a.py::t", "x"),
        ("FAILED a.py::t[a - b] - x", CaseOutcome.FAILED, "a.py::t[a - b]", "x"),
        ("FAILED a.py::t[a - b]", CaseOutcome.FAILED, "a.py::t[a - b]", ""),
        ("ERROR a.py", CaseOutcome.ERROR, "a.py", ""),
        ("SUBFAIL a.py::t - x", CaseOutcome.FAILED, "a.py::t", "x"),
        ("SUBFAILED[m] (i=1) a.py::t - x", CaseOutcome.FAILED, "a.py::t", "x (subtest [m] (i=1))"),
        ("SUBFAILED(i=1) a.py::t - x", CaseOutcome.FAILED, "a.py::t", "x (subtest (i=1))"),
    ],
)
def test_a_summary_line_is_split(line: str, kind: CaseOutcome, identity: str, message: str) -> None:
    (failure,) = pytest_output.failures(f"{RULE} short test summary info {RULE}\n{line}\n1 failed in 0.1s\n")
    assert (failure.kind, failure.id, failure.message) == (kind, identity, message)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("FAILED (failures=1)", id="unittest"),
        pytest.param("RERUN a.py::t", id="a rerun"),
        pytest.param("PASSED a.py::t", id="a pass"),
        pytest.param("XFAIL a.py::t - reason", id="an expected failure"),
        pytest.param(" +  where 4 = add(2, 2)", id="a message that goes on"),
    ],
)
def test_other_lines_of_a_summary_are_no_failures(line: str) -> None:
    assert pytest_output.failures(f"{RULE} short test summary info {RULE}\n{line}\n1 passed in 0.1s\n") == ()


LINES = (
    f"{RULE} test session starts {RULE}",
    f"{RULE} FAILURES {RULE}",
    f"{RULE} ERRORS {RULE}",
    f"{RULE} short test summary info {RULE}",
    f"{RULE} 1 failed, 2 passed in 0.1s {RULE}",
    "1 failed in 0.1s",
    "____ test_a ____",
    "---- Captured stdout call ----",
    "FAILED a.py::b - c",
    "a.py::b FAILED",
    "a.py ..F",
    "a.py:3: AssertionError",
    "E   assert 0",
    "!!!!! KeyboardInterrupt !!!!!",
    "INTERNALERROR> x",
    "Fatal Python error: Aborted",
    "ERROR: usage: x",
    "",
)


@given(st.lists(st.sampled_from(LINES), max_size=20))
def test_no_order_of_lines_makes_reading_fail(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert all(failure.id and failure.kind.is_failing for failure in pytest_output.failures(text))
    position, tally = pytest_output.tally(text) or (0, Tally())
    assert 0 <= position <= len(text)
    assert tally.tests <= 3 * len(lines)
    assert len(without_captured(text)) <= len(text)


def test_runs_inside_runs_to_any_depth_cost_no_recursion() -> None:
    text = f"{LINES[0]}\n" * 20_000
    assert pytest_output.failures(text) == ()
    assert pytest_output.unfinished(text) == "pytest"
