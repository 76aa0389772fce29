from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.logs.console import printed_tally, read_output
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """
    import unittest, pytest
    class TestA(unittest.TestCase):
        def test_fails(self):
            \"\"\"A docstring.\"\"\"
            self.assertEqual(1, 2)
        def test_errs(self):
            {}["x"]
        def test_passes(self): pass
        @unittest.skip("why")
        def test_skipped(self): pass
    class TestP:
        @pytest.mark.parametrize("s", ["x.y", "a - b", "c::d"])
        def test_p(self, s):
            assert s == "z"
    @pytest.fixture
    def bad():
        raise RuntimeError("fixture broke")
    def test_fixture(bad): pass
"""


def run(directory: Path, *command: str, source: str = SOURCE, name: str = "test_it.py") -> str:
    (directory / name).write_text(textwrap.dedent(source))
    finished = subprocess.run(
        [sys.executable, *command],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    return finished.stdout + finished.stderr


@pytest.mark.parametrize("style", ["auto", "long", "short", "native", "line", "no"])
def test_pytest_is_read_in_every_traceback_style(tmp_path: Path, style: str) -> None:
    options = ("-p", "no:cacheprovider", f"--tb={style}", "--color=yes")
    output = run(tmp_path, "-m", "pytest", *options)
    failures = {failure.id: failure for failure in read_output(output)}
    assert {identity: failure.kind for identity, failure in failures.items()} == {
        "test_it.py::TestA::test_fails": CaseOutcome.FAILED,
        "test_it.py::TestA::test_errs": CaseOutcome.FAILED,
        "test_it.py::TestP::test_p[x.y]": CaseOutcome.FAILED,
        "test_it.py::TestP::test_p[a - b]": CaseOutcome.FAILED,
        "test_it.py::TestP::test_p[c::d]": CaseOutcome.FAILED,
        "test_it.py::test_fixture": CaseOutcome.ERROR,
    }
    errs = failures["test_it.py::TestA::test_errs"]
    assert (errs.type, errs.message) == ("KeyError", "KeyError: 'x'")
    if style not in {"line", "no"}:
        assert (errs.file, errs.line) == ("test_it.py", 8)
        assert failures["test_it.py::test_fixture"].frames[-1].function == "bad"
    assert printed_tally(output) == Tally(passed=1, failed=5, errors=1, skipped=1)


def test_pytest_without_its_summary_is_read_from_its_sections(tmp_path: Path) -> None:
    output = run(tmp_path, "-m", "pytest", "-p", "no:cacheprovider", "-rN", "-q")
    assert {failure.id for failure in read_output(output)} == {
        "test_it.py::TestA::test_fails",
        "test_it.py::TestA::test_errs",
        "test_it.py::TestP::test_p[x.y]",
        "test_it.py::TestP::test_p[a - b]",
        "test_it.py::TestP::test_p[c::d]",
        "test_it.py::test_fixture",
    }


def test_what_pytest_cannot_collect_is_an_error_with_its_cause(tmp_path: Path) -> None:
    output = run(tmp_path, "-m", "pytest", "-p", "no:cacheprovider", "-q", source="import nothing_here")
    (failure,) = read_output(output)
    assert (failure.id, failure.kind, failure.type) == ("test_it.py", CaseOutcome.ERROR, "ModuleNotFoundError")
    assert failure.message == "ModuleNotFoundError: No module named 'nothing_here'"


def test_a_conftest_that_does_not_load_is_the_failure(tmp_path: Path) -> None:
    output = run(tmp_path, "-m", "pytest", "-p", "no:cacheprovider", source="import nothing_here", name="conftest.py")
    (failure,) = read_output(output)
    assert failure.id.endswith("conftest.py")
    assert failure.type == "ModuleNotFoundError"


def test_unittest_is_read(tmp_path: Path) -> None:
    output = run(tmp_path, "-m", "unittest", "test_it", "test_not_there")
    failures = {failure.id: failure for failure in read_output(output)}
    assert set(failures) == {"test_it.TestA.test_fails", "test_it.TestA.test_errs", "test_not_there"}
    fails = failures["test_it.TestA.test_fails"]
    assert (fails.kind, fails.suite, fails.name) == (CaseOutcome.FAILED, "test_it.TestA", "test_fails")
    assert (fails.type, fails.message) == ("AssertionError", "AssertionError: 1 != 2")
    assert (fails.file, fails.line) == (str(tmp_path / "test_it.py"), 6)
    assert failures["test_not_there"].type == "ModuleNotFoundError"
    assert printed_tally(output) == Tally(passed=1, failed=1, errors=2, skipped=1)


OLD_UNITTEST = f"""\
F
{"=" * 70}
FAIL: test_sub (mod.Class) [msg] (i=0)
The docstring.
{"-" * 70}
Traceback (most recent call last):
  File "/w/mod.py", line 9, in test_sub
    self.assertEqual(i, 1)
AssertionError: 0 != 1

{"=" * 70}
ERROR: setUpClass (mod.Other)
{"-" * 70}
Traceback (most recent call last):
  File "/w/mod.py", line 15, in setUpClass
    raise OSError("no")
OSError: no

{"-" * 70}
Ran 4 tests in 0.001s

FAILED (failures=1, errors=1, expected failures=1)
"""


def test_the_form_before_python_3_11_is_read_too() -> None:
    sub, setup = read_output(OLD_UNITTEST)
    assert (sub.id, sub.message) == ("mod.Class.test_sub", "AssertionError: 0 != 1 (subtest [msg] (i=0))")
    assert (setup.id, setup.kind, setup.type) == ("mod.Other.setUpClass", CaseOutcome.ERROR, "OSError")
    assert printed_tally(OLD_UNITTEST) == Tally(passed=2, failed=1, errors=1, skipped=1)


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        pytest.param("def f():\n    return {}['a']\nf()", "KeyError", "KeyError: 'a'", id="exception"),
        pytest.param("x = (1\ny = 2", "SyntaxError", "SyntaxError: '(' was never closed", id="syntax error"),
        pytest.param(
            "try:\n    1 / 0\nexcept Exception as e:\n    raise ValueError('no') from e",
            "ValueError",
            "ValueError: no",
            id="chained",
        ),
        pytest.param("raise KeyboardInterrupt", "KeyboardInterrupt", "KeyboardInterrupt", id="no message"),
        pytest.param(
            "raise ExceptionGroup('several', [ValueError('a')])",
            "ExceptionGroup",
            "ExceptionGroup: several (1 sub-exception)",
            id="group",
        ),
        pytest.param(
            "import nothing_here",
            "ModuleNotFoundError",
            "ModuleNotFoundError: No module named 'nothing_here'",
            id="import",
        ),
    ],
)
def test_a_script_that_dies_is_one_error(tmp_path: Path, source: str, kind: str, message: str) -> None:
    (failure,) = read_output(run(tmp_path, "job.py", source=source, name="job.py"))
    assert (failure.id, failure.kind) == ("script", CaseOutcome.ERROR)
    assert (failure.type, failure.message) == (kind, message)
    assert failure.frames[-1].file == str(tmp_path / "job.py")


