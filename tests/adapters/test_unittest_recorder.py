"""The recorder inside real runs of unittest: started in every way, by every Python's own unittest."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from healer.models.evidence import CaseOutcome
from tests.adapters.recorded import UNITTEST, Sessions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapters.recorded import Ran
    from tests.projects import Content

PASSED, FAILED, ERROR, SKIPPED = CaseOutcome.PASSED, CaseOutcome.FAILED, CaseOutcome.ERROR, CaseOutcome.SKIPPED

ENDS = """
    import unittest
    def setUpModule(): pass

    class TestEnds(unittest.TestCase):
        def test_passed(self): pass
        def test_failed(self): self.assertEqual(1, 2, "one is not two")
        def test_raised(self): {}["key"]
        def test_exit(self): raise SystemExit(0)
        @unittest.skip("not today")
        def test_skip_mark(self): pass
        def test_skip_call(self): self.skipTest("now")
        @unittest.expectedFailure
        def test_expected(self): self.fail()
        @unittest.expectedFailure
        def test_unexpected(self): pass
        def test_sub(self):
            for number in range(4):
                with self.subTest(number=number):
                    if number == 3: self.skipTest("three")
                    self.assertNotEqual(number, 1)
        def test_sub_error(self):
            with self.subTest("one"): raise LookupError("two")
        def test_sub_fine(self):
            with self.subTest("one"): pass

    class TestFixtures(unittest.TestCase):
        def setUp(self):
            if "set_up" in self.id(): raise OSError("no set-up")
        def tearDown(self):
            if "tear_down" in self.id() or "both" in self.id(): raise OSError("no tear-down")
        def test_set_up(self): pass
        def test_tear_down(self): pass
        def test_both(self): self.fail()
        def test_clean_up(self): self.addCleanup(lambda: 1 / 0)

    class TestClass(unittest.TestCase):
        @classmethod
        def setUpClass(cls): raise ValueError("no class")
        def test_never(self): pass

    class TestLate(unittest.TestCase):
        @classmethod
        def tearDownClass(cls): raise ValueError("no end")
        def test_before(self): pass

    class TestSkipped(unittest.TestCase):
        @classmethod
        def setUpClass(cls): raise unittest.SkipTest("not here")
        def test_never(self): pass

    class TestAsync(unittest.IsolatedAsyncioTestCase):
        async def test_awaited(self): pass
        async def test_wrong(self): self.fail("so it does")

    class TestSaid(unittest.TestCase):
        def id(self): return super().id() + "(scenario)"
        def test_said(self): pass
"""
FILES: dict[str, Content] = {
    "tests/__init__.py": "",
    "tests/test_ends.py": textwrap.dedent(ENDS),
    "tests/test_module.py": (
        "import unittest\ndef setUpModule(): raise OSError('no module')\n"
        "class TestM(unittest.TestCase):\n    def test_never(self): pass\n"
    ),
    "tests/test_broken.py": "import no_such_module\n",
    "tests/test_documented.py": "import doctest, shop\ndef load_tests(*_): return doctest.DocTestSuite(shop)\n",
    "shop.py": 'def double(x):\n    """Double.\n\n    >>> double(2)\n    5\n    """\n    return 2 * x\n',
}
OUTCOMES = {
    "shop.py::shop.double": FAILED,
    "tests/test_broken.py": ERROR,
    "tests/test_module.py": ERROR,
    **{
        f"tests/test_ends.py::{name}": outcome
        for name, outcome in {
            "TestEnds::test_passed": PASSED,
            "TestEnds::test_failed": FAILED,
            "TestEnds::test_raised": ERROR,
            "TestEnds::test_exit": ERROR,
            "TestEnds::test_skip_mark": SKIPPED,
            "TestEnds::test_skip_call": SKIPPED,
            "TestEnds::test_expected": SKIPPED,
            "TestEnds::test_unexpected": FAILED,
            "TestEnds::test_sub": FAILED,
            "TestEnds::test_sub_error": ERROR,
            "TestEnds::test_sub_fine": PASSED,
            "TestFixtures::test_set_up": ERROR,
            "TestFixtures::test_tear_down": ERROR,
            "TestFixtures::test_both": ERROR,
            "TestFixtures::test_clean_up": ERROR,
            "TestClass": ERROR,
            "TestLate": ERROR,
            "TestLate::test_before": PASSED,
            "TestSkipped": SKIPPED,
            "TestAsync::test_awaited": PASSED,
            "TestAsync::test_wrong": FAILED,
            "TestSaid::test_said(scenario)": PASSED,
        }.items()
    },
}
TWO = """
import unittest
class TestA(unittest.TestCase):
    def test_a(self): self.fail()
    def test_b(self): pass
