"""A container engine of this machine, spoken to by its HTTP interface over its socket.

The interface is Docker's Engine API, which Podman offers too: https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

Query = dict[str, str | int]
SECONDS = 60.0
_MOST = 64 * 1024 * 1024
_NOT_FOUND, _FIRST_ERROR = 404, 400
_WRAPPINGS = ("failed to create", "OCI runtime", "runc create failed", "crun:", "unable to start container process")


class EngineFault(Exception):  # noqa: N818 - reads as what happened
    """The engine refused something or did not answer; `status` is 0 where it did not."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status

    @property
    def decisive(self) -> str:
        """What it complained of, in one line, without the layers that only passed it on."""
        parts = " ".join(str(self).split()).removesuffix(": unknown").split(": ")
        while len(parts) > 1 and parts[0].startswith(_WRAPPINGS):
            del parts[0]
        return ": ".join(parts)[:300]


@dataclass(frozen=True, slots=True)
class Answer:
    """A connection whose answer has begun: its status, and what of the body came with the head."""

    connection: socket.socket
    status: int
    begun: bytes


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine behind a socket in the file system."""

    address: str

    def call(
        self, method: str, path: str, body: object = None, *, seconds: float = SECONDS, query: Query | None = None
    ) -> Any:  # fmt: skip
        """Return the JSON that a request is answered with, None for none; raise EngineFault when it is refused."""
        return self.ended(self.begin(method, path, body, seconds=seconds, query=query))

    def begin(
        self, method: str, path: str, body: object = None, *, seconds: float | None = SECONDS, upgrade: bool = False,
        query: Query | None = None,
    ) -> Answer:  # fmt: skip
        """Send a request and read the head of its answer; the connection is the caller's to close."""
        # Of HTTP/1.0 the answer simply lasts until the end of the connection.
        version, more = ("1.1", "Connection: Upgrade\r\nUpgrade: tcp\r\n") if upgrade else ("1.0", "")
        content = b"" if body is None else json.dumps(body).encode()
        target = quote(path, safe="/:@") + (f"?{urlencode(query)}" if query else "")
        kind = "Content-Type: application/json\r\n" if content else ""
        head = f"{method} {target} HTTP/{version}\r\nHost: engine\r\n{kind}Content-Length: {len(content)}\r\n{more}\r\n"
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(seconds)
            connection.connect(self.address)
            connection.sendall(head.encode("ascii") + content)
            received = b""
            while b"\r\n\r\n" not in received and len(received) < _MOST and (piece := connection.recv(65536)):
                received += piece
            start, _, begun = received.partition(b"\r\n\r\n")
            return Answer(connection, int(start.split()[1]), begun)
        except (OSError, ValueError, IndexError) as problem:
            connection.close()
            raise EngineFault(_in_words(problem, seconds)) from problem
        except BaseException:
            connection.close()
            raise

    def ended(self, answer: Answer) -> Any:
        """Return the JSON of an answer that is read to its end; the last one, where there are several."""
        received = bytearray(answer.begun)
        seconds = answer.connection.gettimeout()
        deadline = None if seconds is None else time.monotonic() + seconds
        try:
            while len(received) < _MOST and (piece := answer.connection.recv(65536)):
                received += piece
                if deadline is not None and time.monotonic() > deadline:
                    raise TimeoutError
        except OSError as problem:
            raise EngineFault(_in_words(problem, seconds)) from problem
        finally:
            answer.connection.close()
        try:
            told = json.loads(received or b"null")
        except ValueError:
            lines = received.split(b"\n")
            told = _parsed(next((line for line in reversed(lines) if line.strip()), b""))
        if answer.status >= _FIRST_ERROR:
            message = told.get("message") if isinstance(told, dict) else None
            raise EngineFault(str(message or f"it answered with status {answer.status}"), answer.status)
        return told

    def found(self, path: str, query: Query | None = None) -> Any:
        """Return the JSON at a path, None when there is no such thing."""
        try:
            return self.call("GET", path, query=query)
        except EngineFault as fault:
            if fault.status == _NOT_FOUND:
                return None
            raise


def _parsed(line: bytes | bytearray) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _in_words(problem: Exception, seconds: float | None) -> str:
    if isinstance(problem, TimeoutError):
        return f"it did not answer within {seconds:.0f} s"
    if isinstance(problem, OSError):
        return problem.strerror or str(problem)
    return "it closed the connection, or gave an answer that is not HTTP"
