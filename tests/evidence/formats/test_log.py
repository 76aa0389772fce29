from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.formats import log
from healer.evidence.limits import OUTPUT_CHARACTERS
from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

GOLDEN = Path(__file__).parents[2] / "data" / "golden"
GREEN = "===== test session starts =====\ncollected 3 items\n\na.py ...   [100%]\n\n===== 3 passed in 0.01s =====\n"
RED = """\
===== test session starts =====
collected 2 items

test_a.py .F [100%]

===== FAILURES =====
____ test_b ____

    def test_b():
>       assert 0
E       assert 0

test_a.py:2: AssertionError
===== short test summary info =====
FAILED test_a.py::test_b - assert 0
===== 1 failed, 1 passed in 0.01s =====
"""
DIED = 'Traceback (most recent call last):\n  File "/w/x.py", line 3, in <module>\n    f()\nValueError: no\n'
BEGIN = """\
Current runner version: '2.330.0'
##[group]Runner Image
Image: ubuntu-24.04
##[endgroup]
##[group]Run actions/checkout@v4
with:
  repository: a/b
##[endgroup]
Syncing repository: a/b
"""
END = "Post job cleanup.\n[command]/usr/bin/git version\nCleaning up orphan processes\n"


def script(command: str, output: str, exit_code: int = 0) -> str:
    header = f"##[group]Run {command}\n\x1b[36;1m{command}\x1b[0m\nshell: /usr/bin/bash -e {{0}}\n##[endgroup]\n"
    end = f"##[error]Process completed with exit code {exit_code}.\n" if exit_code else ""
    return f"{header}{output.rstrip()}\n{end}"


def job(*steps: str) -> bytes:
    """Return a job's log as GitHub serves it."""
    lines = f"{BEGIN}{''.join(steps)}{END}".rstrip("\n").split("\n")
    return ("\ufeff" + "".join(f"2026-11-20T10:11:12.1234567Z {line}\n" for line in lines)).encode()


def read(data: bytes) -> Report:
    return read_report(io.BytesIO(data), "job.log")


def told(report: Report) -> list[tuple[str, str]]:
    return [(failure.id, failure.message) for failure in report.failures]


@pytest.mark.parametrize(
    ("steps", "tally", "failing"),
    [
        pytest.param([script("pytest", GREEN)], Tally(passed=3), [], id="green"),
        pytest.param(
            [script("a", RED, 1), script("b", GREEN)], Tally(4, 1), ["test_a.py::test_b"], id="red, then green"
        ),
        pytest.param(
            [script("a", GREEN), script("b", RED, 1)], Tally(4, 1), ["test_a.py::test_b"], id="green, then red"
        ),
        pytest.param([script("tests.sh", RED + GREEN, 1)], Tally(4, 1), ["test_a.py::test_b"], id="both in one step"),
        pytest.param([script("a || true", RED)], Tally(1, 1), ["test_a.py::test_b"], id="red, and the step went on"),
        pytest.param([script("x.py", DIED, 1), script("b", GREEN)], Tally(3, 0, 1), ["script"], id="a script died"),
        pytest.param([script("x.py", DIED + GREEN)], Tally(3), [], id="a traceback logged by a green step"),
        pytest.param(
            [script("pytest --cov", f"{GREEN}FAIL Required coverage\n", 1)],
            Tally(3, 0, 1),
            ["step: pytest --cov"],
            id="green tests in a step that failed",
        ),
        pytest.param(
            [script("t.sh", f"##[group]Run unit\n{GREEN}##[endgroup]\n##[group]Run more\n{RED}##[endgroup]\n", 1)],
            Tally(4, 1),
            ["test_a.py::test_b"],
            id="groups inside a step",
        ),
    ],
)
def test_each_step_is_read_by_itself(steps: list[str], tally: Tally, failing: list[str]) -> None:
    report = read(job(*steps))
    assert (report.format, report.tally) == ("log", tally)
    assert [failure.id for failure in report.failures] == failing
    assert report.verdict is (ReportVerdict.FAILED if failing else ReportVerdict.PASSED)


