from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.logs.github_log import Annotation, is_github, steps
from healer.evidence.logs.undressing import JOB, undressed

STEP = "##[group]Run make test\nmake test\nshell: /usr/bin/bash -e {0}\nenv:\n  A: b\n##[endgroup]"
ACTION = "##[group]Run actions/checkout@v4\nwith:\n  repository: a/b\n##[endgroup]"


def test_a_step_is_its_command_its_output_and_its_end() -> None:
    before, checkout, script, after = steps(
        f"Prepare\n{ACTION}\nSyncing\n{STEP}\nout\n##[error]Process completed with exit code 2.\nPost job cleanup.\nbye"
    )
    assert (before.command, before.lines) == ("", ["Prepare"])
    assert (checkout.command, checkout.lines, checkout.is_script) == ("actions/checkout@v4", ["Syncing"], False)
    assert (script.command, script.lines, script.is_script) == ("make test", ["out"], True)
    assert (script.exit_code, script.has_failed, script.has_ended) == (2, True, True)
    assert (checkout.has_failed, checkout.has_ended) == (False, True)
    assert (after.lines, after.has_ended) == (["bye"], False)


def test_the_script_and_its_environment_are_no_output() -> None:
    (step,) = steps(f"{STEP}\nout")[-1:]
    assert "make test" not in step.lines
    assert "  A: b" not in step.lines


def test_groups_that_a_step_makes_do_not_end_it() -> None:
    (_, step) = steps(f"x\n{STEP}\n##[group]Run unit tests\none\n##[endgroup]\n##[group]Other\ntwo\n##[endgroup]")
    assert step.lines == ["Run unit tests", "one", "Other", "two"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("##[error]a.ts(3,7): error TS1: x", "a.ts(3,7): error TS1: x"),
        ("##[warning]careful", "careful"),
        ("[command]/usr/bin/git version", "/usr/bin/git version"),
        ("::warning file=a.py::careful", "careful"),
        ("::notice::note", "note"),
        ("a ::error:: in the middle", "a ::error:: in the middle"),
        ("##[unknown]x", "##[unknown]x"),
    ],
)
def test_markers_are_taken_off_so_that_tools_output_is_as_they_wrote_it(line: str, shown: str) -> None:
    assert steps(line)[0].lines == [shown]


@pytest.mark.parametrize("line", ["##[debug]Evaluating condition", "##[endgroup]"])
def test_what_only_the_runner_says_is_left_out(line: str) -> None:
    assert steps(f"x\n{line}")[0].lines == ["x"]


@pytest.mark.parametrize(
    ("line", "annotation"),
    [
        ("##[error]it broke", Annotation("it broke")),
        (
            "::error file=a%2Cb.py,line=3,col=5,title=E%3A1::one%0Atwo",
            Annotation("one\ntwo", "E:1", "a,b.py", 3, 5),
        ),
        ("::error::plain", Annotation("plain")),
        ("::error line=x::y", Annotation("y")),
    ],
)
def test_announced_errors_are_kept(line: str, annotation: Annotation) -> None:
    assert steps(line)[0].annotations == [annotation]


@pytest.mark.parametrize(
    "message",
    [
        "The operation was canceled.",
        "The action 'Test' has timed out after 5 minutes.",
        "The job running on runner x has exceeded the maximum execution time of 360 minutes.",
        "The self-hosted runner: x lost communication with the server.",
        "The runner has received a shutdown signal.",
    ],
)
def test_what_the_runner_ends_has_failed(message: str) -> None:
    step = steps(f"{STEP}\nout\n##[error]{message}\nPost job cleanup.")[-1]
    assert (step.was_stopped, step.has_failed) == (True, True)


def test_a_script_that_announces_errors_and_goes_on_has_not_failed() -> None:
    assert not steps(f"{STEP}\n##[error]lint\n{STEP}\n")[0].has_failed
    assert steps(f"{ACTION}\n##[error]no token\n{STEP}\n")[0].has_failed


@pytest.mark.parametrize("text", ["##[group]x", "a\n##[error]b", "##[endgroup]"])
def test_githubs_marks_are_known(text: str) -> None:
    assert is_github(text)
    assert not is_github("plain")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        pytest.param("\ufeff2026-11-20T10:11:12.1234567Z a\n2026-11-20T10:11:12.1234567Z   b", "a\n  b", id="GitHub"),
        pytest.param("2026-11-20T10:11:12.1234567Z\nx", "\nx", id="GitHub, an empty line"),
        pytest.param(
            "job one\tstep\t\ufeff2026-11-20T10:11:12.1234567Z a\njob two\tUNKNOWN STEP\t2026-11-20T10:11:12.1Z b",
            f"{JOB}job one\na\n{JOB}job two\nb",
            id="gh run view",
        ),
        pytest.param(
            "2026-11-20T10:11:12.123456Z 00O a\n2026-11-20T10:11:12.123456Z 01E+b", "a\nb", id="GitLab stamps"
        ),
        pytest.param("section_start:1700000000:step\r\x1b[0Ka", "a", id="GitLab section"),
        pytest.param("[2026-11-20T10:11:12.123Z] a\n[2026-11-20 10:11:13,123] b", "a\nb", id="stamps in brackets"),
        pytest.param("#5 1.234 a\n#12 DONE", "a\n#12 DONE", id="BuildKit"),
        pytest.param("web-1  | a\ndb_1 | b\nweb-1  |", "a\nb\nweb-1  |", id="Compose"),
        pytest.param("12 | let x\n   12 |   int y", "12 | let x\n   12 |   int y", id="source lines of a compiler"),
        pytest.param("10%\r50%\r100%\nx\r", "100%\nx", id="progress"),
        pytest.param("\x1b[31mred\x1b[0m", "red", id="colours"),
        pytest.param("\x1b]8;;https://x.org/a\x1b\\link\x1b]8;;\x1b\\ b", "link b", id="links"),
        pytest.param("[1, 2]\n[a]", "[1, 2]\n[a]", id="brackets of other kinds"),
        pytest.param("a\tb\tc", "a\tb\tc", id="tabs of other kinds"),
    ],
)
def test_what_a_ci_puts_around_lines_is_taken_off(text: str, plain: str) -> None:
    assert undressed(text) == plain


MARKS = (
    "##[group]Run x",
    "##[group]Run a/b@v1",
    "shell: sh",
    "##[endgroup]",
    "##[error]e",
    "::error::",
    "x\ty\t",
    "\r",
    "",
)
ENDING = "##[error]Process completed with exit code 1."


@given(st.lists(st.sampled_from([*MARKS, ENDING, "2026-11-20T10:11:12.1234567Z ", "\ufeff", "\x1b[0"]), max_size=20))
def test_no_order_of_marks_makes_reading_fail(lines: list[str]) -> None:
    text = undressed("\n".join(lines))
    assert sum(len(step.lines) for step in steps(text)) <= len(text.split("\n"))


def test_groups_without_end_cost_linear_time() -> None:
    assert len(steps("##[group]Run x\n" * 50_000)) == 1
