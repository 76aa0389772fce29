"""The private repository that candidates are built in: bare, isolated, borrowing the user's objects read-only.

The tree that is judged is the tree that is tested and the tree that is delivered; a working tree in which tests ran is
never read back.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

from healer.adapters.private_folders import PrivateFolder
from healer.adapters.process import ProcessFailed
from healer.errors import RepositoryError
from healer.localization.history import LOG_FORMAT, parse_log
from healer.ports import TreeChange

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from healer.adapters.checkout import Checkout
    from healer.adapters.git import Git
    from healer.models.change import FileEdit
    from healer.models.code import Commit

NAME = "self-heal"
EMAIL = "self-heal@users.noreply.github.com"
_REGULAR = frozenset({"100644", "100755"})
_MOST_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    object_id: str


@dataclass(slots=True)
class CommitSource:
    """A commit's regular files of up to 2 MiB, read from the object store; satisfies `ports.SourceTree`."""

    _entries: dict[str, _Entry]
    _batch: subprocess.Popen[bytes]
    _read: dict[str, bytes] = field(default_factory=dict)
    paths: frozenset[str] = field(init=False)
    """All regular files, relative to the repository's root."""

    def __post_init__(self) -> None:
        self.paths = frozenset(self._entries)

    def read(self, path: str) -> bytes:
        """Return the file's bytes; raise KeyError for anything but a member of `paths`."""
        object_id = self._entries[path].object_id
        if object_id not in self._read:
            self._read[object_id] = self._fetch(object_id)
        return self._read[object_id]

    def mode(self, path: str) -> str | None:
        """Return the file's mode as git writes it, or None when there is no such regular file."""
        entry = self._entries.get(path)
        return entry.mode if entry else None

    def _fetch(self, object_id: str) -> bytes:
        into, out = cast("IO[bytes]", self._batch.stdin), cast("IO[bytes]", self._batch.stdout)
        into.write(object_id.encode() + b"\n")
        into.flush()
        header = out.readline().split()
        if len(header) != 3:  # noqa: PLR2004 - `<oid> blob <size>`, or `<oid> missing`
            raise _objects_missing()
        content = out.read(int(header[2]))
        out.read(1)
        return content


