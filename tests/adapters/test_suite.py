"""A suite behind a command: each run in a fresh copy, graded on what was recorded, nothing of it left."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from healer.adapters.setup.recipe import by_command
from healer.adapters.suite import CommandSuite, SuiteCommand
from healer.adapters.toolchain import Toolchain
from healer.errors import SuiteError
from healer.models.change import FileEdit
from healer.models.evidence import CaseOutcome, Tally
from healer.models.proof import GradedBy
from healer.models.spectra import Hits, Spectra, Watch
from healer.verification.grading import SUITE
from tests.adapters.outsider import NONE, strictest
from tests.projects import Program, project, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.adapters.repository import PrivateRepository
    from healer.adapters.sandbox import Isolation
    from tests.projects import Content

PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")
PYTHON = sys.executable
PASSED, FAILED, ERROR = CaseOutcome.PASSED, CaseOutcome.FAILED, CaseOutcome.ERROR
SHOP: dict[str, Content] = {
    "shop.py": "def total(items):\n    return sum(itms)\n",
    "test_shop.py": "import shop\ndef test_total(): assert shop.total([1, 2]) == 3\ndef test_other(): pass\n",
}
VARIABLES = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "WHERE", "PYTEST_ADDOPTS")


class Opened:
    """A suite and what it told and was run on."""

    def __init__(self, suite: CommandSuite, repository: PrivateRepository, told: list[tuple[str, str]]) -> None:
        self.run = suite.run
        self.close = suite.close
        self.repository = repository
        self.told = told


@contextmanager
def opened(
    place: Path,
    files: Mapping[str, Content],
    *test: str,
    isolation: Isolation = NONE,
    environment: Mapping[str, str] | None = None,
    **command: Any,
) -> Iterator[Opened]:
    made = project(place, files)
    variables = {"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **(environment or {})}
    toolchain = Toolchain.inherit(variables, made.root, VARIABLES)
    told: list[tuple[str, str]] = []
    with made.private() as repository:
        suite = CommandSuite(
            SuiteCommand(test or PYTEST, **{"seconds": 60.0, **command}), repository, toolchain, isolation,
            lambda stage, message: told.append((stage, message)),
        )  # fmt: skip
        try:
            yield Opened(suite, repository, told)
        finally:
            suite.close()


def test_a_run_is_graded_on_our_record_with_paths_of_the_repository(tmp_path: Path) -> None:
    with opened(tmp_path, SHOP) as suite:
        run = suite.run()
    assert run.outcomes == {"test_shop.py::test_total": FAILED, "test_shop.py::test_other": PASSED}
    assert (run.tally, run.graded_by, run.exit_code) == (Tally(passed=1, failed=1), GradedBy.RECORD, 1)
    assert (run.complete, run.timed_out, run.foreign_modules) == (True, False, ())
    (failure,) = run.failures
    assert (failure.type, failure.file, failure.line) == ("NameError", "test_shop.py", 2)
    assert [(frame.file, frame.line) for frame in failure.frames[-2:]] == [("test_shop.py", 2), ("shop.py", 2)]
    assert "self-heal-runs" not in f"{failure.text}{failure.message}{run.output}"


def test_another_tree_and_a_few_test_cases_can_be_run(tmp_path: Path) -> None:
    with opened(tmp_path, SHOP) as suite:
        edit = FileEdit("shop.py", b"", b"def total(items):\n    return sum(items)\n")
        tree = suite.repository.write_tree([edit])
        assert suite.run(tree, only=["test_shop.py::test_total"]).outcomes == {"test_shop.py::test_total": PASSED}
        assert suite.run(tree).tally == Tally(passed=2)
        assert suite.run().tally == Tally(passed=1, failed=1)
        assert len(suite.run(only=["test_shop.py::test_total", SUITE]).outcomes) == 2


def test_no_run_sees_what_another_left_behind(tmp_path: Path) -> None:
    test = """
import os, pathlib, shop
def test_spoil():
    here = pathlib.Path(__file__).parent
    assert not (here / "left").exists()
    assert not list(pathlib.Path(os.environ["HOME"]).iterdir())
    assert not list(pathlib.Path(os.environ["TMPDIR"]).iterdir())
    assert "broken" not in pathlib.Path(shop.__file__).read_text()
    for folder in (here, pathlib.Path(os.environ["HOME"]), pathlib.Path(os.environ["TMPDIR"])):
        (folder / "left").write_text("x")
    (here / "locked").mkdir()
    (here / "locked" / "file").touch()
    (here / "locked").chmod(0o500)
    for file in here.glob("*.py"):
        file.write_text("broken!")
