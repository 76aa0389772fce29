"""A directory of the user's, in which only regular files below it are read and written, and never through a link.

Every component is opened relative to the one before it without following links, so that nothing that changes meanwhile
can lead outside. A file is replaced whole and keeps its mode; after a failure everything is as it was.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from healer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.change import FileEdit

MOST_BYTES = 16 * 1024 * 1024
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_ABSENT = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EMLINK, errno.EINVAL, errno.ENAMETOOLONG}
)


@dataclass(slots=True)
class _Step:
    """One edit under way, with what must be undone should a later one fail."""

    edit: FileEdit
    made: list[str] = field(default_factory=list)
    temporary: str = ""
    is_replaced: bool = False


@dataclass(frozen=True, slots=True)
class WorkTree:
    """Files below `root`, which is resolved once and must be a directory."""

    root: Path

    @classmethod
    def at(cls, directory: str) -> WorkTree:
        """Open a directory; raise UsageError when there is none."""
        root = Path(directory).resolve()
        if not root.is_dir():
            raise UsageError(f"there is no directory {directory}; give the one that holds the files with --repo")
        return cls(root)

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a regular file, or None when there is no such file (a link is not one).

        Raises UsageError when the file is there but cannot be read.
        """
        try:
            with self._parent(path) as (directory, name):
                return _content(directory, name)
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise UsageError(f"{path} cannot be read: {error.strerror}; nothing was changed") from error

    def exists(self, path: str) -> bool:
        """Whether anything at all has this name: a dangling link, a directory, or a file behind a link count too."""
        try:
            with self._parent(path) as (directory, name):
                os.stat(name, dir_fd=directory, follow_symlinks=False)
        except OSError as error:
            return error.errno != errno.ENOENT
        return True

    def neighbours(self, path: str) -> list[str]:
        """Return the paths of what stands beside a path and beside the directories above it."""
        parts = path.split("/")
        found: list[str] = []
        for depth in range(len(parts)):
            above = parts[:depth]
            with contextlib.suppress(OSError), self._parent("/".join([*above, "."])) as (directory, _):
                found += ["/".join([*above, name]) for name in os.listdir(directory)]  # noqa: PTH208 - of a descriptor
        return found

    def write(self, edits: Sequence[FileEdit]) -> None:
        """Write all edits or none; raise UsageError when a file is not as the edit found it or the disk refuses.

        All new content is on the disk before the first file is replaced, so that only a crash between renames, and not
        a full disk or a long write, could leave some files new and others old.
        """
        undo: list[_Step] = [_Step(edit) for edit in edits]
        at = ""
        try:
            for step in undo:
                at = step.edit.path
                self._stage(step)
            for step in undo:
                at = step.edit.path
                self._replace(step)
        except OSError as error:
            self._roll_back(undo)
            raise UsageError(f"{at} cannot be written: {error.strerror}; nothing was changed") from error
        except BaseException:
            self._roll_back(undo)
            raise

    def _stage(self, step: _Step) -> None:
        """Put the new content beside the file, under a name of its own."""
        edit = step.edit
        if edit.before is None:
            self._make_directories(edit.path, step.made)
        with self._parent(edit.path) as (directory, name):
            status = _status(directory, name)
            _check(edit, directory, name, status)
            step.temporary = _temporary(name)
            _put(directory, step.temporary, edit.after, status)

    def _replace(self, step: _Step) -> None:
        with self._parent(step.edit.path) as (directory, name):
            _check(step.edit, directory, name, _status(directory, name))
            step.is_replaced = True
            os.replace(step.temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
            with contextlib.suppress(OSError):  # not every file system can
                os.fsync(directory)

    def _make_directories(self, path: str, made: list[str]) -> None:
        above = path.split("/")[:-1]
        for depth in range(1, len(above) + 1):
            with self._parent("/".join(above[:depth])) as (directory, name), contextlib.suppress(FileExistsError):
                os.mkdir(name, dir_fd=directory)
                made.append("/".join(above[:depth]))

    def _roll_back(self, undo: Sequence[_Step]) -> None:
        """Put back what was replaced and take away what was made; what was not reached is left alone."""
        for step in reversed(undo):
            edit = step.edit
            with contextlib.suppress(OSError), self._parent(edit.path) as (directory, name):
                if step.temporary:
                    with contextlib.suppress(OSError):
                        os.unlink(step.temporary, dir_fd=directory)
                if step.is_replaced and _content(directory, name) == edit.after:
                    if edit.before is None:
                        os.unlink(name, dir_fd=directory)
                    else:
                        spare = _temporary(name)
                        _put(directory, spare, edit.before, _status(directory, name))
                        os.replace(spare, name, src_dir_fd=directory, dst_dir_fd=directory)
            for path in reversed(step.made):
                with contextlib.suppress(OSError), self._parent(path) as (directory, name):
                    os.rmdir(name, dir_fd=directory)

    @contextlib.contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        """Open the directory of a path, link by link refused; yields its descriptor and the last component."""
        *above, name = path.split("/")
        if not name or any(part in {"", ".", ".."} for part in above) or name == ".." or "\0" in path:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        descriptor = os.open(self.root, _DIRECTORY)
        try:
            for part in above:
                following = os.open(part, _DIRECTORY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = following
            yield descriptor, name
        finally:
            os.close(descriptor)


def _content(directory: int, name: str) -> bytes:
    """Read a regular file; raise OSError with an errno that means absent for anything else."""
    descriptor = os.open(name, _READ, dir_fd=directory)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        if status.st_size > MOST_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read()
    finally:
        os.close(descriptor)


def _status(directory: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _check(edit: FileEdit, directory: int, name: str, status: os.stat_result | None) -> None:
    """Raise UsageError when a file is not what the edit was made for."""
    current = None if status is None else _content(directory, name)
    if current != edit.before or (status is None) != (edit.before is None):
        raise UsageError(f"{edit.path} changed while it was being edited; nothing was changed, try again")


def _temporary(name: str) -> str:
    return f".{name[:50]}.{secrets.token_hex(6)}.tmp"


def _put(directory: int, temporary: str, data: bytes, status: os.stat_result | None) -> None:
    """Write a new file with the mode and, where permitted, the owner of another; nothing of it stays after an error."""
    descriptor = os.open(temporary, _CREATE, 0o666 if status is None else 0o600, dir_fd=directory)
    try:
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - a descriptor, not a path
            stream.write(data)
            stream.flush()
            if status is not None:
                with contextlib.suppress(PermissionError):
                    os.fchown(descriptor, status.st_uid, status.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
            os.fsync(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=directory)
        raise
