"""A real HTTP server on loopback that speaks both wire formats and answers by script, faults included."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Says:
    """A model's turn. `stop` is in the words of the Messages API; `usage` replaces what is counted."""

    text: str
    stop: str | None = "end_turn"
    usage: object = "counted"


@dataclass(frozen=True)
class Fails:
    """An error status with the provider's error document."""

    status: int
    message: str = "no"
    kind: str = "api_error"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Raw:
    """Any bytes as the body, under any headers; `length` may promise more than is sent."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    length: int | None = None


@dataclass(frozen=True)
class HangsUp:
    """The connection is closed without an answer."""


@dataclass(frozen=True)
class Hangs:
    """No answer until the server closes."""


Reply = Says | Fails | Raw | HangsUp | Hangs

_OPENAI_STOP = {"end_turn": "stop", "max_tokens": "length", "refusal": "content_filter"}


@dataclass
class Request:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """All of the request's text, as the model reads it."""
        system = self.body.get("system") or []
        texts = [system] if isinstance(system, str) else [block["text"] for block in system]
        return "\n\n".join([*texts, *(message["content"] for message in self.body["messages"])])


@dataclass
class ModelServer:
    """Replies in the order of its script, the last one again and again; keeps what it was asked."""

    url: str
    script: list[Reply]
    requests: list[Request] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, request: Request) -> Reply:
        with self.lock:
            self.requests.append(request)
            return self.script[min(len(self.requests), len(self.script)) - 1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    playing: ModelServer

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        match self.playing.next(request):
            case Says() as turn:
                write = _openai if self.path.endswith("/chat/completions") else _anthropic
                self._send(Raw(json.dumps(write(turn, request)).encode()))
            case Fails(status, message, kind, headers):
                error = {"type": "error", "error": {"type": kind, "message": message}}
                self._send(Raw(json.dumps(error).encode(), status, headers))
            case Raw() as raw:
                self._send(raw)
            case HangsUp():
                self.close_connection = True
            case Hangs():
                self.playing.closing.wait()
                self.close_connection = True

    def _send(self, raw: Raw) -> None:
        self.send_response(raw.status)
        for name, value in raw.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw.body) if raw.length is None else raw.length))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the client may have read enough
            self.wfile.write(raw.body)
        self.close_connection = raw.length is not None

    def do_GET(self) -> None:
        self.do_POST()


def _tokens(text: str) -> int:
    return max(1, len(text) // 4)


def _anthropic(turn: Says, request: Request) -> dict[str, Any]:
    counted = {"input_tokens": _tokens(request.prompt), "output_tokens": _tokens(turn.text)}
    return {
        "id": "msg_01", "type": "message", "role": "assistant", "model": request.body["model"],
        "content": [{"type": "text", "text": turn.text}], "stop_reason": turn.stop, "stop_sequence": None,
        "usage": counted if turn.usage == "counted" else turn.usage,
    }  # fmt: skip


def _openai(turn: Says, request: Request) -> dict[str, Any]:
    counted = {"prompt_tokens": _tokens(request.prompt), "completion_tokens": _tokens(turn.text)}
    stop = None if turn.stop is None else _OPENAI_STOP.get(turn.stop, turn.stop)
    return {
        "id": "chatcmpl-01", "object": "chat.completion", "created": 0, "model": request.body["model"],
        "choices": [{"index": 0, "finish_reason": stop, "message": {"role": "assistant", "content": turn.text}}],
        "usage": counted if turn.usage == "counted" else turn.usage,
    }  # fmt: skip


@contextlib.contextmanager
def model_server(*script: Reply) -> Iterator[ModelServer]:
    """Serve the script on a free port of 127.0.0.1 until the block ends."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # clients that leave early are part of the play
    playing = ModelServer(f"http://127.0.0.1:{server.server_port}", list(script))
    handler.playing = playing  # type: ignore[attr-defined] # the class is made for this server alone
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield playing
    finally:
        playing.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
