"""Money and calls, capped: what a call may cost at worst is reserved before it is made, and settled after."""

from __future__ import annotations

import math
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from healer.errors import BudgetExhausted
from healer.models.change import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from healer.ports import SpendingLedger

_turn: ContextVar[_Turn | None] = ContextVar("turn", default=None)


@dataclass(slots=True)
class Budget:
    """A cap on dollars and calls that no interleaving of parallel calls can overshoot.

    Holds `usage.cost_usd + all open reservations <= max_cost_usd` at every moment: a call whose worst case does
    not fit is refused before it is made. With a ledger the same holds for all runs of the day together.
    """

    max_cost_usd: float
    max_calls: int
    ledger: SpendingLedger | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _spent: Usage = field(default_factory=Usage)
    _reserved: float = 0.0
    _calls: int = 0

    @property
    def usage(self) -> Usage:
        """What all settled calls used together."""
        with self._lock:
            return self._spent

    @property
    def calls(self) -> int:
        """How many calls were settled or are under way."""
        with self._lock:
            return self._calls

    def reserve(self, worst_case_usd: float) -> Reservation:
        """Set the worst case of one call aside; raise BudgetExhausted when it could exceed a cap."""
        if not math.isfinite(worst_case_usd) or worst_case_usd < 0:
            raise ValueError(f"a worst case is a finite number of dollars, not {worst_case_usd}")
        turn = _turn.get()
        if turn is None:
            return self._reserved_now(worst_case_usd)
        _turn.set(None)
        return turn.turns.in_order(turn.place, lambda: self._reserved_now(worst_case_usd))

    def _reserved_now(self, worst_case_usd: float) -> Reservation:
        with self._lock:
            if self._calls >= self.max_calls:
                raise BudgetExhausted(
                    f"all {self.max_calls} model calls of this run are used up, so no further one was made; "
                    "allow more calls if the repair is worth it",
                    code="budget_calls",
                )
            if self._spent.cost_usd + self._reserved + worst_case_usd > self.max_cost_usd:
                raise BudgetExhausted(
                    f"the next model call could cost up to ${worst_case_usd:.4f}, which with "
                    f"${self._spent.cost_usd:.4f} spent and ${self._reserved:.4f} reserved would exceed the cap of "
                    f"${self.max_cost_usd:.2f}, so it was not made; raise the cap or choose a cheaper model",
                    code="budget_cost",
                )
            self._reserved += worst_case_usd
            self._calls += 1
        reservation = Reservation(self, worst_case_usd)
        if self.ledger is not None:
            try:
                reservation.entry = self.ledger.reserve(worst_case_usd)
            except BaseException:
                self._settle(reservation, None)
                raise
        return reservation

    def note(self, usage: Usage) -> None:
        """Tell of tokens that another run has paid for."""
        with self._lock:
            self._spent += Usage(
                usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens
            )

    def _settle(self, reservation: Reservation, usage: Usage | None) -> None:
        with self._lock:
            if not reservation.open:
                raise RuntimeError("a reservation is settled once")
            reservation.open = False
            self._reserved = max(0.0, self._reserved - reservation.worst_case_usd)
            if usage is None:
                self._calls -= 1
            else:
                self._spent += usage
        if self.ledger is not None and reservation.entry:
            self.ledger.settle(reservation.entry, usage or Usage())


@dataclass(slots=True)
class Reservation:
    """Dollars set aside for one call. As a context manager it is charged in full unless settled inside.

    Whatever ends a call in doubt (a lost connection, an interruption) may have been billed, so doubt costs the
    worst case.
    """

    budget: Budget = field(repr=False)
    worst_case_usd: float
    open: bool = True
    entry: str = ""
    """Its name in the ledger."""

    def commit(self, usage: Usage) -> Usage:
        """Settle with what the call used, and return it; a cost outside 0..worst case is charged as the worst case."""
        believable = 0 <= usage.cost_usd <= self.worst_case_usd  # false for NaN too
        charged = usage if believable else _with_cost(usage, self.worst_case_usd)
        self.budget._settle(self, charged)  # noqa: SLF001 - the two classes are one mechanism
        return charged

    def charge(self) -> Usage:
        """Settle with the worst case."""
        return self.commit(Usage(cost_usd=self.worst_case_usd))

    def release(self) -> None:
        """Give everything back: the call was not made, or was turned down unbilled."""
        self.budget._settle(self, None)  # noqa: SLF001 - as above

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.open:
            self.charge()


@dataclass(frozen=True, slots=True)
class _Turn:
    turns: Turns
    place: int


class Turns:
    """Calls made side by side: each sets money aside in its place, and none goes on before all have.

    Otherwise what is left of a cap would depend on which thread came first, or which answer. The first reservation
    that a thread makes inside of `taken` is the one that waits.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._passed: set[int] = set()
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, place: int) -> Iterator[None]:
        """Have this thread's first reservation wait for its turn; places are counted from 0."""
        token = _turn.set(_Turn(self, place))
        try:
            yield
        finally:
            _turn.reset(token)
            self._pass(place)

    def in_order(self, place: int, reserve: Callable[[], Reservation]) -> Reservation:
        """Reserve once all earlier places have or never will; return when all places have, raise at once."""
        with self._changed:
            self._changed.wait_for(lambda: self._passed.issuperset(range(place)))
        try:
            reservation = reserve()
        finally:
            self._pass(place)
        with self._changed:
            self._changed.wait_for(lambda: len(self._passed) == self._count)
        return reservation

    def _pass(self, place: int) -> None:
        with self._changed:
            self._passed.add(place)
            self._changed.notify_all()


def _with_cost(usage: Usage, cost_usd: float) -> Usage:
    return Usage(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens, cost_usd)
