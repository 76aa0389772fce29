"""What asking a model costs on top of the exchange itself: our clients beside a bare `http.client`, on loopback.

    python -m bench.model_calls [--calls 100]

The server answers at once, in events, with 4 KB of text; the prompt has 36 KB. Counting tokens, which is a second
exchange, is part of a call to the Messages API. The first call imports the SDK, and is shown by itself.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from healer.adapters.models.anthropic import AnthropicClient
from healer.adapters.models.openai import OpenAIClient
from healer.budget import Budget
from healer.ports import Message, ModelRequest

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST = ModelRequest(
    "You repair.\n" * 300, (Message("user", "def f(x):\n    return x + 1\n" * 800),), 1_000, "c" * 9_000
)
PIECES = ["Root cause: a typo. " * 2] * 100
GOAL_MS = 50.0


def events(path: str) -> bytes:
    """Return the answer in the events of either wire format."""
    if path.endswith("/chat/completions"):
        said: list[dict[str, object]] = [
            {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]} for piece in PIECES
        ]
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        last: dict[str, object] = {"choices": [], "usage": {"prompt_tokens": 9_000, "completion_tokens": 900}}
        return (
            b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in (*said, end, last)) + b"data: [DONE]\n\n"
        )
    usage = {"input_tokens": 9_000, "output_tokens": 900}
    told: list[dict[str, object]] = [
        {"type": "message_start", "message": {"content": [], "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
            for piece in PIECES
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage},
        {"type": "message_stop"},
    ]
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in told)


class Handler(BaseHTTPRequestHandler):
    """Answers at once."""

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        """Read the request and answer it."""
        self.rfile.read(int(self.headers["content-length"]))
        counts = self.path.endswith("/count_tokens")
        body = b'{"input_tokens": 9000}' if counts else events(self.path)
        self.send_response(200)
        self.send_header("content-type", "application/json" if counts else "text/event-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def bare(url: str, path: str) -> Callable[[], None]:
    """Return one exchange of the same size by the standard library alone."""
    address = urlsplit(url)
    data = json.dumps({"messages": [turn.text for turn in REQUEST.messages], "system": REQUEST.system}).encode()

    def call() -> None:
        connection = http.client.HTTPConnection(address.hostname or "", address.port)
        connection.request("POST", path, data, {"content-type": "application/json"})
        connection.getresponse().read()
        connection.close()

    return call


def measured(call: Callable[[], object], calls: int) -> tuple[float, float, float]:
    """Return the milliseconds of the first call, and the median and the 95th percentile of the others."""
    spent = []
    for _ in range(calls + 1):
        started = time.perf_counter()
        call()
        spent.append(1_000 * (time.perf_counter() - started))
    rest = sorted(spent[1:])
    return spent[0], statistics.median(rest), rest[int(len(rest) * 0.95)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100)
    calls = parser.parse_args().calls
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    budget = Budget(1e9, 10**9)
    claude = AnthropicClient(model="claude-sonnet-5-5", api_key="k" * 20, base_url=url, budget=budget)
    chat = OpenAIClient(model="claude-sonnet-5-5", api_key="k" * 20, base_url=url, budget=budget)
    rows = {
        "http.client, bare": measured(bare(url, "/v1/messages"), calls),
        "messages": measured(lambda: claude.complete(REQUEST), calls),
        "chat completions": measured(lambda: chat.complete(REQUEST), calls),
    }
    print(f"{'milliseconds a call':<24}{'first':>10}{'median':>10}{'p95':>10}{'over bare':>12}")
    floor = rows["http.client, bare"][1]
    for name, (first, median, high) in rows.items():
        print(f"{name:<24}{first:>10.1f}{median:>10.2f}{high:>10.2f}{median - floor:>12.2f}")
    worst = max(median for _, median, _ in rows.values()) - floor
    print(f"overhead of our code: {worst:.1f} ms a call at the median, wanted at most {GOAL_MS:g} ms")
    server.shutdown()


if __name__ == "__main__":
    main()
