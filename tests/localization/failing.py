"""Source trees in memory, and failures of tests in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.localization.hunks import split_lines
from healer.models.code import ChangedHunk, Commit
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, StackFrame

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class FakeSourceTree:
    """A commit's files in memory; reading anything else is a KeyError, as the port says."""

    files: Mapping[str, bytes]

    @classmethod
    def of(cls, **files: str) -> FakeSourceTree:
        return cls({path: text.encode() for path, text in files.items()})

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self.files)

    def read(self, path: str) -> bytes:
        return self.files[path]


def failing(
    *frames: tuple[str, int],
    name: str = "test_it",
    file: str = "tests/test_it.py",
    message: str = "AssertionError: assert 1 == 2",
    text: str = "",
) -> tuple[FailureCluster, ...]:
    failure = Failure(
        f"{file}::{name}",
        name,
        CaseOutcome.FAILED,
        file=file,
        type=message.split(":", 1)[0],
        message=message,
        text=text,
        frames=tuple(StackFrame(path, line) for path, line in frames),
    )
    return (FailureCluster(failure.id, (failure,)),)


def changing(path: str, line: int, old: str, new: str, name: str = "4f2c1a9d00") -> Commit:
    """Return a commit that put `new` at a 1-based line, where `old` had been."""
    lines = tuple(split_lines(old.encode())), tuple(split_lines(new.encode()))
    return Commit(name, "Speed up parsing", (ChangedHunk(path, line, lines[0], line if new else line - 1, lines[1]),))
