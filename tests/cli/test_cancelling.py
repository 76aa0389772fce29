"""A run that is cancelled while candidates are tried side by side leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.projects import Project, project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.projects import Content

PATIENCE = 90.0
CALC = "def add(a, b):\n    if a < b and b > 0:\n        return a - b + 1\n    return a * b\n"
SLOW = """
import calc, pathlib, subprocess, sys, time
def test_add():
    if pathlib.Path(calc.__file__).read_text() != {calc!r}:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "TOKEN"], start_new_session=True)
        time.sleep(600)
    assert calc.add(1, 2) == 3
"""


def processes(token: str) -> dict[int, bytes]:
    """Return every process whose command line holds a token."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if token.encode() in words and int(entry.name) != os.getpid():
                found[int(entry.name)] = words
    return found


def mounts(token: str) -> list[str]:
    """Return the mounts of this machine that name a token."""
    return [line for line in Path("/proc/self/mounts").read_text("utf-8").splitlines() if token in line]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder whose name no other process of this machine has on its command line."""
    folder = tmp_path / f"cancelled-{os.getpid()}"
    (folder / "tmp").mkdir(parents=True)
    return folder


@pytest.fixture
def running(place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a run whose candidates never end, and wait until two of them are tried."""
    files: dict[str, Content] = {
        "calc.py": CALC, "test_calc.py": SLOW.format(calc=CALC).replace("TOKEN", place.name)
    }  # fmt: skip
    made = project(place, files)
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "TMPDIR": str(place / "tmp")}
    command = [sys.executable, "-m", "healer", "run", "--engine=embedded", "--setup=none", "--workers=2"]
    started = subprocess.Popen(
        [*command, f"--repo={made.root}", "--", sys.executable, "-m", "pytest", "-q"],
        cwd=Path(__file__).parents[2], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + PATIENCE
        while sum(b"sleep(600)" in words for words in processes(place.name).values()) < 2:
            assert started.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield started
    finally:
        started.kill()
        started.wait()


@pytest.mark.parametrize("signals", [(signal.SIGTERM,), (signal.SIGINT, signal.SIGTERM)], ids=["ended", "cancelled"])
def test_a_run_that_is_ended_in_the_middle_leaves_no_process_mount_or_folder(
    running: subprocess.Popen[bytes], place: Path, signals: tuple[signal.Signals, ...]
) -> None:
    for number in signals:  # a runner that cancels sends the one, and seconds later the other
        running.send_signal(number)

    assert running.wait(PATIENCE) == 130
    assert processes(place.name) == {}
    assert mounts(place.name) == []
    assert list((place / "tmp").iterdir()) == []
    assert Project(place / "project").git("status", "--porcelain") == ""
