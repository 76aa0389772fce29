"""What every model endpoint has in common: where a key may be sent, and one bounded, budgeted exchange with it."""

from __future__ import annotations

import email.utils
import ipaddress
import json
import math
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from healer.adapters.model_faults import Answer, AnswerTooLong, NotReached, Unsecured, cut_short, fault
from healer.errors import BudgetExhausted, UsageError

if TYPE_CHECKING:
    from healer.budget import Budget, Reservation
    from healer.errors import ModelUnavailable
    from healer.models.change import Usage
    from healer.prices import Price

ANSWER_LIMIT = 4 * 1024 * 1024
"""Bytes of one answer; the longest honest one is far below."""

CONNECT_SECONDS = 10.0
RETRIES = 3
FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0

Send = Callable[[float], Answer]
"""Make one HTTP exchange within so many seconds; raise NotReached, Unsecured, AnswerTooLong, or OSError if it broke."""


def is_loopback(base_url: str) -> bool:
    """Whether the URL's host is this machine by its very name or number."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked(base_url: str) -> str:
    """Return the URL without a final slash; raise UsageError unless it is https, or http to loopback, and plain."""
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if host is None or parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise UsageError(
            "the model endpoint's address is not a plain URL such as https://host/path (no user, query or fragment); "
            "correct the base URL",
            code="bad_base_url",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(base_url)):
        raise UsageError(
            f"the model endpoint at {host} is addressed by {parts.scheme}://, which would send the source and the key "
            "unencrypted; use https:// (http:// is for this machine's own loopback address only)",
            code="bad_base_url",
        )
    return base_url.rstrip("/")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One host, how long an answer may take in all, and how transient faults are waited out."""

    base_url: str
    model: str
    budget: Budget
    timeout: float
    """Seconds for one call with all its retries and waits."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    @property
    def host(self) -> str:
        """The name that sentences use."""
        return urlsplit(self.base_url).netloc

    def exchange(self, send: Send, worst_case_usd: float) -> tuple[dict[str, Any], Reservation]:
        """Ask until there is an answer, and return it with its still open reservation.

        Each attempt is reserved for by itself. An attempt that was turned down is not billed and is released; one
        that broke off may have been, and is charged in full. Raises ModelUnavailable or BudgetExhausted.
        """
        deadline = self.clock() + self.timeout
        last: _Transient | None = None
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._attempt(send, worst_case_usd, deadline, attempt)
            except BudgetExhausted:
                if last is None:
                    raise
                raise last.as_fault from None  # what used the money up explains more
            except _Transient as failure:
                if attempt > RETRIES or self.clock() + failure.wait >= deadline:
                    raise failure.as_fault from None
                last = failure
            self.sleep(last.wait)

    def _attempt(
        self, send: Send, worst_case_usd: float, deadline: float, attempt: int
    ) -> tuple[dict[str, Any], Reservation]:
        reservation = self.budget.reserve(worst_case_usd)
        try:
            answer = within(max(0.0, deadline - self.clock()), send)
        except (NotReached, Unsecured, AnswerTooLong, OSError) as signal:
            raise self._broken(signal, reservation, attempt) from None
        except BaseException:
            reservation.charge()
            raise
        if answer.status != 200:  # noqa: PLR2004 - the one status that is an answer
            reservation.release()
            turned_down = answer.fault(self.host, self.model, self.secrets)
            if answer.is_transient:
                raise _Transient(turned_down, requested_wait(answer.retry_after, attempt))
            raise turned_down
        try:
            body = json.loads(answer.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise self.malformed(reservation, "the answer is not a JSON object")
        return body, reservation

    def _broken(self, signal: Exception, reservation: Reservation, attempt: int) -> Exception:
        """Settle an attempt that got no answer, and return what to raise."""
        code, is_sent, is_transient = next(end for kind, end in _BROKEN.items() if isinstance(signal, kind))
        if is_sent:
            reservation.charge()
        else:
            reservation.release()
        detail = f"{self.timeout:g}" if code == "timeout" else "it is too long"
        broken = fault(code, self.host, self.model, detail=detail)
        return _Transient(broken, backoff(attempt)) if is_transient else broken

    def malformed(self, reservation: Reservation, detail: str) -> ModelUnavailable:
        """Charge for an answer that cannot be used, and return what to raise."""
        reservation.charge()
        return fault("bad_response", self.host, self.model, detail=cut_short(detail, 200))


class _Transient(Exception):  # noqa: N818 - an internal signal, never shown
    """Asking again after `wait` seconds may help; if not, `as_fault` is what happened."""

    def __init__(self, as_fault: ModelUnavailable, wait: float) -> None:
        super().__init__()
        self.as_fault = as_fault
        self.wait = wait


_BROKEN: dict[type[Exception], tuple[str, bool, bool]] = {
    NotReached: ("no_network", False, True),
    Unsecured: ("tls_failed", False, False),
    TimeoutError: ("timeout", True, False),
    AnswerTooLong: ("bad_response", True, False),
    OSError: ("connection_lost", True, True),
}
"""By signal: code, whether the request may have been billed, whether another attempt may help. Subclasses first."""


def backoff(attempt: int) -> float:
    """Return seconds before the next attempt: doubling, with jitter so that parallel calls do not return together."""
    return min(FIRST_WAIT * 2.0 ** (attempt - 1), LONGEST_WAIT) * random.uniform(0.75, 1.0)  # noqa: S311 - not a secret


def requested_wait(retry_after: str | None, attempt: int) -> float:
    """Return the seconds that Retry-After asks for, never more than LONGEST_WAIT; the backoff if it is absurd."""
    seconds = math.nan
    if retry_after is not None:
        try:
            seconds = float(retry_after)
        except ValueError:
            try:
                seconds = email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
            except (ValueError, OverflowError):
                seconds = math.nan
    if not seconds > 0:  # also true for NaN
        return backoff(attempt)
    return min(seconds, LONGEST_WAIT)


def within(seconds: float, send: Send) -> Answer:
    """Return what `send` returns, or raise TimeoutError after so many seconds, whatever it is waiting for.

    Socket timeouts start anew with every byte and do not cover name resolution. The thread of an answer that comes
    too late is abandoned; it holds nothing but its socket.
    """
    done: queue.SimpleQueue[Answer | BaseException] = queue.SimpleQueue()

    def work() -> None:
        try:
            done.put(send(seconds))
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            done.put(error)

    threading.Thread(target=work, name="model-call", daemon=True).start()
    try:
        result = done.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(result, BaseException):
        raise result
    return result


def count(value: object) -> int | None:
    """Return a number of tokens that an endpoint reports; None if it is absent or not such a number."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def believed(reported: Usage | None, text: str, prompt_bound: int, output_bound: int, at: Price) -> Usage | None:
    """Return what an endpoint reports to have used, with its cost; None when it cannot be true.

    A prompt cannot have more tokens than bytes, an answer not more than were asked for, and neither can be free.
    """
    if reported is None:
        return None
    prompt = reported.input_tokens + reported.cache_read_tokens + reported.cache_write_tokens
    if not 0 < prompt <= prompt_bound or reported.output_tokens > output_bound or (text and not reported.output_tokens):
        return None
    cost = at.cost(
        input=reported.input_tokens,
        output=reported.output_tokens,
        cache_read=reported.cache_read_tokens,
        cache_write=reported.cache_write_tokens,
    )
    return replace(reported, cost_usd=cost)
