"""Small real git projects, built commit by commit, with no configuration but what a test writes itself."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.repository import PrivateRepository

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{who}_NAME": "A. Developer" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "developer@example.com" for who in ("AUTHOR", "COMMITTER")},
}
"""The whole environment of the git that plays the user."""


@dataclass(frozen=True, slots=True)
class Link:
    """The content of a symbolic link."""

    target: str


@dataclass(frozen=True, slots=True)
class Program:
    """The content of an executable file."""

    text: str


Content = str | bytes | Link | Program | None
"""What a path of a commit holds; None takes it away."""


@dataclass(frozen=True, slots=True)
class Project:
    """A git checkout of the user's."""

    root: Path

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run git as the user would, in the project's root."""
        return git(*arguments, cwd=self.root, stdin=stdin)

    def write(self, files: Mapping[str, Content]) -> None:
        """Write files into the working tree."""
        for name, content in files.items():
            write(self.root / name, content)

    def commit(self, files: Mapping[str, Content], subject: str = "change") -> str:
        """Write files, commit everything that is there, and return the commit."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.head

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    @property
    def checkout(self) -> Checkout:
        """The checkout as the engine sees it."""
        return Checkout.at(self.root, our_git())

    def private(self, base: str | None = None) -> PrivateRepository:
        """Open a private repository on a commit (HEAD, for None); the caller closes it."""
        return PrivateRepository(self.checkout, base or self.head)


def project(folder: Path, files: Mapping[str, Content], *commits: Mapping[str, Content]) -> Project:
    """Make a git project below a folder: its first commit holds `files`, and each further map makes one more."""
    return build(folder / "project", files, *commits)


def build(root: Path, *commits: Mapping[str, Content], options: tuple[str, ...] = ()) -> Project:
    """Make a git project at a root, one commit for each map of files; `options` are those of `git init`."""
    git("init", "--quiet", "--template=", "--initial-branch=main", *options, str(root), cwd=root.parent)
    made = Project(root)
    for number, files in enumerate(commits, 1):
        made.commit(files, f"change {number}")
    return made


def git(*arguments: str, cwd: Path, stdin: bytes = b"") -> str:
    """Run git as the user would; return what it printed, without the last newline."""
    done = subprocess.run(["git", *arguments], cwd=cwd, env=ENVIRONMENT, input=stdin, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


def our_git() -> Git:
    """Return the git that the engine would use here."""
    return Git.find(os.environ["PATH"])


def write(path: Path, content: Content) -> None:
    """Put a file, a link or a program in place, whatever was there."""
    if content is None or path.is_symlink():
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    match content:
        case Link(target):
            path.symlink_to(target)
        case Program(text):
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)
        case str(text):
            path.write_bytes(text.encode())
        case bytes(data):
            path.write_bytes(data)


def contents(folder: Path) -> dict[str, Content]:
    """Return the files below a folder as `write` would take them."""
    found: dict[str, Content] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = Link(str(path.readlink()))
        elif path.is_file() and path.stat().st_mode & 0o100:
            found[name] = Program(path.read_text("utf-8"))
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def snapshot(root: Path) -> dict[str, object]:
    """Return everything below a folder, links and modes included, for comparison."""
    found: dict[str, object] = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        facts: object = None
        if path.is_symlink():
            facts = path.readlink()
        elif path.is_file():
            facts = path.read_bytes()
        found[str(path.relative_to(root))] = (oct(status.st_mode), facts)
    return found


def without_objects(found: Mapping[str, object]) -> dict[str, object]:
    """Return a snapshot without what is only ever added to: git's objects."""
    return {name: facts for name, facts in found.items() if ".git/objects" not in name}
