"""Fresh copies of trees to run tests in: of a base that is laid out once, with what a candidate changes put over it."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from healer.adapters.folders import take_away
from healer.adapters.process import ProcessFailed, run
from healer.errors import SandboxError
from healer.layout import is_test, is_test_configuration

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from healer.adapters.repository import PrivateRepository

_TOOLS = {"PATH": "/usr/bin:/bin"}
_REGULAR = frozenset({"100644", "100755", "000000"})
_MOST_WAITING = 4


class Copies:
    """Copies that share no file with each other: a test may write to whatever it finds. Close it at the end.

    Where the file system clones files (`cp --reflink`), a copy costs no space and hardly any time. Hard links are never
    made: a file that is written to in place would change in all copies.
    """

    def __init__(self, repository: PrivateRepository, folder: Path, furnish: Callable[[Path], None]) -> None:
        """Keep the base, and what is still to be removed, in a folder of ours; `furnish` adds what no commit holds."""
        self._repository = repository
        self._furnish = furnish
        self._base = folder / "base"
        self._gone = folder / "gone"
        self._lock = threading.Lock()
        self._digests: dict[str, bytes] = {}
        self._remover = ThreadPoolExecutor(1, thread_name_prefix="remove")
        self._removals: list[Future[None]] = []

    def lay(self, tree: str | None, directory: Path) -> None:
        """Lay a tree (the base's, for None) out in an empty directory.

        Tests and their configuration are then held against what the base's objects hold: a program of the same user may
        have written to our own folders. Raises SandboxError when they differ.
        """
        self._lay_base()
        changes = [] if tree is None else self._repository.changes(tree)
        simple = all({change.old_mode, change.new_mode} <= _REGULAR for change in changes)
        if not simple or not _copied(self._base, directory):
            take_away(directory)
            directory.mkdir()
            self._export(tree, directory)
            return
        for change in changes:
            if change.status == "D":
                (directory / change.path).unlink()
        if written := [change.path for change in changes if change.status != "D"]:
            self._repository.export(tree, directory, only=written)
        self._hold_against_base(directory, {change.path for change in changes})

    def remove(self, folder: Path) -> None:
        """Take a folder out of sight at once, and remove it beside what comes next."""
        with self._lock:
            self._gone.mkdir(mode=0o700, exist_ok=True)
            self._removals = [removal for removal in self._removals if not removal.done()]
            waiting = self._removals[0] if len(self._removals) >= _MOST_WAITING else None
        away = self._gone / folder.name
        folder.rename(away)
        if waiting is not None:
            waiting.result()
        with self._lock:
            self._removals.append(self._remover.submit(take_away, away))

    def close(self) -> None:
        """Wait for the removals under way; what was not begun is left to who removes the whole folder."""
        self._remover.shutdown(wait=True, cancel_futures=True)

    def _lay_base(self) -> None:
        with self._lock:
            if self._digests or self._base.exists():
                return
            self._base.mkdir(mode=0o700)
            self._export(None, self._base)
            kept = (name for name in self._repository.names if is_test(name) or is_test_configuration(name))
            self._digests = {name: digest for name in kept if (digest := _digest(self._base / name))}

    def _export(self, tree: str | None, directory: Path) -> None:
        self._repository.export(tree, directory)
        self._furnish(directory)

    def _hold_against_base(self, directory: Path, changed: set[str]) -> None:
        for name, digest in self._digests.items():
            if name not in changed and _digest(directory / name) != digest:
                raise SandboxError(
                    f"{name} is not what the commit holds: the tests changed the copy of the base that runs are made "
                    "from, so nothing they say could be trusted; run self-heal where it can isolate them"
                )


def _copied(base: Path, directory: Path) -> bool:
    """Copy all files with their modes and links; whether that could be done."""
    argv = ["cp", "-a", "--reflink=auto", "--", f"{base}/.", str(directory)]
    try:
        run(argv, environment=_TOOLS)
    except (ProcessFailed, FileNotFoundError):
        return False
    return True


def _digest(place: Path) -> bytes | None:
    """Return what tells a file's or a link's content; None for anything else."""
    try:
        mode = place.lstat().st_mode
        if stat.S_ISLNK(mode):
            return os.fsencode(place.readlink())
        if not stat.S_ISREG(mode):
            return None
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return None
