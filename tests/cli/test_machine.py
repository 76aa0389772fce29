"""A machine that does not let the program go on: its disk is full, its folders are closed."""

from __future__ import annotations

import errno
import io
import os
from typing import TYPE_CHECKING

import pytest

from healer.cli import _stopped, main
from healer.cli.terminal import Terminal
from tests.shop import PYTEST, WRONG_SIGN, Shop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EMFILE])
def test_what_the_machine_refuses_is_a_sentence_with_what_to_do(number: int) -> None:
    err = io.StringIO()

    code = _stopped(OSError(number, os.strerror(number), "/some/where"), Terminal(io.StringIO(), err))

    assert code == 2
    assert os.strerror(number) in err.getvalue()
    assert "/some/where" in err.getvalue()
    assert "TMPDIR" in err.getvalue()


def test_a_disk_that_fills_up_ends_the_run_and_leaves_nothing_behind(shop: Shop, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    shop.break_it(WRONG_SIGN)
    shop.write("big.txt", "x" * 200_000)
    shop.commit("Add a big file")
    before = shop.state()

    ran = shop.heal("--", *PYTEST, environment={"TMPDIR": str(scratch)}, largest_file=100_000)

    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert "defect" not in ran.err
    assert list(scratch.iterdir()) == []
    assert shop.state() == before


def test_an_unknown_command_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repair"]) == 2
    assert "run, propose, verify, deliver, report, diagnose, replay, doctor, apply" in capsys.readouterr().err
