"""The file that a run's exchanges with models are kept in: JSON lines, each of which vouches for all before it.

The first line says what the run was, then come clients and exchanges, the last one says how the run ended. `digest` is
the SHA-256 of the digest before and of the line without it: what was cut, changed or reordered shows. It is no
signature: who rewrites the whole file can make new ones.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from healer.errors import UsageError
from healer.models.change import Usage
from healer.ports import Message, ModelReply, ModelRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION = 1
LARGEST = 64 * 1024 * 1024
"""Bytes of a cassette: some hundreds of exchanges."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question to a client, and its reply, or the error that it ended in (`kind`, `code`, `sentence`)."""

    client: str
    request: ModelRequest
    reply: ModelReply | None = None
    error: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Cassette:
    """All that is kept of a run."""

    run: Mapping[str, Any]
    clients: Mapping[str, Mapping[str, Any]]
    exchanges: tuple[Exchange, ...]
    usage: Usage
    document: Mapping[str, Any]
    """The outcome document of the recorded run."""


def digested(line: Mapping[str, Any], before: str) -> str:
    """Return the digest of a line that follows one with the digest `before`."""
    plain = json.dumps({name: value for name, value in line.items() if name != "digest"}, sort_keys=True)
    return hashlib.sha256(f"{before}\n{plain}".encode()).hexdigest()


def request_document(request: ModelRequest) -> dict[str, Any]:
    """Return a request as JSON-ready values."""
    return {
        "system": request.system,
        "context": request.context,
        "messages": [{"role": turn.role, "text": turn.text} for turn in request.messages],
        "max_output_tokens": request.max_output_tokens,
    }


def reply_document(reply: ModelReply) -> dict[str, Any]:
    """Return a reply as JSON-ready values."""
    return {
        "text": reply.text, "model": reply.model, "usage": usage_document(reply.usage),
        "truncated": reply.truncated, "refused": reply.refused,
    }  # fmt: skip


def usage_document(usage: Usage) -> dict[str, Any]:
    """Return what a call used as JSON-ready values."""
    return {name: getattr(usage, name) for name in Usage.__slots__}


def prompt_digest(request: ModelRequest) -> str:
    """Return the name of a prompt: the SHA-256 of all that is sent."""
    return hashlib.sha256(json.dumps(request_document(request), sort_keys=True).encode()).hexdigest()


def read_cassette(path: Path) -> Cassette:
    """Return what a cassette holds; raise UsageError for one that was cut, changed, or is none."""
    lines = _lines(path)
    first, last = lines[0], lines[-1]
    if first.get("cassette") != VERSION:
        raise _refused(path, f"its version is {str(first.get('cassette'))[:20]}, and this program reads {VERSION}")
    before = ""
    for number, line in enumerate(lines, start=1):
        if line.get("digest") != digested(line, before):
            raise _refused(path, f"line {number} is not as it was written")
        before = line["digest"]
    if "end" not in last:
        raise _refused(path, "it ends before its end: the run that it was made in was broken off, or it was cut")
    try:
        clients = {line["client"]: line["facts"] for line in lines[1:-1] if "facts" in line}
        exchanges = tuple(_exchange(line) for line in lines[1:-1] if "request" in line)
        end = last["end"]
        usage = Usage(**{name: _number(end["usage"][name]) for name in Usage.__slots__})
        run, document = dict(first["run"]), dict(end["document"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _refused(path, f"it does not have the form of one ({type(error).__name__})") from None
    return Cassette(run, clients, exchanges, usage, document)


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise _refused(path, "it is no regular file")
            with os.fdopen(os.dup(file), "rb") as stream:
                content = stream.read(LARGEST + 1)
        finally:
            os.close(file)
    except OSError as error:
        raise UsageError(f"the cassette {path} cannot be read: {error.strerror}", code="bad_cassette") from None
    if len(content) > LARGEST:
        raise _refused(path, f"it is larger than {LARGEST // 1024 // 1024} MB")
    if not content.endswith(b"\n"):
        raise _refused(path, "it is empty" if not content else "its last line was cut off")
    try:
        lines = [json.loads(raw) for raw in content.splitlines()]
    except (ValueError, RecursionError):
        raise _refused(path, "it holds lines that are no JSON") from None
    if not all(isinstance(line, dict) for line in lines):
        raise _refused(path, "it holds lines that are no JSON objects")
    return lines


def _exchange(line: Mapping[str, Any]) -> Exchange:
    asked = line["request"]
    turns = tuple(Message(_text(turn["role"]), _text(turn["text"])) for turn in asked["messages"])
    most = int(asked["max_output_tokens"])
    request = ModelRequest(_text(asked["system"]), turns, most, context=_text(asked["context"]))
    client = _text(line["client"])
    if "reply" not in line:
        told = line["error"]
        return Exchange(client, request, error={name: _text(told[name]) for name in ("kind", "code", "sentence")})
    said = line["reply"]
    usage = Usage(**{name: _number(said["usage"][name]) for name in Usage.__slots__})
    reply = ModelReply(
        _text(said["text"]), _text(said["model"]), usage, truncated=said["truncated"] is True,
        refused=said["refused"] is True,
    )  # fmt: skip
    return Exchange(client, request, reply)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError
    return value


def _refused(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is no cassette that can be replayed: {why}; record the run again with --record", code="bad_cassette"
    )
