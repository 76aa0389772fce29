"""Where the fault may be: ranked locations, recent changes, and the code worth reading before a repair."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from healer.models.evidence import FailureCluster


@dataclass(frozen=True, slots=True)
class Location:
    """A suspicious range of lines (1-based, inclusive) and why it is suspicious, in words."""

    path: str
    line: int
    end_line: int
    function: str | None
    suspiciousness: float
    """In 0..1; only the order matters."""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedHunk:
    """One contiguous change of a commit. Lines carry their line endings, so that a revert is byte-exact.

    `old_start` and `new_start` are 1-based; for a pure insertion or deletion they follow `git diff -U0`.
    """

    path: str
    old_start: int
    old_lines: tuple[str, ...]
    new_start: int
    new_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit on the way to the base, newest first wherever a sequence of them is passed."""

    id: str
    subject: str
    hunks: tuple[ChangedHunk, ...] = ()
    """Changes to text files against the first parent; empty for the first commit of a history."""


@dataclass(frozen=True, slots=True)
class ChangedRange:
    """Lines of the base (1-based, inclusive) that a change wrote, and those that stood there before, ends included."""

    path: str
    line: int
    end_line: int
    earlier: tuple[str, ...]
    stood_after: int | None = None
    """The line after which lines stood that were only taken out, 0 for the start of the file. The range then names the
    line that follows, or the last one. None where other lines stand now."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """The commit that broke the failing test cases, by experiment: with the code before it, they pass.

    `changes` are the least of what was changed that makes them pass when it is put back into the base; empty where no
    such part was found.
    """

    commit: Commit
    age: int
    """How many commits before the base."""
    changes: tuple[ChangedRange, ...]
    explained: frozenset[str] = frozenset()
    """The test cases that pass then; others that fail have another cause."""


class Effect(enum.Enum):
    """What a candidate patch did that repaired nothing."""

    PASSES = "passes"
    """Some of the targets passed."""
    FAILS_OTHERWISE = "fails-otherwise"
    """None passed, but some failed with another exception, message or place."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Lines of the base (1-based, inclusive) that a candidate changed, and to what effect."""

    path: str
    line: int
    end_line: int
    effect: Effect


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a file, whole definitions where possible, and why it is shown."""

    path: str
    line: int
    end_line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sought:
    """A name that a model asked to see, and what there is of it; `note` says why it is not shown, or not all."""

    name: str
    excerpts: tuple[Excerpt, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that is known before anything is proposed; `locations` best first."""

    clusters: tuple[FailureCluster, ...]
    locations: tuple[Location, ...]
    commits: tuple[Commit, ...] = ()
    culprit: Culprit | None = None