"""
    files: dict[str, Content] = {"shop.py": "total = 1\n", "test_spoil.py": test}
    with opened(tmp_path, files) as suite:
        assert [suite.run().tally for _ in range(2)] == [Tally(passed=1)] * 2
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / "project").glob("*.py")} == files


def test_nothing_is_left_of_a_run_or_of_the_suite(tmp_path: Path) -> None:
    test = "import os, pathlib\ndef test_where(): pathlib.Path(os.environ['WHERE']).write_text(os.getcwd())\n"
    where = tmp_path / "where"
    with opened(tmp_path, {"test_where.py": test}, environment={"WHERE": str(where)}) as suite:
        suite.run()
        run = Path(where.read_text("utf-8")).parent
        assert run.parent.is_dir()
        assert oct(run.parent.stat().st_mode)[-3:] == "700"
        assert not run.exists()
    assert not run.parent.exists()


def test_the_copy_under_test_is_no_repository_and_holds_what_the_commit_holds(tmp_path: Path) -> None:
    test = """
import os
def test_here(): assert sorted(os.listdir()) == ["run.sh", "test_here.py"]
def test_mode(): assert os.access("run.sh", os.X_OK)
"""
    with opened(tmp_path, {"test_here.py": test, "run.sh": Program("")}) as suite:
        write(tmp_path / "project" / "uncommitted.py", "raise SystemExit\n")
        assert suite.run().tally == Tally(passed=2)


def test_a_suite_is_run_where_the_user_stands(tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    files: dict[str, Content] = {
        "sub/test_a.py": "def test_a(): assert 0\n",
        "test_b.py": "",
        "sub/run.sh": Program("#!/bin/sh\npwd\n"),
    }
    with opened(tmp_path, files, *PYTEST, "--rootdir=.", folder="sub") as suite:
        assert suite.run().outcomes == {"test_a.py::test_a": FAILED}
    with opened(again, files, "./run.sh", folder="sub") as suite:
        assert suite.run().output.rstrip().endswith("sub")


def test_validators_run_after_the_suite_as_test_cases_of_their_own(tmp_path: Path) -> None:
    checks = (
        (PYTHON, "-c", "print('fine')"),
        (PYTHON, "-c", "import shop; shop.total([])"),
        (PYTHON, "-c", "import test_shop"),
    )
    with opened(tmp_path, SHOP, checks=checks) as suite:
        run = suite.run(only=["test_shop.py::test_other"])
    ends = {test.rpartition(" -c ")[2]: outcome for test, outcome in run.outcomes.items() if test.startswith("check: ")}
    assert list(ends.values()) == [PASSED, ERROR, PASSED]
    assert run.outcomes["test_shop.py::test_other"] is PASSED
    (failure,) = run.failures
    assert (failure.type, failure.file, failure.line) == ("NameError", "shop.py", 2)


def test_a_plain_script_is_its_own_test_case(tmp_path: Path) -> None:
    files: dict[str, Content] = {"job.py": "import shop\nprint(shop.total([1]))\n", **SHOP}
    with opened(tmp_path, files, PYTHON, "job.py") as suite:
        run = suite.run()
        fixed = suite.run(suite.repository.write_tree([FileEdit("shop.py", b"", b"def total(items): return 1\n")]))
    (name,) = run.outcomes
    assert name.endswith(" job.py")
    assert (run.outcomes, fixed.outcomes) == ({name: ERROR}, {name: PASSED})
    assert (run.graded_by, run.failures[0].type, run.failures[0].frames[-1].file) == (
        GradedBy.EXIT_STATUS,
        "NameError",
        "shop.py",
    )


def test_unittest_is_graded_on_our_record_and_narrowed_by_it(tmp_path: Path) -> None:
    test = """
import unittest
class TestA(unittest.TestCase):
    def test_a(self): self.assertEqual(1, 2)
    def test_b(self): pass
