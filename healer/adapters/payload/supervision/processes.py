"""The processes below this one: listed, collected, ended, however they try to stay."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import NamedTuple

SWEEP_SECONDS, STORM_SECONDS = 20, 2
PAGE = os.sysconf("SC_PAGE_SIZE")


class Process(NamedTuple):
    """What the process table says of one process."""

    parent: int
    resident: int
    """Bytes of memory in use, shared ones included."""


def descendants() -> dict[int, Process]:
    """Return all processes below this one."""
    table: dict[int, Process] = {}
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name, "rb") as stat:
                    # The name in parentheses may hold anything, parentheses included.
                    fields = stat.read().rpartition(b")")[2].split()
                table[int(name)] = Process(int(fields[1]), int(fields[21]) * PAGE)
            except (OSError, ValueError, IndexError):
                continue
    for process, facts in table.items():
        children.setdefault(facts.parent, []).append(process)
    below: dict[int, Process] = {}
    waiting = [os.getpid()]
    while waiting:
        for child in children.get(waiting.pop(), []):
            if child not in below:
                below[child] = table[child]
                waiting.append(child)
    return below


def kill_all_of(uid: int) -> None:
    """Kill every process of a user at once, which no loop over process ids can do to one that keeps forking."""
    killer = os.fork()
    if killer == 0:
        try:
            become(uid, uid)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(killer, 0)


def become(uid: int, gid: int) -> None:
    """Be another user, in no group but its own, for good."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def sweep(uid: int | None) -> int:
    """Kill every process below this one; return how many are left.

    All are stopped first, so that fewer can multiply while others are killed. What forks faster than that is killed by
    its user id, where it has one of its own.
    """
    started = time.monotonic()
    while True:
        left = descendants()
        patience = time.monotonic() - started
        if not left or patience > SWEEP_SECONDS:
            return len(left)
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in left:
                with contextlib.suppress(OSError):
                    os.kill(process, number)
        if uid is not None and patience > STORM_SECONDS:
            kill_all_of(uid)
        reap()


def reap() -> dict[int, int]:
    """Collect every child that has ended, and return what is known of them by process id."""
    ended: dict[int, int] = {}
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if process == 0:
            return ended
        if not os.WIFSTOPPED(status):  # as one that has itself traced would be
            ended[process] = status
