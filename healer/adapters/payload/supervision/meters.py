"""Measures of what a run uses; each answers at once or within seconds, whatever the run does meanwhile."""

from __future__ import annotations

import json
import os
import signal
import stat
from typing import TYPE_CHECKING, Callable, NamedTuple

from healer.adapters.payload.supervision.processes import become

if TYPE_CHECKING:
    from healer.adapters.payload.supervision.processes import Process

SECONDS = 20
UNKNOWN = 1 << 62
"""More than any limit: what cannot be counted in time."""
TOOLS = {"PATH": "/usr/bin:/bin:/usr/local/bin"}
GIB, MIB = 1024**3, 1024**2


class Room(NamedTuple):
    """A file system: bytes in use, and files that can still be made (0 where it does not say)."""

    used: int
    files: int


def room(folder: str) -> Room:
    """Return how full the file system of a folder is."""
    try:
        facts = os.statvfs(folder)
    except OSError:
        return Room(0, 0)
    return Room((facts.f_blocks - facts.f_bfree) * facts.f_frsize, facts.f_ffree)


def taken_below(folders: list[str], unit: str) -> int:
    """Return how much there is below folders: bytes (`--block-size=1`) or files (`--inodes`)."""
    words = asked(lambda: become_tool("du", "-sxc", unit, "--", *folders)) if folders else b""
    if words is None:
        return UNKNOWN
    fields = words.split()
    return int(fields[-2]) if len(fields) > 1 else 0


def taken_by(uid: int | None, folders: list[str]) -> int:
    """Return the size in bytes of what belongs to a user (None: this one) below folders that others use as well."""
    if not folders:
        return 0
    owner = str(os.geteuid() if uid is None else uid)
    words = asked(lambda: become_tool("find", *folders, "-xdev", "-user", owner, "-printf", "%b\\n"))
    return UNKNOWN if words is None else 512 * sum(map(int, words.split()))


def become_tool(*command: str) -> bytes:
    """Become a program of the system; what it prints is the answer."""
    os.execvpe(command[0], command, TOOLS)  # noqa: S606 - no shell is wanted


def asked(action: Callable[[], bytes], uid: int | None = None) -> bytes | None:
    """Return what a child of ours says: a program it becomes, or what `action` returns; None when it takes too long."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(SECONDS)
            os.dup2(writer, 1)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            if uid is not None:
                become(uid, uid)
            os.write(1, action())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        words = answer.read()
    _, status = os.waitpid(child, 0)
    return None if os.WIFSIGNALED(status) else words


class Usage(NamedTuple):
    """Bytes that processes hold."""

    mapped: int
    """Memory that they have mapped, shared pages counted once."""
    mapped_files: int
    """As much of that as belongs to files in memory."""
    open_in_memory: int
    """Deleted files in memory that they have open."""
    open_on_disk: int
    """Deleted files on disk that they have open."""

    def memory(self, in_files: int) -> int:
        """Return all memory in use, that of files included, which may be mapped as well."""
        return self.mapped + max(0, self.open_in_memory + in_files - self.mapped_files)


def measured(below: dict[int, Process], uid: int | None) -> Usage:
    """Measure processes as the user they belong to: the only one who may look, where even root may not."""
    words = asked(lambda: json.dumps(measure(below)).encode(), uid)
    try:
        return Usage(*json.loads(words or b""))
    except (ValueError, TypeError):
        return Usage(sum(process.resident for process in below.values()), 0, 0, 0)


def measure(below: dict[int, Process]) -> Usage:
    """Measure processes."""
    mapped = mapped_files = 0
    held: dict[tuple[int, int], tuple[bool, int]] = {}
    for process, facts in below.items():
        whole, files = proportional(process, facts.resident)
        mapped, mapped_files = mapped + whole, mapped_files + files
        try:
            names = os.listdir("/proc/%d/fd" % process)
        except OSError:
            continue
        for name in names:
            try:
                status = os.stat("/proc/%d/fd/%s" % (process, name))
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                held[status.st_dev, status.st_ino] = os.major(status.st_dev) == 0, status.st_blocks * 512
    in_memory = sum(taken for is_memory, taken in held.values() if is_memory)
    return Usage(mapped, mapped_files, in_memory, sum(taken for _, taken in held.values()) - in_memory)


def proportional(process: int, resident: int) -> tuple[int, int]:
    """Return a process's share of the memory it uses, and of that in files; all of it where nobody may look."""
    try:
        with open("/proc/%d/smaps_rollup" % process, "rb") as rollup:
            lines = rollup.read().splitlines()
    except OSError:
        return resident, 0
    found = {line.split()[0]: int(line.split()[1]) * 1024 for line in lines if line.startswith((b"Pss", b"SwapPss:"))}
    return found.get(b"Pss:", resident) + found.get(b"SwapPss:", 0), found.get(b"Pss_Shmem:", 0)


def shared_memory() -> int:
    """Return how much memory of the machine holds files: mapped or not, of whatever file system in memory."""
    try:
        with open("/proc/meminfo", "rb") as facts:
            return next((int(line.split()[1]) * 1024 for line in facts if line.startswith(b"Shmem:")), 0)
    except OSError:
        return 0


def size(number: int) -> str:
    """Return a number of bytes in words."""
    return "%d GB" % (number // GIB) if number % GIB == 0 else "%d MB" % (number // MIB)
