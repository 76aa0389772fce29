"""What failed: test cases and their outcomes, normalised to one shape whatever the report's dialect."""

from __future__ import annotations

import enum
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable


class CaseOutcome(enum.StrEnum):
    """How one test case ended."""

    PASSED = "passed"
    FAILED = "failed"
    """An assertion did not hold."""
    ERROR = "error"
    """Anything else went wrong: an exception in set-up, collection, or the process itself."""
    SKIPPED = "skipped"

    @property
    def is_failing(self) -> bool:
        """Whether a run that holds this outcome is red."""
        return self in _FAILING


_FAILING = frozenset({CaseOutcome.FAILED, CaseOutcome.ERROR})


class ReportVerdict(enum.StrEnum):
    """What one report says of its run. `EMPTY` (no test ran) is never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    EMPTY = "empty"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class StackFrame:
    """One frame of a traceback, as the report wrote it; `line` is 1-based."""

    file: str
    line: int
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What an analyser checks and what it says about it; `help` may be Markdown and is as untrusted as the rest.

    `level` is the finding's (error, warning, note), `severity` the rule's security severity from 0.0 to 10.0.
    """

    id: str
    name: str = ""
    level: str = ""
    description: str = ""
    help: str = ""
    url: str | None = None
    severity: float | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """One failing test case (or a collection, suite or script that failed as a whole), or one analyser's finding.

    `frames` run from the outermost caller to where the exception was raised; of a finding, from source to sink.
    `text` is the whole trace as the report had it; `message` its one-paragraph form. `line` is 1-based. A finding
    has a `rule`, whose id is also its `type`.
    """

    id: str
    name: str
    kind: CaseOutcome
    suite: str = ""
    file: str | None = None
    line: int | None = None
    type: str | None = None
    message: str = ""
    text: str = ""
    frames: tuple[StackFrame, ...] = ()
    rule: Rule | None = None

    @property
    def headline(self) -> str:
        """The message, led by the exception's type unless it begins with that already; of a finding, the message."""
        kind = self.type or ""
        if not kind or self.rule or self.message.startswith((kind, kind.rpartition(".")[2])):
            return self.message
        return f"{kind}: {self.message}" if self.message else kind

    @property
    def runs(self) -> str | None:
        """The script that a command which failed as a whole names and runs, where that is a file of the repository."""
        words = self.id.split()
        # Some runners' ids begin with a file as well: `web/cart.test.ts > adds`.
        is_command = self.kind is CaseOutcome.ERROR and self.rule is None and len(words) > 1 and ">" not in words
        return self.file if is_command and (self.file in words or f"./{self.file}" in words) else None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many test cases ended how."""

    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0

    @property
    def tests(self) -> int:
        """All test cases, skipped ones included."""
        return self.passed + self.failed + self.errors + self.skipped

    @property
    def failing(self) -> int:
        """Failures and errors."""
        return self.failed + self.errors

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.passed + other.passed,
            self.failed + other.failed,
            self.errors + other.errors,
            self.skipped + other.skipped,
        )


@dataclass(slots=True)
class Roster:
    """Test cases by outcome, eight bytes each: hashes that mean something within one process only."""

    names: dict[CaseOutcome, array[int]] = field(default_factory=lambda: {one: array("q") for one in CaseOutcome})

    def __len__(self) -> int:
        return sum(map(len, self.names.values()))

    def enter(self, outcome: CaseOutcome, names: Iterable[Hashable]) -> None:
        """Add test cases by whatever names them."""
        self.names[outcome].extend(map(hash, names))


@dataclass(frozen=True, slots=True)
class Report:
    """One report file, read. An unreadable file is a `Report` too, with `reason` saying why.

    Memory does not grow with passing test cases: only failing ones are kept, the others are counted. `flaky` holds
    the ids of test cases that failed at first and passed when they were run again; their last word is their outcome.
    `roster` lists all test cases by a hash of their names, where the format's reader keeps one, so that the same ones
    can be known in another report of this process.
    """

    source: str
    format: str
    verdict: ReportVerdict
    tally: Tally | None = None
    failures: tuple[Failure, ...] = ()
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    roster: Roster | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class FailureCluster:
    """Failures that share a cause, by their common fingerprint; never empty."""

    fingerprint: str
    failures: tuple[Failure, ...] = field(default=())

    @property
    def representative(self) -> Failure:
        """The failure to show for all of them."""
        return self.failures[0]
