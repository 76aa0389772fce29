"""The recorder inside real pytest sessions: what it writes is what the engine reads, whatever the suite does."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from healer.models.evidence import CaseOutcome
from tests.adapters.recorded import Sessions
from tests.projects import contents, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.projects import Content

PASSED, FAILED, ERROR, SKIPPED = CaseOutcome.PASSED, CaseOutcome.FAILED, CaseOutcome.ERROR, CaseOutcome.SKIPPED
WORKERS = ("-p", "xdist")
FOUR = """
def test_1(): assert 0
def test_2(): pass
class TestC:
    def test_3(self): pass
    def test_4(self): assert 0
"""


@pytest.fixture
def session(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path)


SUITE = {
    "test_ends.py": """
        import unittest, pytest

        def test_passed(): pass
        def test_failed(): assert 1 == 2, "one is not two"
        def test_raised(): {}["key"]

        @pytest.fixture
        def broken(): raise LookupError("no set-up")
        def test_set_up(broken): pass

        @pytest.fixture
        def late():
            yield
            raise OSError("no teardown")
        def test_teardown(late): pass
        def test_both(late): assert 0

        @pytest.mark.skip
        def test_skip_mark(): pass
        def test_skip_call(): pytest.skip("now")
        @pytest.mark.xfail
        def test_xfail(): assert 0
        @pytest.mark.xfail(strict=False)
        def test_xpass(): pass
        @pytest.mark.xfail(strict=True)
        def test_xpass_strict(): pass

        @pytest.mark.parametrize("x", ["a::b", "[c]", "d e", "\\u00e9", "f/g", "", "new\\nline", "~!|'\\""])
        def test_odd(x): assert x == "a::b"

        class TestClass:
            class TestInner:
                def test_method(self): assert self is None

        class TestOld(unittest.TestCase):
            def test_ok(self): pass
            def test_wrong(self): self.assertEqual(1, 2)
            @unittest.skip("not today")
            def test_skipped(self): pass
            @unittest.expectedFailure
            def test_expected(self): self.fail()
            def test_sub(self):
                for number in range(3):
                    with self.subTest(number=number): self.assertNotEqual(number, 1)

        def test_subtests(subtests):
            for number in range(3):
                with subtests.test(number=number): assert number != 1
        def test_subtests_fine(subtests):
            with subtests.test(): pass
            with subtests.test(): pytest.skip("this one")
        """,
    "documented.py": 'def double(x):\n    """Double.\n\n    >>> double(2)\n    5\n    """\n    return 2 * x\n',
    "test_skipped_module.py": 'import pytest\npytest.skip("all of it", allow_module_level=True)\ndef test_x(): pass\n',
}
ENDS = {
    "test_passed": PASSED,
    "test_failed": FAILED,
    "test_raised": FAILED,
    "test_set_up": ERROR,
    "test_teardown": ERROR,
    "test_both": ERROR,
    "test_skip_mark": SKIPPED,
    "test_skip_call": SKIPPED,
    "test_xfail": SKIPPED,
    "test_xpass": PASSED,
    "test_xpass_strict": FAILED,
    "test_odd[a::b]": PASSED,
    "test_odd[[c]]": FAILED,
    "test_odd[d e]": FAILED,
    "test_odd[\\xe9]": FAILED,
    "test_odd[f/g]": FAILED,
    "test_odd[]": FAILED,
    "test_odd[new\\nline]": FAILED,
    "test_odd[~!|'\"]": FAILED,
    "TestClass::TestInner::test_method": FAILED,
    "TestOld::test_ok": PASSED,
    "TestOld::test_wrong": FAILED,
    "TestOld::test_skipped": SKIPPED,
    "TestOld::test_expected": SKIPPED,
    "TestOld::test_sub": FAILED,
    "test_subtests": FAILED,
    "test_subtests_fine": PASSED,
}


def dedented(files: Mapping[str, str]) -> dict[str, Content]:
    return {name: textwrap.dedent(text) for name, text in files.items()}


@pytest.mark.parametrize("options", [("-x",), (*WORKERS, "-n2", "-x")], ids=["one process", "two workers"])
def test_every_way_to_end_is_told(session: Sessions, options: tuple[str, ...]) -> None:
    ran = session(dedented(SUITE), "--doctest-modules", *options)
    expected = {f"test_ends.py::{name}": outcome for name, outcome in ENDS.items()}
    assert ran.outcomes == expected | {"documented.py::documented.double": FAILED}
    assert (ran.record.complete, ran.record.sessions, ran.exit_code) == (True, 1, 1)
    assert {failure.id for failure in ran.record.failures} == {
        test for test, outcome in ran.outcomes.items() if outcome.is_failing
    }
    failed = ran.failure("test_ends.py::test_raised")
    assert (failed.type, failed.message, failed.file) == ("KeyError", "'key'", "test_ends.py")
    assert (failed.frames[-1].function, Path(failed.frames[-1].file).name) == ("test_raised", "test_ends.py")
    broken = ran.failure("test_ends.py::test_set_up")
    assert (broken.type, broken.message) == ("LookupError", "no set-up")
    odd = ran.failure("test_ends.py::TestClass::TestInner::test_method")
    assert (odd.name, odd.suite) == ("test_method", "test_ends.py::TestClass::TestInner")
    assert "[XPASS(strict)]" in ran.failure("test_ends.py::test_xpass_strict").message


def test_unicode_ids_and_messages_arrive_as_they_are_and_lone_surrogates_do_no_harm(session: Sessions) -> None:
    ini = "[pytest]\ndisable_test_id_escaping_and_forfeit_all_rights_to_community_support = true\n"
    test = """
        import pytest
        @pytest.mark.parametrize("x", ["\\u00e9\\u2028\\U0001f600", "bad\\udcff"])
        def test_odd(x): print(x.encode(errors="replace")); raise ValueError(x)
    """
    files: dict[str, Content] = {"pytest.ini": ini, "test_caf\xe9.py": textwrap.dedent(test)}
    ids = {"test_caf\xe9.py::test_odd[\xe9\u2028\U0001f600]", "test_caf\xe9.py::test_odd[bad?]"}
    ran = session(files)
    assert set(ran.outcomes) == ids
    assert ran.failure("test_caf\xe9.py::test_odd[bad?]").message == "bad?"
    json.dumps(repr(ran.record.failures), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "only",
    [
        ["test_four.py::test_1"],
        ["test_four.py::TestC"],
        ["test_four.py"],
        ["test_four.py::TestC::test_4", "test_four.py::test_2"],
        ["deep"],
        ["deep/er/test_deep.py", "test_four.py::test_2"],
        ["nowhere.py::test_1"],
    ],
    ids=lambda only: only[0],
)
def test_a_run_is_narrowed_to_what_is_asked_for(session: Sessions, only: list[str]) -> None:
    files: dict[str, Content] = {
        "test_four.py": FOUR,
        "deep/er/test_deep.py": "def test_d(): pass\n",
        "deeper/test_x.py": "boom",
    }
    every = {
        *(f"test_four.py::{name}" for name in ("test_1", "test_2", "TestC::test_3", "TestC::test_4")),
        "deep/er/test_deep.py::test_d",
    }
    ran = session(files, "--import-mode=importlib", only=only)
    assert set(ran.outcomes) == {test for test in every if test.startswith(tuple(only))}
    assert ran.record.complete


def test_narrowing_looks_into_no_file_but_those_asked_for(session: Sessions) -> None:
    files: dict[str, Content] = {
        "test_four.py": FOUR,
        "test_other.py": "raise SystemExit(9)\n",
        "conftest.py": "import other\n",
        "other.py": "",
    }
    ran = session(files, only=["test_four.py::test_2"])
    assert (ran.outcomes, ran.exit_code) == ({"test_four.py::test_2": PASSED}, 0)


@pytest.mark.parametrize(
    ("asked", "options"), [(2, ("--tx=2*popen", "--dist=load")), (2, ("-n2", "--dist=loadfile")), (20, ("-n1",))]
)
def test_narrowing_reaches_the_workers_of_xdist(session: Sessions, asked: int, options: tuple[str, ...]) -> None:
    text = "import os, pytest\n@pytest.mark.parametrize('n', range(25))\ndef test_n(n): assert n != 1, os.environ\n"
    ids = [f"test_many.py::test_n[{number}]" for number in range(asked)]
    ran = session({"test_many.py": text}, *WORKERS, *options, only=ids)
    assert set(ran.outcomes) == set(ids)
    assert ran.outcomes["test_many.py::test_n[1]"] is FAILED
    assert ran.record.complete
    assert ("PYTEST_XDIST_WORKER" in ran.failure("test_many.py::test_n[1]").text) == (asked == 20)


@pytest.mark.parametrize("options", [("--maxfail=1",), ("--stepwise",), ("--sw-skip",)], ids="_".join)
def test_a_run_does_not_stop_at_the_first_failure(session: Sessions, options: tuple[str, ...]) -> None:
    assert len(session({"test_four.py": FOUR}, *options).outcomes) == 4


def test_the_order_of_test_cases_is_that_of_the_files(session: Sessions) -> None:
    text = "".join(f"def test_{number}(): pass\n" for number in range(30))
    ran = session({"test_order.py": text}, "-p", "pytest_randomly")
    assert list(ran.outcomes) == [f"test_order.py::test_{number}" for number in range(30)]


def test_what_cannot_be_collected_is_an_error_of_its_file(session: Sessions) -> None:
    files: dict[str, Content] = {
        "test_broken.py": "import no_such_module\n",
        "test_syntax.py": "def broken(:\n",
        "test_fine.py": "def test_fine(): pass\n",
        "shop.py": "import no_such_module_either\n",
        "test_deep.py": "import shop\n",
    }
    ran = session(files)
    assert ran.outcomes == {"test_broken.py": ERROR, "test_syntax.py": ERROR, "test_deep.py": ERROR}
    assert (ran.record.complete, ran.exit_code) == (True, 2)
    assert "no_such_module" in ran.failure("test_broken.py").message
    assert ran.failure("test_deep.py").frames[-1].file.endswith("shop.py")


def test_a_conftest_that_raises_leaves_no_case_and_no_clean_end(session: Sessions) -> None:
    ran = session({"conftest.py": "raise ValueError('broken')\n", "test_four.py": FOUR})
    assert (ran.outcomes, ran.exit_code) == ({}, 4)
    assert "ValueError: broken" in ran.output


def test_a_module_that_exits_on_import_ends_the_session(session: Sessions) -> None:
    ran = session({"test_exit.py": "import sys\nsys.exit(0)\n", "test_four.py": FOUR})
    assert ran.outcomes.get("test_exit.py", ERROR) is ERROR
    assert ran.exit_code != 0


@pytest.mark.parametrize(
    ("death", "code"),
    [
        ("os._exit(0)", 0),
        ("os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("ctypes.string_at(0)", -11),
    ],
)
@pytest.mark.parametrize("place", ["call", "set-up"])
def test_the_death_of_the_process_is_no_clean_end_and_names_the_test_case(
    session: Sessions, death: str, code: int, place: str
) -> None:
    head = "import ctypes, faulthandler, os, signal, pytest\nfaulthandler.disable()\ndef test_before(): pass\n"
    fixture = f"@pytest.fixture\ndef dead():\n    {death}\n"
    tests = f"def test_dead(): {death}\n" if place == "call" else f"{fixture}def test_dead(dead): pass\n"
    ran = session({"test_dead.py": head + tests + "def test_after(): pass\n"})
    assert ran.exit_code == code
    assert not ran.record.complete
    assert ran.record.running == "test_dead.py::test_dead"
    assert ran.outcomes["test_dead.py::test_before"] is PASSED
    assert "test_dead.py::test_after" not in ran.outcomes


def test_the_death_of_a_worker_is_an_error_of_its_test_case(session: Sessions) -> None:
    text = "import os\ndef test_fine(): pass\ndef test_dead(): os._exit(0)\n"
    ran = session({"test_dead.py": text}, *WORKERS, "-n1")
    assert ran.outcomes == {"test_dead.py::test_fine": PASSED, "test_dead.py::test_dead": ERROR}
    assert "crashed" in ran.failure("test_dead.py::test_dead").message


def test_a_session_inside_a_test_leaves_no_trace(session: Sessions) -> None:
    outer = """
        import os, subprocess, sys, pytest
        pytest_plugins = "pytester"
        def test_inside(tmp_path):
            (tmp_path / "test_inner.py").write_text("def test_inner(): assert 0")
            assert pytest.main([str(tmp_path), "-p", "self_heal_recorder"]) == 1
        def test_pytester(pytester):
            pytester.makepyfile("def test_inner(): assert 0")
            pytester.runpytest_inprocess().assert_outcomes(failed=1)
        def test_beside(tmp_path):
            (tmp_path / "test_inner.py").write_text("def test_inner(): assert 0")
            command = [sys.executable, "-m", "pytest", str(tmp_path)]
            assert subprocess.run(command).returncode == 1
        def test_no_channel_is_left_to_others():
            assert not [name for name in os.environ if name in ("SELF_HEAL_RECORD", "SELF_HEAL_ONLY", "PYTEST_ADDOPTS")]
    """
    names = ("test_inside", "test_pytester", "test_beside", "test_no_channel_is_left_to_others")
    ran = session({"test_outer.py": textwrap.dedent(outer)})
    assert (ran.outcomes, ran.record.complete) == ({f"test_outer.py::{name}": PASSED for name in names}, True)
    narrowed = Sessions(session.folder / "again")
    again = narrowed({"test_outer.py": textwrap.dedent(outer)}, only=["test_outer.py::test_inside"])
    assert again.outcomes == {"test_outer.py::test_inside": PASSED}


def test_a_child_that_escapes_into_the_runner_does_not_write_the_record(session: Sessions) -> None:
    text = "import os\ndef test_fork(): os.fork()\ndef test_after(): pass\n"
    ran = session({"test_fork.py": text})
    assert ran.raw.count(b'"finish"') == 1
    assert ran.record.complete


def test_tests_that_spoil_their_process_are_recorded_all_the_same(session: Sessions) -> None:
    spoil = """
        import builtins, io, json, os, sys, time
        def test_environment():
            os.environ.clear()
            os.environ["SELF_HEAL_RECORD"] = "/nowhere"
        def test_cwd(tmp_path):
            os.chdir(tmp_path)
        def test_streams():
            sys.stdout = sys.stderr = io.StringIO()
            os.close(0)
        def test_builtins():
            builtins.open = None
        def test_wrong(): assert 0
    """
    ran = session({"test_spoil.py": textwrap.dedent(spoil)})
    assert list(ran.outcomes.values()) == [PASSED, PASSED, PASSED, PASSED, FAILED]
    assert ran.record.complete


def test_frames_of_chained_exceptions_run_from_cause_to_effect(session: Sessions) -> None:
    text = """
        def cause(): raise KeyError("first")
        def effect():
            try: cause()
            except KeyError as error: raise ValueError("second") from error
        def hidden():
            try: cause()
            except KeyError: raise ValueError("only") from None
        def test_chain(): effect()
        def test_hidden(): hidden()
        def test_loop():
            error = ValueError("loop")
            error.__cause__ = KeyError("other")
            error.__cause__.__cause__ = error
            raise error
    """
    ran = session({"test_chain.py": textwrap.dedent(text)})
    names = {
        test: [frame.function for frame in ran.failure(f"test_chain.py::{test}").frames]
        for test in ("test_chain", "test_hidden", "test_loop")
    }
    own = {
        test: [name for name in found if name in {"cause", "effect", "hidden", test}] for test, found in names.items()
    }
    assert own["test_chain"] == ["effect", "cause", "test_chain", "effect"]
    assert own["test_hidden"] == ["test_hidden", "hidden"]
    assert own["test_loop"] == ["test_loop"]
    assert ran.failure("test_chain.py::test_chain").type == "ValueError"


def test_huge_failures_are_clipped_and_deep_ones_keep_where_they_were_raised(session: Sessions) -> None:
    text = """
        def test_huge():
            print("y" * 1_000_000)
            raise ValueError("x" * 1_000_000)
        def sink(n): return sink(n + 1)
        def test_deep(): sink(0)
    """
    ran = session({"test_huge.py": textwrap.dedent(text)})
    assert len(ran.raw) < 300_000
    huge = ran.failure("test_huge.py::test_huge")
    assert max(map(len, (huge.message, huge.text))) < 50_000
    deep = ran.failure("test_huge.py::test_deep")
    assert (deep.type, deep.frames[-1].function, len(deep.frames)) == ("RecursionError", "sink", 60)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a bare virtual environment of this Python, to install things into in place."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    site = next(place.glob("lib/python3*/site-packages"))
    own = [entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    (site / "borrowed.pth").write_text("\n".join(own), encoding="utf-8")
    return place


FINDER = """
import importlib.util, sys
MAPPING = {mapping!r}
NAMESPACES = {namespaces!r}
class _EditableFinder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname in MAPPING:
            return importlib.util.spec_from_file_location(fullname, MAPPING[fullname] + "/__init__.py")
def install():
    sys.meta_path.append(_EditableFinder)
"""
WHERE = "import {module}\ndef test_where(): assert {module}.__file__.startswith({tree!r})\n"


def editable(environment: Path, name: str, **files: str) -> Callable[[], None]:
    """Install files into a virtual environment; return how to take them away."""
    site = next(environment.glob("lib/python3*/site-packages"))
    made = []
    for stem, text in files.items():
        made.append(site / f"{name}{stem.replace('_dot_', '.')}")
        made[-1].write_text(text, encoding="utf-8")

    def undo() -> None:
        for path in made:
            path.unlink()

    return undo


@pytest.mark.parametrize("kind", ["path", "finder", "link"])
def test_an_install_in_place_is_led_to_the_tree_under_test(session: Sessions, environment: Path, kind: str) -> None:
    checkout, tree = session.folder / "checkout", session.folder / "tree"
    write(checkout / "lib" / "shop" / "__init__.py", "raise RuntimeError('the wrong one')\n")
    (session.folder / "link").symlink_to(checkout)
    mapping = {"shop": str(checkout / "lib" / "shop")}
    files = {
        "path": {"_dot_pth": f"{checkout}/lib\n"},
        "link": {"_dot_pth": f"{session.folder}/link/lib\n"},
        "finder": {
            "_finder_dot_py": FINDER.format(mapping=mapping, namespaces={"shops": [str(checkout / "lib")]}),
            "_dot_pth": f"import {kind}_finder; {kind}_finder.install()\n",
        },
    }
    undo = editable(environment, kind, **files[kind])
    try:
        ran = session(
            {"lib/shop/__init__.py": "", "test_where.py": WHERE.format(module="shop", tree=str(tree))},
            checkouts=[checkout], python=str(environment / "bin" / "python"),
        )  # fmt: skip
    finally:
        undo()
    assert (ran.outcomes, ran.record.foreign_modules) == ({"test_where.py::test_where": PASSED}, ()), ran.output


@pytest.mark.parametrize("options", [(), (*WORKERS, "-n1")], ids=["one process", "a worker"])
def test_what_is_still_imported_from_the_checkout_is_told(session: Sessions, options: tuple[str, ...]) -> None:
    checkout = session.folder / "checkout"
    write(checkout / "shop" / "__init__.py", "")
    write(checkout / ".venv" / "lib" / "python3.11" / "site-packages" / "installed.py", "")
    text = f"""
        import sys
        sys.path[:0] = [{str(checkout)!r}, {str(checkout)!r} + "/.venv/lib/python3.11/site-packages"]
        import installed, shop, own
        def test_fine(): pass
    """
    ran = session(
        {"test_foreign.py": textwrap.dedent(text), "own.py": ""}, *options, checkouts=[session.folder / "x", checkout]
    )
    assert ran.outcomes == {"test_foreign.py::test_fine": PASSED}
    assert ran.record.foreign_modules == ("shop",)


def test_a_checkout_below_the_prefix_of_python_is_no_part_of_python(session: Sessions, environment: Path) -> None:
    checkout = environment / "lib" / "app"
    write(checkout / "shop" / "__init__.py", "")
    text = f"import sys\nsys.path.insert(0, {str(checkout)!r})\nimport shop\ndef test_fine(): pass\n"
    ran = session({"test_foreign.py": text}, checkouts=[checkout], python=str(environment / "bin" / "python"))
    assert ran.record.foreign_modules == ("shop",)


def test_an_environment_inside_the_checkout_is_not_of_the_checkout(session: Sessions, environment: Path) -> None:
    checkout = environment.parent
    text = "import json, pytest\ndef test_fine(): pass\n"
    ran = session({"test_own.py": text}, checkouts=[checkout], python=str(environment / "bin" / "python"))
    assert (ran.outcomes, ran.record.foreign_modules) == ({"test_own.py::test_fine": PASSED}, ())


def test_a_tree_inside_the_checkout_is_not_of_the_checkout(session: Sessions) -> None:
    ran = session({"own.py": "", "test_own.py": "import own\ndef test_fine(): pass\n"}, checkouts=[session.folder])
    assert ran.record.foreign_modules == ()


def test_without_a_channel_a_suite_runs_as_ever(session: Sessions) -> None:
    ran = session({"test_four.py": FOUR}, environment={"SELF_HEAL_RECORD": "/nowhere/record"})
    assert (ran.exit_code, ran.raw) == (1, b"")


def test_the_suite_finds_its_files_as_they_were(session: Sessions) -> None:
    files: dict[str, Content] = {"test_four.py": FOUR.encode()}
    session(files, "-p", "no:cacheprovider")
    assert contents(session.folder / "tree") == files


def test_of_many_failures_the_first_have_the_long_trace_and_all_their_message_and_frames(session: Sessions) -> None:
    test = 'import pytest\n@pytest.mark.parametrize("n", range(60))\ndef test_n(n):\n    assert n == -1, "the number"\n'
    failures = session({"test_many.py": test}).record.failures
    assert [failure.name for failure in failures] == [f"test_n[{n}]" for n in range(60)]
    assert [failure.message for failure in failures] == [f"the number\nassert {n} == -1" for n in range(60)]
    assert {failure.type for failure in failures} == {"AssertionError"}
    assert {(failure.frames[-1].function, failure.frames[-1].line) for failure in failures} == {("test_n", 4)}
    assert [">   " in failure.text for failure in failures] == [True] * 50 + [False] * 10
    assert "assert n == -1" in failures[-1].text
