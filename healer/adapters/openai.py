"""Any model behind an endpoint that speaks OpenAI's chat completions, local servers included."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.adapters.model_endpoint import (
    ANSWER_LIMIT,
    CONNECT_SECONDS,
    Endpoint,
    believed,
    checked,
    count,
    is_loopback,
)
from healer.adapters.model_faults import Answer, AnswerTooLong, NotReached, Unsecured
from healer.errors import ModelUnavailable, UsageError
from healer.models.change import Usage
from healer.ports import ModelReply
from healer.prices import FREE, Price, price, token_bound

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from healer.adapters.model_endpoint import Send
    from healer.budget import Budget, Reservation
    from healer.ports import ModelRequest

BASE_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, kw_only=True)
class OpenAIClient:
    """One model behind `{base_url}/chat/completions`; satisfies `ModelClient`.

    Sends model, messages and a limit of output, nothing else. The key may be absent on loopback only. Raises
    UsageError for an address that the key or the source may not be sent to.
    """

    model: str
    budget: Budget
    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    timeout: float = 600.0
    price: Price | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

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
        if self._price is not FREE or is_loopback(self._endpoint.base_url):
            return None
        return f"the price of {self.model} is not known, so its calls are counted at $0 and limited by number only"

    def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once; see `ModelClient`."""
        messages = [
            {"role": role, "content": text.encode("utf-8", "replace").decode()}
            for role, text in [("system", request.system), *((turn.role, turn.text) for turn in request.messages)]
        ]
        prompt_bound = token_bound(message["content"] for message in messages)
        body = {"model": self.model, "messages": messages, "max_tokens": request.max_output_tokens}
        worst_case = self._price.worst_case(prompt_bound, request.max_output_tokens)
        answer, reservation = self._exchange(body, worst_case)
        with reservation:
            said = _first_choice(answer)
            if said is None:
                raise self._endpoint.malformed(reservation, "it holds no choice with a message")
            text, stop = said
            usage = believed(_usage(answer.get("usage")), text, prompt_bound, request.max_output_tokens, self._price)
            charged = reservation.charge() if usage is None else reservation.commit(usage)
        return ModelReply(
            text=text,
            model=self.model,
            usage=charged,
            # Some servers leave the reason out; an unclosed fence is then noticed where the reply is read.
            truncated=stop not in {"stop", "content_filter", "tool_calls", None},
            refused=stop == "content_filter",
        )

    def _exchange(self, body: dict[str, Any], worst_case: float) -> tuple[dict[str, Any], Reservation]:
        """Ask; once more under the newer name of the limit if the endpoint says that this is what it wants."""
        try:
            return self._endpoint.exchange(self._sender(body), worst_case)
        except ModelUnavailable as error:
            if error.code != "request_refused" or "max_completion_tokens" not in error.sentence:
                raise
        renamed = {**body, "max_completion_tokens": body["max_tokens"]}
        del renamed["max_tokens"]
        return self._endpoint.exchange(self._sender(renamed), worst_case)

    @property
    def _price(self) -> Price:
        return self.price or price(self.model) or FREE

    @property
    def _endpoint(self) -> Endpoint:
        return Endpoint(
            base_url=checked(self.base_url or BASE_URL),
            model=self.model,
            budget=self.budget,
            timeout=self.timeout,
            secrets=(self.api_key,) if self.api_key else (),
            sleep=self.sleep,
            clock=self.clock,
        )

    def _sender(self, body: dict[str, Any]) -> Send:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        url = f"{self._endpoint.base_url}/chat/completions"
        return lambda seconds: _post(url, json.dumps(body).encode(), headers, seconds)


def _post(url: str, data: bytes, headers: dict[str, str], seconds: float) -> Answer:
    """Make one exchange. requests is imported here, as it takes a quarter of a second."""
    import requests  # noqa: PLC0415 - see above
    import urllib3  # noqa: PLC0415 - as above

    with requests.Session() as session:
        session.trust_env = False
        timeout = (min(CONNECT_SECONDS, seconds), seconds)
        try:
            with session.post(
                url, data=data, headers=headers, timeout=timeout, allow_redirects=False, stream=True
            ) as response:
                return Answer(response.status_code, _read(response), response.headers.get("retry-after"))
        except requests.exceptions.SSLError:
            raise Unsecured from None
        except requests.exceptions.ConnectTimeout:
            raise NotReached from None
        except (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
            raise TimeoutError from None
        except requests.exceptions.ConnectionError as error:
            cause = error.args[0] if error.args else None
            if isinstance(getattr(cause, "reason", None), urllib3.exceptions.NewConnectionError):
                raise NotReached from None
            raise OSError("the connection broke") from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError):
            raise OSError("the connection broke") from None


def _read(response: requests.Response) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise AnswerTooLong
    content = bytearray()
    for chunk in response.raw.stream(65_536, decode_content=False):
        content += chunk
        if len(content) > ANSWER_LIMIT:
            raise AnswerTooLong
    return bytes(content)


def _first_choice(answer: dict[str, Any]) -> tuple[str, str | None] | None:
    """Return the text and the reason for its end; None when the answer has another shape."""
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return None
    content, stop = message.get("content"), choice.get("finish_reason")
    if message.get("refusal") and not content:
        stop = "content_filter"
    return (content if isinstance(content, str) else ""), (stop if isinstance(stop, str) else None)


def _usage(reported: object) -> Usage | None:
    """Return the reported tokens; None when they are no numbers of tokens."""
    if not isinstance(reported, dict):
        return None
    prompt, written = count(reported.get("prompt_tokens")), count(reported.get("completion_tokens"))
    details = reported.get("prompt_tokens_details")
    cached = count((details.get("cached_tokens") if isinstance(details, dict) else None) or 0)
    if prompt is None or written is None or cached is None or cached > prompt:
        return None
    return Usage(prompt - cached, written, cached)
