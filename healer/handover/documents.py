"""The two documents, and how they are written and read; their schemas stand in `docs/schemas`.

A job that ran the repository's code may have been taken over, and its document be anything. Reading one establishes
its shape alone: each number and each text in it is still whatever somebody wrote.
"""

from __future__ import annotations

import base64
import json
import math
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, EncodedBytes, EncoderProtocol, Field, TypeAdapter, ValidationError, with_config

from healer.errors import UsageError
from healer.models.change import Analysis, Usage
from healer.models.code import ChangedRange, Location
from healer.models.evidence import FailureCluster
from healer.models.outcome import Attempt, Confidence, Outcome

MOST_BYTES = 32 * 1024 * 1024
MOST_VALUES = 1_000_000
"""In one document. Each that is wrong costs a complaint, and complaints take far more memory than the document."""
MOST_CANDIDATES = 16
MOST_ROUNDS = 3
_BAD = "bad_document"
_TEXTS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NUMBERS = re.compile(rb"[^\s,:{}\[\]]+")
_LONGEST_NUMBER = 40
_FREE = "embedded"
_UNREPAIRED = frozenset({Outcome.NO_FIX, Outcome.REJECTED})

Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
Round = Annotated[int, Field(ge=0, le=MOST_ROUNDS)]


class _Base64(EncoderProtocol):
    """Base64 that has one reading: what stands between its characters is refused, not skipped."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        """Return the bytes; raise ValueError where a character is none of base64's."""
        return base64.b64decode(data, validate=True)

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        """Return the text, without line ends."""
        return base64.b64encode(value)

    @classmethod
    def get_json_format(cls) -> str:
        """Return the name that schemas know it by."""
        return "base64"


Content = Annotated[bytes, EncodedBytes(encoder=_Base64)]
_exactly = with_config(ConfigDict(extra="forbid"))


@_exactly
@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file as a change leaves it; how it was before, the base says."""

    path: str
    content: Content


@_exactly
@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate patch: what it makes of files of the base, and the same as a diff for people."""

    engine: str
    model: str | None
    analysis: Analysis
    files: tuple[WrittenFile, ...]
    diff: str = ""

    @property
    def is_found_by_tests(self) -> bool:
        """Whether the job that ran the tests says that it found the change itself, without a model."""
        return self.engine == _FREE and self.model is None


@_exactly
@dataclass(frozen=True, slots=True)
class Blame:
    """The commit that broke what fails, and the least that puts it right when it is put back."""

    commit: Commit
    changes: tuple[ChangedRange, ...] = ()
    explained: frozenset[str] = frozenset()


@_exactly
@dataclass(frozen=True, slots=True)
class Findings:
    """What fails by cause, and where to look; `locations` best first."""

    clusters: tuple[FailureCluster, ...] = ()
    locations: tuple[Location, ...] = ()
    blame: Blame | None = None


@_exactly
@dataclass(frozen=True, slots=True)
class End:
    """How a run ended, as far as one job can tell: to programs, and in a sentence."""

    outcome: Outcome
    reason: str
    sentence: str


@_exactly
@dataclass(frozen=True, slots=True)
class ProvedChange:
    """A change that passed its proof in the job that wrote this, and what was established, a sentence each."""

    change: Candidate
    proof: tuple[str, ...]
    remaining: tuple[str, ...] = ()
    flags: int = 0
    confidence: Confidence | None = None


@_exactly
@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalDocument:
    """What `self-heal propose` writes: candidates to be tried on `base`, none where there is nothing to try.

    `attempts` are all that were made so far, in earlier rounds too, and `usage` is what all calls used.
    """

    document: Literal["self-heal/proposal"]
    version: Literal[1]
    base: Commit
    round: Round
    findings: Findings
    candidates: Annotated[tuple[Candidate, ...], Field(max_length=MOST_CANDIDATES)] = ()
    attempts: tuple[Attempt, ...] = ()
    usage: Usage = Usage()
    end: End | None = None


@_exactly
@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictDocument:
    """What `self-heal verify` writes: what the tests of `base` say, and what they say of the candidates.

    `partial` are candidates that repair some causes: with another one they may be the repair.
    """

    document: Literal["self-heal/verdict"]
    version: Literal[1]
    base: Commit
    round: Round
    end: End
    findings: Findings
    attempts: tuple[Attempt, ...] = ()
    proved: ProvedChange | None = None
    partial: Annotated[tuple[Candidate, ...], Field(max_length=MOST_CANDIDATES)] = ()
    usage: Usage = Usage()
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    notes: tuple[str, ...] = ()

    def is_open(self, rounds: int) -> bool:
        """Whether a model may be asked for more, of so many rounds: causes remain, and code can be at fault."""
        if self.proved is not None:
            return self.round < rounds and bool(self.proved.remaining)
        return self.round < rounds and bool(self.findings.clusters) and self.end.outcome in _UNREPAIRED


_Document = TypeVar("_Document", ProposalDocument, VerdictDocument)


_adapters: dict[str, TypeAdapter[Any]] = {}
"""Made with the first document of a kind, as that takes long."""


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return _adapters.get(kind.__name__) or _adapters.setdefault(kind.__name__, TypeAdapter(kind))


def written(document: ProposalDocument | VerdictDocument) -> bytes:
    """Return a document's bytes: JSON in UTF-8; what is no character in a text becomes a question mark."""
    content = _adapter(type(document)).dump_python(document, mode="json")
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def read(data: bytes, kind: type[_Document], name: str) -> _Document:
    """Return the document of that kind that a file holds; raise UsageError with the file's name and what is wrong."""
    if len(data) > MOST_BYTES:
        raise UsageError(f"{name} is larger than {MOST_BYTES >> 20} MiB, so self-heal did not write it", code=_BAD)
    if fault := _excess(data):
        raise UsageError(f"{name} holds {fault}, so self-heal did not write it", code=_BAD)
    try:
        document: _Document = _adapter(kind).validate_json(data, strict=True)
    except ValidationError as error:
        raise UsageError(f"{name} {_complaint(error, kind)}", code=_BAD) from None
    return document


def _excess(data: bytes) -> str | None:
    """Say what a document holds too much of; what is in texts does not count."""
    bare = _TEXTS.sub(b"", data)
    if bare.count(b",") + bare.count(b"[") + bare.count(b"{") > MOST_VALUES:
        return f"more than {MOST_VALUES} values"
    return None if all(_is_ordinary(found[0]) for found in _NUMBERS.finditer(bare)) else "a number beyond all bounds"


def _is_ordinary(word: bytes) -> bool:
    """Whether a number can be written and counted with; what is none at all is for the schema to refuse."""
    try:
        return len(word) <= _LONGEST_NUMBER and math.isfinite(float(word))
    except ValueError:
        return True


def schema(kind: type[ProposalDocument | VerdictDocument]) -> dict[str, Any]:
    """Return the JSON schema of a document."""
    return _adapter(kind).json_schema()


def _complaint(error: ValidationError, kind: type[object]) -> str:
    """Say what is wrong first; nothing of the file is repeated."""
    wanted = "proposal" if kind is ProposalDocument else "verdict"
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    steps = (str(step)[:40] for step in first["loc"][:6])
    where = ".".join(step if step.isalnum() or step.isidentifier() else "…" for step in steps)
    if where == "version":
        return f"is a {wanted} of another version of self-heal; use the same release in all jobs"
    fault = f"{where}: {first['msg'][:200]}" if where else first["msg"][:200]
    return f"is no {wanted} of ours ({fault}); give one that self-heal wrote"
