"""Suites that misbehave, recorded by the plugin: what they did is told, and what they did not do is not believed."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from healer.models.evidence import CaseOutcome
from tests.adapters.recorded import Sessions

if TYPE_CHECKING:
    from pathlib import Path

PASSED, FAILED, ERROR, SKIPPED = CaseOutcome.PASSED, CaseOutcome.FAILED, CaseOutcome.ERROR, CaseOutcome.SKIPPED
WORKERS = ("-p", "xdist")


@pytest.fixture
def session(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path)


def test_the_record_survives_what_tests_do_to_descriptors_modules_and_functions(session: Sessions) -> None:
    spoil = """
        import importlib, json, os, select, sys
        def test_closed(tmp_path):
            os.closerange(3, 512)
        def test_number_taken(tmp_path):
            global taken
            taken = [open(tmp_path / str(number), "w") for number in range(64)]
        def test_nothing_was_written_there(tmp_path):
            for file in taken:
                file.flush()
                assert os.stat(file.name).st_size == 0
        def test_modules_removed():
            for name in [name for name in sys.modules if name.startswith(("self_heal", "json", "select"))]:
                del sys.modules[name]
        def test_functions_replaced(monkeypatch):
            for name in ("write", "open", "fstat", "getpid"):
                monkeypatch.setattr(os, name, None)
            monkeypatch.setattr(json.JSONEncoder, "encode", None)
            monkeypatch.setattr(json, "dumps", None)
        def test_modules_replaced(monkeypatch):
            recorder = sys.modules.get("self_heal_recorder") or importlib.import_module("self_heal_recorder")
            for module in [module for name, module in sys.modules.items() if name.startswith("self_heal")]:
                for name in ("os", "json", "select"):
                    monkeypatch.setattr(module, name, None, raising=False)
        def test_wrong(): assert 0
    """
    conftest = """
        import sys
        from os import write
        def pytest_runtest_logreport(report):
            write(1, b'{"event": "case", "id": "test_spoil.py::test_wrong", "outcome": "passed"}\\n')
        print("\\x00\\xff\\x1b[2J garbage", file=sys.__stdout__)
    """
    ran = session({"test_spoil.py": textwrap.dedent(spoil), "conftest.py": textwrap.dedent(conftest)}, "-s")
    assert list(ran.outcomes.values()) == [PASSED] * 6 + [FAILED], ran.output
    assert ran.record.complete


@pytest.mark.parametrize("options", [(), (*WORKERS, "-n1")], ids=["one process", "a worker"])
@pytest.mark.parametrize(
    "stop", ["pytest.exit('enough', returncode=0)", "pytest.exit('enough')", "raise KeyboardInterrupt('enough')"]
)
def test_a_session_that_is_stopped_has_no_clean_end(session: Sessions, options: tuple[str, ...], stop: str) -> None:
    text = f"import pytest\ndef test_before(): pass\ndef test_stop(): {stop}\ndef test_after(): assert 0\n"
    ran = session({"test_stop.py": text}, *options)
    assert ran.outcomes.get("test_stop.py::test_before", PASSED) is PASSED
    assert "test_stop.py::test_after" not in ran.outcomes
    assert ran.record.complete is False
    assert ran.record.stopped


def test_a_session_of_which_a_plugin_has_had_enough_has_no_clean_end(session: Sessions) -> None:
    stop = "def pytest_runtest_logreport(report): SESSION.shouldstop = 'for lunch'\n"
    stop += "def pytest_sessionstart(session):\n    global SESSION\n    SESSION = session\n"
    ran = session({"conftest.py": stop, "test_two.py": "def test_a(): pass\ndef test_b(): pass\n"})
    assert (ran.record.complete, ran.record.stopped) == (False, "for lunch")


@pytest.mark.parametrize("death", ["import os; os._exit(0)", "import sys; sys.exit(0)"])
def test_a_process_that_ends_before_its_session_has_been_entered_and_no_more(session: Sessions, death: str) -> None:
    ran = session({"conftest.py": death, "test_a.py": "def test_a(): pass\n"})
    assert (ran.record.entered, ran.record.complete, ran.outcomes) == (True, False, {})


HANGING = """
    import signal, time, pytest
    def test_before(): pass
    def test_hangs():
        try:
            while True: time.sleep(0.01)
        except Exception: pass
    @pytest.fixture
    def stuck():
        while True: pass
    def test_stuck(stuck): pass
    @pytest.fixture
    def late():
        yield
        while True: time.sleep(0.01)
    def test_late(late): pass
    def test_own_alarm():
        class Mine(Exception): pass
        def mine(*_): raise Mine
        signal.signal(signal.SIGALRM, mine)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Mine): time.sleep(9)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    def test_as_it_was():
        assert signal.getitimer(signal.ITIMER_REAL)[1] in (0, 10)
    def test_wrong(): assert 0
