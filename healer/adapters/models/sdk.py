"""Exchanges through Anthropic's SDK, which takes a second to import: only a call does so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from healer.adapters.models import messages, transport
from healer.adapters.models.events import Interrupted, Unfinished, events
from healer.adapters.models.faults import Answer, NoIdentity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from healer.adapters.models.exchange import Send

IDLE_SECONDS = 150.0
"""Between two pieces of a stream: the API sends a ping at least every so often while the model is thinking."""


QUIET: dict[str, Any] = {"max_retries": 0, "open_telemetry": False}
"""Its own retries wait as long as the endpoint says, up to 49 days; ours are bounded and budgeted."""


class Account(Protocol):
    """Whoever asks: where, and how that is proved. What it holds is made with the first call, and kept."""

    @property
    def streams(self) -> bool:
        """Whether answers come in events."""

    @property
    def counts(self) -> bool:
        """Whether tokens can be counted before a call."""

    @property
    def price_factor(self) -> float:
        """How many times Anthropic's list price a call costs here at most."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no sentence may hold."""

    def client(self) -> Any:
        """Return the SDK's client for this account, with our transport."""


@dataclass(frozen=True, slots=True)
class KeyAccount:
    """Anthropic's own API, by a key."""

    api_key: str = field(repr=False)
    base_url: str
    streams: bool = True
    counts: bool = True
    price_factor: float = 1.0
    _made: list[Any] = field(default_factory=list, repr=False, compare=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key."""
        return (self.api_key,)

    def client(self) -> Any:
        """Return the client; two threads that come first at once may make one each."""
        if not self._made:
            import anthropic  # noqa: PLC0415 - takes a second, see above

            http = transport.client({"authorization": f"Bearer {self.api_key}"})
            self._made.append(
                anthropic.Anthropic(api_key=self.api_key, base_url=self.base_url, http_client=http, **QUIET)
            )
        return self._made[0]


def sender(account: Account, body: Mapping[str, Any]) -> Send:
    """Return the function that makes one exchange with this request."""

    def send(seconds: float) -> Answer:
        idle = IDLE_SECONDS if account.streams else None
        return _exchange(
            lambda: (
                account.client()
                .messages.with_raw_response.create(
                    **body, **({"stream": True} if account.streams else {}), timeout=transport.timeout(seconds, idle)
                )
                .http_response
            )
        )

    return send


def counter(account: Account, body: Mapping[str, Any]) -> Send:
    """Return the function that has the endpoint count the tokens of a request."""
    counted = {name: body[name] for name in ("model", "system", "messages")}

    def send(seconds: float) -> Answer:
        return _exchange(
            lambda: (
                account.client()
                .messages.with_raw_response.count_tokens(**counted, timeout=transport.timeout(seconds))
                .http_response
            )
        )

    return send


def describer(account: Account, model: str) -> Send:
    """Return the function that asks what a model can do."""

    def send(seconds: float) -> Answer:
        return _exchange(
            lambda: (
                account.client()
                .models.with_raw_response.retrieve(model, timeout=transport.timeout(seconds))
                .http_response
            )
        )

    return send


def requester(account: Account, method: str, path: str, body: Mapping[str, Any] | None = None) -> Send:
    """Return the function that makes one exchange at a path of the account's own host."""

    def send(seconds: float) -> Answer:
        import httpx2  # noqa: PLC0415 - as above

        given: dict[str, Any] = {"cast_to": httpx2.Response, "options": {"timeout": transport.timeout(seconds)}}
        client = account.client()
        if method == "POST":
            return _exchange(lambda: client.post(path, body=dict(body or {}), **given))
        return _exchange(lambda: client.get(path, **given))

    return send


def _exchange(call: Any) -> Answer:
    import anthropic  # noqa: PLC0415 - takes a second, see above
    import httpx2  # noqa: PLC0415 - as above
    from anthropic.lib.credentials import WorkloadIdentityError  # noqa: PLC0415 - as above

    try:
        response: httpx2.Response = call()
    except anthropic.APIStatusError as error:
        response = error.response
    except anthropic.APIConnectionError as error:
        raise _translated(error.__cause__) from None
    except WorkloadIdentityError as error:
        raise _translated(error) from None
    try:
        return _answer(response)
    except httpx2.HTTPError as error:
        raise transport.translated(error) from None
    except Interrupted as interruption:
        return Answer.interrupted(interruption.error)
    except Unfinished:
        raise OSError("the stream ended early") from None
    finally:
        response.close()


def _translated(error: BaseException | None) -> Exception:
    from anthropic.lib.credentials import WorkloadIdentityError  # noqa: PLC0415 - takes a second, see above

    if isinstance(error, NoIdentity):
        return error
    if isinstance(error, WorkloadIdentityError):
        return NoIdentity(str(error))
    return transport.translated(error)


def _answer(response: httpx2.Response) -> Answer:
    kind = transport.media_type(response.headers)
    if response.status_code == 200 and transport.is_stream(response.headers):  # noqa: PLR2004 - the one status that is an answer
        return Answer(200, b"", document=messages.assembled(events(response.iter_bytes())), media_type=kind)
    return Answer(response.status_code, response.read(), response.headers.get("retry-after"), media_type=kind)
