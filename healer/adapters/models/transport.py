"""The one way to a model's host: meant headers only, bounded bytes, no redirect, no proxy, no cookie, no netrc."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

from healer.adapters.models.faults import AnswerTooLong, NotReached, Unsecured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx2

CONNECT_SECONDS = 10.0
ANSWER_LIMIT = 4 * 1024 * 1024
"""Bytes of one answer; the longest honest one is far below."""
STREAM_LIMIT = 32 * 1024 * 1024
"""Bytes of one streamed answer: each token may come in an event of 150 bytes of its own."""
RESULTS_LIMIT = 64 * 1024 * 1024
"""Bytes of the results of a batch."""

_HEADERS = frozenset(
    {
        "accept", "anthropic-beta", "anthropic-version", "connection", "content-length", "content-type", "host",
        "user-agent",
    }
)  # fmt: skip
_SIGNED = re.compile(r"^AWS4-HMAC-SHA256 .*SignedHeaders=([a-z0-9;-]+)", re.DOTALL)
_LIMITS = {"text/event-stream": STREAM_LIMIT, "application/x-jsonl": RESULTS_LIMIT, "application/binary": RESULTS_LIMIT}


def timeout(seconds: float, idle: float | None = None) -> httpx2.Timeout:
    """Return what one exchange may take: `idle` seconds between two pieces of an answer at most."""
    import httpx2  # noqa: PLC0415 - takes a tenth of a second, and few runs ask a model

    read = seconds if idle is None else min(idle, seconds)
    return httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds), read=read)


def client(fixed: Mapping[str, str], *, limit: int | None = None) -> httpx2.Client:
    """Return an HTTP client that sends the headers that are meant to be sent, with `fixed` in place of any others.

    Anthropic's SDK adds headers about this machine, and those of ANTHROPIC_CUSTOM_HEADERS, which whatever ran before
    in a job can have set. `limit` is in bytes of one answer; ANSWER_LIMIT, or STREAM_LIMIT for streams, without it.
    """
    import httpx2  # noqa: PLC0415 - as above

    class Bounded(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            authorization = str(fixed.get("authorization") or request.headers.get("authorization", ""))
            headers = {name: value for name, value in request.headers.items() if name in _meant(authorization)}
            headers = {"accept-encoding": "identity", "authorization": authorization} | headers | dict(fixed)
            headers["host"] = request.url.netloc.decode("ascii")
            sent = httpx2.Request(
                request.method,
                request.url,
                headers={name: value for name, value in headers.items() if value},
                stream=request.stream,
                extensions=request.extensions,
            )
            response = super().handle_request(sent)
            if response.headers.get("content-encoding", "identity") != "identity":
                response.close()
                raise AnswerTooLong
            most = limit or _LIMITS.get(media_type(response.headers), ANSWER_LIMIT)
            return httpx2.Response(response.status_code, headers=response.headers, stream=Limited(response, most))

    class Limited(httpx2.SyncByteStream):
        def __init__(self, response: httpx2.Response, most: int) -> None:
            self._response, self._most = response, most

        def __iter__(self) -> Iterator[bytes]:
            read = 0
            for chunk in self._response.iter_raw():
                read += len(chunk)
                if read > self._most:
                    raise AnswerTooLong
                yield chunk

        def close(self) -> None:
            self._response.close()

    # A connection is not kept: between two calls minutes pass, and an idle one may be half dead.
    one_by_one = httpx2.Limits(max_keepalive_connections=0)
    return httpx2.Client(transport=Bounded(trust_env=False, limits=one_by_one), trust_env=False, follow_redirects=False)


def is_stream(headers: Mapping[str, str]) -> bool:
    """Whether an answer says that it is a stream of events."""
    return media_type(headers) == "text/event-stream"


def media_type(headers: Mapping[str, str]) -> str:
    """Return the media type of an answer, without parameters, in lower case."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def translated(error: BaseException | None) -> Exception:
    """Return httpx2's failure of one exchange as one of our own signals, see `faults`."""
    import httpx2  # noqa: PLC0415 - as above

    if isinstance(error, AnswerTooLong):
        return error
    if isinstance(error, httpx2.ConnectTimeout):
        return NotReached()
    if isinstance(error, httpx2.ConnectError):
        return Unsecured() if _has_tls_cause(error) else NotReached()
    if isinstance(error, httpx2.TimeoutException):
        return TimeoutError()
    return OSError("the connection broke")


def _meant(authorization: str) -> frozenset[str]:
    """Return the names of headers to send: what was signed has to be among them."""
    signed = _SIGNED.match(authorization)
    return _HEADERS | frozenset(signed[1].split(";")) if signed else _HEADERS


def _has_tls_cause(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
