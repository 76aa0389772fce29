"""Shared memory, semaphores and message queues of System V, which outlive the processes that made them."""

from __future__ import annotations

import ctypes
import os
from typing import Iterator

from healer.adapters.payload.supervision.processes import become

IPC_RMID = 0
IDS = {"shm": "shmid", "sem": "semid", "msg": "msqid"}


def left_by(uid: int) -> Iterator[tuple[str, int]]:
    """Yield the kind and the id of what a user has left."""
    for kind, name in IDS.items():
        try:
            with open("/proc/sysvipc/" + kind) as table:
                columns = table.readline().split()
                rows = [{columns[at]: word for at, word in enumerate(line.split())} for line in table]
        except OSError:
            continue
        for row in rows:
            if row.get("uid") == str(uid):
                yield kind, int(row[name])


def remove_ipc(uid: int) -> None:
    """Remove what a user has left, as that user: even root may not everywhere."""
    left = list(left_by(uid))
    if not left:
        return
    remover = os.fork()
    if remover == 0:
        try:
            become(uid, uid)
            libc = ctypes.CDLL(None)
            for kind, number in left:
                if kind == "sem":
                    libc.semctl(number, 0, IPC_RMID, 0)
                else:
                    getattr(libc, kind + "ctl")(number, IPC_RMID, None)
        finally:
            os._exit(0)
    os.waitpid(remover, 0)
