"""Ask a model once, with what a good engineer would want to read, and take its one change."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from healer.engines.model import prompt, reply
from healer.engines.model.fencing import Fence, cut_middle, visible
from healer.models.change import Analysis, Blocked, CandidatePatch, FileEdit, Refused, RejectedBy, Rejection
from healer.ports import Message, ModelRequest, SourceTree
from healer.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.models.change import Proposal
    from healer.models.code import Diagnosis, Excerpt
    from healer.ports import ModelClient, ModelReply, RepairTask

EXCERPT_LIMIT = 2_000
ECHO_LIMIT = 12_000


class Context(Protocol):
    """Choose the code worth reading, within about so many tokens."""

    def __call__(self, diagnosis: Diagnosis, source: SourceTree, *, token_budget: int) -> tuple[Excerpt, ...]:
        """Return the excerpts, most important first."""


ReadReply = Callable[[str, SourceTree], tuple[FileEdit, ...] | Rejection]
"""Parse a reply and place its change on the source, all of it or nothing."""


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """A reply with what could be read from it."""

    reply: ModelReply
    analysis: Analysis
    outcome: tuple[FileEdit, ...] | Rejection | Blocked


@dataclass(frozen=True)
class ModelEngine:
    """Satisfies `Engine`: one proposal a round, from one prompt and at most one more turn about its form.

    The second turn asks for SEARCH/REPLACE, the form that models keep to best in aider's leaderboards of edit formats.
    A later round sees more code than an earlier one, as a repair that was missed most often lacked the faulty source.
    """

    client: ModelClient
    name: str
    context: Context
    read_reply: ReadReply
    redact: Callable[[str], str] = Redactor()  # noqa: RUF009 - frozen
    marker: Callable[[], str] = lambda: secrets.token_hex(8)
    context_tokens: int = 6_000
    max_output_tokens: int = 16_000
    rounds: int = 3

    def propose(self, task: RepairTask) -> Iterator[Proposal]:
        """Yield this round's one proposal; see `Engine`."""
        fence = Fence(self.marker(), self.redact)
        excerpts = self.context(task.diagnosis, task.source, token_budget=self.context_tokens * task.round)
        question = Message("user", prompt.build(task, excerpts, self.name, fence))
        first = self._ask((question,), task.source)
        complaint = _complaint(first)
        if complaint is None:
            yield self._proposal(first)
            return
        echo = Message("assistant", fence.clean(first.reply.text, ECHO_LIMIT) or "(no answer)")
        again = Message("user", prompt.format_repair(complaint, fence))
        second = self._ask((question, echo, again), task.source)
        kept = second.analysis if second.analysis.root_cause else first.analysis
        yield self._proposal(_Answer(reply=second.reply, analysis=kept, outcome=second.outcome))

    def _ask(self, messages: tuple[Message, ...], source: SourceTree) -> _Answer:
        said = self.client.complete(ModelRequest(prompt.system(), messages, self.max_output_tokens))
        return _Answer(reply=said, analysis=reply.analysis(self.redact(said.text)), outcome=self._outcome(said, source))

    def _outcome(self, said: ModelReply, source: SourceTree) -> tuple[FileEdit, ...] | Rejection | Blocked:
        if said.refused:
            return Rejection(RejectedBy.REPLY, "refused", "the model declined to answer this prompt")
        if said.truncated:
            return Rejection(
                RejectedBy.REPLY, "truncated", "the reply was cut off at its limit of length, so none of it was used"
            )
        declared = reply.blocked(self.redact(said.text))
        if declared is not None:
            code, explanation = declared
            return Blocked(self.name, code, explanation, said.model)
        return self.read_reply(said.text, source)

    def _proposal(self, answer: _Answer) -> Proposal:
        outcome, said = answer.outcome, answer.reply
        if isinstance(outcome, Blocked):
            return outcome
        if isinstance(outcome, Rejection):
            excerpt = cut_middle(visible(self.redact(said.text)), EXCERPT_LIMIT)
            return Refused(self.name, outcome, said.model, answer.analysis, excerpt)
        return CandidatePatch(self.name, outcome, answer.analysis, said.model)


def _complaint(answer: _Answer) -> Rejection | None:
    """Return what was wrong with the form or place of a whole reply; None where another form would not help."""
    outcome, said = answer.outcome, answer.reply
    if not isinstance(outcome, Rejection) or said.truncated or said.refused:
        return None
    return outcome if outcome.by in {RejectedBy.REPLY, RejectedBy.PLACEMENT} else None
