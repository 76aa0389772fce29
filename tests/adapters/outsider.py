"""Which rungs of the ladder this machine offers to whom, and with which Python programs can be run on each."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from healer.adapters.folders import reachable_by_others
from healer.adapters.sandbox import Isolation, Level
from healer.adapters.sandboxes.rungs import LADDER, landlock_abi

NONE = Isolation(own_user=False, confined=False, sentence="")
STRICT = Isolation(own_user=True, confined=True, sentence="", level=Level.USER)


@cache
def has_landlock() -> bool:
    """Whether the kernel can confine a process to folders."""
    return landlock_abi() > 0


@cache
def outsiders_python() -> Path | None:
    """Return a Python that another user could run, where this process may start programs as another user."""
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
    for rung in LADDER:
        if rung.level is Level.NAMESPACES and can_make_namespaces():
            return rung.isolation(None), sys.executable
    python = outsiders_python()
    return (STRICT, str(python)) if python else (NONE, sys.executable)


@cache
def can_make_namespaces() -> bool:
    """Whether this process may make the namespaces that a run needs, by the word of the system's own tool."""
    own = [] if os.geteuid() == 0 else ["--user", "--map-current-user"]
    spaces = ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--mount-proc"]
    return subprocess.run(["unshare", *own, *spaces, "true"], capture_output=True, check=False).returncode == 0
