"""`self-heal diagnose` over a real checkout: what fails, where to look, and nothing changed."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from healer.cli.diagnose import execute
from healer.cli.terminal import Terminal
from healer.errors import RepositoryError, UsageError

if TYPE_CHECKING:
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


def test_without_a_report_the_tests_are_run_once(checkout: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    code, out, err = diagnose("--repo", str(checkout), "--unsafe-no-sandbox", "--", *command)
    assert code == 0, err
    assert "tests/test_shop.py::test_half" in out
    assert "1. shop.py:2 in half" in out
    assert (checkout / "shop.py").read_text() == BROKEN


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
    assert out.startswith("You repair failing test suites.")
    for part in ["# Code\n", "return value * 2", "tests/test_shop.py::test_half", "# Your task\n"]:
        assert part in out
    assert "prompt for wrong_result failures, from system@2, context@1, task@1, approach_wrong_result@1" in err
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
