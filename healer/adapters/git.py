"""The hardened way to call git: nothing of any configuration, hook, filter or environment but ours is obeyed.

The tests of a repository may have written its configuration, hooks and attributes, so commands run in a private
repository where they can, and with overriding settings where they cannot.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.process import Completed, ProcessFailed, run
from healer.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    # Larger files are compared as binary: a history of them must not fill the memory.
    "core.bigFileThreshold": "2m",
    "core.quotePath": "false",
    "commit.gpgSign": "false",
    "gc.auto": "0",
    "log.showRoot": "false",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    # Sound only because nothing of the directory's own configuration that runs a program is obeyed.
    "safe.directory": "*",
}

_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
}


@dataclass(frozen=True, slots=True)
class Git:
    """The git executable, found once on a search path that was given, not inherited."""

    executable: str
    path: str
    settings: Mapping[str, str] = field(default_factory=dict)
    protocols: str = "none"
    """What may be reached, as GIT_ALLOW_PROTOCOL has it: a repository that says it lacks objects could otherwise make
    any command fetch them, by a helper program that it names itself (before git 2.45 nothing else prevents that).
    """

    @classmethod
    def find(cls, path: str) -> Git:
        """Find git on this search path; raise RepositoryError when there is none."""
        executable = shutil.which("git", path=path)
        if executable is None:
            raise RepositoryError(
                "there is no git on the PATH; install git (2.31 or later) and run again", code="no_git"
            )
        return cls(str(Path(executable).absolute()), path)

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the whole environment of a git process; settings travel in it, where `ps` does not show them."""
        settings = {**_SETTINGS, **self.settings}
        environment = {"PATH": self.path, **_ENVIRONMENT, "GIT_ALLOW_PROTOCOL": self.protocols}
        environment["GIT_CONFIG_COUNT"] = str(len(settings))
        for number, (key, value) in enumerate(settings.items()):
            environment[f"GIT_CONFIG_KEY_{number}"] = key
            environment[f"GIT_CONFIG_VALUE_{number}"] = value
        return environment | dict(extra or {})

    def __call__(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        accept: frozenset[int] = frozenset({0}),
    ) -> Completed:
        """Run one git command. Raises ProcessFailed with what git said when it does not end with an accepted code."""
        return run([self.executable, *arguments], stdin=stdin, environment=self.environment(environment), accept=accept)

    def line(self, *arguments: str) -> str | None:
        """Return the line that a query printed, decoded as file names are, or None when git refused it."""
        try:
            return os.fsdecode(self(*arguments).stdout).removesuffix("\n")
        except ProcessFailed:
            return None