def test_what_a_retry_in_the_same_step_made_good_is_flaky() -> None:
    report = read(job(script("retry pytest", f"{RED}Attempt 1 failed\n{GREEN}")))
    assert (report.verdict, report.tally) == (ReportVerdict.PASSED, Tally(passed=3))
    assert report.flaky == ("test_a.py::test_b",)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param(
            script("pip install -r r.txt", "ERROR: No matching distribution found for x\nWARNING: upgrade pip\n", 1),
            ("step: pip install -r r.txt", "ERROR: No matching distribution found for x"),
            id="the line that says why",
        ),
        pytest.param(script("./run", "one\ntwo\n", 3), ("step: ./run", "two"), id="else the last line"),
        pytest.param(script("./run", "", 3), ("step: ./run", "the step ended with exit code 3"), id="no output"),
        pytest.param(
            script("sleep 9", "a\n") + "##[error]The operation was canceled.\n",
            ("step: sleep 9", "The operation was canceled."),
            id="cancelled",
        ),
        pytest.param(
            "##[group]Run foo/bar@v1\nwith:\n  a: b\n##[endgroup]\n##[error]Input required: token\n",
            ("step: foo/bar@v1", "Input required: token"),
            id="an action",
        ),
        pytest.param(
            script("lint", "::error file=a.py,line=3,col=5,title=E501::line too long\n", 1),
            ("a.py:3:5: E501", "line too long"),
            id="an annotation",
        ),
        pytest.param(
            script("pytest -v", GREEN.partition("a.py")[0] + "a.py::test_a PASSED [ 50%]\na.py::test_b ", 137),
            ("a.py::test_b", "the process ended while this test was running"),
            id="a test that took the process with it",
        ),
    ],
)
def test_a_step_that_failed_without_a_known_result_is_an_error(steps: str, expected: tuple[str, str]) -> None:
    report = read(job(steps))
    assert (report.verdict, report.tally) == (ReportVerdict.FAILED, Tally(errors=1))
    assert told(report) == [expected]


def test_the_decisive_lines_are_found_wherever_they_stand() -> None:
    noise = "".join(f"compiling {number}\n" for number in range(1_000))
    (failure,) = read(job(script("make", f"{noise}src/a.zz: cannot open b\n{noise}", 2))).failures
    assert failure.message == "src/a.zz: cannot open b"
    assert failure.text.splitlines()[:3] == ["[\u2026]", "src/a.zz: cannot open b", "[\u2026]"]
    assert failure.text.endswith("compiling 999")


def test_errors_that_a_script_mentions_and_goes_on_count_only_where_nothing_else_is_known() -> None:
    assert read(job(script("lint", "##[error]long line\n"), script("b", GREEN))).verdict is ReportVerdict.PASSED
    assert told(read(job(script("lint", "##[error]long line\n")))) == [("step: lint", "long line")]


AROUND = {
    "GitLab": (
        "section_start:1700000000:step\r\x1b[0K$ pytest\n",
        "",
        "\x1b[31;1mERROR: Job failed: exit code 1\x1b[0;m\n",
    ),
    "Jenkins": ("[Pipeline] sh\n+ pytest\n", "", "ERROR: script returned exit code 1\nFinished: FAILURE\n"),
    "brackets": ("", "[2026-11-20T10:11:12.123Z] ", ""),
    "BuildKit": ("", "#5 1.234 ", "ERROR: failed to solve: x\n"),
    "Compose": ("", "web-1  | ", "web-1 exited with code 1\n"),
    "gh run view": ("", "build\tUNKNOWN STEP\t2026-11-20T10:11:12.1234567Z ", ""),
}


def dressed(name: str, text: str) -> str:
    before, prefix, after = AROUND[name]
    return before + "".join(f"{prefix}{line}\n" for line in text.rstrip("\n").split("\n")) + after


@pytest.mark.parametrize("name", AROUND)
def test_the_logs_of_other_systems_are_read(name: str) -> None:
    report = read(dressed(name, RED).encode())
    assert (report.verdict, report.tally, told(report)) == (
        ReportVerdict.FAILED,
        Tally(1, 1),
        [("test_a.py::test_b", "assert 0")],
    )


@pytest.mark.parametrize("name", ["GitLab", "Jenkins", "Compose", "BuildKit"])
def test_a_failed_job_is_no_pass_though_its_tests_passed(name: str) -> None:
    report = read(dressed(name, GREEN).encode())
    assert (report.verdict, report.tally) == (ReportVerdict.FAILED, Tally(passed=3, errors=1))


