"""Waiting for the lock of a file, no longer than is said."""

from __future__ import annotations

import fcntl
import time

_PAUSE = 0.01


def is_locked(file: int, *, within: float) -> bool:
    """Lock an open file for this process alone; return False where others held it for so many seconds."""
    ends = time.monotonic() + within
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > ends:
                return False
            time.sleep(_PAUSE)
        else:
            return True
