"""A server on a socket in the file system that answers as a container engine does."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from healer.adapters.sandboxes.containers.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

INFO = {
    "MemoryLimit": True, "PidsLimit": True, "NCPU": 2, "CpuCfsQuota": True, "OSType": "linux",
    "SecurityOptions": ["name=seccomp,profile=builtin"],
}  # fmt: skip
VERSION = {"Version": "26.1.5", "Platform": {"Name": "Docker Engine"}}
Replies = dict[str, list[tuple[int, bytes]]]


class InTurn:
    """Replies to be given one after the other."""

    def __init__(self, *replies: object) -> None:
        self.replies = replies


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers each request with what is laid down for its method and path, the last answer again and again."""

    daemon_threads = True
    request_queue_size = 32
    replies: Replies
    seen: list[tuple[str, Any]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length)
        self.server.seen.append((f"{self.command} {self.path}", json.loads(sent) if sent else None))
        waiting = self.server.replies.get(f"{self.command} {urlsplit(self.path).path}", [(404, b'{"message": "none"}')])
        status, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if status == 0:  # no answer at all
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the names that the standard library asks for

    def address_string(self) -> str:
        return "socket"

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def answering(folder: Path, replies: Mapping[str, object]) -> Iterator[tuple[Engine, Server]]:
    """Serve; a reply is a JSON value, or bytes, or a status with either, or several in turn."""
    (folder / "engine.sock").unlink(missing_ok=True)
    with Server(str(folder / "engine.sock"), Handler) as server:
        server.replies = {request: [_reply(one) for one in _listed(reply)] for request, reply in replies.items()}
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Engine(str(folder / "engine.sock")), server
        finally:
            server.shutdown()
            thread.join()


def _listed(reply: object) -> list[object]:
    return list(reply.replies) if isinstance(reply, InTurn) else [reply]


def _reply(reply: object) -> tuple[int, bytes]:
    status, body = reply if isinstance(reply, tuple) else (200, reply)
    return status, body if isinstance(body, bytes) else json.dumps(body).encode()