"""
    with opened(tmp_path, {"test_a.py": test}, PYTHON, "-m", "unittest", "-v") as suite:
        run, alone = suite.run(), suite.run(only=["test_a.py::TestA::test_b"])
    assert (run.graded_by, run.tally) == (GradedBy.RECORD, Tally(passed=1, failed=1))
    assert run.python == sys.version_info[:2]
    assert alone.outcomes == {"test_a.py::TestA::test_b": PASSED}
    assert [failure.name for failure in run.failures] == ["test_a"]


REPORT = (
    '<testsuite tests="2"><testcase classname="a" name="one"/>'
    '<testcase classname="a" name="two"><failure message="no"/></testcase></testsuite>'
)
WRITE = f"open('out/report.xml', 'w').write({REPORT!r})"


def test_the_report_of_an_opaque_command_is_read(tmp_path: Path) -> None:
    opaque: dict[str, Content] = {"run.py": f"import os\nos.mkdir('out')\n{WRITE}\nraise SystemExit(1)\n"}
    with opened(tmp_path, opaque, PYTHON, "run.py", reports=("out/*.xml",)) as suite:
        run = suite.run()
    assert (run.graded_by, run.tally, run.exit_code) == (GradedBy.REPORT, Tally(passed=1, failed=1), 1)
    assert [failure.name for failure in run.failures] == ["two"]


@pytest.mark.parametrize(
    ("program", "by"),
    [
        ("", GradedBy.EXIT_STATUS),
        ("open('out/report.xml', 'r+').write(open('out/report.xml').read())", GradedBy.REPORT),
        ("import os; os.unlink('out/report.xml'); os.mkfifo('out/report.xml')", GradedBy.EXIT_STATUS),
        ("import os; os.unlink('out/report.xml'); os.symlink('/etc/passwd', 'out/report.xml')", GradedBy.EXIT_STATUS),
        ("open('out/report.xml', 'w').write('<cut')", GradedBy.EXIT_STATUS),
        ("import shutil; shutil.rmtree('out')", GradedBy.EXIT_STATUS),
    ],
    ids=["left as it was", "written again", "a pipe", "a link", "cut short", "gone"],
)
def test_only_a_report_of_this_very_run_is_believed(tmp_path: Path, program: str, by: GradedBy) -> None:
    files: dict[str, Content] = {"out/report.xml": REPORT, "run.py": program}
    with opened(tmp_path, files, PYTHON, "run.py", reports=("out/*.xml",)) as suite:
        assert suite.run().graded_by is by


@pytest.mark.parametrize(
    "command",
    [
        ("sh", "-c", f"cd . && exec {PYTHON} -m pytest -q"),
        ("sh", "-c", f"{PYTHON} -m pytest -q | cat"),
        ("./run.sh",),
        (PYTHON, "run.py"),
    ],
    ids=["sh -c", "a pipe", "a script", "a program"],
)
def test_pytest_is_recorded_however_it_is_wrapped(tmp_path: Path, command: tuple[str, ...]) -> None:
    wrapped: dict[str, Content] = {
        "run.sh": Program(f"#!/bin/sh\nset -e\n{PYTHON} -m pytest\n"),
        "run.py": "import subprocess, sys\nsys.exit(subprocess.call([sys.executable, '-m', 'pytest']))\n",
    }
    with opened(tmp_path, {**SHOP, **wrapped}, *command) as suite:
        run = suite.run(only=["test_shop.py::test_total"])
    assert (run.outcomes, run.graded_by) == ({"test_shop.py::test_total": FAILED}, GradedBy.RECORD)


def test_options_that_the_user_passes_on_to_pytest_are_kept(tmp_path: Path) -> None:
    with opened(tmp_path, SHOP, environment={"PYTEST_ADDOPTS": "-k 'other or none'"}) as suite:
        assert suite.run().outcomes == {"test_shop.py::test_other": PASSED}


def test_a_suite_that_does_not_end_is_cut_off_and_proves_nothing(tmp_path: Path) -> None:
    deaf = "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])"  # to the limit of one test case
    test = f"import signal\ndef test_a(): pass\ndef test_b():\n    {deaf}\n    signal.pause()\n"
    with opened(tmp_path, {"test_a.py": test}) as suite:
        run = suite.run(time_limit=1.0)
    assert (run.exit_code, run.timed_out, run.complete) == (None, True, False)
    assert "test_a.py::test_b" not in run.outcomes


def test_a_dead_process_is_a_failure_of_the_suite(tmp_path: Path) -> None:
    test = "import os\ndef test_a(): pass\ndef test_b(): os._exit(0)\ndef test_c(): pass\n"
    with opened(tmp_path, {"test_a.py": test}) as suite:
        run = suite.run()
    assert run.outcomes == {"test_a.py::test_a": PASSED, SUITE: ERROR}
    assert "while running test_a.py::test_b" in run.failures[-1].message


def test_a_command_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with opened(tmp_path, SHOP, "no-such-runner") as suite, pytest.raises(SuiteError, match="was not found"):
        suite.run()


@pytest.fixture
def quick_venv(tmp_path: Path) -> dict[str, str]:
    """Return a search path on which `python3 -m venv` leaves pip out, which would take seconds."""
    script = f'#!/bin/sh\nshift 2\nexec {sys.executable} -m venv --without-pip "$@"\n'
    write(tmp_path / "bin" / "python3", Program(script))
    return {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}


def test_what_was_set_up_once_serves_every_run(tmp_path: Path, quick_venv: dict[str, str]) -> None:
    setup = 'test -f shop.py && echo "made=$(pwd)" >> "$VIRTUAL_ENV/made" && echo noise'
    test = """
