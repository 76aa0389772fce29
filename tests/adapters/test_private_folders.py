"""Folders of one process's own, and what becomes of those whose process was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from healer.adapters.private_folders import PrivateFolder

HOLDER = """
import sys, signal
from pathlib import Path
from healer.adapters.private_folders import PrivateFolder
print(PrivateFolder("runs", Path(sys.argv[1])).path, flush=True)
signal.pause()
"""


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    """Start a process that holds a folder below `tmp_path`."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )


def left_long_ago(holder: subprocess.Popen[str]) -> Path:
    """Return the folder of a process, with something in it that nobody may write to, as if it were old."""
    assert holder.stdout
    folder = Path(holder.stdout.readline().strip())
    (folder / "closed").mkdir(mode=0o500)
    os.utime(folder, (0, 0))
    return folder


def test_what_a_killed_process_left_is_taken_away_by_the_next_one(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    folder = left_long_ago(holder)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    other = PrivateFolder("repository", tmp_path)
    assert folder.exists()
    own = PrivateFolder("runs", tmp_path)
    assert {path for path in tmp_path.iterdir() if path.is_dir()} == {other.path, own.path}
    other.close()
    own.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_living_process_holds_stays(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    folder = left_long_ago(holder)
    PrivateFolder("runs", tmp_path).close()
    assert (folder / "closed").exists()
    holder.kill()
    holder.communicate()


def test_links_and_folders_that_were_just_made_stay(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    os.utime(elsewhere, (0, 0))
    (tmp_path / "self-heal-runs-link").symlink_to(elsewhere)
    (tmp_path / "self-heal-runs-new").mkdir()
    PrivateFolder("runs", tmp_path).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "elsewhere",
        "self-heal-runs-link",
        "self-heal-runs-new",
    ]
