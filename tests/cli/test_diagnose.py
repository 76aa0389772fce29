"""`self-heal diagnose` over a real checkout: what fails, where to look, and nothing changed."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from healer.cli.diagnose import execute
from healer.cli.terminal import Terminal
from healer.errors import RepositoryError, SuiteError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

REPORT = """<testsuites><testsuite name="pytest"><testcase classname="tests.test_shop" name="test_half">\
<failure message="AssertionError: assert 4 == 1">def test_half():
&gt;       assert half(2) == 1
E       assert 4 == 1

tests/test_shop.py:5: AssertionError</failure></testcase></testsuite></testsuites>"""
GREEN = '<testsuites><testsuite name="pytest"><testcase classname="a" name="b"/></testsuite></testsuites>'
TEST = "from shop import half\n\n\ndef test_half():\n    assert half(2) == 1\n"
SOUND = "def half(value):\n    return value / 2\n"
BROKEN = "def half(value):\n    return value * 2\n"


def git(folder: Path, *arguments: str) -> str:
    identity = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **identity}
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "tests").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "shop.py").write_text(SOUND)
    (folder / "conftest.py").write_text("")
    (folder / "tests/test_shop.py").write_text(TEST)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Open the shop")
    (folder / "shop.py").write_text(BROKEN)
    git(folder, "commit", "-q", "-a", "-m", "Double it")
    return folder


PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


class Screen(io.StringIO):
    """A terminal that remembers what was written, and has no size of its own."""

    def isatty(self) -> bool:
        return True


def diagnose(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    environment = {"PATH": os.environ["PATH"]}
    code = execute(list(arguments), Terminal(out, err, environment=environment))
    return code, out.getvalue(), err.getvalue()


def test_a_report_is_enough_to_say_where_to_look(checkout: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    code, out, _ = diagnose("--repo", str(checkout), "--report", str(report))
    assert code == 0
    assert "1 failing test case:" in out
    assert "1. shop.py:2 in half" in out
    assert ">     2      return value * 2" in out
    assert "'Double it', the newest commit" in out
    assert git(checkout, "status", "--porcelain") == ""


def test_a_job_log_is_enough_as_well(checkout: Path, tmp_path: Path) -> None:
    printed = (
        "##[group]Run pytest", "pytest", "##[endgroup]", "F",
        "=================================== FAILURES ===================================",
        "__________________________________ test_half ___________________________________", "",
        "    def test_half():", ">       assert half(2) == 1", "E       assert 4 == 1", "",
        "/home/runner/work/shop/shop/tests/test_shop.py:5: AssertionError",
        "=========================== short test summary info ============================",
        "FAILED tests/test_shop.py::test_half - assert 4 == 1", "1 failed in 0.02s",
        "##[error]Process completed with exit code 1.",
    )  # fmt: skip
    (tmp_path / "job.txt").write_text("\ufeff" + "".join(f"2026-11-20T10:11:12.1234567Z {line}\n" for line in printed))

    code, out, _ = diagnose("--repo", str(checkout), "--log", str(tmp_path / "job.txt"))

    assert code == 0
    assert "tests/test_shop.py::test_half" in out
    assert "shop.py:2 in half" in out


def test_json_is_one_document_with_clusters_and_locations(checkout: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    _, out, _ = diagnose("--repo", str(checkout), "--report", str(report), "--format", "json")
    document = json.loads(out)
    assert set(document) == {"base", "clusters", "locations", "functions", "culprit", "spectra", "left_out"}
    assert [failure["id"] for failure in document["clusters"][0]["failures"]] == ["tests/test_shop.py::test_half"]
    first = document["locations"][0]
    assert (first["file"], first["line"], first["end_line"], first["function"]) == ("shop.py", 2, 2, "half")
    assert 0 < first["suspiciousness"] <= 1
    assert first["evidence"]


def running(checkout: Path, *options: str, command: Sequence[str] = PYTEST) -> tuple[int, str, str]:
    return diagnose("--repo", str(checkout), "--unsafe-no-sandbox", *options, "--", *command)


def test_without_a_report_the_tests_are_run(checkout: Path) -> None:
    code, out, err = running(checkout, "--no-bisect")
    assert code == 0, err
    assert "tests/test_shop.py::test_half" in out
    assert "1. shop.py:2 in half" in out
    assert "broken by" not in out
    assert (checkout / "shop.py").read_text() == BROKEN


def test_the_change_that_broke_it_is_found_by_putting_it_back(checkout: Path) -> None:
    (checkout / "notes.py").write_text("AUTHOR = 'a'\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "Add notes")
    _, out, _ = running(checkout, "--format", "json")
    document = json.loads(out)
    culprit = document["culprit"]
    assert (culprit["subject"], culprit["age"]) == ("Double it", 1)
    assert culprit["changes"] == [{"file": "shop.py", "line": 2, "end_line": 2, "earlier": ["    return value / 2"]}]
    assert document["spectra"] == {"passed": 0, "failed": 1}
    assert document["functions"][0]["lines"][0]["line"] == 2


@pytest.mark.parametrize("is_known", [False, True], ids=["ten commits back", "since it was green"])
def test_an_older_change_is_found_where_the_last_green_commit_is_known(checkout: Path, *, is_known: bool) -> None:
    for number in range(12):
        git(checkout, "commit", "-q", "--allow-empty", "-m", f"Announce {number}")
    known = ("--last-green", "HEAD~13") if is_known else ()
    _, out, _ = running(checkout, "--format", "json", *known)
    culprit = json.loads(out)["culprit"]
    assert (culprit is not None) is is_known
    assert culprit is None or culprit["subject"] == "Double it"


@pytest.mark.parametrize("revision", ["nowhere", "elsewhere"])
def test_a_green_commit_that_is_not_before_the_base_is_refused(checkout: Path, revision: str) -> None:
    git(checkout, "checkout", "-q", "--orphan", "elsewhere")
    git(checkout, "commit", "-q", "-m", "Start anew")
    git(checkout, "checkout", "-q", "main")
    with pytest.raises((UsageError, RepositoryError)) as refused:
        running(checkout, "--last-green", revision)
    assert revision in refused.value.sentence


def test_what_always_failed_does_not_hide_the_change_that_broke_the_rest(checkout: Path) -> None:
    (checkout / "tests/test_lacking.py").write_text("def test_lacking():\n    import no_such_module_here\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "Test what is not installed")
    _, out, _ = running(checkout, "--format", "json")
    document = json.loads(out)
    assert document["culprit"]["subject"] == "Double it"
    assert len(document["left_out"]) == 1
    assert "tests/test_lacking.py::test_lacking: that fails with all earlier code" in document["left_out"][0]
    assert "the change that is told broke the rest" in document["left_out"][0]


def test_a_failure_that_does_not_repeat_alone_is_blamed_on_no_change(checkout: Path) -> None:
    polluter = "import shop\n\n\ndef test_a():\n    shop.dirty = True\n\n\n"
    victim = "def test_half():\n    assert not hasattr(shop, 'dirty')\n"
    (checkout / "tests/test_shop.py").write_text(polluter + victim)
    git(checkout, "commit", "-q", "-a", "-m", "Leave dirt behind")
    code, out, _ = running(checkout)
    assert code == 0
    assert "broken by" not in out
    assert "tests/test_shop.py::test_half passed when the failing test cases were run again" in out


FILE = ".github/self-heal.yml"


def with_file(checkout: Path, *lines: str) -> None:
    (checkout / ".github").mkdir()
    (checkout / FILE).write_text("\n".join(lines) + "\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "Settings")


def test_the_repository_s_own_settings_say_how_the_suite_is_run(checkout: Path) -> None:
    (checkout / "lint.py").write_text("raise SystemExit('shop.py:2: doubtful')\n")
    with_file(
        checkout, f"test-command: {shlex.join(PYTEST)}", f"check: {sys.executable} lint.py", "setup: none",
        "engine: anthropic",
    )  # fmt: skip
    code, out, err = diagnose("--repo", str(checkout), "--no-bisect", "--unsafe-no-sandbox")
    assert code == 0
    assert "tests/test_shop.py::test_half" in out
    assert "doubtful" in out
    assert f"{FILE} of HEAD (" in err
    assert "is obeyed" in err
    assert "git remote set-head origin --auto" in err


def test_what_is_said_on_the_command_line_goes_before_the_repository_s_settings(checkout: Path) -> None:
    with_file(checkout, "test-command: 'false'", "setup: none")
    code, out, _ = running(checkout, "--no-bisect")
    assert code == 0
    assert "tests/test_shop.py::test_half" in out


def test_reports_alone_are_read_without_the_repository_s_settings(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    with_file(checkout, "test-command: 'false'")
    code, out, err = diagnose("--repo", str(checkout), "--report", str(tmp_path / "report.xml"))
    assert code == 0
    assert "1. shop.py:2 in half" in out
    assert FILE not in err


def test_wrong_settings_of_the_repository_are_told_before_anything_runs(checkout: Path) -> None:
    with_file(checkout, "time-limit: 7200")
    with pytest.raises(UsageError, match=r"line 1: `time-limit` is seconds up to 1800"):
        running(checkout)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param("echo no such library >&2; exit 127", "'no such library'", id="a program that cannot be started"),
        pytest.param("exit 126", "'nothing'", id="a program that may not be started"),
    ],
)
def test_a_command_that_runs_nothing_blames_no_code(checkout: Path, script: str, words: str) -> None:
    with pytest.raises(SuiteError, match="ran no test") as caught:
        running(checkout, command=("sh", "-c", script))
    assert words in caught.value.sentence


def test_a_page_is_written_beside_the_result(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    page = tmp_path / "page.html"
    code, out, err = diagnose(
        "--repo", str(checkout), "--report", str(tmp_path / "report.xml"), f"--html={page}", "--format", "json"
    )
    assert code == 0
    assert json.loads(out)["locations"]
    assert f"written to {page}" in err
    assert 'id="shop.py-L2"' in page.read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["missing/page.html", "shop"])
def test_a_page_that_cannot_be_written_is_refused_before_anything_is_run(
    checkout: Path, tmp_path: Path, name: str
) -> None:
    mark = tmp_path / "was-run"
    with pytest.raises(UsageError, match="--html"):
        running(checkout, "--html", str(tmp_path / name), command=("touch", str(mark)))
    assert not mark.exists()


def test_the_prompt_is_printed_in_place_of_the_diagnosis(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    code, out, err = diagnose("--repo", str(checkout), "--report", str(tmp_path / "report.xml"), "--prompt")
    assert code == 0
    assert "where to look, most suspicious first" not in out
    assert "tokens in all" in err


def test_what_reports_cannot_tell_is_said(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    _, out, _ = diagnose("--repo", str(checkout), "--report", str(tmp_path / "report.xml"))
    assert "left out:\n  - which lines the tests ran, and which change broke them" in out


def test_of_findings_it_is_not_said_that_no_test_was_run(checkout: Path, tmp_path: Path) -> None:
    place = {"physicalLocation": {"artifactLocation": {"uri": "shop.py"}, "region": {"startLine": 2}}}
    result = {"ruleId": "B602", "level": "error", "message": {"text": "no"}, "locations": [place]}
    driver = {"tool": {"driver": {"name": "lint"}}, "results": [result]}
    (tmp_path / "lint.sarif").write_text(json.dumps({"version": "2.1.0", "runs": [driver]}))
    _, out, _ = diagnose("--repo", str(checkout), "--report", str(tmp_path / "lint.sarif"))
    assert out.startswith("1 finding:\n")
    assert "left out" not in out


@pytest.mark.parametrize(
    ("columns", "is_cut"),
    [
        pytest.param("60", True, id="as the environment says"),
        pytest.param("0", False, id="no width is no width"),
        pytest.param("9" * 9, False, id="no terminal is as wide"),
        pytest.param("wide", False, id="no number"),
    ],
)
def test_on_a_terminal_lines_fit_and_are_coloured(
    checkout: Path, tmp_path: Path, columns: str, *, is_cut: bool
) -> None:
    (tmp_path / "report.xml").write_text(REPORT.replace("assert 4 == 1", "assert 4 == 1 " + "and so on " * 50))
    out = Screen()
    environment = {"PATH": os.environ["PATH"], "COLUMNS": columns}
    terminal = Terminal(out, io.StringIO(), color=True, environment=environment)
    execute(["--repo", str(checkout), "--report", str(tmp_path / "report.xml")], terminal)
    lines = re.sub(r"\x1b\[[\d;]*m", "", out.getvalue()).splitlines()
    assert "\x1b[1m" in out.getvalue()
    assert (max(map(len, lines)) <= 60) is is_cut


def test_a_green_report_is_nothing_that_fails(checkout: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(GREEN)
    assert diagnose("--repo", str(checkout), "--report", str(report))[:2] == (0, "nothing fails\n")


def test_a_folder_that_is_no_repository_is_refused_in_a_sentence(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    with pytest.raises(RepositoryError, match="git"):
        diagnose("--repo", str(tmp_path), "--report", str(report))


def test_a_report_that_cannot_be_read_is_refused_in_a_sentence(checkout: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text("")
    with pytest.raises(UsageError, match=r"report\.xml"):
        diagnose("--repo", str(checkout), "--report", str(report))


@pytest.mark.parametrize("option", ["--engine", "--deliver", "--rounds", "--max-cost-usd"])
def test_options_of_a_repair_are_no_options_of_a_diagnosis(option: str) -> None:
    with pytest.raises(UsageError, match=option):
        diagnose(option, "1")


def test_the_prompt_is_printed_as_it_would_be_sent_and_its_size_by_section(checkout: Path) -> None:
    (checkout / "report.xml").write_text(REPORT)
    code, out, err = diagnose("--repo", str(checkout), "--report", "report.xml", "--prompt")
    assert code == 0
    assert out.startswith("You repair what fails in a repository: ")
    for part in ["# Code\n", "return value * 2", "tests/test_shop.py::test_half", "# Your task\n"]:
        assert part in out
    templates = r"system@\d+, context@\d+, task@\d+, approach_wrong_result@\d+"
    assert re.search(rf"prompt for wrong_result failures, from {templates}", err)
    assert re.search(r"prompt +\d+ rules\n", err)
    assert re.search(r"prompt +\d+ tokens in all", err)


def test_the_prompt_comes_section_by_section_in_the_document(checkout: Path) -> None:
    (checkout / "report.xml").write_text(REPORT)
    _, out, _ = diagnose("--repo", str(checkout), "--report", "report.xml", "--prompt", "--format", "json")
    document = json.loads(out)
    prompt = document["prompt"]
    assert document["locations"]
    assert prompt["variant"] == "wrong_result"
    assert prompt["tokens"] == sum(section["tokens"] for section in prompt["sections"])
    assert [section["name"] for section in prompt["sections"]][:3] == ["rules", "frame", "code"]
