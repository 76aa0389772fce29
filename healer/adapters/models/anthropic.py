"""Claude behind the Messages API: at Anthropic, on Bedrock or on Vertex, by its own SDK."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.adapters.models import messages, sdk
from healer.adapters.models.addresses import checked, is_loopback
from healer.adapters.models.exchange import Endpoint, believed, cost_note, within
from healer.errors import ModelUnavailable
from healer.ports import ModelReply
from healer.prices import FREE, UNKNOWN, Price, counted_bound, price, token_bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from healer.adapters.models.exchange import Send
    from healer.adapters.models.sdk import Account
    from healer.budget import Budget, Reservation
    from healer.ports import ModelRequest

BASE_URL = "https://api.anthropic.com"
MAX_UNSTREAMED_TOKENS = 21_333
"""More must be streamed: what takes longer than ten minutes does not survive all networks between."""
_ASIDE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The most tokens that a prompt and its answer can have."""

    prompt: int
    answer: int


@dataclass(frozen=True, kw_only=True)
class AnthropicClient:
    """One Claude model; satisfies `ModelClient`.

    The request is the part that every model accepts: model, max_tokens, system text, messages, the first two parts
    with cache breakpoints. No sampling parameters, no tools. Raises UsageError for an address that a key may not be
    sent to.
    """

    model: str
    budget: Budget
    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    account: Account | None = None
    """Who asks, where not by a key at Anthropic."""
    timeout: float = 600.0
    ends: float | None = None
    price: Price | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _dropped: set[str] = field(default_factory=set, repr=False, compare=False)
    """Optional parts of the exchange that this endpoint would not have."""
    _most: list[int] = field(default_factory=list, repr=False, compare=False)
    """The longest answer that the endpoint gives, if it had to be asked."""
    _by_key: list[Account] = field(default_factory=list, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def __post_init__(self) -> None:
        checked(self.base_url or BASE_URL)

    @property
    def cost_note(self) -> str | None:
        """What the reader must know of the dollars shown; None when the model's price is known."""
        return cost_note(self.model, self.price or price(self.model), self._base_url)

    def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once; see `ModelClient`."""
        account = self._account
        asked = request.max_output_tokens if account.streams else min(request.max_output_tokens, MAX_UNSTREAMED_TOKENS)
        answer, reservation, bounds = self._exchange(request, asked)
        with reservation:
            text = messages.text_of(answer)
            if text is None:
                raise self._endpoint.malformed(reservation, "it holds no content")
            usage = believed(messages.usage_of(answer), text, bounds.prompt, bounds.answer, self._price)
            charged = reservation.charge() if usage is None else reservation.commit(usage)
        return ModelReply(
            text=text,
            model=self.model,
            usage=charged,
            truncated=messages.is_truncated(answer),
            refused=messages.is_refused(answer),
        )

    def _exchange(self, request: ModelRequest, asked: int) -> tuple[dict[str, Any], Reservation, _Bounds]:
        """Ask; again without what the endpoint says in a refusal that it will not have, once for each."""
        while True:
            caching = "cache_control" not in self._dropped
            most = min([asked, *self._most])
            body = {**messages.request_body(request, self.model, caching=caching), "max_tokens": most}
            bounds = _Bounds(self._bound(request, body), most)
            worst_case = self._price.worst_case(bounds.prompt, bounds.answer)
            try:
                answer, reservation = self._endpoint.exchange(sdk.sender(self._account, body), worst_case)
            except ModelUnavailable as error:
                if error.code != "request_refused":
                    raise
                if caching and "cache_control" in error.sentence:
                    self._dropped.add("cache_control")
                elif not ("max_tokens" in error.sentence and self._learns_its_limit(most)):
                    raise
            else:
                return answer, reservation, bounds

    def _learns_its_limit(self, asked: int) -> bool:
        """Ask the endpoint how long an answer can be; return whether that is less than what was asked for."""
        described = self._aside(sdk.describer(self._account, self.model))
        most = messages.count(described.get("max_tokens"))
        if not most or most >= asked:
            return False
        self._most.append(most)
        return True

    def _bound(self, request: ModelRequest, body: dict[str, Any]) -> int:
        """Return a number of tokens that the prompt cannot exceed: counted by the endpoint if it can, else by bytes.

        Counting is free of charge. An endpoint that does not do it is not asked again.
        """
        bound = token_bound(messages.texts(request))
        if self._price is FREE or not self._account.counts or "count_tokens" in self._dropped:
            return bound
        counted = messages.count(self._aside(sdk.counter(self._account, body)).get("input_tokens"))
        if not counted:
            self._dropped.add("count_tokens")
            return bound
        return counted_bound(counted, bound)

    def _aside(self, send: Send) -> dict[str, Any]:
        """Return what a question of another kind is answered; nothing where it is not, which keeps from nothing."""
        left = _ASIDE_SECONDS if self.ends is None else max(0.0, self.ends - self.clock())
        try:
            answer = within(min(_ASIDE_SECONDS, self.timeout, left), send)
        except Exception:  # noqa: BLE001 - whatever went wrong here, the call itself will tell
            return {}
        return answer.parsed if answer.status == 200 else {}  # noqa: PLR2004 - the one status that is an answer

    @property
    def _account(self) -> Account:
        with self._lock:
            if not self._by_key:
                self._by_key.append(self.account or sdk.KeyAccount(self.api_key or "", self._base_url))
            return self._by_key[0]

    @property
    def _base_url(self) -> str:
        return checked(self.base_url or BASE_URL)

    @property
    def _price(self) -> Price:
        if self.price is not None:
            return self.price
        listed = price(self.model)
        if listed is None:
            return FREE if is_loopback(self._base_url) else UNKNOWN
        return listed if self.account is None else listed.times(self.account.price_factor)

    @property
    def _endpoint(self) -> Endpoint:
        return Endpoint(
            base_url=self._base_url,
            model=self.model,
            budget=self.budget,
            timeout=self.timeout,
            secrets=self._account.secrets,
            sleep=self.sleep,
            clock=self.clock,
            ends=self.ends,
        )