"""


@pytest.mark.parametrize("options", [(), (*WORKERS, "-n1")], ids=["one process", "a worker"])
def test_a_test_case_that_hangs_fails_with_its_stack_and_the_rest_goes_on(
    session: Sessions, options: tuple[str, ...]
) -> None:
    files = {"test_hang.py": textwrap.dedent(HANGING)}
    ran = session(files, *options, environment={"SELF_HEAL_CASE_SECONDS": "0.3"})
    names = ("before", "hangs", "stuck", "late", "own_alarm", "as_it_was", "wrong")
    assert ran.outcomes == dict(
        zip(
            (f"test_hang.py::test_{name}" for name in names),
            (PASSED, FAILED, ERROR, ERROR, PASSED, PASSED, FAILED),
            strict=True,
        )
    ), ran.output
    hung = ran.failure("test_hang.py::test_hangs")
    assert (hung.type, hung.message) == ("CaseTimeLimit", "it did not end within its time limit (0.3 s)")
    assert [frame.function for frame in hung.frames] == ["test_hangs"]
    assert "time.sleep(0.01)" in hung.text


def test_what_never_returns_to_the_interpreter_is_named_at_the_end_of_the_run(session: Sessions) -> None:
    text = "import ctypes, signal\ndef test_a(): pass\ndef test_hangs(): ctypes.PyDLL(None).pause()\n"
    text = text.replace("pause()", "sleep(60)")
    ran = session({"test_hang.py": text}, environment={"SELF_HEAL_CASE_SECONDS": "30"}, seconds=3.0)
    assert (ran.exit_code, ran.record.complete) == (None, False)
    assert ran.record.running == "test_hang.py::test_hangs"


RERUNS = """
    import pytest
    from _pytest.runner import runtestprotocol
    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(item, nextitem):
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for last in (False, False, True):
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
            failed = any(report.failed for report in reports)
            for report in reports:
                if report.failed and not last: report.outcome = "rerun"
                item.ihook.pytest_runtest_logreport(report=report)
            if not failed: break
            item._initrequest()
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True
"""


@pytest.mark.parametrize("options", [(), (*WORKERS, "-n1")], ids=["one process", "a worker"])
def test_of_a_test_case_that_is_run_again_the_last_word_counts_and_it_is_called_flaky(
    session: Sessions, options: tuple[str, ...]
) -> None:
    text = """
        runs = []
        def test_flaky():
            runs.append(1)
            assert len(runs) > 1
        def test_wrong(): assert 0
        def test_fine(): pass
    """
    files = {"conftest.py": textwrap.dedent(RERUNS), "test_again.py": textwrap.dedent(text)}
    ran = session(files, *options)
    assert list(ran.outcomes.values()) == [PASSED, FAILED, PASSED], ran.output
    assert ran.record.retried == ("test_again.py::test_flaky",)
    assert [failure.id for failure in ran.record.failures] == ["test_again.py::test_wrong"]


@pytest.mark.parametrize("options", [(), ("-p", "pytest_randomly"), (*WORKERS, "-n2")], ids=" ".join)
def test_test_cases_are_run_in_the_order_asked_for(session: Sessions, options: tuple[str, ...]) -> None:
    text = "import pytest\nruns = []\n"
    text += "".join(f"def test_{number}(): runs.append({number}); print(runs); assert 0\n" for number in range(30))
    order = ["test_b.py::test_3", "test_a.py::test_20", "test_b.py::test_1", "test_a.py::test_3", "nowhere.py::test_1"]
    order += [f"test_a.py::test_{number}" for number in range(19, 3, -1)]
    ran = session({"test_a.py": text, "test_b.py": text}, *options, only=order, in_order=True)
    assert list(ran.outcomes) == [test for test in order if "nowhere" not in test]
    assert "[3, 1]" in ran.failure("test_b.py::test_1").text


def test_a_flood_of_output_drowns_nothing(session: Sessions) -> None:
    text = "import os\nLINE = b'x' * 2 ** 20\ndef test_flood():\n    for _ in range(1024): os.write(1, LINE)\n"
    text += "def test_wrong(): print('y' * 10_000_000); assert 0\n"
    ran = session({"test_flood.py": text}, "-s")
    assert (list(ran.outcomes.values()), ran.record.complete) == ([PASSED, FAILED], True)
    assert len(ran.output) < 2**22
    assert len(ran.raw) < 2**17


def test_ids_of_every_kind_and_length_come_back_as_they_were_asked_for(session: Sessions) -> None:
    ini = "[pytest]\ndisable_test_id_escaping_and_forfeit_all_rights_to_community_support = true\n"
    text = """
        import pytest
        ODD = ["a::b", "[c]", "]", "d e", "\\u00e9", "f/g.py::x", "new\\nline", "\\x01\\x7f", "bad\\udcff"]
        ODD.append("x" * 100_000)
        @pytest.mark.parametrize("odd", ODD)
        def test_odd(odd): raise ValueError(odd)
    """
    files = {"pytest.ini": ini, "test_odd.py": textwrap.dedent(text)}
    every = list(session(files).outcomes)
    assert len(every) == 10
    again = session(files, only=every[3:], in_order=True)
    assert list(again.outcomes) == every[3:]
    assert all(failure.name in failure.id for failure in again.record.failures)


def test_a_passing_test_case_costs_the_record_few_bytes(session: Sessions) -> None:
    text = "import pytest\n@pytest.mark.parametrize('number', range(500))\ndef test_many(number): pass\n"
    ran = session({"test_many.py": text})
    assert (len(ran.outcomes), ran.record.complete) == (500, True)
    assert len(ran.raw) < 500 * 200
