"""Money and calls, capped: what a call may cost at worst is reserved before it is made, and settled after."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from healer.errors import BudgetExhausted
from healer.models.change import Usage

if TYPE_CHECKING:
    from types import TracebackType

    from healer.ports import SpendingLedger


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


def _with_cost(usage: Usage, cost_usd: float) -> Usage:
    return Usage(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens, cost_usd)
