"""Submitting a batch: taken, certainly not taken, or nobody can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.adapters.models import sdk
from healer.adapters.models.exchange import requested_wait, within
from healer.adapters.models.faults import NoIdentity, NotReached, Unsecured, fault
from healer.adapters.models.submitted import BATCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.adapters.models.batches import Question
    from healer.adapters.models.exchange import Endpoint
    from healer.adapters.models.sdk import Account
    from healer.errors import ModelUnavailable

_TRIES = 3
_UNSENT = {NotReached: "no_network", NoIdentity: "no_identity", Unsecured: "tls_failed"}
_FOR_NOW = frozenset({429, 503, 529})
_OK, _NOT_FOUND, _SERVER_FAILED = 200, 404, 500


class NotTaken(Exception):  # noqa: N818 - an internal signal, never shown
    """The batch was certainly not taken; `as_fault` says why."""

    def __init__(self, as_fault: ModelUnavailable) -> None:
        super().__init__()
        self.as_fault = as_fault


class InDoubt(Exception):  # noqa: N818 - as above
    """Nobody can tell whether the batch was taken: the connection broke, or a server failed that may have it."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


def posted(questions: Sequence[Question], account: Account, endpoint: Endpoint) -> str:
    """Return the id of a new batch of these questions; raise NotTaken or InDoubt.

    Only what was turned down for now is sent again, as long as it is certain that it was.
    """
    body = {"requests": [{"custom_id": one.name, "params": one.body} for one in questions]}
    send = sdk.requester(account, "POST", "/v1/messages/batches", body)
    attempt = 1
    while True:
        try:
            answer = within(endpoint.timeout, send)
        except (NotReached, NoIdentity, Unsecured) as signal:
            detail = endpoint.redacted(str(signal))
            raise NotTaken(fault(_UNSENT[type(signal)], endpoint.host, endpoint.model, detail=detail)) from None
        except Exception as error:  # noqa: BLE001 - whatever it is, the batch may have been taken
            raise InDoubt(type(error).__name__) from None
        if answer.status not in _FOR_NOW or attempt == _TRIES:
            break
        endpoint.sleep(requested_wait(answer.retry_after, attempt))
        attempt += 1
    batch = answer.parsed.get("id")
    if answer.status == _OK and isinstance(batch, str) and BATCH.fullmatch(batch):
        return batch
    if answer.status == _OK or (answer.status >= _SERVER_FAILED and answer.status not in _FOR_NOW):
        raise InDoubt(f"it answered {answer.status} and named none")
    if answer.status == _NOT_FOUND:
        raise NotTaken(fault("no_batches", endpoint.host, endpoint.model))
    raise NotTaken(answer.fault(endpoint.host, endpoint.model, endpoint.secrets))
