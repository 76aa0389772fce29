"""Folders of one process's own, locked while it lives: what a killed one left behind is known by that."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.folders import take_away

if TYPE_CHECKING:
    from collections.abc import Iterator

_SETTLED_SECONDS = 60.0
"""How old a folder without a lock must be: a younger one may be about to get it."""


class PrivateFolder:
    """A new folder, removed by `close`; making one takes away those that dead processes of this user left beside it."""

    def __init__(self, purpose: str, parent: Path | None = None) -> None:
        place = Path(tempfile.gettempdir()) if parent is None else parent
        # Resolved, for programs under test tell where they are by the real path.
        self.path = Path(tempfile.mkdtemp(prefix=f"self-heal-{purpose}-", dir=place)).resolve()
        self._lock = _opened(self.path)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        for folder in _abandoned(place, purpose):
            take_away(folder)

    def close(self) -> None:
        """Remove the folder and all below it."""
        take_away(self.path)
        os.close(self._lock)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _abandoned(place: Path, purpose: str) -> Iterator[Path]:
    """Yield folders of that purpose that nobody holds any more."""
    for folder in place.glob(f"self-heal-{purpose}-*"):
        with contextlib.suppress(OSError):
            lock = _opened(folder)
            try:
                facts = os.fstat(lock)
                is_settled = facts.st_uid == os.geteuid() and time.time() - facts.st_mtime > _SETTLED_SECONDS
                if is_settled:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    yield folder
            finally:
                os.close(lock)
