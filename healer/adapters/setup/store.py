"""Environments that are kept: each under the name of its content, made under a lock, complete or not there at all.

A name's folder counts only with its mark, which is moved into place after everything else and holds a digest of the
listing. While an environment is used, its lock is held shared, so that nobody puts it away or makes it anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.folders import reachable_by_others, take_away

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.adapters.sandbox import Isolation

_MOST_KEPT = 12
_FOR_ALL = Path("/var/cache/self-heal")
"""Where root keeps environments when no other user could reach its own cache."""


def store_for(cache: Path, isolation: Isolation) -> Path | None:
    """Return a folder for environments that the user tests run as can reach and cannot write to; None for none."""
    for root in (cache, *([_FOR_ALL] if os.geteuid() == 0 else [])):
        place = root / "environments"
        with contextlib.suppress(OSError):
            place.mkdir(mode=0o755, parents=True, exist_ok=True)
            if _is_ours(place) and (not isolation.own_user or reachable_by_others(place)):
                return place.resolve()
    return None


def _is_ours(place: Path) -> bool:
    facts = place.lstat()
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid() and not facts.st_mode & 0o022


@dataclass(frozen=True, slots=True)
class Kept:
    """A place in the store, locked: shared once it is complete, alone while it is made."""

    folder: Path
    lock: int
    complete: bool

    def finish(self) -> None:
        """Say that it is complete; from now on others may use it too."""
        mark = _mark(self.folder)
        new = mark.with_suffix(".new")
        new.unlink(missing_ok=True)
        new.write_text(_digest(self.folder), encoding="ascii")
        new.replace(mark)
        fcntl.flock(self.lock, fcntl.LOCK_SH)

    def abandon(self) -> None:
        """Leave nothing of what could not be finished."""
        take_away(self.folder)
        self.release()

    def release(self) -> None:
        """Let others have it."""
        os.close(self.lock)


def kept(store: Path, key: str) -> Kept | None:
    """Return the place of a key: complete, or empty and to be made; None while somebody else makes it."""
    folder = store / key
    lock = os.open(store / f"{key}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if _locked(lock, fcntl.LOCK_SH) and _is_intact(folder):
        os.utime(_mark(folder))
        return Kept(folder, lock, complete=True)
    if not _locked(lock, fcntl.LOCK_EX):
        os.close(lock)
        return None
    _put_away(folder)
    folder.mkdir(mode=0o700)
    _tidy(store, key)
    return Kept(folder, lock, complete=False)


def _mark(folder: Path) -> Path:
    """Return the mark of a folder: beside it, where nothing that sets a project up can write to."""
    return folder.with_suffix(".complete")


def _locked(lock: int, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _put_away(folder: Path) -> None:
    _mark(folder).unlink(missing_ok=True)
    take_away(folder)


def _is_intact(folder: Path) -> bool:
    """Whether a folder is complete and nothing in it was changed since."""
    try:
        return _mark(folder).read_text(encoding="ascii") == _digest(folder)
    except (OSError, UnicodeDecodeError):
        return False


def _digest(folder: Path) -> str:
    """Return a digest of what stands where, how large, since when and whose.

    The time of the last change of an inode cannot be set back, as that of its content can.
    """
    digest = hashlib.sha256()
    for path, facts in _listed(folder):
        size, changed = (0, 0) if stat.S_ISDIR(facts.st_mode) else (facts.st_size, facts.st_ctime_ns)
        entry = f"{path}\0{facts.st_mode}\0{facts.st_uid}\0{size}\0{changed}\n"
        digest.update(entry.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _listed(folder: Path, prefix: str = "") -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            yield prefix + entry.name, entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                yield from _listed(Path(entry.path), f"{prefix}{entry.name}/")


def _tidy(store: Path, but: str) -> None:
    """Put away what has not been used for longest, as long as nobody uses it."""
    marks = sorted(store.glob("*.complete"), key=lambda mark: mark.stat().st_mtime, reverse=True)
    for mark in marks[_MOST_KEPT:]:
        if mark.stem != but:
            with contextlib.suppress(OSError):
                lock = os.open(mark.with_suffix(".lock"), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
                try:
                    if _locked(lock, fcntl.LOCK_EX):
                        _put_away(mark.with_suffix(""))
                finally:
                    os.close(lock)