@pytest.mark.parametrize(
    ("text", "verdict", "reason"),
    [
        pytest.param(
            "hello\n", ReportVerdict.UNREADABLE, "the file is plain text and shows no test result", id="no result"
        ),
        pytest.param(
            "# Title\nIt fails sometimes, with exit code 1 and so on.\n",
            ReportVerdict.UNREADABLE,
            "the file is plain text and shows no test result",
            id="prose",
        ),
        pytest.param(
            "no tests ran in 0.01s\n", ReportVerdict.EMPTY, "no test case ran, which is never a pass", id="empty"
        ),
        pytest.param(
            GREEN.partition("=\n\n=")[0].partition("\n=====")[0],
            ReportVerdict.UNREADABLE,
            "the log ends before the tests do: pytest was running",
            id="cut off",
        ),
        pytest.param("x exited with code 1\n" + GREEN, ReportVerdict.PASSED, None, id="green after an early exit"),
    ],
)
def test_a_log_without_failures_is_a_pass_only_where_it_shows_one(
    text: str, verdict: ReportVerdict, reason: str | None
) -> None:
    report = read(text.encode())
    assert (report.verdict, report.reason) == (verdict, reason)


def test_a_log_that_is_cut_off_keeps_what_failed_before() -> None:
    report = read(RED.partition("===== FAILURES")[0].encode())
    assert (report.verdict, report.tally) == (ReportVerdict.FAILED, Tally(failed=1))
    assert told(report) == [("test_a.py", "the output ends before pytest says why")]


def test_failing_tests_without_names_are_counted() -> None:
    report = read(b"===== 2 failed, 3 passed, 1 error in 0.1s =====\n")
    assert (report.verdict, report.tally, report.failures) == (ReportVerdict.FAILED, Tally(3, 2, 1), ())
    assert report.warnings == ("3 failing test cases are counted in the log, but not named",)


def test_of_a_long_log_it_is_said_what_was_left_out() -> None:
    noise = "".join(f"layer {number} {'.' * 80}\n" for number in range(OUTPUT_CHARACTERS // 80))
    report = read(f"{noise}{RED}{noise}".encode())
    assert told(report) == [("test_a.py::test_b", "assert 0")]
    assert [warning.partition(":")[0] for warning in report.warnings] == ["the log is long"]


def test_what_only_quotes_a_report_is_read_as_a_log() -> None:
    quoted = 'cat report.xml\n<?xml version="1.0"?>\n<testsuites><testsuite name="a">…\n'
    assert told(read(job(script("cat report.xml", quoted), script("pytest", RED, 1)))) == [
        ("test_a.py::test_b", "assert 0")
    ]


def test_utf_16_as_powershell_writes_it_is_read() -> None:
    assert told(read(RED.replace("\n", "\r\n").encode("utf-16"))) == [("test_a.py::test_b", "assert 0")]


@pytest.mark.parametrize("path", sorted((GOLDEN / "pytest").glob("*.log")), ids=lambda path: path.stem)
def test_a_golden_log_says_the_same_in_a_job(path: Path) -> None:
    plain = read(path.read_bytes())
    failing = plain.verdict is ReportVerdict.FAILED
    text = path.read_bytes().decode()
    within = read(job(script("pytest", text, 1 if failing else 0)))
    named = [failure for failure in within.failures if not failure.id.startswith("step: ")]
    assert (within.verdict, within.tally) == (plain.verdict, plain.tally)
    assert [failure.id for failure in named] == [failure.id for failure in plain.failures]


@given(st.binary(max_size=300))
def test_no_bytes_make_reading_fail(data: bytes) -> None:
    report = log.read(iter([data]), "x")
    assert report.verdict is not ReportVerdict.PASSED or (report.tally and report.tally.passed)


PIECES = (*RED.splitlines(keepends=True), *GREEN.splitlines(keepends=True), BEGIN, END, DIED, script("x", "", 1))


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_no_mixture_of_lines_makes_a_pass_of_what_failed(pieces: list[str]) -> None:
    report = log.read(iter(["".join(pieces).encode()]), "x")
    if script("x", "", 1) in pieces:
        assert report.verdict is ReportVerdict.FAILED
    assert all(failure.kind is not CaseOutcome.PASSED and failure.id for failure in report.failures)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        pytest.param("Success: no issues found in 2 source files\n", ReportVerdict.PASSED, id="mypy"),
        pytest.param("Success: no issues found in 2 source files\n" + DIED, ReportVerdict.FAILED, id="then a crash"),
        pytest.param("a.py:1:1: F401 x\nFound 1 error.\nAll checks passed!\n", ReportVerdict.FAILED, id="a finding"),
        pytest.param("All checks passed!\nmake: *** [lint] Error 1\n", ReportVerdict.FAILED, id="make fails"),
    ],
)
def test_a_linter_that_found_nothing_is_a_pass_where_nothing_else_failed(text: str, verdict: ReportVerdict) -> None:
    assert read_report(io.BytesIO(text.encode()), "lint.log").verdict is verdict
