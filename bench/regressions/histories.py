"""A git history around a seeded fault, as a project's looks: ordinary commits, the red one among them, more on top."""

from __future__ import annotations

import random
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.regressions.ordinary import ordinary

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEFORE, _AFTER = 4, 2
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Someone", "GIT_AUTHOR_EMAIL": "someone@example.org",
    "GIT_COMMITTER_NAME": "Someone", "GIT_COMMITTER_EMAIL": "someone@example.org",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class History:
    """The commits that matter of a repository that was written."""

    last_green: str
    red: str
    base: str


def write_history(repository: Path, original: Path, faults: Mapping[str, str], seed: str) -> History:
    """Make a repository of a package's files, in which one commit among ordinary ones brings the faulty texts in.

    `faults` holds whole files; the faulty commit edits something harmless in another file as well. The commits of one
    seed are the same each time.
    """
    chooser = random.Random(seed)  # noqa: S311 - a reproducible draw, not a secret
    shutil.copytree(original, repository, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", ".git"))
    sources = sorted(
        path.relative_to(repository).as_posix()
        for path in repository.rglob("*.py")
        if "test" not in path.relative_to(repository).as_posix() and "docs" not in path.parts
    )
    others = [path for path in sources if path not in faults] or sources
    git = _Git(repository, 1_700_000_000)
    git("init", "--quiet", "--initial-branch=main")
    git.commit(f"Import {original.name}")
    for _ in range(_BEFORE):
        _edit(repository, chooser.choice(others), chooser, git)
    last_green = git("rev-parse", "HEAD")
    for path, text in faults.items():
        (repository / path).write_text(text, encoding="utf-8", newline="")
    subject = _change(repository, chooser.choice(others), chooser) or f"Tidy {Path(next(iter(faults))).stem}"
    git.commit(subject)
    red = git("rev-parse", "HEAD")
    for _ in range(_AFTER):
        _edit(repository, chooser.choice(others), chooser, git)
    return History(last_green, red, git("rev-parse", "HEAD"))


def _edit(repository: Path, path: str, chooser: random.Random, git: _Git) -> None:
    subject = _change(repository, path, chooser)
    if subject:
        git.commit(subject)


def _change(repository: Path, path: str, chooser: random.Random) -> str | None:
    file = repository / path
    with file.open(encoding="utf-8", newline="") as stream:
        edited = ordinary(stream.read(), chooser)
    if edited is None:
        return None
    text, subject = edited
    file.write_text(text, encoding="utf-8", newline="")
    return subject


class _Git:
    """Git in one folder, with a clock of its own."""

    def __init__(self, folder: Path, seconds: int) -> None:
        self._folder, self._seconds = folder, seconds

    def __call__(self, *arguments: str) -> str:
        self._seconds += 3600
        when = f"{self._seconds} +0000"
        ended = subprocess.run(
            ["git", *arguments], cwd=self._folder, check=True, capture_output=True, text=True,
            env={**_IDENTITY, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        return ended.stdout.strip()

    def commit(self, subject: str) -> None:
        self("add", "--all", "--force")
        self("commit", "--quiet", "--message", subject)