import os, sys
place = os.environ["VIRTUAL_ENV"]
print(len(open(place + "/made").readlines()), sys.prefix == place)
"""
    with opened(
        tmp_path, {**SHOP, "job.py": test}, "python", "job.py", setup=by_command(setup), environment=quick_venv
    ) as suite:
        assert [suite.run().output for _ in range(2)] == ["1 True\n"] * 2
        assert [stage for stage, _ in suite.told] == ["set-up", "set-up"]


def test_a_set_up_that_fails_is_told_with_its_last_words(tmp_path: Path, quick_venv: dict[str, str]) -> None:
    with (
        opened(
            tmp_path, SHOP, setup=by_command("echo one; echo no such package >&2; exit 3"), environment=quick_venv
        ) as suite,
        pytest.raises(
            SuiteError, match=r"set-up command failed, so no test could be run: one\s+no such package"
        ) as refused,
    ):
        suite.run()
    assert refused.value.code == "setup_failed"


def test_a_suite_runs_alike_under_the_strictest_isolation(tmp_path: Path) -> None:
    isolation, python = strictest()
    secret = tmp_path / "secret"
    secret.write_text("canary", encoding="utf-8")
    test = f"""
import os, unittest
class TestA(unittest.TestCase):
    def test_own(self):
        open("new", "w").close()
        open(os.path.join(os.environ["TMPDIR"], "new"), "w").close()
        self.assertNotEqual(os.listdir(), [])
    def test_record_cannot_be_read(self):
        self.assertEqual(os.access("../record", os.R_OK), {not isolation.own_user})
    def test_other(self):
        self.assertEqual(os.getuid() == {os.geteuid()}, {not isolation.own_user})
"""
    with opened(tmp_path, {"test_a.py": test}, python, "-m", "unittest", isolation=isolation) as suite:
        run = suite.run()
    assert (run.tally, run.graded_by) == (Tally(passed=3), GradedBy.RECORD), run.output


def test_a_run_that_is_watched_tells_which_lines_its_test_cases_ran(tmp_path: Path) -> None:
    isolation, python = strictest()
    command = (python, "-m", "pytest", "-p", "no:cacheprovider")
    with opened(tmp_path, SHOP, *command, isolation=isolation) as suite:
        watched = suite.run(watch=Watch.YES)
        plain = suite.run()
    assert watched.spectra == Spectra(1, ("test_shop.py::test_total",), {
        "shop.py": {2: Hits(0, (0,))}, "test_shop.py": {2: Hits(0, (0,)), 3: Hits(1, ())},
    })  # fmt: skip
    assert plain.spectra is None


@pytest.mark.parametrize("is_committed", [False, True], ids=["made by its user", "in the repository"])
def test_an_environment_in_the_checkout_may_see_its_base_unless_the_repository_brings_it(
    tmp_path: Path, *, is_committed: bool
) -> None:
    isolation, _ = strictest()
    base = tmp_path / "base"
    write(base / "lib/python3.12/os.py", "told")
    write(base / "bin/python3", Program(f"#!/bin/sh\ncat {base}/lib/python3.12/os.py\nexit 1\n"))
    environment: dict[str, Content] = {".venv/pyvenv.cfg": f"home = {base}/bin\n", ".venv/lib/x": ""}
    with opened(
        tmp_path, {"x.py": "", **(environment if is_committed else {})}, ".venv/bin/python", isolation=isolation
    ) as suite:
        for name, content in environment.items():
            write(tmp_path / "project" / name, content)
        (tmp_path / "project/.venv/bin").mkdir()
        (tmp_path / "project/.venv/bin/python").symlink_to(base / "bin/python3")
        try:
            told = "told" in suite.run().output
        except SuiteError:
            told = False
    assert told is not is_committed