class PrivateRepository:
    """A bare repository in a private folder, opened on one base commit; satisfies `ports.Repository`.

    Use as a context manager: the folder is removed at the end. Raises RepositoryError when the base's objects are not
    all there.
    """

    def __init__(self, checkout: Checkout, base: str, *, parent: Path | None = None) -> None:
        self._git = checkout.git
        self.base = base
        self._private = PrivateFolder("repository", parent)
        self.folder = self._private.path
        try:
            self.directory = self._borrow(checkout)
            listed = self._listed(self.base)
            self.names = frozenset(
                record.partition(b"\t")[2].decode("utf-8", "surrogateescape") for record in listed if record
            )
            entries = _regular(listed)
            self._batch = self._start_batch()
        except BaseException:
            self._private.close()
            raise
        self.source = CommitSource(entries, self._batch)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove everything private; the user's repository never held any of it."""
        for stream in (self._batch.stdin, self._batch.stdout):
            if stream:
                stream.close()
        self._batch.wait()
        self._private.close()

    def _borrow(self, checkout: Checkout) -> Path:
        directory = self.folder / "objects.git"
        object_format = self._git.line("--git-dir", str(checkout.store), "rev-parse", "--show-object-format") or "sha1"
        self._git("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", str(directory))
        alternates = directory / "objects" / "info" / "alternates"
        alternates.parent.mkdir(parents=True, exist_ok=True)
        alternates.write_bytes(_alternate(checkout.store / "objects"))
        shallow = checkout.store / "shallow"
        if shallow.is_file():
            shutil.copyfile(shallow, directory / "shallow")
        return directory

    def git(self, *arguments: str, stdin: bytes = b"", environment: dict[str, str] | None = None) -> bytes:
        """Run git in the private repository and return its standard output; raise RepositoryError when it fails."""
        try:
            return self._git("--git-dir", str(self.directory), *arguments, stdin=stdin, environment=environment).stdout
        except ProcessFailed as failed:
            raise RepositoryError(f"git could not {arguments[0]}: {failed.said}", code="git_failed") from None

    @property
    def runner(self) -> Git:
        """The hardened git that this repository is driven by."""
        return self._git

    def _start_batch(self) -> subprocess.Popen[bytes]:
        argv = [self._git.executable, "--git-dir", str(self.directory), "cat-file", "--batch"]
        environment = self._git.environment()
        return subprocess.Popen(
            argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def at(self, commit: str) -> CommitSource:
        """Return the files of an earlier commit; raise RepositoryError where it is not there."""
        return CommitSource(_regular(self._listed(commit)), self._batch)

    def _listed(self, commit: str) -> list[bytes]:
        return self.git("ls-tree", "-r", "-l", "-z", "--full-tree", commit).split(b"\0")

    def recent_commits(self, limit: int) -> Sequence[Commit]:
        """Return at most `limit` commits ending in the base, newest first, with their changes to text files.

        A merge counts as one commit, with all that it brought in.

        A partial clone holds no older versions of files: then there are none.
        """
        try:
            log = self.git(
                "log", f"--max-count={limit}", "--first-parent", "-m", f"--format={LOG_FORMAT}", "-p", "-U0",
                "--no-ext-diff", "--no-textconv", "--no-renames", "--no-color", "--no-notes", "--encoding=UTF-8",
                self.base, "--",
            )  # fmt: skip
        except RepositoryError:
            return ()
        return parse_log(log)

    def write_tree(self, edits: Collection[FileEdit]) -> str:
        """Store the base's tree with the edits applied and return its object id."""
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            self.git("read-tree", self.base, environment=index)
            lines = bytearray()
            for edit in edits:
                object_id = self.git("hash-object", "-w", "--stdin", stdin=edit.after).decode().strip()
                mode = self.source.mode(edit.path) or "100644"
                lines += f"{mode} {object_id}\t{edit.path}".encode() + b"\0"
            self.git("update-index", "-z", "--index-info", stdin=bytes(lines), environment=index)
            return self.git("write-tree", environment=index).decode().strip()

    def changes(self, tree: str) -> Sequence[TreeChange]:
        """Tell what differs between the base's tree and this one, entry by entry, renames not folded."""
        fields = self.git(
            "diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", f"{self.base}^{{tree}}", tree
        ).split(b"\0")
        changes = []
        for facts, name in zip(fields[::2], fields[1::2], strict=False):
            old_mode, new_mode, old_id, new_id, status = facts.decode().lstrip(":").split()
            path = name.decode("utf-8", "surrogateescape")
            changes.append(TreeChange(status, path, old_mode, new_mode, old_id, new_id))
        return changes

    def diff(self, tree: str) -> str:
        """Return the canonical unified diff from the base to this tree."""
        return self.git(
            "diff-tree",
            "-r",
            "-p",
            "--no-ext-diff",
            "--no-textconv",
            "--no-renames",
            "--no-color",
            f"{self.base}^{{tree}}",
            tree,
        ).decode("utf-8", "surrogateescape")

    def export(self, tree: str | None, directory: Path, *, only: Collection[str] | None = None) -> None:
        """Write a tree's files (the base's, for None) into a directory, through an index of its own.

        `only` is for a directory that holds the others already.
        """
        paths = () if only is None else ("--stdin", "-z")
        names = b"".join(name.encode("utf-8", "surrogateescape") + b"\0" for name in only or ())
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            environment = {"GIT_INDEX_FILE": str(Path(scratch) / "index"), "GIT_WORK_TREE": str(directory)}
            self.git("read-tree", tree or f"{self.base}^{{tree}}", environment=environment)
            what = paths or ("--all",)
            self.git("checkout-index", *what, "--force", "--quiet", stdin=names, environment=environment)

    def commit(self, tree: str, message: str) -> str:
        """Commit a tree on top of the base, in our name, and return the commit."""
        names = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", NAME), ("EMAIL", EMAIL))
        }
        return (
            self.git("commit-tree", tree, "-p", self.base, stdin=message.encode(), environment=names).decode().strip()
        )

    def pack(self, commit: str) -> bytes:
        """Return a thin pack of what a commit adds to the base."""
        return self.git(
            "pack-objects", "--quiet", "--revs", "--thin", "--stdout", stdin=f"{commit}\n^{self.base}\n".encode()
        )


def _regular(listed: Sequence[bytes]) -> dict[str, _Entry]:
    """Return the regular files of moderate size among the lines of `ls-tree -l`."""
    entries: dict[str, _Entry] = {}
    for record in listed:
        facts, _, name = record.partition(b"\t")
        try:
            mode, kind, object_id, size = facts.decode().split()
            path = name.decode("utf-8")
        except ValueError:
            continue
        if kind != "blob" or mode not in _REGULAR:
            continue
        if not size.isdecimal():
            raise _objects_missing()
        if int(size) <= _MOST_BYTES:
            entries[path] = _Entry(mode, object_id)
    return entries


def _objects_missing() -> RepositoryError:
    return RepositoryError(
        "the repository lacks objects of the commit under repair; fetch them (a partial clone lacks some)",
        code="objects_missing",
    )


def _alternate(objects: Path) -> bytes:
    """Return the line that borrows from an object store, quoted as git reads it: a folder's name can hold anything."""
    escaped = os.fsencode(objects).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"\n'
