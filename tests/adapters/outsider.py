"""Whether this process may run programs as a user that owns nothing, and which Python such a user could run."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from healer.adapters.folders import reachable_by_others
from healer.adapters.sandbox import PAYLOAD, SANDBOX_ID, Isolation

NONE = Isolation(None, confined=False, sentence="")
STRICT = Isolation(SANDBOX_ID, confined=True, sentence="")


@cache
def has_landlock() -> bool:
    """Whether the kernel can confine a process to folders."""
    command = [sys.executable, "-I", "-S", "-B", str(PAYLOAD / "supervisor.py"), "--landlock-abi"]
    return int(subprocess.run(command, capture_output=True, check=True).stdout) > 0


@cache
def outsiders_python() -> Path | None:
    """Return a Python that tests can be isolated with here, or None when they cannot."""
    if os.geteuid() != 0 or not has_landlock():
        return None
    known = (Path(sys.executable), Path("/usr/local/bin/python3"), Path("/usr/bin/python3"))
    return next((python for python in known if reachable_by_others(python) and is_recent(python)), None)


def is_recent(python: Path) -> bool:
    """Whether the engine itself could run in a Python."""
    program = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([str(python), "-I", "-S", "-c", program], check=False).returncode == 0


def strictest() -> tuple[Isolation, str]:
    """Return the strongest isolation to be had here, and a Python that can be run in it."""
    python = outsiders_python()
    return (STRICT, str(python)) if python else (NONE, sys.executable)
