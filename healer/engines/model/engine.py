"""Ask models, each question with what a good engineer would want to read, and take one change from each answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from healer.engines.model import prompt, reply
from healer.engines.model.fencing import cut_middle, visible
from healer.engines.model.ladder import angles, questions
from healer.models.change import Analysis, Blocked, CandidatePatch, FileEdit, Refused, RejectedBy, Rejection
from healer.ports import Message, ModelRequest, SourceTree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.engines.model.fencing import Fence
    from healer.engines.model.ladder import Angle, Ladder
    from healer.engines.model.prompt import Prompt
    from healer.engines.model.reading import Reader
    from healer.models.change import Proposal
    from healer.ports import ModelClient, ModelReply, RepairTask

EXCERPT_LIMIT = 2_000
ECHO_LIMIT = 12_000
OUTPUT_TOKENS = 16_000

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
    """Satisfies `Engine`: one proposal from each question, and at most one more turn about the form of its answer.

    That turn asks for SEARCH/REPLACE, the form that models keep to best in aider's leaderboards of edit formats.
    Without a number of `candidates`, a question is asked only once the change of the last one fell.
    """

    ladder: Ladder
    name: str
    reader: Reader
    read_reply: ReadReply
    fence: Fence
    """One for the whole run, so that the beginning of all its prompts is the same."""
    candidates: int | None = None
    max_output_tokens: int = OUTPUT_TOKENS
    rounds: int = 3

    @property
    def rivals(self) -> int:
        """How many more proposals are wanted once one passes; 0: each costs money, so the first will do."""
        return max(questions(number, self.candidates, self.ladder) for number in (1, 2)) - 1 if self._is_eager else 0

    def asked(self, number: int) -> frozenset[str]:
        """Return the models of a round."""
        return frozenset(client.model for client in self.ladder.rung(number)) if number <= self.rounds else frozenset()

    def prompt(self, task: RepairTask, angle: Angle | None = None) -> Prompt:
        """Return a question as it would be asked."""
        place = angle.place if angle else None
        reading = self.reader.read(task.diagnosis, task.source, task.round, place)
        return prompt.compose(task, reading, self.name, self.fence, angle)

    def propose(self, task: RepairTask) -> Iterator[Proposal]:
        """Yield a proposal for each of this round's questions; see `Engine`."""
        clients = self.ladder.rung(task.round)
        asked = questions(task.round, self.candidates, self.ladder)
        # Side by side, candidates do not know of each other: what they agree on counts only then.
        known = replace(task, attempts=tuple(task.attempts)) if self._is_eager else task
        for number, angle in enumerate(islice(angles(task.diagnosis, known.attempts, len(clients)), asked)):
            proposal = self._answered(clients[number % len(clients)], known, angle)
            yield proposal
            if isinstance(proposal, Blocked) and not self._is_eager:
                return

    @property
    def _is_eager(self) -> bool:
        return (self.candidates or 0) > 1 or max(len(self.ladder.first), len(self.ladder.later)) > 1

    def _answered(self, client: ModelClient, task: RepairTask, angle: Angle) -> Proposal:
        asked = self.prompt(task, angle)
        question = Message("user", asked.message)
        first = self._ask(client, asked, (question,), task.source)
        complaint = _complaint(first)
        if complaint is None:
            return self._proposal(first)
        echo = Message("assistant", self.fence.clean(first.reply.text, ECHO_LIMIT) or "(no answer)")
        again = Message("user", prompt.format_repair(complaint, self.fence))
        second = self._ask(client, asked, (question, echo, again), task.source)
        kept = second.analysis if second.analysis.root_cause else first.analysis
        return self._proposal(_Answer(reply=second.reply, analysis=kept, outcome=second.outcome))

    def _ask(self, client: ModelClient, asked: Prompt, messages: tuple[Message, ...], source: SourceTree) -> _Answer:
        said = client.complete(ModelRequest(asked.system, messages, self.max_output_tokens, context=asked.context))
        analysis = reply.analysis(self.fence.redact(said.text))
        return _Answer(reply=said, analysis=analysis, outcome=self._outcome(said, source))

    def _outcome(self, said: ModelReply, source: SourceTree) -> tuple[FileEdit, ...] | Rejection | Blocked:
        if said.refused:
            return Rejection(RejectedBy.REPLY, "refused", "the model declined to answer this prompt")
        if said.truncated:
            return Rejection(
                RejectedBy.REPLY, "truncated", "the reply was cut off at its limit of length, so none of it was used"
            )
        declared = reply.blocked(self.fence.redact(said.text))
        if declared is not None:
            code, explanation = declared
            return Blocked(self.name, code, explanation, said.model)
        return self.read_reply(said.text, source)

    def _proposal(self, answer: _Answer) -> Proposal:
        outcome, said = answer.outcome, answer.reply
        if isinstance(outcome, Blocked):
            return outcome
        if isinstance(outcome, Rejection):
            excerpt = cut_middle(visible(self.fence.redact(said.text)), EXCERPT_LIMIT)
            return Refused(self.name, outcome, said.model, answer.analysis, excerpt)
        return CandidatePatch(self.name, outcome, answer.analysis, said.model)


def _complaint(answer: _Answer) -> Rejection | None:
    """Return what was wrong with the form or place of a whole reply; None where another form would not help."""
    outcome, said = answer.outcome, answer.reply
    if not isinstance(outcome, Rejection) or said.truncated or said.refused:
        return None
    return outcome if outcome.by in {RejectedBy.REPLY, RejectedBy.PLACEMENT} else None
