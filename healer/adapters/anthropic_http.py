"""One exchange with the Messages API through Anthropic's SDK, which takes a second to import: only a call does so."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from healer.adapters.model_endpoint import ANSWER_LIMIT, CONNECT_SECONDS
from healer.adapters.model_faults import Answer, AnswerTooLong, NotReached, Unsecured

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from healer.adapters.model_endpoint import Send

_HEADERS = frozenset(
    {"accept", "anthropic-version", "connection", "content-length", "content-type", "host", "user-agent"}
)


def sender(api_key: str, base_url: str, body: dict[str, Any]) -> Send:
    """Return the function that makes one exchange with this request."""
    import anthropic  # noqa: PLC0415 - takes a second, see above
    import httpx2  # noqa: PLC0415 - as above

    def send(seconds: float) -> Answer:
        timeout = httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        http = httpx2.Client(transport=_bounded(api_key), trust_env=False, follow_redirects=False, timeout=timeout)
        with anthropic.Anthropic(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            # Its own retries wait as long as the endpoint says, up to 49 days; ours are bounded and budgeted.
            max_retries=0,
            http_client=http,
            open_telemetry=False,
        ) as client:
            try:
                response = client.messages.with_raw_response.create(**body).http_response
            except anthropic.APIStatusError as error:
                response = error.response
            except anthropic.APIConnectionError as error:
                raise _translated(error.__cause__) from None
            return Answer(response.status_code, response.content, response.headers.get("retry-after"))

    return send


def _translated(cause: BaseException | None) -> Exception:
    import httpx2  # noqa: PLC0415 - takes a second, see above

    if isinstance(cause, AnswerTooLong):
        return cause
    if isinstance(cause, httpx2.ConnectTimeout):
        return NotReached()
    if isinstance(cause, httpx2.ConnectError):
        return Unsecured() if _has_tls_cause(cause) else NotReached()
    if isinstance(cause, httpx2.TimeoutException):
        return TimeoutError()
    return OSError("the connection broke")


def _has_tls_cause(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _bounded(api_key: str) -> httpx2.BaseTransport:
    """Return a transport that sends the headers that are meant to be sent, and reads no more than an answer can hold.

    The SDK adds headers about this machine, and those of ANTHROPIC_CUSTOM_HEADERS, which whatever ran before in a
    job can have set.
    """
    import httpx2  # noqa: PLC0415 - takes a second, see above

    fixed = {"authorization": f"Bearer {api_key}", "accept-encoding": "identity"}

    class Bounded(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            headers = {name: value for name, value in request.headers.items() if name in _HEADERS} | fixed
            headers["host"] = request.url.netloc.decode("ascii")
            sent = httpx2.Request(
                request.method, request.url, headers=headers, stream=request.stream, extensions=request.extensions
            )
            response = super().handle_request(sent)
            if response.headers.get("content-encoding", "identity") != "identity":
                response.close()
                raise AnswerTooLong
            return httpx2.Response(response.status_code, headers=response.headers, stream=Limited(response))

    class Limited(httpx2.SyncByteStream):
        def __init__(self, response: httpx2.Response) -> None:
            self._response = response

        def __iter__(self) -> Iterator[bytes]:
            read = 0
            for chunk in self._response.iter_raw():
                read += len(chunk)
                if read > ANSWER_LIMIT:
                    raise AnswerTooLong
                yield chunk

        def close(self) -> None:
            self._response.close()

    return Bounded(trust_env=False)
