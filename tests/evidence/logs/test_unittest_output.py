from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.logs import doctest_output, unittest_output
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from pathlib import Path

THICK, THIN = "=" * 70, "-" * 70
SOURCE = """
    import unittest
    class TestA(unittest.TestCase):
        def test_fails(self):
            print("Ran 9 tests in 1s"); print('  File "printed.py", line 1, in f'); print("KeyError: printed")
            self.assertEqual(1, 2)
        def test_passes(self): pass
        def test_both(self): self.fail("first")
        def tearDown(self):
            if self._testMethodName == "test_both": raise OSError("then")
        def test_subtests(self):
            for i in range(3):
                with self.subTest(i=i): self.assertEqual(i, 1)
        @unittest.expectedFailure
        def test_surprise(self): pass
        @unittest.expectedFailure
        def test_expected(self): self.fail()
        @unittest.skip("why")
        def test_skipped(self): pass
    class TestB(unittest.TestCase):
        @classmethod
        def setUpClass(cls): raise ExceptionGroup("g", [ValueError("a")])
        def test_never(self): pass
"""


def run(directory: Path, *arguments: str, source: str = SOURCE, name: str = "test_it.py") -> str:
    (directory / name).write_text(textwrap.dedent(source))
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
        env={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"},
    )
    return finished.stdout


@pytest.mark.parametrize("options", [(), ("-v",), ("-b",)], ids=["plain", "verbose", "buffered"])
def test_failures_and_counts_are_those_of_the_run(tmp_path: Path, options: tuple[str, ...]) -> None:
    output = run(tmp_path, "-m", "unittest", *options, "test_it")
    found = unittest_output.failures(output)
    assert sorted((failure.id, failure.type) for failure in found if failure.type) == [
        ("test_it.TestA.test_both", "AssertionError"),
        ("test_it.TestA.test_both", "OSError"),
        ("test_it.TestA.test_fails", "AssertionError"),
        ("test_it.TestA.test_subtests", "AssertionError"),
        ("test_it.TestA.test_subtests", "AssertionError"),
        ("test_it.TestB.setUpClass", "ExceptionGroup"),
    ]
    # Seven tests of TestA ran: one passed, four failed, one was skipped and one failed as expected.
    _, tally = unittest_output.tally(output) or (0, None)
    assert tally == Tally(passed=1, failed=5, errors=2, skipped=2)


def test_runs_one_after_the_other_add_up(tmp_path: Path) -> None:
    output = run(tmp_path, "-m", "unittest", "test_it.TestA.test_passes")
    position, tally = unittest_output.tally(output * 2) or (0, None)
    assert tally == Tally(passed=2)
    assert (output * 2).find("Ran 1 test", position) == position


def test_a_module_that_cannot_be_loaded_has_its_full_name(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (failure,) = unittest_output.failures(run(tmp_path, "-m", "unittest", "package.test_gone"))
    assert (failure.id, failure.kind) == ("package.test_gone", CaseOutcome.ERROR)


@pytest.mark.parametrize(
    ("header", "identity"),
    [
        pytest.param("FAIL: test_a (m.C.test_a)", "m.C.test_a", id="since 3.11"),
        pytest.param("FAIL: test_a (m.C)", "m.C.test_a", id="before 3.11"),
        pytest.param("ERROR [0.002s]: test_a (m.C.test_a)", "m.C.test_a", id="xmlrunner"),
        pytest.param("FAIL: m.test_f:2\n2", "m.test_f:2", id="a function under nose2"),
    ],
)
def test_the_headers_of_all_runners_are_read(header: str, identity: str) -> None:
    trace = 'Traceback (most recent call last):\n  File "m.py", line 3, in f\n    assert 0\nAssertionError\n'
    text = f"{THICK}\n{header}\n{THIN}\n{trace}\n{THIN}\nRan 1 test in 0s\n\nFAILED (failures=1)\n"
    (failure,) = unittest_output.failures(text)
    assert (failure.id, failure.type, failure.line) == (identity, "AssertionError", 3)


@given(st.lists(st.sampled_from([THICK, THIN, "FAIL: a (m.C.a)", "Ran 2 tests in 1s", "OK", "FAILED (errors=1)", ""])))
def test_no_order_of_lines_makes_reading_fail(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert all(failure.id for failure in unittest_output.failures(text))
    position, tally = unittest_output.tally(text) or (0, Tally())
    assert position <= len(text)
    assert tally.passed >= 0


DOCTESTS = """
    '''
    >>> 1 + 1
    3
    '''
    def f(x):
        '''
        >>> f(1)
        2
        >>> f(2)
        3
        '''
        return x
    def g():
        '''
        >>> g()
        '''
"""


@pytest.mark.parametrize("options", [(), ("-v",)], ids=["plain", "verbose"])
def test_doctest_is_read_by_docstring(tmp_path: Path, options: tuple[str, ...]) -> None:
    output = run(tmp_path, "-m", "doctest", *options, "it.py", source=DOCTESTS, name="it.py")
    found = {failure.id: failure for failure in doctest_output.failures(output)}
    assert set(found) == {"it", "it.f"}
    assert (found["it.f"].line, found["it.f"].message.split()) == (8, ["Expected:", "2", "Got:", "1"])
    _, tally = doctest_output.tally(output) or (0, None)
    assert tally == Tally(passed=1 if options else 0, failed=2)


def test_doctest_is_silent_on_what_is_not_its_own() -> None:
    text = f'{"*" * 70}\nFile "a.py", line 1, in a\nFailed example:\n    1\n'
    assert doctest_output.failures(text) == ()
    assert doctest_output.tally(text) is None
