"""Many questions at once for half the price, answered within a day: Anthropic's Message Batches, resumed after a cut.

What was submitted is on record in a file, so that a run that is cut off goes on with the same batch and pays once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.adapters.models import messages, sdk
from healer.adapters.models.addresses import checked
from healer.adapters.models.anthropic import MAX_UNSTREAMED_TOKENS
from healer.adapters.models.cassette import prompt_digest
from healer.adapters.models.exchange import Endpoint, believed, within
from healer.adapters.models.faults import Answer, NoIdentity, NotReached, Unsecured, cut_short, fault
from healer.budget import Budget
from healer.errors import ModelUnavailable, UsageError
from healer.models.change import Usage
from healer.ports import ModelReply
from healer.prices import BATCH_FACTOR, UNKNOWN, Price, price, token_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from healer.adapters.models.sdk import Account
    from healer.budget import Reservation
    from healer.ports import ModelRequest

_BATCH = re.compile(r"msgbatch_[A-Za-z0-9]{1,100}")
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 60.0
_CALL_SECONDS = 120.0


_UNSENT = {NotReached: "no_network", NoIdentity: "no_identity", Unsecured: "tls_failed"}
_UNPAID = frozenset({"errored", "canceled", "expired"})


@dataclass(frozen=True, slots=True)
class _Item:
    """One question: its body, a bound of its prompt's tokens, and the most that it can cost."""

    name: str
    body: dict[str, Any]
    bound: int
    worst_case: float


