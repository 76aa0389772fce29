"""A real HTTP server on loopback that speaks both wire formats and answers by script, faults included."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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


@dataclass(frozen=True)
class Streams:
    """Pieces of bytes as a stream of events, as they are; after the last one the connection is closed, or hangs."""

    pieces: tuple[bytes, ...]
    hangs: bool = False
    kind: str = "text/event-stream; charset=utf-8"


@dataclass(frozen=True)
class Drips:
    """One piece of a stream again and again, until the client leaves."""

    piece: bytes
    first: bytes = b""


Reply = Says | Fails | Raw | HangsUp | Hangs | Streams | Drips
Turn = Reply | Callable[["Request"], Reply]
"""A reply, or what makes one of the request; it may wait for other requests."""

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
        contents = [system, *(message["content"] for message in self.body["messages"])]
        blocks = ([said] if isinstance(said, str) else [block["text"] for block in said] for said in contents)
        return "\n\n".join(text for texts in blocks for text in texts)


@dataclass
class ModelServer:
    """Replies in the order of its script, the last one again and again; keeps what it was asked."""

    url: str
    script: list[Turn]
    requests: list[Request] = field(default_factory=list)
    counting: bool = True
    """Whether tokens can be counted; if not, that path is unknown here."""
    counted: list[Request] = field(default_factory=list)
    """Requests to count tokens, which the script does not answer."""
    streaming: bool = True
    """Whether an answer comes in events when that is asked for."""
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    before_counting: Callable[[Request], None] = lambda _: None
    """Called before the tokens of a request are counted."""

    def next(self, request: Request) -> Reply:
        with self.lock:
            self.requests.append(request)
            turn = self.script[min(len(self.requests), len(self.script)) - 1]
        return turn(request) if callable(turn) else turn


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    playing: ModelServer

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        if self.path.endswith(("/count_tokens", "/count-tokens:rawPredict")):
            self._count(request)
            return
        match self.playing.next(request):
            case Says() as turn:
                self._say(turn, request)
            case Fails(status, message, kind, headers):
                error = {"type": "error", "error": {"type": kind, "message": message}}
                self._send(Raw(json.dumps(error).encode(), status, headers))
            case Raw() as raw:
                self._send(raw)
            case Streams(pieces, hangs, kind):
                self._stream(pieces, kind)
                if hangs:
                    self.playing.closing.wait()
            case Drips(piece, first):
                closing = self.playing.closing
                self._stream(
                    itertools.chain(
                        [first], itertools.takewhile(lambda _: not closing.is_set(), itertools.repeat(piece))
                    )
                )
            case HangsUp():
                self.close_connection = True
            case Hangs():
                self.playing.closing.wait()
                self.close_connection = True

    def _say(self, turn: Says, request: Request) -> None:
        is_chat = self.path.endswith("/chat/completions")
        document = (_openai if is_chat else _anthropic)(turn, request)
        if request.body.get("stream") and self.playing.streaming:
            self._stream((openai_events if is_chat else anthropic_events)(document))
        else:
            self._send(Raw(json.dumps(document).encode()))

    def _count(self, request: Request) -> None:
        self.playing.before_counting(request)
        with self.playing.lock:
            self.playing.counted.append(request)
        if not self.playing.counting:
            self._send(Raw(b'{"type": "error", "error": {"type": "not_found_error", "message": "no"}}', 404))
            return
        self._send(Raw(json.dumps({"input_tokens": _tokens(request.prompt)}).encode()))

    def _stream(self, pieces: Iterable[bytes], kind: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()

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
        "id": "msg_01", "type": "message", "role": "assistant", "model": request.body.get("model"),
        "content": [{"type": "text", "text": turn.text}], "stop_reason": turn.stop, "stop_sequence": None,
        "usage": counted if turn.usage == "counted" else turn.usage,
    }  # fmt: skip


def _openai(turn: Says, request: Request) -> dict[str, Any]:
    counted = {"prompt_tokens": _tokens(request.prompt), "completion_tokens": _tokens(turn.text)}
    stop = None if turn.stop is None else _OPENAI_STOP.get(turn.stop, turn.stop)
    return {
        "id": "chatcmpl-01", "object": "chat.completion", "created": 0, "model": request.body.get("model"),
        "choices": [{"index": 0, "finish_reason": stop, "message": {"role": "assistant", "content": turn.text}}],
        "usage": counted if turn.usage == "counted" else turn.usage,
    }  # fmt: skip


def event(document: object, name: str | None = None) -> bytes:
    """Return one event of a stream."""
    head = f"event: {name}\n" if name else ""
    data = document if isinstance(document, str) else json.dumps(document)
    return f"{head}data: {data}\n\n".encode()


def anthropic_events(document: dict[str, Any]) -> Iterator[bytes]:
    """Yield the events that the Messages API sends in place of a message in one piece."""
    usage = document["usage"] if isinstance(document["usage"], dict) else None
    start = {**document, "content": [], "stop_reason": None}
    if usage is not None:
        start["usage"] = {**usage, "output_tokens": 1}
    yield event({"type": "message_start", "message": start}, "message_start")
    yield event({"type": "ping"}, "ping")
    for index, block in enumerate(document["content"]):
        yield event(
            {"type": "content_block_start", "index": index, "content_block": {**block, "text": ""}},
            "content_block_start",
        )
        for piece in _halves(block["text"]):
            delta = {"type": "text_delta", "text": piece}
            yield event({"type": "content_block_delta", "index": index, "delta": delta}, "content_block_delta")
        yield event({"type": "content_block_stop", "index": index}, "content_block_stop")
    delta = {"stop_reason": document["stop_reason"]}
    yield event({"type": "message_delta", "delta": delta, "usage": document["usage"]}, "message_delta")
    yield event({"type": "message_stop"}, "message_stop")


def openai_events(document: dict[str, Any]) -> Iterator[bytes]:
    """Yield the chunks that chat completions send in place of a completion in one piece."""
    choice = document["choices"][0]
    whole = {"id": document["id"], "object": "chat.completion.chunk", "created": 0, "model": document["model"]}
    for piece in (
        {"role": "assistant", "content": ""},
        *({"content": half} for half in _halves(choice["message"]["content"])),
    ):
        yield event({**whole, "choices": [{"index": 0, "delta": piece, "finish_reason": None}]})
    yield event({**whole, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    yield event({**whole, "choices": [], "usage": document["usage"]})
    yield event("[DONE]")


def _halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]


@contextlib.contextmanager
def model_server(*script: Turn, counting: bool = True) -> Iterator[ModelServer]:
    """Serve the script on a free port of 127.0.0.1 until the block ends."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # clients that leave early are part of the play
    playing = ModelServer(f"http://127.0.0.1:{server.server_port}", list(script), counting=counting)
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
