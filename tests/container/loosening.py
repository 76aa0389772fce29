"""A container engine that gives more than it is asked for: the real one, behind a socket that alters its orders."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Between(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Passes requests on, those to make a container altered."""

    daemon_threads = True
    engine: str
    alter: Callable[[dict[str, Any]], object]


class Handler(socketserver.StreamRequestHandler):
    server: Between

    def handle(self) -> None:
        head = b""
        while (line := self.rfile.readline()) not in {b"\r\n", b""}:
            head += line
        fields = dict(line.split(b": ", 1) for line in head.splitlines()[1:])
        body = self.rfile.read(int(fields.get(b"Content-Length", b"0")))
        if head.startswith(b"POST /containers/create"):
            document = json.loads(body)
            self.server.alter(document)
            head = head.replace(b"Content-Length: %d" % len(body), b"Content-Length: %d" % len(json.dumps(document)))
            body = json.dumps(document).encode()
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(self.server.engine)
            engine.sendall(head + b"\r\n" + body)
            while piece := engine.recv(65536):
                self.wfile.write(piece)


@contextmanager
def loosened(engine: str, folder: Path, alter: Callable[[dict[str, Any]], object]) -> Iterator[str]:
    """Serve; yield the address of the altered engine."""
    address = str(folder / "loosened.sock")
    with Between(address, Handler) as server:
        server.engine, server.alter = engine, alter
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield address
        finally:
            server.shutdown()
            thread.join()
