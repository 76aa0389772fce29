"""Limits of a whole run (memory, processes, disk space, files), watched cheaply and measured before it is ended."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from healer.adapters.payload.supervision.meters import (
    measured,
    room,
    shared_memory,
    size,
    taken_below,
    taken_by,
)

if TYPE_CHECKING:
    from healer.adapters.payload.supervision.meters import Room
    from healer.adapters.payload.supervision.processes import Process

PAUSE_SECONDS = 5


class Watchdog:
    """Says when a run has exceeded one of its limits.

    `uid` is the run's own user, where it has one; `folders` are its own, `shared` those where others write as well, and
    `private` file systems in memory that no other run has.
    """

    def __init__(
        self, limits: dict[str, int], uid: int | None, *, folders: list[str], shared: list[str], private: list[str]
    ) -> None:
        """Look at the machine as it is before the run."""
        self._limits = limits
        self._uid = uid
        self._folders = [folder for folder in folders if os.path.isdir(folder)]
        self._shared = shared
        self._private = private
        # Of this very user, other programs may have left something there.
        self._before = 0 if uid is not None else self._in_memory()
        self._memory = shared_memory()
        self._room = self._rooms()
        self._not_before = 0.0

    def exceeded(self, below: dict[int, Process]) -> str | None:
        """Return which limit the processes below this one have exceeded, in words."""
        if len(below) > self._limits["processes"]:
            return "process limit %d reached" % self._limits["processes"]
        return self._memory_exceeded(below) or self._disk_exceeded(below)

    def _memory_exceeded(self, below: dict[int, Process]) -> str | None:
        limit = self._limits["memory_bytes"]
        resident = sum(process.resident for process in below.values())
        in_files = sum(room(folder).used for folder in self._private)
        # A closer look is taken only at what is worth it: here, shared pages count once for each process, and what is
        # kept in memory without being mapped shows in the sum of the machine alone.
        if resident + in_files <= limit and shared_memory() - self._memory <= limit // 2:
            return None
        in_files += self._in_memory() - self._before
        used = measured(below, self._uid).memory(in_files)
        return "memory limit %s reached" % size(limit) if used > limit else None

    def _disk_exceeded(self, below: dict[int, Process]) -> str | None:
        disk, files = self._limits["disk_bytes"], self._limits["files"]
        now = self._rooms()
        grown = max((now[at].used - before.used for at, before in enumerate(self._room)), default=0)
        added = max((before.files - now[at].files for at, before in enumerate(self._room)), default=0)
        if (grown <= disk // 2 and added <= files // 2) or time.monotonic() < self._not_before:
            return None
        self._not_before = time.monotonic() + PAUSE_SECONDS
        if added > files // 2 and taken_below(self._folders, "--inodes") > files:
            return "limit of %d files reached" % files
        written = taken_below(self._folders, "--block-size=1") + measured(below, self._uid).open_on_disk
        written += taken_by(self._uid, [folder for folder in self._shared if not folder.startswith("/dev/")])
        return "disk limit %s reached" % size(disk) if written > disk else None

    def _in_memory(self) -> int:
        return taken_by(self._uid, [folder for folder in self._shared if folder.startswith("/dev/")])

    def _rooms(self) -> list[Room]:
        return [room(folder) for folder in self._folders]
