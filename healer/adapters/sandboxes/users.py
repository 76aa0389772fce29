"""User ids that own nothing, one for each run, so that runs side by side can neither see nor signal each other.

Several engines may run on one machine. Each takes an id by binding an abstract socket named after it, which the kernel
lets only one process do, and gives back when that process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import threading
from typing import TYPE_CHECKING

from healer.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator

USERS = range(60736, 61184)
"""Of no use to anyone: above the users of people and of systemd-homed, below systemd's dynamic users."""
PER_PROCESSOR, AT_LEAST = 4, 8


class _Taken:
    """The ids of this process; taken one by one up to as many as can run at a time, then used over again in turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = 0
        self._claims: list[int] = []
        self._ids: list[int] = []
        self._turn: Iterator[int] = iter(())

    def next(self) -> int:
        with self._lock:
            if self._process != os.getpid():  # a fork must not share what its parent holds
                self._process, self._claims, self._ids = os.getpid(), [], []
            if len(self._ids) < max(AT_LEAST, PER_PROCESSOR * (os.cpu_count() or 1)) and self._take_another():
                self._turn = itertools.cycle(self._ids)
                return self._ids[-1]
            if not self._ids:
                raise SandboxError(
                    f"all user ids for tests ({USERS.start} to {USERS.stop - 1}) are in use on this machine; wait "
                    "until other runs of self-heal have ended"
                )
            return next(self._turn)

    def _take_another(self) -> bool:
        start = os.getpid() % len(USERS)
        for uid in (*USERS[start:], *USERS[:start]):
            if uid in self._ids:
                continue
            claim = socket.socket(socket.AF_UNIX)
            with contextlib.suppress(OSError):
                claim.bind(f"\0self-heal-user-{uid}")
                self._claims.append(claim.detach())
                self._ids.append(uid)
                return True
            claim.close()
        return False


_taken = _Taken()


def another_user() -> int:
    """Return a user id for one run; none that runs at the same time, here or elsewhere on the machine, has it."""
    return _taken.next()


def is_sandbox_user(uid: int) -> bool:
    """Whether an id is one of those that runs are given."""
    return uid in USERS
