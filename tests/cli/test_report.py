from __future__ import annotations

import io
import itertools
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from healer.cli.report import execute
from healer.cli.terminal import Terminal
from healer.cli.watching import WatchedFile
from healer.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

RED = """<testsuites><testsuite name="pytest"><testcase classname="tests.test_a" name="test_b[1]">\
<failure message="ValueError: no">tests/test_a.py:3: in test_b
    parse()
pkg/core.py:9: in parse
    raise ValueError("no")
E   ValueError: no</failure></testcase><testcase classname="tests.test_a" name="test_c"/></testsuite></testsuites>"""
GREEN = '<testsuite><testcase name="a"/><testcase name="b"><skipped/></testcase></testsuite>'


def report(*arguments: str, color: bool = False) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = execute(list(arguments), Terminal(out, err, color=color))
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "red.xml").write_text(RED)
    (tmp_path / "green.xml").write_text(GREEN)
    (tmp_path / "empty.xml").write_text("")
    (tmp_path / "none.xml").write_text("<testsuites/>")
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "fifo")
    return tmp_path


def test_json_is_one_document_of_the_agreed_shape(files: Path) -> None:
    code, out, err = report("--format", "json", f"{files}/red.xml", f"{files}/green.xml")
    document = json.loads(out)
    counts = {"tests": 4, "passed": 2, "failed": 1, "errors": 0, "skipped": 1}
    assert (code, err) == (0, "")
    assert list(document) == ["summary", "files", "failures", "clusters"]
    assert document["summary"] == counts
    assert document["files"][1] == {
        "file": f"{files}/green.xml",
        "format": "junit",
        "summary": {"tests": 2, "passed": 1, "failed": 0, "errors": 0, "skipped": 1},
        "verdict": "passed",
        "reason": None,
        "flaky": [],
    }
    (failure,) = document["failures"]
    fingerprint = failure.pop("fingerprint")
    assert len(fingerprint) == 16
    assert document["clusters"] == [{"fingerprint": fingerprint, "failures": [failure["id"]]}]
    assert failure == {
        "id": "tests/test_a.py::test_b[1]",
        "suite": "tests.test_a",
        "name": "test_b[1]",
        "file": "tests/test_a.py",
        "line": 3,
        "kind": "failed",
        "type": "ValueError",
        "message": "ValueError: no",
        "frames": [
            {"file": "tests/test_a.py", "line": 3, "function": "test_b"},
            {"file": "pkg/core.py", "line": 9, "function": "parse"},
        ],
    }


@pytest.mark.parametrize(
    ("name", "verdict", "reason"),
    [
        ("missing.xml", "unreadable", "'{path}' does not exist"),
        ("fifo", "unreadable", "'{path}' is a named pipe (FIFO), not a regular file"),
        ("empty.xml", "unreadable", "the file is empty (0 bytes)"),
        ("none.xml", "empty", "no test case ran, which is never a pass"),
    ],
)
def test_each_bad_file_has_its_own_sentence_while_others_are_read(
    files: Path, name: str, verdict: str, reason: str
) -> None:
    code, out, _ = report("--format", "json", f"{files}/{name}", f"{files}/green.xml")
    bad, good = json.loads(out)["files"]
    assert code == 0
    assert (bad["verdict"], bad["reason"]) == (verdict, reason.format(path=f"{files}/{name}"))
    assert good["verdict"] == "passed"


@pytest.mark.parametrize(("name", "code"), [("red.xml", 0), ("none.xml", 0), ("empty.xml", 2), ("missing.xml", 2)])
def test_the_exit_code_says_whether_anything_could_be_read(files: Path, name: str, code: int) -> None:
    assert report(f"{files}/{name}")[0] == code


def test_text_is_a_table_and_the_failing_tests_with_the_frame_that_matters(files: Path) -> None:
    _, out, _ = report(f"{files}/red.xml", f"{files}/none.xml")
    width = len(f"{files}/none.xml")
    assert out == (
        f"verdict  {'report':<{width}}  format  tests  passed  failed  errors  skipped\n"
        f"failed   {f'{files}/red.xml':<{width}}  junit       2       1       1       0        0\n"
        f"empty    {files}/none.xml  junit       0       0       0       0        0\n"
        "         no test case ran, which is never a pass\n"
        f"         {'total':<{width}}              2       1       1       0        0\n"
        "\n"
        "FAILED tests/test_a.py::test_b[1]\n"
        "    ValueError: no\n"
        "    at pkg/core.py:9 in parse\n"
        "\n"
        "2 tests (1 passed, 1 failed); 1 cause\n"
    )


def test_failures_of_one_cause_are_shown_once_with_the_names_of_the_others(files: Path) -> None:
    case = RED.partition("<testcase")[2].partition("</testcase>")[0]
    cases = "".join(f"<testcase{case.replace('test_b[1]', f'test_b[{number}]')}</testcase>" for number in range(9))
    (files / "many.xml").write_text(f'<testsuite name="pytest">{cases}</testsuite>')
    _, out, _ = report(f"{files}/many.xml")
    assert out.count("ValueError: no") == 1
    assert "    and 8 more of the same cause:\n        tests/test_a.py::test_b[1]\n" in out
    assert out.endswith("        … 3 more\n\n9 tests (9 failed); 1 cause\n")


