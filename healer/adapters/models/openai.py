"""Any model behind an endpoint that speaks OpenAI's chat completions, local servers included."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.adapters.models import chat, transport
from healer.adapters.models.addresses import checked, is_loopback
from healer.adapters.models.events import Interrupted, Unfinished, events
from healer.adapters.models.exchange import Endpoint, believed, cost_note, within
from healer.adapters.models.faults import Answer, cut_short
from healer.errors import ModelUnavailable, UsageError
from healer.ports import ModelReply
from healer.prices import FREE, UNKNOWN, Price, price, token_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx2

    from healer.budget import Budget, Reservation
    from healer.ports import ModelRequest

BASE_URL = "https://api.openai.com/v1"
OPTIONAL = ("stream_options", "stream", "max_completion_tokens", "max_tokens")
"""Fields that a 400 may name, the longer names first; each is dropped, or renamed, once."""
_LISTING_SECONDS = 10.0
_LISTED = 8


@dataclass(frozen=True, kw_only=True)
class OpenAIClient:
    """One model behind `{base_url}/chat/completions`; satisfies `ModelClient`.

    Sends model, messages, a limit of output, and asks for a stream. The key may be absent on loopback only. Raises
    UsageError for an address that the key or the source may not be sent to.
    """

    model: str
    budget: Budget
    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    timeout: float = 600.0
    ends: float | None = None
    price: Price | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _dropped: set[str] = field(default_factory=set, repr=False, compare=False)
    """Optional fields that this endpoint would not have."""
    _made: list[httpx2.Client] = field(default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        base_url = checked(self.base_url or BASE_URL)
        if not self.api_key and not is_loopback(base_url):
            raise UsageError(
                f"{base_url} needs a key, and none was given; pass the endpoint's key (only a server on this machine's "
                "own loopback address may go without)",
                code="no_key",
            )

    @property
    def cost_note(self) -> str | None:
        """What the reader must know of the dollars shown; None when the model's price is known."""
        return cost_note(self.model, self.price or price(self.model), self._base_url)

    def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once; see `ModelClient`."""
        body = chat.request_body(request, self.model)
        bound = token_bound(message["content"] for message in body["messages"])
        worst_case = self._price.worst_case(bound, request.max_output_tokens)
        answer, reservation = self._exchange(body, request.max_output_tokens, worst_case)
        with reservation:
            said = chat.first_choice(answer)
            if said is None:
                raise self._endpoint.malformed(reservation, "it holds no choice with a message")
            text, stop = said
            usage = believed(chat.usage_of(answer), text, bound, request.max_output_tokens, self._price)
            charged = reservation.charge() if usage is None else reservation.commit(usage)
        return ModelReply(
            text=text,
            model=self.model,
            usage=charged,
            truncated=chat.is_truncated(stop),
            refused=stop == "content_filter",
        )

    def _exchange(
        self, body: dict[str, Any], most: int, worst_case: float
    ) -> tuple[dict[str, Any], Reservation]:  # fmt: skip
        """Ask; again without an optional field when the endpoint names it in a refusal, once for each."""
        while True:
            fields = self._optional(most)
            try:
                return self._endpoint.exchange(lambda seconds: self._post({**body, **fields}, seconds), worst_case)  # noqa: B023 - called before the next turn
            except ModelUnavailable as error:
                if error.code == "unknown_model":
                    raise self._with_models(error) from None
                words = error.sentence.replace(self._endpoint.host, "").replace(self.model, "")
                named = next((name for name in OPTIONAL if name in fields and name in words), None)
                if error.code != "request_refused" or named is None:
                    raise
                self._dropped.add(named)

    def _optional(self, most: int) -> dict[str, Any]:
        """Return the optional fields that this endpoint has not refused so far.

        The limit of output has an older and a newer name; without either, the answer is limited by its bytes.
        """
        limit = next((name for name in ("max_tokens", "max_completion_tokens") if name not in self._dropped), None)
        fields: dict[str, Any] = {limit: most} if limit else {}
        if "stream" not in self._dropped:
            fields["stream"] = True
            if "stream_options" not in self._dropped:
                fields["stream_options"] = {"include_usage": True}
        return fields

    def _with_models(self, error: ModelUnavailable) -> ModelUnavailable:
        """Return the error with the names of models that the endpoint has, if it tells them."""
        try:
            answer = within(min(_LISTING_SECONDS, self.timeout), lambda seconds: self._get("/models", seconds))
            listed = answer.parsed.get("data")
            names = [each["id"] for each in listed if isinstance(each["id"], str)] if isinstance(listed, list) else []
        except Exception:  # noqa: BLE001 - no list, no help; the error itself is what matters
            names = []
        if not names:
            return error
        shown = cut_short(", ".join(name for name in names[:_LISTED] if name.isprintable()), 300)
        return ModelUnavailable(f"{error.sentence}; it offers {shown}", code=error.code)

    def _post(self, body: dict[str, Any], seconds: float) -> Answer:
        return self._send("POST", "/chat/completions", json.dumps(body).encode(), seconds)

    def _get(self, path: str, seconds: float) -> Answer:
        return self._send("GET", path, None, seconds)

    def _send(self, method: str, path: str, data: bytes | None, seconds: float) -> Answer:
        import httpx2  # noqa: PLC0415 - takes a tenth of a second, and few runs ask a model

        headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        try:
            with self._http.stream(
                method, f"{self._base_url}{path}", content=data, headers=headers, timeout=transport.timeout(seconds)
            ) as response:
                return _answer(response)
        except Interrupted as interruption:
            return Answer.interrupted(interruption.error)
        except Unfinished:
            raise OSError("the stream ended early") from None
        except httpx2.HTTPError as error:
            raise transport.translated(error) from None

    @property
    def _http(self) -> httpx2.Client:
        if not self._made:
            self._made.append(transport.client(_authorization(self.api_key)))
        return self._made[0]

    @property
    def _base_url(self) -> str:
        return checked(self.base_url or BASE_URL)

    @property
    def _price(self) -> Price:
        return self.price or price(self.model) or (FREE if is_loopback(self._base_url) else UNKNOWN)

    @property
    def _endpoint(self) -> Endpoint:
        return Endpoint(
            base_url=self._base_url,
            model=self.model,
            budget=self.budget,
            timeout=self.timeout,
            secrets=(self.api_key,) if self.api_key else (),
            sleep=self.sleep,
            clock=self.clock,
            ends=self.ends,
        )


def _authorization(key: str | None) -> Mapping[str, str]:
    return {"authorization": f"Bearer {key}"} if key else {"authorization": ""}


def _answer(response: httpx2.Response) -> Answer:
    kind = transport.media_type(response.headers)
    if response.status_code == 200 and transport.is_stream(response.headers):  # noqa: PLR2004 - the one status that is an answer
        return Answer(200, b"", document=chat.assembled(events(response.iter_bytes())), media_type=kind)
    return Answer(response.status_code, response.read(), response.headers.get("retry-after"), media_type=kind)
