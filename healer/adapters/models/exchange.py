"""What every model endpoint has in common: one exchange, bounded in time and bytes, retried in reason, paid for."""

from __future__ import annotations

import email.utils
import math
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from healer.adapters.models.addresses import is_loopback
from healer.adapters.models.events import BadStream
from healer.adapters.models.faults import (
    Answer,
    AnswerTooLong,
    NoIdentity,
    NotReached,
    Unsecured,
    cut_short,
    fault,
    printable,
)
from healer.adapters.stopping import Stopped, is_stopping, stoppable
from healer.errors import BudgetExhausted
from healer.prices import UNKNOWN
from healer.redaction import Redactor

if TYPE_CHECKING:
    from healer.budget import Budget, Reservation
    from healer.errors import ModelUnavailable
    from healer.models.change import Usage
    from healer.prices import Price

RETRIES = 3
FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0

OUT_OF_TIME = (
    "the run's time is up, so no further model was asked; give it more (--max-minutes), or fewer rounds and candidates"
)

Send = Callable[[float], Answer]
"""Make one HTTP exchange within so many seconds.

Raises NotReached, Unsecured, AnswerTooLong, BadStream, or OSError if it broke.
"""


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
    ends: float | None = None
    """When the run ends, by `clock`: no attempt and no wait goes beyond it."""

    @property
    def host(self) -> str:
        """The name that sentences use."""
        return urlsplit(self.base_url).netloc

    def exchange(self, send: Send, worst_case_usd: float) -> tuple[dict[str, Any], Reservation]:
        """Ask until there is an answer, and return it with its still open reservation.

        Each attempt is reserved for by itself. An attempt that was turned down is not billed and is released; one
        that broke off may have been, and is charged in full. Raises ModelUnavailable or BudgetExhausted.
        """
        deadline = min(self.clock() + self.timeout, math.inf if self.ends is None else self.ends)
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
        reservation = self._reserved(worst_case_usd)
        seconds = max(0.0, deadline - self.clock())
        try:
            answer = within(seconds, send)
        except (NotReached, NoIdentity, Unsecured, AnswerTooLong, BadStream, OSError) as signal:
            raise self._broken(signal, reservation, attempt, seconds) from None
        except BaseException:
            reservation.charge()
            raise
        if answer.status != 200:  # noqa: PLR2004 - the one status that is an answer
            if answer.is_billed:
                reservation.charge()
            else:
                reservation.release()
            turned_down = answer.fault(self.host, self.model, self.secrets)
            if answer.is_transient:
                raise _Transient(turned_down, requested_wait(answer.retry_after, attempt))
            raise turned_down
        document = answer.parsed
        if not document:
            form = f"it is {answer.media_type}" if "json" not in answer.media_type and answer.media_type else ""
            raise self.malformed(reservation, form or "the answer is not a JSON object")
        return document, reservation

    def _reserved(self, worst_case_usd: float) -> Reservation:
        """Set money aside for an attempt, as long as there is time for one and nobody wants the run to end."""
        if self._is_over:
            raise BudgetExhausted(OUT_OF_TIME, code="budget_time")
        reservation = self.budget.reserve(worst_case_usd)
        if is_stopping():
            reservation.release()
            raise Stopped
        return reservation

    @property
    def _is_over(self) -> bool:
        return self.ends is not None and self.clock() >= self.ends

    def _broken(self, signal: Exception, reservation: Reservation, attempt: int, seconds: float) -> Exception:
        """Settle an attempt that got no answer, and return what to raise."""
        code, is_sent, is_transient = next(end for kind, end in _BROKEN.items() if isinstance(signal, kind))
        if is_sent:
            reservation.charge()
        else:
            reservation.release()
        if code == "timeout" and self._is_over:
            return BudgetExhausted(OUT_OF_TIME, code="budget_time")
        detail = (
            f"{seconds:.3g}" if code == "timeout" else cut_short(self.redacted(str(signal)), 300) or "it is too long"
        )
        broken = fault(code, self.host, self.model, detail=detail)
        return _Transient(broken, backoff(attempt)) if is_transient else broken

    def redacted(self, text: str) -> str:
        """Return a text of somebody else's as a sentence may hold it."""
        return printable(Redactor(self.secrets)(text))

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
    NoIdentity: ("no_identity", False, False),
    Unsecured: ("tls_failed", False, False),
    TimeoutError: ("timeout", True, False),
    AnswerTooLong: ("bad_response", True, False),
    BadStream: ("bad_response", True, False),
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
    too late is abandoned; it holds nothing but its socket. Raises Stopped when the run that asks is ended.
    """
    done: queue.SimpleQueue[Answer | BaseException] = queue.SimpleQueue()

    def work() -> None:
        try:
            done.put(send(seconds))
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            done.put(error)

    with stoppable(lambda: done.put(Stopped())):
        threading.Thread(target=work, name="model-call", daemon=True).start()
        try:
            result = done.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
    if isinstance(result, BaseException):
        raise result
    return result


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


def cost_note(model: str, known: Price | None, base_url: str) -> str | None:
    """Return what the reader must know of the dollars shown; None when the model's price is known, or it is local."""
    if known is not None or is_loopback(base_url):
        return None
    return (
        f"the price of {model} is not known, so its calls are counted as those of the dearest model that is "
        f"(${UNKNOWN.input:g} for a million tokens of prompt, ${UNKNOWN.output:g} of answer): the cap in dollars "
        "limits its tokens, and what it costs in truth is told by its provider (--model-price says what it is)"
    )
