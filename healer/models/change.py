"""What an engine proposes, from a model's raw words to bytes that can be written."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hunk:
    """Old lines to be found by content, and the lines to stand in their place; no line endings, no numbers.

    Both sides hold the context. `scope` is the enclosing definition that the reply named (`@@ def f @@`), or None.
    `final_newline` says whether the file will end with a newline where the hunk reaches its end; None: as before.
    `is_counted` says that the reply's own counts vouch for every line. `signs` are those that the reply wrote before
    its lines (`?`: none, though the line is not blank), empty where its format has none. `lacking` says how many of the
    old lines that its header counts are not there at the end of a reply without an end.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    scope: str | None = None
    final_newline: bool | None = None
    is_counted: bool = field(default=False, compare=False)
    signs: str = field(default="", compare=False)
    lacking: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class FileChange:
    """The hunks that a reply holds for one path, as the reply spelt it; or, in `whole`, all lines of the new file."""

    path: str
    hunks: tuple[Hunk, ...]
    creates: bool = False
    deletes: bool = False
    whole: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class FileEdit:
    """One file's bytes before (None: it does not exist yet) and after."""

    path: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class Usage:
    """What one model call used."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.cost_usd + other.cost_usd,
        )


@dataclass(frozen=True, slots=True)
class Analysis:
    """An engine's account of its own proposal, in plain text."""

    root_cause: str = ""
    impact: str = ""
    strategy: str = ""
    confidence: float | None = None
    """The engine's own claim, in 0..1; evidence decides, not this."""


@dataclass(frozen=True, slots=True)
class CandidatePatch:
    """Edits to the base tree, from one engine. Nothing is known of them yet but that they placed."""

    engine: str
    edits: tuple[FileEdit, ...]
    analysis: Analysis
    model: str | None = None


class RejectedBy(enum.StrEnum):
    """The step that refused a proposal."""

    REPLY = "reply"
    PLACEMENT = "placement"
    GATE = "gate"
    CHECK = "check"
    PROOF = "proof"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a proposal was refused: feedback for the next round, and an entry in the summary."""

    by: RejectedBy
    code: str
    """Machine-readable, from a closed set per step (`protected_path`, `no_match`, …)."""
    message: str
    """One sentence that helps whoever proposed it: a model or a person."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A proposal that did not become a candidate patch, with what is left of it."""

    engine: str
    rejection: Rejection
    model: str | None = None
    analysis: Analysis = Analysis()
    excerpt: str = ""


NEEDS_CODE = "needs_code"
"""The code of a `Blocked` that is no refusal: the model would have to see more before it can say anything."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """The model's structured refusal: the test is wrong, the environment or a feature or code to look at is missing."""

    engine: str
    code: str
    """`test_is_wrong`, `needs_environment`, `needs_feature`, `needs_code` or `other`."""
    explanation: str
    """Where code is lacking, the names of what is: each between back-ticks."""
    model: str | None = None


Proposal = CandidatePatch | Refused | Blocked
