"""Questions that can wait, for half the price: Anthropic's Message Batches, picked up again by a later run.

A question is known by its own content, so that a run that is cut off is gone on with by the next one that asks the
same: it finds where the question is, waits for that batch, and pays nothing more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.adapters.models import sdk
from healer.adapters.models.addresses import checked
from healer.adapters.models.batch_posting import InDoubt, NotTaken, posted
from healer.adapters.models.batch_results import lines_of, read_result
from healer.adapters.models.exchange import OUT_OF_TIME, Endpoint
from healer.adapters.models.faults import Answer, fault
from healer.adapters.models.submitted import Submitted
from healer.budget import Budget
from healer.errors import BudgetExhausted, EngineError, ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from healer.adapters.models.batch_results import Outcome
    from healer.adapters.models.sdk import Account
    from healer.adapters.models.submitted import Records
    from healer.budget import Reservation
    from healer.ports import ModelReply
    from healer.prices import Price

_FIRST_WAIT, _LONGEST_WAIT = 5.0, 60.0
_CALL_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its name by its content, its body, and what bounds its cost."""

    name: str
    model: str
    body: dict[str, Any]
    bound: int
    price: Price

    @property
    def worst_usd(self) -> float:
        """The most that it can cost."""
        return self.price.worst_case(self.bound, self.body["max_tokens"])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a question is; `reservation` is of this run, if this run put it there."""

    question: Question
    kept: Submitted
    reservation: Reservation | None = None


@dataclass(kw_only=True)
class MessageBatches:
    """The batches of one account, for one run."""

    account: Account
    budget: Budget
    base_url: str
    records: Records
    seconds: float
    """How long this run waits for batches in all."""
    ends: float | None = None
    tell: Callable[[str], None] = lambda _: None
    """Called with a line for people when there is something to wait for."""
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    unsettled: set[str] = field(default_factory=set)
    """Questions of this run that are in a batch, or may be, and have no answer yet."""
    _used: set[str] = field(default_factory=set)
    _free: Budget = field(default_factory=lambda: Budget(0.0, 10**9), repr=False)
    """What polls, which cost nothing, are counted in."""

    def answers(self, questions: Sequence[Question]) -> dict[str, ModelReply | EngineError]:
        """Return for each question its reply, or why there is none: AnswerPending where it will come.

        Those that are in a batch already are waited for, the others go into one. What a batch of an earlier run left
        unanswered is put once more.
        """
        found: dict[str, ModelReply | EngineError] = {}
        self._used |= {question.name for question in questions}
        left = self._round(questions, found)
        if left:
            self._round(left, found)
        self.unsettled -= set(found)
        self.unsettled |= {
            name for name, end in found.items() if isinstance(end, EngineError) and self.records.read(name) is not None
        }
        return found

    def conclude(self) -> None:
        """Forget what this run asked, unless an answer is still to come: the next run then needs all of it."""
        if not self.unsettled:
            for name in self._used:
                self.records.forget(name)
        self.records.tidy()

    def _round(self, questions: Sequence[Question], found: dict[str, ModelReply | EngineError]) -> list[Question]:
        """Answer what can be answered; return what an earlier run had put and was never dealt with."""
        places: list[_Place] = []
        left: list[Question] = []
        try:
            places = self._placed(questions, found)
            for batch in dict.fromkeys(place.kept.batch for place in places if place.kept.batch):
                here = [place for place in places if place.kept.batch == batch]
                when = "now" if here[0].reservation else "by an earlier run"
                many = "a question" if len(here) == 1 else f"{len(here)} questions"
                self.tell(f"{batch} holds {many}, submitted {when}")
                try:
                    lines = self._waited_for(batch, here[0].question.model)
                except EngineError as error:
                    found |= {place.question.name: self._unanswered(place, error) for place in here}
                    continue
                for place in here:
                    end = self._settled(
                        place,
                        read_result(lines.get(place.question.name), place.question, self.host, self.account.secrets),
                    )
                    if isinstance(end, Question):
                        left.append(end)
                    else:
                        found[place.question.name] = end
        finally:
            for place in places:
                if place.reservation is not None and place.reservation.open:
                    place.reservation.charge()
        return left

    def _placed(self, questions: Sequence[Question], found: dict[str, ModelReply | EngineError]) -> list[_Place]:
        """Find where each question is, and put those into one new batch that are nowhere."""
        places: list[_Place] = []
        new: list[_Place] = []
        with self.records.locked():
            for question in questions:
                kept = self.records.read(question.name)
                if kept is not None and kept.batch is None:
                    found[question.name] = self._lost(question, "an earlier run was cut off")
                elif kept is not None:
                    places.append(_Place(question, kept))
                else:
                    try:
                        reservation = self._reserved(question)
                    except EngineError as error:
                        found[question.name] = error
                    else:
                        kept = Submitted(None, reservation.entry)
                        new.append(_Place(question, kept, reservation))
            if new:
                places += self._submitted(new, found)
        return places

    def _reserved(self, question: Question) -> Reservation:
        if self.ends is not None and self.clock() >= self.ends:
            raise BudgetExhausted(OUT_OF_TIME, code="budget_time")
        return self.budget.reserve(question.worst_usd)

    def _submitted(self, new: list[_Place], found: dict[str, ModelReply | EngineError]) -> list[_Place]:
        """Put questions into a batch; return where they are then, or nothing when there is none."""
        batch = None
        try:
            # On record before it is sent: what is cut off between the two may have been taken.
            for place in new:
                self.records.write(place.question.name, place.kept)
            batch = posted([place.question for place in new], self.account, self._endpoint(new[0].question.model))
            placed = [_Place(place.question, Submitted(batch, place.kept.entry), place.reservation) for place in new]
            for place in placed:
                self.records.write(place.question.name, place.kept)
        except NotTaken as refusal:
            for place in new:
                self.records.forget(place.question.name)
                if place.reservation is not None:
                    place.reservation.release()
            found |= {place.question.name: refusal.as_fault for place in new}
            return []
        except InDoubt as doubt:
            found |= {place.question.name: self._lost(place.question, doubt.why) for place in new}
            return []
        else:
            return placed
        finally:
            for place in new:
                if batch is None and place.reservation is not None and place.reservation.open:
                    place.reservation.charge()

    def _waited_for(self, batch: str, model: str) -> Mapping[str, Any]:
        """Return the results of a batch by the names of its questions; raise AnswerPending when time is up before."""
        pause = _FIRST_WAIT
        while True:
            told, reservation = self._endpoint(model).exchange(
                sdk.requester(self.account, "GET", f"/v1/messages/batches/{batch}"), worst_case_usd=0.0
            )
            reservation.release()
            if told.get("processing_status") == "ended":
                return self._results(batch, model)
            left = self.seconds if self.ends is None else min(self.seconds, self.ends - self.clock())
            if left <= 0:
                raise fault("batch_pending", self.host, model, detail=batch)
            if pause == _FIRST_WAIT:
                self.tell(f"waiting for {batch}, {left:.0f} s at most")
            began = self.clock()
            self.sleep(min(pause, left))
            self.seconds -= max(self.clock() - began, min(pause, left))
            pause = min(2 * pause, _LONGEST_WAIT)

    def _results(self, batch: str, model: str) -> Mapping[str, Any]:
        """Return results from the account's own host, whatever address the batch names."""
        send = sdk.requester(self.account, "GET", f"/v1/messages/batches/{batch}/results")
        kept: list[bytes] = []

        def read(seconds: float) -> Answer:
            answer = send(seconds)
            kept.append(answer.body)
            return Answer(answer.status, answer.body, answer.retry_after, {"lines": True}, answer.media_type)

        _, reservation = self._endpoint(model).exchange(read, worst_case_usd=0.0)
        reservation.release()
        return lines_of(kept[-1])

    def _settled(self, place: _Place, end: Outcome) -> ModelReply | EngineError | Question:
        """Count what a question used, once for all runs; return its end, or the question if it is to be put again."""
        name, kept = place.question.name, place.kept
        ledger = self.budget.ledger
        if end.error is not None:
            self.records.forget(name)
        if place.reservation is None:
            if ledger is not None and kept.entry:  # that run counted the worst case; the last word counts
                ledger.settle(kept.entry, end.usage)
            if end.error is not None and end.is_unpaid:
                return place.question
            self.budget.note(end.usage)
        elif end.is_unpaid:
            place.reservation.release()
        else:
            place.reservation.commit(end.usage)
        return end.ended(counted=place.reservation is None)

    def _unanswered(self, place: _Place, error: EngineError) -> EngineError:
        """Return why a batch has no results to read now; one that is gone is forgotten."""
        if error.code != "unknown_model":
            return error
        self.records.forget(place.question.name)
        return fault("batch_gone", self.host, place.question.model, detail=str(place.kept.batch))

    def _lost(self, question: Question, detail: str) -> ModelUnavailable:
        file = self.records.folder / f"{question.name}.json"
        return fault("batch_lost", self.host, question.model, detail=f"{detail}; see {file}")

    @property
    def host(self) -> str:
        """The name that sentences use."""
        return self._endpoint("").host

    def _endpoint(self, model: str) -> Endpoint:
        return Endpoint(
            base_url=checked(self.base_url),
            model=model,
            budget=self._free,
            timeout=_CALL_SECONDS,
            secrets=self.account.secrets,
            sleep=self.sleep,
            clock=self.clock,
        )
