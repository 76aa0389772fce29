"""Clients whose questions go as message batches: those of one round in one batch, whatever their models."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.adapters.models import messages
from healer.adapters.models.addresses import is_loopback
from healer.adapters.models.anthropic import MAX_UNSTREAMED_TOKENS
from healer.adapters.models.batches import Question
from healer.adapters.models.exchange import cost_note
from healer.errors import EngineError
from healer.evidence.masking import masked
from healer.prices import BATCH_FACTOR, FREE, UNKNOWN, Price, price, token_bound

if TYPE_CHECKING:
    from healer.adapters.models.asking import Begin
    from healer.adapters.models.batches import MessageBatches
    from healer.ports import ModelReply, ModelRequest


class Batching:
    """The questions of one run about one commit, and the batches that they go in."""

    def __init__(self, batches: MessageBatches, base: str, marker: str) -> None:
        """`marker` fences data in this run's prompts, and in no other's."""
        self.batches = batches
        self._base = base
        self._marker = marker
        self._group = _Group(batches)
        self._asked: Counter[str] = Counter()

    def client(self, model: str, said: Price | None = None) -> BatchedClient:
        """Return the client of a model; `said` is its price where it is not listed."""
        return BatchedClient(model, self, said)

    def put(self, client: BatchedClient, request: ModelRequest) -> _Waiting:
        """Take a question; all that were taken are submitted once the reply to one of them is asked for."""
        shape = shape_of(request, self._marker, (self.batches.host, self._base, client.model))
        # The same question twice is two questions: the first of a later run meets the first of this one.
        question = client.question(request, f"{shape}-{self._asked[shape]}")
        self._asked[shape] += 1
        if self._group.is_over:
            self._group = _Group(self.batches)
        self._group.questions.append(question)
        return _Waiting(question.name, self._group)


@dataclass(frozen=True, slots=True)
class BatchedClient:
    """One Claude model, asked by batch; satisfies `ModelClient` and `Starting`."""

    model: str
    batching: Batching = field(repr=False)
    price: Price | None = None
    """Where it is not listed."""

    @property
    def cost_note(self) -> str | None:
        """What the reader must know of the dollars shown; None when the model's price is known."""
        return cost_note(self.model, self.price or price(self.model), self.batching.batches.base_url)

    def complete(self, request: ModelRequest) -> ModelReply:
        """Ask in a batch, and wait for it; raises AnswerPending when it does not end in time."""
        return self.batching.put(self, request).result()

    def start(self, request: ModelRequest, _: Begin) -> _Waiting:
        """Put the question into the next batch; see `Starting`."""
        return self.batching.put(self, request)

    def question(self, request: ModelRequest, name: str) -> Question:
        """Return the question as it is submitted; nothing of it is cached, as nothing could be read in time."""
        most = min(request.max_output_tokens, MAX_UNSTREAMED_TOKENS)
        body = {**messages.request_body(request, self.model, caching=False), "max_tokens": most}
        return Question(name, self.model, body, token_bound(messages.texts(request)), self._batch_price)

    @property
    def _batch_price(self) -> Price:
        batches = self.batching.batches
        unknown = FREE if is_loopback(batches.base_url) else UNKNOWN
        return (self.price or price(self.model) or unknown).times(BATCH_FACTOR * batches.account.price_factor)


class _Group:
    """Questions that are submitted together, once."""

    def __init__(self, batches: MessageBatches) -> None:
        self._batches = batches
        self._ends: dict[str, ModelReply | EngineError] = {}
        self.questions: list[Question] = []
        self.is_over = False

    def end(self, name: str) -> ModelReply | EngineError:
        if not self.is_over:
            self.is_over = True
            try:
                self._ends = self._batches.answers(self.questions)
            except EngineError as error:  # another run is submitting
                self._ends = dict.fromkeys((question.name for question in self.questions), error)
        return self._ends[name]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A question that waits for its group; satisfies `PendingReply`."""

    name: str
    group: _Group

    def result(self) -> ModelReply:
        """Wait for the batch; return the reply, or raise what there is in place of one."""
        end = self.group.end(self.name)
        if isinstance(end, EngineError):
            raise end
        return end


def shape_of(request: ModelRequest, marker: str, about: tuple[str, ...]) -> str:
    """Return a name for what is asked; what differs in every run (times, addresses, numbers, paths) does not count."""
    texts = [request.system, request.context, *(f"{turn.role}:\n{turn.text}" for turn in request.messages)]
    lines = [masked(line.replace(marker, "")) for text in texts for line in text.split("\n")]
    parts = [*about, str(request.max_output_tokens), *lines]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