@dataclass(frozen=True, kw_only=True)
class MessageBatches:
    """Batches of one Claude model. Raises UsageError when the folder of records cannot be used."""

    account: Account
    model: str
    budget: Budget
    base_url: str
    state: Path
    """The folder that remembers which batches are under way."""
    timeout: float = 24 * 3600.0
    price: Price | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _free: Budget = field(default_factory=lambda: Budget(0.0, 10**9), repr=False)
    """What polls, which cost nothing, are counted in."""

    def replies(self, requests: Mapping[str, ModelRequest]) -> Iterator[tuple[str, ModelReply | ModelUnavailable]]:
        """Yield the name of each request with its reply, or with why it has none, in the endpoint's order.

        The same requests asked again go on with the batch on record. Raises ModelUnavailable when the batch as a
        whole cannot be had, BudgetExhausted when its worst case does not fit.
        """
        items = [self._item(name, request) for name, request in requests.items()]
        record = self.state / f"batch-{_digest(self.model, requests.values())}.json"
        with self.budget.reserve(sum(item.worst_case for item in items)) as reservation:
            batch = self._submitted(record, [item.body for item in items], reservation)
            self._wait(batch)
            lines = self._results(batch)
            replies = [self._reply(lines.get(f"q{index}"), item) for index, item in enumerate(items)]
            reservation.commit(sum((used for used, _ in replies), Usage()))
        with contextlib.suppress(OSError):
            record.unlink()
        for item, (_, reply) in zip(items, replies, strict=True):
            yield item.name, reply

    def _item(self, name: str, request: ModelRequest) -> _Item:
        asked = min(request.max_output_tokens, MAX_UNSTREAMED_TOKENS)
        bound = token_bound(messages.texts(request))
        body = {**messages.request_body(request, self.model), "max_tokens": asked}
        return _Item(name, body, bound, self._price.worst_case(bound, asked))

    def _submitted(self, record: Path, bodies: list[dict[str, Any]], reservation: Reservation) -> str:
        """Return the id of the batch: the one on record, or a new one."""
        kept = _read(record)
        if kept is not None:
            batch = kept.get("id")
            if not isinstance(batch, str) or not _BATCH.fullmatch(batch):
                raise fault("batch_lost", self._endpoint.host, self.model, detail=f"{record} names none")
            return batch
        # On record before it is sent: what is cut off between the two may have been taken, and is not sent again.
        _write(record, {"id": None})
        body = {"requests": [{"custom_id": f"q{index}", "params": params} for index, params in enumerate(bodies)]}
        try:
            answer = within(_CALL_SECONDS, sdk.requester(self.account, "POST", "/v1/messages/batches", body))
        except (NotReached, NoIdentity, Unsecured) as signal:
            record.unlink()
            reservation.release()
            detail = self._endpoint.redacted(str(signal))
            raise fault(_UNSENT[type(signal)], self._endpoint.host, self.model, detail=detail) from None
        except Exception as error:
            raise fault("batch_lost", self._endpoint.host, self.model, detail=type(error).__name__) from error
        if answer.status != 200:  # noqa: PLR2004 - the one status that is an answer
            record.unlink()
            reservation.release()
            raise answer.fault(self._endpoint.host, self.model, self.account.secrets)
        batch = answer.parsed.get("id")
        if not isinstance(batch, str) or not _BATCH.fullmatch(batch):
            raise fault("batch_lost", self._endpoint.host, self.model, detail=f"it named none, see {record}")
        _write(record, {"id": batch})
        return batch

    def _wait(self, batch: str) -> None:
        ends = self.clock() + self.timeout
        wait = _FIRST_WAIT
        while True:
            told, reservation = self._endpoint.exchange(
                sdk.requester(self.account, "GET", f"/v1/messages/batches/{batch}"), worst_case_usd=0.0
            )
            reservation.release()
            if told.get("processing_status") == "ended":
                return
            if self.clock() + wait >= ends:
                raise fault("batch_unfinished", self._endpoint.host, self.model, detail=f"{self.timeout:g}")
            self.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def _results(self, batch: str) -> dict[str, dict[str, Any]]:
        """Return the results by their ids, from the account's own host, whatever address the batch names."""
        send = sdk.requester(self.account, "GET", f"/v1/messages/batches/{batch}/results")
        kept: list[bytes] = []

        def read(seconds: float) -> Answer:
            answer = send(seconds)
            kept.append(answer.body)
            return Answer(answer.status, answer.body, answer.retry_after, {"lines": True}, answer.media_type)

        _, reservation = self._endpoint.exchange(read, worst_case_usd=0.0)
        reservation.release()
        found: dict[str, dict[str, Any]] = {}
        for raw in kept[-1].splitlines():
            with contextlib.suppress(ValueError, RecursionError):
                line = json.loads(raw)
                if isinstance(line, dict) and isinstance(line.get("custom_id"), str):
                    found.setdefault(line["custom_id"], line)
        return found

    def _reply(self, line: Mapping[str, Any] | None, item: _Item) -> tuple[Usage, ModelReply | ModelUnavailable]:
        """Return one reply with what it used: nothing if the endpoint says so, the worst case if nobody can say."""
        result = line.get("result") if line else None
        result = result if isinstance(result, dict) else {}
        kind, message = result.get("type"), result.get("message")
        text = messages.text_of(message) if isinstance(message, dict) else None
        if kind != "succeeded" or text is None or not isinstance(message, dict):
            error = result.get("error")
            detail = cut_short(str(kind or "missing"), 40)
            if isinstance(error, dict):
                detail += f": {Answer.interrupted(error).fault(self._endpoint.host, self.model, self.account.secrets)}"
            used = Usage() if kind in _UNPAID else Usage(cost_usd=item.worst_case)
            return used, fault("batch_item", self._endpoint.host, self.model, detail=cut_short(detail, 300))
        asked = item.body["max_tokens"]
        reported = believed(messages.usage_of(message), text, item.bound, asked, self._price)
        used = Usage(cost_usd=item.worst_case) if reported is None else reported
        truncated, refused = messages.is_truncated(message), messages.is_refused(message)
        return used, ModelReply(text, self.model, used, truncated=truncated, refused=refused)

    @property
    def _price(self) -> Price:
        return (self.price or price(self.model) or UNKNOWN).times(BATCH_FACTOR * self.account.price_factor)

    @property
    def _endpoint(self) -> Endpoint:
        return Endpoint(
            base_url=checked(self.base_url),
            model=self.model,
            budget=self._free,
            timeout=_CALL_SECONDS,
            secrets=self.account.secrets,
            sleep=self.sleep,
            clock=self.clock,
        )


def _digest(model: str, asked: Iterable[ModelRequest]) -> str:
    parts = [model, *map(prompt_digest, asked)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _read(record: Path) -> dict[str, Any] | None:
    try:
        content = record.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"the record of a batch, {record}, cannot be read ({type(error).__name__})") from None
    try:
        kept = json.loads(content)
    except (ValueError, RecursionError):
        kept = {}
    return kept if isinstance(kept, dict) else {}


def _write(record: Path, content: Mapping[str, Any]) -> None:
    try:
        record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        passing = record.with_suffix(".new")
        passing.write_text(json.dumps(content), encoding="utf-8")
        os.replace(passing, record)  # noqa: PTH105 - the word for it
    except OSError as error:
        raise UsageError(f"batches cannot be remembered in {record.parent}: {error.strerror}") from None
