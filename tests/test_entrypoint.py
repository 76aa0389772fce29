"""The action's first process: nothing of the job stays readable in it, and a signal ends it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.forge import git

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRYPOINT = Path(__file__).parents[1] / "entrypoint.py"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    git("init", "--quiet", "--initial-branch=main", str(folder))
    git("commit", "--quiet", "--allow-empty", "-m", "one", cwd=folder)
    return folder


@pytest.fixture
def action(workspace: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the action on a suite that hangs, and wait until it is being run."""
    environment = {
        "INPUT_TEST-COMMAND": "sleep 600",
        "INPUT_DELIVER": "patch",
        "GITHUB_WORKSPACE": str(workspace),
        "PLANTED": "by an earlier step",
    }
    argv = [sys.executable, "-I", "-B", str(ENTRYPOINT)]
    with subprocess.Popen(
        argv, env=environment, cwd=workspace, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = ""
        while "running the suite" not in said:
            line = process.stderr.readline()
            assert line, f"it ended before it ran the suite: {said}"
            said += line
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_the_exit_code_of_an_interruption(
    action: subprocess.Popen[str], number: signal.Signals
) -> None:
    action.send_signal(number)
    _, said = action.communicate(timeout=30)
    assert action.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said


def test_what_it_was_started_with_is_not_readable_any_more(action: subprocess.Popen[str]) -> None:
    assert Path(f"/proc/{action.pid}/environ").read_bytes() == b""
    assert b"PLANTED" not in Path(f"/proc/{action.pid}/cmdline").read_bytes()
