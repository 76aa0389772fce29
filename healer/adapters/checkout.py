"""The user's checkout: what it is, which commit to work from, and the one thing ever written to it, a new branch."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.process import ProcessFailed
from healer.errors import DeliveryError, RepositoryError

if TYPE_CHECKING:
    from healer.adapters.git import Git

_BRANCH = re.compile(r"self-heal/[0-9a-f]{8,40}(-[0-9]+)?")
_MOST_BRANCHES = 50
_FOUND_OR_NOT = frozenset({0, 1})


@dataclass(frozen=True, slots=True)
class Checkout:
    """A git checkout (or bare repository) on disk."""

    git: Git
    directory: Path
    """As given: where paths of a command line are relative to."""
    top: Path | None
    """The root of the working tree; None for a bare repository."""
    store: Path
    """The common git directory, shared between worktrees."""

    @classmethod
    def at(cls, directory: Path, git: Git) -> Checkout:
        """Find the repository that holds a directory; raise RepositoryError when there is none."""
        if not directory.is_dir():
            raise RepositoryError(
                f"{directory} is not a directory; give the root of a git checkout with --repo", code="not_a_repository"
            )
        common = git.line("-C", str(directory), "rev-parse", "--path-format=absolute", "--git-common-dir")
        if common is None:
            raise RepositoryError(
                f"{directory} is not inside a git repository; run `git init` and commit, or check the repository out "
                "(actions/checkout) before self-heal",
                code="not_a_repository",
            )
        top = git.line("-C", str(directory), "rev-parse", "--path-format=absolute", "--show-toplevel")
        return cls(git, directory.resolve(), Path(top) if top else None, Path(common))

    def distance(self, ancestor: str, commit: str) -> int | None:
        """Return how many commits lie between two, by first parents, the younger counted; None for no ancestor."""
        counted = self.git.line(
            "-C", str(self.directory), "rev-list", "--count", "--first-parent", "--end-of-options",
            f"{ancestor}..{commit}",
        )  # fmt: skip
        shared = self.git.line("-C", str(self.directory), "merge-base", "--end-of-options", ancestor, commit)
        return int(counted) if shared == ancestor and counted else None

    def resolve(self, revision: str = "HEAD") -> str:
        """Return the commit that a revision names; raise RepositoryError when there is none."""
        query = (
            "-C",
            str(self.directory),
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{revision}^{{commit}}",
        )
        commit = self.git.line(*query)
        if commit:
            return commit
        if revision == "HEAD" and not self.git.line(
            "-C", str(self.directory), "rev-parse", "--verify", "--quiet", "HEAD"
        ):
            raise RepositoryError(
                f"{self.directory} has no commits yet, so no repair can be based on them; commit first",
                code="no_commits",
            )
        if revision == "HEAD":
            raise RepositoryError(
                f"{self.directory} lacks the commit that is checked out: the repository is damaged; check it out anew",
                code="objects_missing",
            )
        raise RepositoryError(
            f"there is no commit {revision} here; check it out first (actions/checkout with ref: {revision})",
            code="no_commit",
        )

    def uncommitted(self) -> tuple[str, ...]:
        """Return paths that differ from HEAD, untracked files included; empty for a bare repository."""
        if self.top is None:
            return ()
        git = replace(self.git, settings={**self.git.settings, **self._without_filters()})
        try:
            listed = git(
                "-C", str(self.top), "status", "--porcelain", "-z", "--no-renames", "--ignore-submodules",
                "--untracked-files=normal",
            )  # fmt: skip
        except ProcessFailed as failed:
            raise RepositoryError(
                f"git could not compare {self.top} with its commit: {failed.said}; repair the checkout, "
                "or check it out anew",
                code="git_failed",
            ) from None
        return tuple(entry[3:] for entry in os.fsdecode(listed.stdout).split("\0") if entry)

    def _without_filters(self) -> dict[str, str]:
        """Return settings that disarm every filter driver the repository configures: `status` would run them.

        They are settings and not `-c` options, which cannot express a driver with an equals sign in its name.
        """
        listed = self.git(
            "-C", str(self.directory), "config", "-z", "--name-only", "--get-regexp", r"^filter\.", accept=_FOUND_OR_NOT
        )
        names = sorted(set(os.fsdecode(listed.stdout).split("\0")) - {""})
        return {name: "false" if name.endswith(".required") else "" for name in names}

    def add_branch(self, name: str, commit: str, pack: bytes) -> str:
        """Bring a pack's objects in and point a new branch at the commit; return the branch's name.

        A branch of that name that already points elsewhere is left alone, and a numbered name is used. Raises
        DeliveryError when the repository cannot be written to.
        """
        if not _BRANCH.fullmatch(name):
            raise DeliveryError(f"{name!r} is not a branch name of ours", code="branch_name")
        here = ("--git-dir", str(self.store))
        try:
            self.git(*here, "index-pack", "--stdin", "--fix-thin", stdin=pack)
            for candidate in (name, *(f"{name}-{number}" for number in range(2, _MOST_BRANCHES))):
                present = self.git.line(*here, "rev-parse", "--verify", "--quiet", f"refs/heads/{candidate}")
                if present == commit:
                    return candidate
                if not present:
                    self.git(*here, "update-ref", f"refs/heads/{candidate}", commit, "0" * len(commit))
                    return candidate
        except ProcessFailed as failed:
            raise DeliveryError(
                f"the branch {name} could not be written to {self.store}: {failed.said}; "
                "make the repository writable, or use --deliver patch",
                code="branch_not_written",
            ) from None
        raise DeliveryError(
            f"there are already {_MOST_BRANCHES} branches {name}-N; delete old ones", code="branch_exists"
        )
