"""Ask models, each question with what a good engineer would want to read, and take one change from each answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from healer.engines.model import prompt, reflection, reply, wishes
from healer.engines.model.asking import OneByOne
from healer.engines.model.fencing import cut_middle, visible
from healer.engines.model.ladder import angles, questions
from healer.errors import EngineError
from healer.models.change import Analysis, Blocked, CandidatePatch, FileEdit, Refused, RejectedBy, Rejection
from healer.ports import Message, ModelRequest, SourceTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.engines.model.fencing import Fence
    from healer.engines.model.ladder import Angle, Ladder
    from healer.engines.model.prompt import Prompt
    from healer.engines.model.reading import Reader
    from healer.models.change import Proposal
    from healer.ports import Asking, ModelClient, ModelReply, PendingReply, RepairTask

EXCERPT_LIMIT = 2_000
ECHO_LIMIT = 12_000
OUTPUT_TOKENS = 16_000

ReadReply = Callable[[str, SourceTree], tuple[FileEdit, ...] | Rejection]
"""Parse a reply and place its change on the source, all of it or nothing."""


@dataclass(frozen=True)
class _Question:
    """A prompt, and who it is for."""

    client: ModelClient
    prompt: Prompt


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
    asking: Asking = field(default_factory=OneByOne)
    """How several questions are put; one by one where nothing was passed in."""

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
        wish = wishes.of(task.attempts, task.round)
        number = reflection.depth(task.attempts, task.round)
        reading = self.reader.read(task.diagnosis, task.source, number, place, wish)
        return prompt.compose(task, reading, self.name, self.fence, angle, may_ask=task.round < self.rounds)

    def propose(self, task: RepairTask) -> Iterator[Proposal]:
        """Yield a proposal for each of this round's questions; see `Engine`."""
        clients = self.ladder.rung(task.round)
        asked = questions(task.round, self.candidates, self.ladder)
        # Side by side, candidates do not know of each other: what they agree on counts only then.
        known = replace(task, attempts=tuple(task.attempts)) if self._is_eager else task
        chosen = enumerate(islice(angles(task.diagnosis, known.attempts, len(clients)), asked))
        put = (_Question(clients[number % len(clients)], self.prompt(known, angle)) for number, angle in chosen)
        if self._is_eager:
            yield from self._answered(tuple(put), known.source)
            return
        for question in put:
            for proposal in self._answered((question,), known.source):
                yield proposal
                if isinstance(proposal, Blocked):
                    return

    @property
    def _is_eager(self) -> bool:
        return (self.candidates or 0) > 1 or max(len(self.ladder.first), len(self.ladder.later)) > 1

    def _answered(self, put: Sequence[_Question], source: SourceTree) -> Iterator[Proposal]:
        """Yield a proposal for each question, in their order.

        All are put at once, and then all second turns. An error that left a question without an answer comes last, so
        that it takes nothing from the others.
        """
        firsts = self._replies([(question, ()) for question in put], source)
        unfit = [
            (question, self._again(first, complaint))
            for question, first in zip(put, firsts, strict=True)
            if isinstance(first, _Answer) and (complaint := _complaint(first))
        ]
        seconds = iter(self._replies(unfit, source))
        failed: EngineError | None = None
        for first in firsts:
            last = next(seconds) if isinstance(first, _Answer) and _complaint(first) else first
            if isinstance(last, EngineError):
                failed = failed or last
            elif isinstance(first, _Answer):
                kept = last.analysis if last.analysis.root_cause else first.analysis
                yield self._proposal(_Answer(reply=last.reply, analysis=kept, outcome=last.outcome))
        if failed is not None:
            raise failed

    def _again(self, first: _Answer, complaint: Rejection) -> tuple[Message, ...]:
        """Return the turns that ask for the same change in another form."""
        echo = Message("assistant", self.fence.clean(first.reply.text, ECHO_LIMIT) or "(no answer)")
        return echo, Message("user", prompt.format_repair(complaint, self.fence))

    def _replies(
        self, put: Sequence[tuple[_Question, tuple[Message, ...]]], source: SourceTree
    ) -> list[_Answer | EngineError]:
        """Put all questions, each with its further turns; return for each what was answered, or why nothing was."""
        pending = []
        for question, further in put:
            said = question.prompt
            turns = (Message("user", said.message), *further)
            request = ModelRequest(said.system, turns, self.max_output_tokens, context=said.context)
            pending.append(self.asking.start(question.client, request))
        return [self._answer(one, source) for one in pending]

    def _answer(self, pending: PendingReply, source: SourceTree) -> _Answer | EngineError:
        try:
            said = pending.result()
        except EngineError as error:
            return error
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
