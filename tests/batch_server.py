"""A real HTTP server on loopback that takes message batches, lets them rest, and answers them by script."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.model_server import Fails, HangsUp, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "/v1/messages/batches"

Result = str | dict[str, Any] | None
"""What becomes of a question: an answer's text, a whole result, or no line at all."""
Trouble = Fails | HangsUp | Raw


@dataclass
class Batch:
    """What was submitted at once, and what becomes of each question."""

    requests: list[dict[str, Any]]
    results: dict[str, Result] = field(default_factory=dict)


@dataclass
class BatchServer:
    """Questions get the results of the script in the order in which they come, the last one again and again."""

    url: str
    script: list[Result]
    polls: float = 0
    """How often a batch is said to be in progress before it ends; infinite: it never does."""
    trouble: list[Trouble] = field(default_factory=list)
    """Answered first, whatever is asked."""
    batches: dict[str, Batch] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Method and path of every request, the path below that of batches."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def questions(self) -> list[dict[str, Any]]:
        """All that was submitted."""
        return [request for batch in self.batches.values() for request in batch.requests]

    def take(self, requests: list[dict[str, Any]]) -> str:
        number = len(self.batches) + 1
        name = f"msgbatch_{number:02}"
        taken = len(self.questions)
        results = {
            request["custom_id"]: self.script[min(taken + index, len(self.script) - 1)]
            for index, request in enumerate(requests)
        }
        self.batches[name] = Batch(requests, results)
        return name

    def respond(self, method: str, path: str, body: dict[str, Any]) -> Trouble:
        """Return the answer to one request."""
        with self.lock:
            self.asked.append(f"{method} {path.removeprefix(PATH)}".strip())
            if self.trouble:
                return self.trouble.pop(0)
            if method == "POST":
                return _told(self.take(body["requests"]), "in_progress")
            name, _, what = path.removeprefix(f"{PATH}/").partition("/")
            if name not in self.batches:
                return Fails(404, "no such batch", "not_found_error")
            if what == "results":
                return self._results(self.batches[name])
            self.polls -= 1
            return _told(name, "in_progress" if self.polls >= 0 else "ended")

    @staticmethod
    def _results(batch: Batch) -> Raw:
        lines = [
            json.dumps({"custom_id": name, "result": said(result) if isinstance(result, str) else result})
            for name, result in reversed(batch.results.items())
            if result is not None
        ]
        return Raw("\n".join(lines).encode() + b"\n", headers=(("content-type", "application/x-jsonl"),))


def said(text: str, stop: str = "end_turn") -> dict[str, Any]:
    """Return the result of a question that was answered."""
    usage = {"input_tokens": 30, "output_tokens": 5}
    message = {"content": [{"type": "text", "text": text}], "stop_reason": stop, "usage": usage}
    return {"type": "succeeded", "message": message}


def _told(name: str, status: str) -> Raw:
    return Raw(json.dumps({"id": name, "type": "message_batch", "processing_status": status}).encode())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    playing: BatchServer

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        self._answer("POST", json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}"))

    def do_GET(self) -> None:
        self._answer("GET", {})

    def _answer(self, method: str, body: dict[str, Any]) -> None:
        match self.playing.respond(method, self.path, body):
            case HangsUp():
                self.close_connection = True
            case Fails(status, message, kind, headers):
                error = {"type": "error", "error": {"type": kind, "message": message}}
                self._send(Raw(json.dumps(error).encode(), status, headers))
            case Raw() as raw:
                self._send(raw)

    def _send(self, raw: Raw) -> None:
        self.send_response(raw.status)
        for name, value in raw.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw.body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(raw.body)


@contextlib.contextmanager
def batch_server(*script: Result, polls: float = 0) -> Iterator[BatchServer]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    playing = BatchServer(f"http://127.0.0.1:{server.server_port}", list(script), polls)
    handler.playing = playing  # type: ignore[attr-defined] # the class is made for this server alone
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield playing
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