def test_the_frames_of_a_chain_are_kept_in_order(tmp_path: Path) -> None:
    source = "def f():\n    1 / 0\ntry:\n    f()\nexcept Exception as e:\n    raise ValueError('no') from e"
    (failure,) = read_output(run(tmp_path, "job.py", source=source, name="job.py"))
    assert [frame.line for frame in failure.frames] == [4, 2, 6]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("all is well\n", id="words"),
        pytest.param("3 passed in 0.01s\n", id="green pytest"),
        pytest.param(
            'Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1\n\n== 3 passed in 0.01s ==\n',
            id="a traceback logged by a green run",
        ),
        pytest.param(f"{'-' * 70}\nRan 3 tests in 0.001s\n\nOK (skipped=1)\n", id="green unittest"),
    ],
)
def test_output_without_failures_yields_none(text: str) -> None:
    assert read_output(text) == ()


@pytest.mark.parametrize(
    ("line", "tally"),
    [
        ("2 failed, 5 passed in 0.1s", Tally(passed=5, failed=2)),
        ("= 1 failed, 2 errors in 61.02s (0:01:01) =", Tally(failed=1, errors=2)),
        ("===== 3 passed, 2 skipped, 1 xfailed, 1 xpassed, 4 warnings in 0.1s =====", Tally(passed=4, skipped=3)),
        ("no tests ran in 0.01s", Tally()),
        ("5 deselected in 0.01s", Tally()),
        ("Ran 5 tests in 0.1s\n\nOK", Tally(passed=5)),
        ("Ran 0 tests in 0.000s\n\nNO TESTS RAN", Tally()),
        ("Ran 5 tests in 0.1s\n\nFAILED (unexpected successes=1)", Tally(passed=4, failed=1)),
        ("Ran 5 tests in 0.1s", Tally(passed=4, failed=1)),
        ("1 failed in 0.1s\nRan 5 tests in 0.1s\n\nOK", Tally(passed=5)),
        ("we finished 3 tasks in 4s", None),
        ("3 tasks in 4s", None),
        ("", None),
    ],
)
def test_the_last_printed_count_is_read(line: str, tally: Tally | None) -> None:
    assert printed_tally(f"noise\n{line}\n") == tally


LINES = (
    "=" * 70,
    "-" * 70,
    "=== FAILURES ===",
    "=== short test summary info ===",
    "___ test_a ___",
    "E   KeyError: 1",
    "FAILED a.py::b - c",
    "FAIL: t (m.C.t)",
    "Traceback (most recent call last):",
    '  File "a", line 1, in f',
    '  File "a", line 1',
    "KeyError: 1",
    "Ran 1 test in 1s",
    "FAILED (failures=1)",
    "\x1b[31m",
    "[",
    " - ",
    "",
)


@given(st.lists(st.sampled_from(LINES), max_size=14))
def test_no_mixture_of_lines_makes_reading_fail(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert all(failure.kind.is_failing and failure.id for failure in read_output(text))
    tally = printed_tally(text)
    assert tally is None or tally.tests >= 0
