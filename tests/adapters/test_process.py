"""The door to trusted programs: exactly the environment, everything captured, every bad end an exception."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from healer.adapters.process import Completed, ProcessFailed, run

if TYPE_CHECKING:
    from pathlib import Path


def python(program: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", program]


def test_output_and_complaint_are_kept_apart() -> None:
    done = run(python("import sys; print('out'); print('err', file=sys.stderr)"), environment={})
    assert (done.code, done.text, done.complaint) == (0, "out", "err")


def test_the_environment_is_exactly_the_one_given() -> None:
    done = run(["/usr/bin/env"], environment={"ONLY": "this", "AND": "thät"})
    assert sorted(done.text.splitlines()) == ["AND=thät", "ONLY=this"]


def test_standard_input_is_what_was_given_and_empty_otherwise() -> None:
    echo = python("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())")
    assert run(echo, environment={}, stdin=b"\x00\xff\n").stdout == b"\x00\xff\n"
    assert run(echo, environment={}).stdout == b""


def test_it_runs_where_it_is_told_to(tmp_path: Path) -> None:
    assert run(["/usr/bin/env", "pwd"], environment={"PATH": os.environ["PATH"]}, cwd=tmp_path).text == str(tmp_path)


def test_an_unexpected_end_carries_the_program_s_words() -> None:
    with pytest.raises(ProcessFailed, match="ended with 3: alas") as failed:
        run(python("import sys; print('partly'); print('alas\\n no', file=sys.stderr); sys.exit(3)"), environment={})
    assert failed.value.said == "alas no"
    assert failed.value.completed.code == 3
    assert failed.value.completed.text == "partly"


def test_an_end_that_is_expected_is_no_failure() -> None:
    assert run(python("raise SystemExit(3)"), environment={}, accept=frozenset({0, 3})).code == 3


def test_a_signal_is_a_failure() -> None:
    with pytest.raises(ProcessFailed) as failed:
        run(python("import os; os.kill(os.getpid(), 9)"), environment={})
    assert failed.value.completed.code == -9


def test_a_program_that_does_not_end_is_ended() -> None:
    program = "import signal, sys; print('waiting', file=sys.stderr, flush=True); signal.pause()"
    with pytest.raises(ProcessFailed, match="it did not end in time"):
        run(python(program), environment={}, seconds=0.2)


def test_a_program_that_is_not_there_is_the_callers_to_explain() -> None:
    with pytest.raises(FileNotFoundError):
        run(["/nowhere/git"], environment={})


def test_only_the_end_of_a_long_complaint_is_shown() -> None:
    completed = Completed(("git",), 1, b"", b"x" * 10_000 + b"fatal: the end\n")
    assert completed.complaint.endswith("fatal: the end")
    assert len(completed.complaint) == 2000


def test_words_that_are_not_utf_8_are_shown_all_the_same() -> None:
    completed = Completed(("git",), 1, b"caf\xe9\n\n", b"\xff\n")
    assert (completed.text, completed.complaint) == ("caf�", "�")
