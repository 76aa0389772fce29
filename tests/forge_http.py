"""The wire of the stand-in for GitHub: an API below /api/v3, and git's smart HTTP through `git http-backend`."""

from __future__ import annotations

import base64
import gzip
import hmac
import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.forge import Forge

API = "/api/v3"
GRAPHQL = "/api/graphql"
_GIT = re.compile(r"/([\w.-]+/[\w.-]+?)(?:\.git)?(/info/refs|/git-upload-pack|/git-receive-pack)")


@dataclass(slots=True)
class Asked:
    """A request as openapi-core wants it."""

    method: str
    path: str
    query: list[tuple[str, str]]
    body: bytes
    content_type: str
    host_url: str = "https://api.github.com"
    parameters: RequestParameters = field(init=False)

    def __post_init__(self) -> None:
        self.method = self.method.lower()
        self.parameters = RequestParameters(query=ImmutableMultiDict(self.query), header=Headers())


class ForgeServer(ThreadingHTTPServer):
    """Listens from the moment it exists; serves one forge."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], forge: Forge) -> None:
        super().__init__(address, _Handler)
        self.forge = forge


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ForgeServer

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(data) if self.headers.get("Content-Encoding") == "gzip" else data

    def _send(self, status: int, content: bytes, content_type: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _serve(self) -> None:
        body = self._body()
        address = urlsplit(self.path)
        authorization = self.headers.get("Authorization", "")
        if address.path == GRAPHQL and self.command == "POST":
            answer = self.server.forge.mutate(body, authorization)
            self._send(answer.status, json.dumps(answer.body).encode(), "application/json", answer.headers)
            return
        if address.path.startswith(API):
            below = address.path.removeprefix(API)
            content_type = self.headers.get("Content-Type", "")
            asked = Asked(self.command, below, parse_qsl(address.query), body, content_type)
            answer = self.server.forge.answer(asked, authorization)
            self._send(answer.status, json.dumps(answer.body).encode(), "application/json", answer.headers)
            return
        match = _GIT.fullmatch(address.path)
        if not self._may_use_git(authorization):
            self._send(401, b"Bad credentials\n", "text/plain", {"WWW-Authenticate": 'Basic realm="GitHub"'})
        elif match is None or not self.server.forge.directory(match[1]).is_dir():
            self._send(404, b"Repository not found.\n", "text/plain")
        else:
            self._send(*self._serve_git(match[1], match[2], address.query, body))

    do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - the base class looks them up by these names

    def _may_use_git(self, authorization: str) -> bool:
        kind, _, value = authorization.partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            password = base64.b64decode(value).decode().partition(":")[2]
        except ValueError:
            return False
        return hmac.compare_digest(password.encode(), self.server.forge.token.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep the tests' output quiet."""

    def _serve_git(self, repository: str, path: str, query: str, body: bytes) -> tuple[int, bytes, str]:
        root = self.server.forge.root
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PROJECT_ROOT": str(root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "x-access-token",
            "PATH_INFO": f"/{repository}.git{path}",
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": str(self.client_address[0]),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "http.receivepack",
            "GIT_CONFIG_VALUE_0": "true",
            "GIT_CONFIG_KEY_1": "safe.directory",
            "GIT_CONFIG_VALUE_1": "*",
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        return int(headers.get("Status", "200").split()[0]), content, headers.get("Content-Type", "text/plain")
