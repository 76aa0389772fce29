"""What a detector says of a change, and what every detector is."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.patches.cheating.pychange import PythonChange


class Level(enum.StrEnum):
    """What follows from a finding."""

    REJECT = "reject"
    """The change is refused before any test runs."""
    FLAG = "flag"
    """The change may be right; whoever reviews it is told, and a rival without a flag is preferred."""


class Cheat(enum.StrEnum):
    """The kinds of cheating that are looked for; each is also the code of its refusal."""

    SWALLOWED_EXCEPTION = "swallowed_exception"
    SPECIAL_CASE = "special_case"
    TEST_SNIFFING = "test_sniffing"
    WEAKENED_CHECK = "weakened_check"
    SKIPPED_BEHAVIOUR = "skipped_behaviour"
    EXIT = "exit"
    PATCHED_RUNTIME = "patched_runtime"
    SILENCED = "silenced"
    REACHES_OUT = "reaches_out"
    WAITING = "waiting"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One suspicious place of a change; `line` is 1-based in the file as it would be (as it was, for what is gone)."""

    cheat: Cheat
    level: Level
    path: str
    line: int
    message: str
    """One sentence: what was seen where, why it matters, what would help."""


class Detector(Protocol):
    """Looks for one kind of cheating in one changed Python file."""

    def __call__(self, change: PythonChange) -> Iterator[Finding]:
        """Yield what was found, in any order; never raises but RecursionError."""
