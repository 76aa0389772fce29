"""The supervisor's order: how each rung of the ladder is asked of it, and how it is started."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.sandboxes.order import GIB, Level
from healer.adapters.sandboxes.users import another_user, is_sandbox_user

if TYPE_CHECKING:
    from healer.adapters.sandboxes.order import Isolation, Limits, Order

SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc", "/opt", "/sys", "/nix/store", "/gnu/store",
)  # fmt: skip
SHARED = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - granted to the command, never used by this process
DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx")
START = "import sys; sys.path.append(sys.argv.pop(1)); from healer.adapters.payload.supervisor import main; main()"
_MOST_MEMORY, _OPEN_FILES, _OWN_PROCESSES = 8 * GIB, 65536, 4096


def supervisor() -> list[str]:
    """Return the command that starts the supervisor.

    The folder that holds this package comes last on its path, so that nothing in it stands before the standard library.
    """
    return [sys.executable, "-I", "-S", "-B", "-c", START, str(Path(__file__).resolve().parents[3])]


def user_of(order: Order, isolation: Isolation) -> int | None:
    """Return the user that a command runs as: the owner of its folders, where those were handed over to one."""
    if not isolation.own_user:
        return None
    if order.writable:
        owner = order.writable[0].stat().st_uid
        if is_sandbox_user(owner):
            return owner
    return another_user()


def ordered(order: Order, isolation: Isolation, user: int | None, report_to: int) -> bytes:
    """Return the order as the supervisor reads it."""
    namespaces = isolation.level is Level.NAMESPACES
    limits = limits_of(order.limits)
    rlimits = {"core": 0, "file_bytes": limits["file_bytes"]}
    if isolation.confined:
        rlimits["open_files"] = _OPEN_FILES
        if not namespaces:
            rlimits["message_bytes"] = 0
    if user is not None:
        rlimits["own_processes"] = _OWN_PROCESSES
    shared = shared_folders(isolation)
    readable = [*SYSTEM, *_name_service(), *(str(path) for path in order.readable if path != Path("/"))]
    writable = [str(path) for path in order.writable]
    if not namespaces:
        readable.append("/proc")
        writable += [*shared, *(f"/dev/{name}" for name in DEVICES)]
        if user is not None or not _has_terminals():
            writable.append("/dev/pts")
    document = {
        "argv": order.argv, "cwd": str(order.cwd), "environment": dict(order.environment), "seconds": order.seconds,
        "uid": user, "namespaces": namespaces, "confine": isolation.confined and not namespaces,
        "forbid": isolation.confined, "network": (order.network or isolation.network).value, "readable": readable,
        "writable": writable, "folders": [str(path) for path in order.writable],
        "private": SHARED[:2] if namespaces else (), "shared": shared, "rlimits": rlimits, "limits": limits,
        "report_to": report_to,
        "files": _accounts(user, order.environment.get("HOME", "/")) if namespaces else {},
    }  # fmt: skip
    return json.dumps(document).encode()


def shared_folders(isolation: Isolation) -> tuple[str, ...]:
    """Return the folders that a command shares with every other program of the machine.

    As this user, it would share all that this user's other programs keep there: only what semaphores cannot do without
    is granted.
    """
    if isolation.level in {Level.NAMESPACES, Level.CONTAINER}:
        return ()
    return SHARED if isolation.own_user else SHARED[2:]


def _has_terminals() -> bool:
    """Whether terminals of this user are open, which tests of the same user could read what is typed into."""
    own = os.geteuid()
    with contextlib.suppress(OSError), os.scandir("/dev/pts") as terminals:
        return any(terminal.stat().st_uid == own for terminal in terminals if terminal.name != "ptmx")
    return False


def limits_of(limits: Limits) -> dict[str, int]:
    """Return the limits of a run, with those filled in that depend on the machine."""
    return {
        "memory_bytes": limits.memory_bytes or min(_MOST_MEMORY, _memory_of_the_machine() * 3 // 4),
        "disk_bytes": limits.disk_bytes,
        "files": limits.files,
        "processes": limits.processes,
        "file_bytes": limits.file_bytes,
    }


def _memory_of_the_machine() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _name_service() -> list[str]:
    """Return the file that names are resolved by, where it is a link out of the folders of the system."""
    real = os.path.realpath("/etc/resolv.conf")
    return [] if real.startswith("/etc/") else [real]


def _accounts(user: int | None, home: str) -> dict[str, str]:
    """Return the lists of accounts with one for a user that has none, for programs that ask who they are."""
    user = os.geteuid() if user is None else user
    if any(account.pw_uid == user for account in pwd.getpwall()):
        return {}
    lines = {"/etc/passwd": f"tests:x:{user}:{user}:tests:{home}:/bin/sh\n", "/etc/group": f"tests:x:{user}:\n"}
    found = {}
    for path, line in lines.items():
        try:
            found[path] = Path(path).read_text("utf-8", "surrogateescape") + line
        except OSError:
            continue
    return found
