"""How an exchange with a model endpoint can go wrong, and the sentence for each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from healer.errors import AnswerPending, ModelUnavailable
from healer.redaction import Redactor

_INVISIBLE = re.compile(r"[^\x20-\x7e\u00a1-\u024f]+")
_BILLING = re.compile(r"credit|billing|insufficient_quota", re.IGNORECASE)
_TRANSIENT = frozenset({408, 409, 429, 529})

_STATUS = {
    "invalid_request": 400, "authentication": 401, "billing": 402, "permission": 403, "not_found": 404,
    "too_large": 413, "insufficient_quota": 429, "rate_limit": 429, "timeout": 408, "overloaded": 529,
}  # fmt: skip
"""What an error's type would have been as a status."""

SENTENCES = {
    "wrong_key": "{host} does not accept the key ({detail}); check that it is set, current and meant for this endpoint",
    "no_permission": "{host} does not let this key use {model} ({detail}); ask for access or choose another model",
    "no_credit": "the account behind the key has no credit left at {host} ({detail}); top it up or use another key",
    "unknown_model": "{host} knows no model {model} ({detail}); check the model's id and the base URL",
    "rate_limited": "{host} limited the rate of calls through all retries ({detail}); try later or raise the limit",
    "overloaded": "{host} stayed overloaded through all retries ({detail}); try later or choose another model",
    "endpoint_failed": "{host} failed through all retries ({detail}); try again later",
    "request_refused": "{host} refuses the request ({detail}); check that this endpoint serves {model}",
    "request_too_long": "the prompt is too long for {model} at {host} ({detail}); choose a model with a larger context",
    "redirected": "{host} redirects elsewhere ({detail}), which is never followed, as the key would go along; "
    "correct the base URL",
    "no_network": "{host} cannot be reached; check the network, the base URL and that the endpoint is running",
    "tls_failed": "the certificate of {host} cannot be verified, so nothing was sent; check the base URL",
    "connection_lost": "{host} broke the connection before its answer was complete, through all retries; try later",
    "no_identity": "no identity token could be had for {host} ({detail}); the job needs `id-token: write`, and the "
    "federation rule, organization and service account have to match it",
    "batch_pending": "{host} has not finished {detail} yet; run the same again later: it picks the answer up and pays "
    "for none twice",
    "batch_lost": "nobody can tell whether {host} took the batch ({detail}), so it is not sent again for a day; look "
    "at the batches in the provider's console, and remove the file to ask at once",
    "batch_gone": "{host} knows no {detail} any more; it is forgotten, so run again to ask anew",
    "no_batches": "{host} takes no message batches; leave --batch out, or correct the base URL",
    "batch_item": "{host} gave no answer to this question of the batch ({detail}); run again to ask anew",
    "timeout": "{host} did not answer within {detail} s, so the call was given up; try later or allow more time",
    "bad_response": "what {host} returned is no model's answer ({detail}); check the base URL and the kind of endpoint",
}
"""By code; complete, so that no end of an exchange is without its sentence."""


class NotReached(Exception):  # noqa: N818 - an internal signal, never shown
    """No connection was made, so nothing was sent."""


class Unsecured(Exception):  # noqa: N818 - as above
    """The other side could not prove who it is, so nothing was sent."""


class NoIdentity(Exception):  # noqa: N818 - as above
    """Nobody vouched for this job, so nothing was sent; the text says in which respect."""


class AnswerTooLong(Exception):  # noqa: N818 - as above
    """The answer exceeds what is read of one, or hides its size by compression that was not asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, whatever its status."""

    status: int
    body: bytes
    retry_after: str | None = None
    document: dict[str, Any] | None = None
    """What a stream amounts to, in the form of an answer in one piece."""
    media_type: str = ""
    is_billed: bool = False
    """Whether it may have cost something although its status is an error: it had begun to be an answer."""

    @classmethod
    def interrupted(cls, error: dict[str, Any]) -> Answer:
        """Return an error that came in the midst of a stream as the answer that it would have been at its start."""
        told = error.get("error")
        kind = f"{told.get('type', '')} {told.get('code', '')}" if isinstance(told, dict) else ""
        status = next((status for name, status in _STATUS.items() if name in kind), 500)
        return cls(status, json.dumps(error).encode(), is_billed=True)

    @property
    def parsed(self) -> dict[str, Any]:
        """The body as a JSON object; an empty one where it is none."""
        if self.document is not None:
            return self.document
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def is_transient(self) -> bool:
        """Whether asking again may help."""
        return not self._is_billing and (self.status in _TRANSIENT or 500 <= self.status < 600)  # noqa: PLR2004

    @property
    def _is_billing(self) -> bool:
        # OpenAI says `insufficient_quota` with 429; Anthropic says a low credit balance in the words of a 400.
        words = {400: self.message, 403: self.message, 429: self._kind}.get(self.status, "")
        return self.status == 402 or bool(_BILLING.search(words))  # noqa: PLR2004 - Payment Required

    @property
    def _error(self) -> dict[str, object]:
        error = self.parsed.get("error")
        return error if isinstance(error, dict) else {"message": error if isinstance(error, str) else ""}

    @property
    def _kind(self) -> str:
        return f"{self._error.get('type', '')} {self._error.get('code', '')}"

    @property
    def message(self) -> str:
        """The endpoint's own words, or nothing."""
        message = self._error.get("message")
        return message if isinstance(message, str) else ""

    def fault(self, host: str, model: str, secrets: tuple[str, ...] = ()) -> ModelUnavailable:
        """Translate a status that is not success."""
        said = cut_short(printable(Redactor(secrets)(self.message)), 200)
        return fault(self._code, host, model, detail=f"{self.status}: {said}" if said else str(self.status))

    @property
    def _code(self) -> str:
        if self._is_billing:
            return "no_credit"
        by_status = {
            400: "request_too_long" if re.search(r"too long|context length|context_length", self.message + self._kind)
            else "request_refused",
            401: "wrong_key",
            403: "no_permission",
            404: "unknown_model",
            413: "request_too_long",
            429: "rate_limited",
            503: "overloaded",
            529: "overloaded",
        }  # fmt: skip
        if self.status in by_status:
            return by_status[self.status]
        if 300 <= self.status < 400:  # noqa: PLR2004 - HTTP's class of redirections
            return "redirected"
        return "endpoint_failed" if self.is_transient else "request_refused"


def fault(code: str, host: str, model: str, *, detail: str = "") -> ModelUnavailable:
    """Return the exception with its sentence."""
    kind = AnswerPending if code == AnswerPending.default_code else ModelUnavailable
    return kind(SENTENCES[code].format(host=host, model=model, detail=detail), code=code)


def printable(text: str) -> str:
    """Return a text of somebody else's without what a terminal would obey or a reader not see."""
    return _INVISIBLE.sub(" ", text).strip()


def cut_short(text: str, limit: int) -> str:
    """Return at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
