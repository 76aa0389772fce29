"""The one door to trusted programs (git); programs under test go through `healer.adapters.sandbox` instead."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.errors import SelfHealError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SECONDS = 300.0
_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that ended by itself."""

    argv: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output without its final newline."""
        return self.stdout.decode("utf-8", "replace").rstrip("\n")

    @property
    def complaint(self) -> str:
        """The end of standard error, for an error's sentence."""
        return self.stderr.decode("utf-8", "replace").strip()[-_SHOWN:]


class ProcessFailed(SelfHealError):  # noqa: N818 - reads as what happened
    """A trusted program ended with an error or did not end in time; carries what it said."""

    def __init__(self, completed: Completed) -> None:
        super().__init__(
            f"{' '.join(completed.argv[:3])} ended with {completed.code}: {' '.join(completed.complaint.split())}"
        )
        self.completed = completed

    @property
    def said(self) -> str:
        """What the program complained of, in one line."""
        return " ".join(self.completed.complaint.split())


def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    stdin: bytes = b"",
    accept: frozenset[int] = frozenset({0}),
    seconds: float = SECONDS,
) -> Completed:
    """Run a program to its end with exactly this environment.

    Raises ProcessFailed when the exit code is not in `accept` or the time is up, FileNotFoundError when there is no
    such program.
    """
    try:
        done = subprocess.run(
            list(argv), input=stdin, env=dict(environment), cwd=cwd, capture_output=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired as late:
        said = late.stderr or b""
        raise ProcessFailed(Completed(tuple(argv), -1, b"", said + b"\n(it did not end in time)")) from None
    completed = Completed(tuple(argv), done.returncode, done.stdout, done.stderr)
    if completed.code not in accept:
        raise ProcessFailed(completed)
    return completed
