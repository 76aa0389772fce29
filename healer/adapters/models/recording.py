"""Keeping what a run and its models said to each other, without any secret, for a replay."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.adapters.models.asking import Later, begun
from healer.adapters.models.cassette import (
    VERSION,
    digested,
    prompt_digest,
    reply_document,
    request_document,
    usage_document,
)
from healer.errors import BudgetExhausted, ModelUnavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from healer.adapters.models.asking import Begin
    from healer.models.change import Usage
    from healer.ports import ModelClient, ModelReply, ModelRequest


class Recorder:
    """Writes a cassette line by line, as things happen; each line is on the disk before the run goes on."""

    def __init__(self, path: Path, run: Mapping[str, Any], redact: Callable[[str], str]) -> None:
        """Begin a new file; raise UsageError when there is one already, or none can be made."""
        self._redact = redact
        self._digest = ""
        self._lock = threading.Lock()
        self._count = 0
        self.path = _named(path, str(run.get("base", "")))
        try:
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            raise UsageError(f"{self.path} exists, and is not written over; name another file to record to") from None
        except OSError as error:
            raise UsageError(f"nothing can be recorded to {self.path}: {error.strerror}") from None
        self._write({"cassette": VERSION, "run": dict(run)})

    def client(self, name: str, live: ModelClient) -> ModelClient:
        """Return the client with all that is said kept."""
        with self._lock:
            self._write({"client": name, "facts": {"model": live.model, "cost_note": live.cost_note}})
        return RecordedClient(live, name, self)

    def keep(
        self,
        client: str,
        request: ModelRequest,
        *,
        reply: ModelReply | None = None,
        error: Mapping[str, str] | None = None,
    ) -> None:
        """Keep one exchange."""
        ended = {"reply": reply_document(reply)} if reply is not None else {"error": dict(error or {})}
        asked = {"client": client, "request": request_document(request), "prompt": prompt_digest(request)}
        with self._lock:
            self._count += 1
            self._write({"exchange": self._count, **asked, **ended})

    def finish(self, usage: Usage, document: Mapping[str, Any]) -> None:
        """Keep how the run ended."""
        with self._lock:
            self._write({"end": {"usage": usage_document(usage), "document": dict(document)}})

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, line: Mapping[str, Any]) -> None:
        clean = self._clean(line)
        self._digest = digested(clean, self._digest)
        data = json.dumps({**clean, "digest": self._digest}).encode() + b"\n"
        while data:
            data = data[os.write(self._file, data) :]

    def _clean(self, value: Any) -> Any:
        """Return the value with every text in it redacted."""
        if isinstance(value, str):
            return self._redact(value)
        if isinstance(value, dict):
            return {name: self._clean(each) for name, each in value.items()}
        return [self._clean(each) for each in value] if isinstance(value, list | tuple) else value


@dataclass(frozen=True, slots=True)
class RecordedClient:
    """A client whose exchanges are kept; satisfies `ModelClient`."""

    live: ModelClient
    name: str
    recorder: Recorder = field(repr=False)

    @property
    def model(self) -> str:
        """As the client's."""
        return self.live.model

    @property
    def cost_note(self) -> str | None:
        """As the client's."""
        return self.live.cost_note

    def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once, and keep what was said, or how it failed; see `ModelClient`."""
        return self._kept(request, lambda: self.live.complete(request))

    def start(self, request: ModelRequest, begin: Begin) -> Later:
        """Ask beside others, and keep each exchange in the order in which replies are asked for; see `Starting`."""
        pending = begun(self.live, request, begin)
        return Later(lambda: self._kept(request, pending.result))

    def _kept(self, request: ModelRequest, ask: Callable[[], ModelReply]) -> ModelReply:
        try:
            reply = ask()
        except (ModelUnavailable, BudgetExhausted) as error:
            told = {"kind": type(error).__name__, "code": error.code, "sentence": error.sentence}
            self.recorder.keep(self.name, request, error=told)
            raise
        self.recorder.keep(self.name, request, reply=reply)
        return reply


def _named(path: Path, base: str) -> Path:
    """Return the file to write: as given, or a new one in the folder given."""
    if not path.is_dir():
        return path
    now = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    return path / f"{now}-{base[:10] or 'run'}.cassette.jsonl"
