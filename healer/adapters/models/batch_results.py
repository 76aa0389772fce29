"""What a batch has to say of each of its questions, read as anything that comes from outside."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from healer.adapters.models import messages
from healer.adapters.models.exchange import believed
from healer.adapters.models.faults import Answer, cut_short, fault
from healer.errors import ModelUnavailable
from healer.models.change import Usage
from healer.ports import ModelReply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from healer.adapters.models.batches import Question

_UNPAID = frozenset({"errored", "canceled", "expired"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one question ended, and what it used: nothing if the endpoint says so, the worst case if nobody can say."""

    usage: Usage
    said: ModelReply | None = None
    error: ModelUnavailable | None = None
    is_unpaid: bool = False
    """Whether the endpoint says that it was not dealt with."""

    def ended(self, *, counted: bool) -> ModelReply | ModelUnavailable:
        """Return the reply, at no cost where an earlier run has `counted` it, or why there is none."""
        if self.error is not None or self.said is None:
            return self.error or ModelUnavailable("a question of a batch has no end")
        return replace(self.said, usage=replace(self.usage, cost_usd=0.0)) if counted else self.said


def lines_of(content: bytes) -> dict[str, dict[str, Any]]:
    """Return the results of a batch by the names of its questions; what is no result is passed over."""
    found: dict[str, dict[str, Any]] = {}
    for raw in content.splitlines():
        with contextlib.suppress(ValueError, RecursionError):
            line = json.loads(raw)
            if isinstance(line, dict) and isinstance(line.get("custom_id"), str):
                found.setdefault(line["custom_id"], line)
    return found


def read_result(
    line: Mapping[str, Any] | None, question: Question, host: str, secrets: tuple[str, ...] = ()
) -> Outcome:
    """Return what a line of results says of a question."""
    worst = Usage(cost_usd=question.worst_usd)
    result = line.get("result") if line else None
    result = result if isinstance(result, dict) else {}
    kind, message = result.get("type"), result.get("message")
    text = messages.text_of(message) if isinstance(message, dict) else None
    if kind != "succeeded" or text is None or not isinstance(message, dict):
        error = result.get("error")
        detail = cut_short(str(kind or "missing"), 40)
        if isinstance(error, dict):
            detail += f": {Answer.interrupted(error).fault(host, question.model, secrets)}"
        told = fault("batch_item", host, question.model, detail=cut_short(detail, 300))
        is_unpaid = isinstance(kind, str) and kind in _UNPAID
        return Outcome(Usage() if is_unpaid else worst, error=told, is_unpaid=is_unpaid)
    most = question.body["max_tokens"]
    usage = believed(messages.usage_of(message), text, question.bound, most, question.price) or worst
    truncated, refused = messages.is_truncated(message), messages.is_refused(message)
    return Outcome(usage, ModelReply(text, question.model, usage, truncated=truncated, refused=refused))