"""
OWN = """
class Own(unittest.TextTestRunner):
    def run(self, test):
        result = self._makeResult()
        test(result)
        return result
"""


@pytest.fixture
def session(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path)


def test_every_way_to_end_is_told(session: Sessions) -> None:
    ran = session(FILES, "-v", "-f", runner=UNITTEST)
    assert ran.outcomes == OUTCOMES, ran.output
    assert (ran.record.complete, ran.record.sessions, ran.exit_code) == (True, 1, 1)
    assert ran.record.python == sys.version_info[:2]
    raised = ran.failure("tests/test_ends.py::TestEnds::test_raised")
    assert (raised.type, raised.message, raised.name) == ("KeyError", "'key'", "test_raised")
    assert raised.file is not None
    assert raised.file.endswith("/tree/tests/test_ends.py")
    assert [frame.function for frame in raised.frames] == ["test_raised"]
    broken = ran.failure("tests/test_broken.py")
    assert (broken.type, broken.message) == ("ModuleNotFoundError", "No module named 'no_such_module'")
    assert broken.frames[-1].file.endswith("tests/test_broken.py")
    assert ran.failure("tests/test_ends.py::TestClass").message == "no class"
    assert "(number=1)" in ran.failure("tests/test_ends.py::TestEnds::test_sub").text


STARTED: dict[str, tuple[str, ...]] = {
    "discovery": ("-m", "unittest", "discover", "-s", "tests", "-t", "."),
    "a module": ("-m", "unittest", "tests.test_two"),
    "a file": ("-m", "unittest", "tests/test_two.py"),
    "a script": ("-m", "tests.test_two"),
    "a runner": ("run.py",),
    "a runner of its own": ("own.py",),
    "a bare suite": ("bare.py",),
    "a subprocess": ("-c", "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-m', 'unittest']))"),
    "a program by name": ("-c", "import unittest; unittest.main('tests.test_two', argv=['x'], failfast=True)"),
}


def started(session: Sessions, *command: str) -> Ran:
    load = "import sys, unittest\ntests = unittest.defaultTestLoader.discover('.')\n"
    end = "sys.exit(not result.wasSuccessful())\n"
    files: dict[str, Content] = {
        "tests/__init__.py": "",
        "tests/test_two.py": f"{TWO}if __name__ == '__main__': unittest.main()\n",
        "run.py": f"{load}result = unittest.TextTestRunner(failfast=True).run(tests)\n{end}",
        "own.py": f"{load}{OWN}result = Own(failfast=True).run(tests)\n{end}",
        "bare.py": f"{load}result = unittest.TestResult()\ntests.run(result)\n{end}",
    }
    return session(files, runner=command)


@pytest.mark.parametrize("command", STARTED.values(), ids=STARTED)
def test_however_it_is_started_it_is_recorded(session: Sessions, command: tuple[str, ...]) -> None:
    ran = started(session, *command)
    expected = {"tests/test_two.py::TestA::test_a": FAILED, "tests/test_two.py::TestA::test_b": PASSED}
    assert (ran.outcomes, ran.record.complete, ran.exit_code) == (expected, True, 1), ran.output


def test_tests_found_below_a_folder_go_by_the_name_that_unittest_gives_them(session: Sessions) -> None:
    ran = session({"tests/test_two.py": TWO}, "discover", "tests", runner=UNITTEST)
    assert set(ran.outcomes) == {"test_two.py::TestA::test_a", "test_two.py::TestA::test_b"}


A, B, C = (f"test_{name}.py::TestA::test_a" for name in "abc")


def three(**bodies: str) -> dict[str, Content]:
    return {
        f"test_{name}.py": f"import unittest\nclass TestA(unittest.TestCase):\n    def test_a(self): {body}\n"
        for name, body in {"a": "pass", "b": "pass", "c": "self.fail()", **bodies}.items()
    }


@pytest.mark.parametrize(
    ("only", "in_order", "expected"),
    [
        ([C, A], False, [A, C]),
        ([C, A], True, [C, A]),
        (["test_c.py", A], False, [A, C]),
        (["test_b.py::TestA"], False, [B]),
        (["test_x.py::TestA"], False, []),
    ],
)
def test_a_run_is_narrowed_to_what_is_asked_for(
    session: Sessions, only: list[str], expected: list[str], *, in_order: bool
) -> None:
    files = three() | {"test_d.py": "raise SystemExit(9)\n"}
    ran = session(files, runner=UNITTEST, only=only, in_order=in_order)
    assert list(ran.outcomes) == expected
    assert ran.record.complete


def test_what_could_not_be_loaded_is_asked_for_by_its_file(session: Sessions) -> None:
    ran = session(FILES, runner=UNITTEST, only=["tests/test_broken.py", "tests/test_ends.py::TestClass"])
    assert ran.outcomes == {"tests/test_broken.py": ERROR, "tests/test_ends.py::TestClass": ERROR}


@pytest.mark.parametrize("death", ["os._exit(0)", "os.kill(os.getpid(), 9)", "ctypes.string_at(0)"])
def test_the_death_of_the_process_is_no_clean_end_and_names_the_test_case(session: Sessions, death: str) -> None:
    ran = session(three(b=f"import ctypes, os; {death}"), runner=UNITTEST)
    assert (ran.outcomes, ran.record.complete, ran.record.running) == ({A: PASSED}, False, B)


@pytest.mark.parametrize("end", ["import sys; sys.exit(0)", "import os; os._exit(0)"])
def test_a_process_that_ends_while_it_loads_has_been_entered_and_no_more(session: Sessions, end: str) -> None:
    ran = session({"test_a.py": TWO, "test_b.py": end}, "test_a", "test_b", runner=UNITTEST)
    assert (ran.exit_code, ran.record.entered, ran.record.sessions, ran.outcomes) == (0, True, 0, {})


def test_runs_inside_a_test_leave_no_trace(session: Sessions) -> None:
    text = """