def test_the_same_failure_in_two_legs_of_a_matrix_is_one(files: Path) -> None:
    (files / "other-leg.xml").write_text(RED)
    _, out, _ = report("--format", "json", f"{files}/red.xml", f"{files}/other-leg.xml")
    document = json.loads(out)
    assert [failure["id"] for failure in document["failures"]] == ["tests/test_a.py::test_b[1]"]
    assert document["summary"] == {"tests": 2, "passed": 1, "failed": 1, "errors": 0, "skipped": 0}


@pytest.mark.parametrize("name", ["reports", "reports/*.xml", "reports/**"])
def test_a_folder_or_a_glob_stands_for_the_reports_in_it(files: Path, name: str) -> None:
    (files / "reports").mkdir()
    (files / "reports" / "red.xml").write_text(RED)
    (files / "reports" / "pom.xml").write_text("<project/>")
    code, out, _ = report("--format", "json", f"{files}/{name}")
    assert code == 0
    assert [file["file"] for file in json.loads(out)["files"]] == [f"{files}/reports/red.xml"]


def test_a_finding_has_its_rule_as_well(files: Path) -> None:
    lint = (
        '<checkstyle><file name="a.py"><error line="3" severity="error" message="no" source="E1"/></file></checkstyle>'
    )
    (files / "lint.xml").write_text(lint)
    (failure,) = json.loads(report("--format", "json", f"{files}/lint.xml")[1])["failures"]
    assert (failure["id"], failure["type"]) == ("a.py:3: E1", "E1")
    assert failure["rule"]["level"] == "error"


def test_a_folder_without_reports_says_so(files: Path) -> None:
    code, out, _ = report("--format", "json", f"{files}/directory")
    assert code == 2
    assert "no report matches" in json.loads(out)["files"][0]["reason"]


def test_a_file_that_takes_long_tells_how_far_it_is(files: Path) -> None:
    ticks = itertools.count(0.0, 1.5)
    err = io.StringIO()
    with (files / "red.xml").open("rb") as stream:
        watched = WatchedFile(stream, "red.xml", Terminal(io.StringIO(), err), clock=lambda: next(ticks))
        read = b"".join(iter(lambda: watched.read(100), b""))
    assert read.decode() == RED
    shares = [int(line.partition("(")[2].partition(" %)")[0]) for line in err.getvalue().splitlines()]
    assert len(shares) >= 2
    assert shares == sorted(shares)
    assert err.getvalue().startswith("   reading  red.xml: 0 MiB of 0 MiB (")


def test_colour_is_for_terminals(files: Path) -> None:
    assert "\x1b[31m" in report(f"{files}/red.xml", color=True)[1]
    assert "\x1b" not in report(f"{files}/red.xml")[1]


def test_nothing_in_a_report_commands_the_terminal_or_the_runner(files: Path) -> None:
    case = '<testcase name="a&#10;total: 0&#x9b;31m" classname="::set-output"><failure message="##[add-mask]x"/>'
    (files / "evil.xml").write_text(f"<testsuite>{case}</testcase></testsuite>")
    colored, on_runner = io.StringIO(), io.StringIO()
    execute([f"{files}/evil.xml"], Terminal(colored, io.StringIO(), color=True))
    execute([f"{files}/evil.xml"], Terminal(on_runner, io.StringIO(), on_runner=True))
    for printed in (colored.getvalue(), on_runner.getvalue()):
        assert "\x9b" not in printed
        assert "\ntotal: 0" not in printed
    assert "::" not in on_runner.getvalue()
    assert "##[" not in on_runner.getvalue()


def test_json_is_the_same_document_on_a_runner(files: Path) -> None:
    out = io.StringIO()
    execute(["--format", "json", f"{files}/red.xml"], Terminal(out, io.StringIO(), on_runner=True))
    assert "::" not in out.getvalue()
    assert json.loads(out.getvalue())["failures"][0]["id"] == "tests/test_a.py::test_b[1]"


def test_warnings_are_told(files: Path) -> None:
    (files / "odd.xml").write_bytes(RED.encode().replace(b"no<", b"\x01no<") + b"\nbye\n")
    _, out, _ = report(f"{files}/odd.xml")
    assert "         control characters that XML forbids were removed\n" in out
    assert "         text outside of the XML document was skipped\n" in out


def test_wrong_usage_is_a_sentence() -> None:
    with pytest.raises(UsageError, match=r"required: FILE \(see self-heal report --help\)"):
        report()


def test_the_command_imports_nothing_heavy(files: Path) -> None:
    program = (
        "import sys; from healer.cli import main; code = main(sys.argv[1:]); "
        "print(sorted({'requests', 'anthropic', 'yaml', 'asyncio', 'pydantic', 'unidiff'} & set(sys.modules)), code)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program, "report", f"{files}/green.xml"], capture_output=True, text=True, check=True
    )
    assert finished.stdout.splitlines()[-1] == "[] 0"