import io, json, os, subprocess, sys, unittest
class TestInner(unittest.TestCase):
    def test_inner(self): self.fail()
class TestOuter(unittest.TestCase):
    def test_inside(self):
        result = unittest.TextTestRunner(stream=io.StringIO()).run(TestInner("test_inner"))
        self.assertEqual(len(result.failures), 1)
        suite, result = unittest.TestSuite([TestInner("test_inner")]), unittest.TestResult()
        suite.run(result)
        self.assertEqual(len(result.failures), 1)
    def test_beside(self):
        command = [sys.executable, "-m", "unittest", "test_outer.TestInner"]
        self.assertEqual(subprocess.run(command).returncode, 1)
        self.assertNotIn("SELF_HEAL_RECORD", os.environ)
    def test_child(self):
        if os.fork() == 0: return
        os.wait()
    def test_spoilt(self):
        os.closerange(3, 512)
        os.write = os.getpid = os.fstat = os.open = json.dumps = None
        sys.modules.clear()
"""
    ran = session({"test_outer.py": text}, runner=UNITTEST)
    names = ("test_beside", "test_child", "test_inside", "test_spoilt")
    outer = {f"test_outer.py::TestOuter::{name}": PASSED for name in names}
    assert ran.outcomes == {"test_outer.py::TestInner::test_inner": FAILED, **outer}, ran.output
    assert (ran.record.complete, ran.record.sessions) == (True, 1)


def test_a_test_case_that_hangs_fails_with_its_stack_and_the_rest_goes_on(session: Sessions) -> None:
    hung = (
        "\n        import time\n        while True:\n            try: time.sleep(9)\n            except Exception: pass"
    )
    ran = session(three(b=hung), runner=UNITTEST, environment={"SELF_HEAL_CASE_SECONDS": "0.2"})
    assert (ran.outcomes, ran.record.complete) == ({A: PASSED, B: ERROR, C: FAILED}, True)
    failure = ran.failure(B)
    assert (failure.type, failure.frames[-1].function) == ("CaseTimeLimit", "test_a")


def test_the_suite_keeps_what_it_had_of_its_own(session: Sessions) -> None:
    seen = """
import signal, sys, unittest, sitecustomize
class Mine(unittest.TextTestResult):
    def addSuccess(self, test):
        super().addSuccess(test)
        print("mine", type(self).__name__, "Watch" in str(sys.meta_path), signal.getsignal(14).name)
class TestA(unittest.TestCase):
    def test_a(self): assert sitecustomize.WHOSE == "the suite's"
if __name__ == "__main__": unittest.main(testRunner=unittest.TextTestRunner(resultclass=Mine))
"""
    files: dict[str, Content] = {"test_a.py": seen, "sitecustomize.py": 'WHOSE = "the suite\'s"\n'}
    ran = session(files, runner=("test_a.py",))
    assert (ran.outcomes, ran.record.complete) == ({"test_a.py::TestA::test_a": PASSED}, True), ran.output
    assert "mine Mine False SIG_DFL" in ran.output


def test_without_a_channel_nothing_of_ours_is_there(session: Sessions) -> None:
    text = "import sys, unittest\nclass TestA(unittest.TestCase):\n    def test_a(self):\n"
    text += "        self.assertEqual([name for name in sys.modules if name.startswith('self_heal')], [])\n"
    ran = session({"test_a.py": text}, runner=UNITTEST, environment={"SELF_HEAL_RECORD": ""})
    assert (ran.exit_code, ran.raw) == (0, b"")
