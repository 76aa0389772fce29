"""Questions to models side by side: each in a thread, as many as a round has, all of them ended when the run is."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from healer.adapters.stopping import Stop
from healer.budget import Turns
from healer.errors import BudgetExhausted

if TYPE_CHECKING:
    from collections.abc import Callable

    from healer.ports import ModelClient, ModelReply, ModelRequest, PendingReply

_OF_MONEY = frozenset({"budget_cost", "budget_day"})


@runtime_checkable
class Starting(Protocol):
    """A client that has a way of its own to be asked side by side with others."""

    def start(self, request: ModelRequest, begin: Begin) -> PendingReply:
        """Take a question; `begin` runs what it is given beside the other questions."""


class Begin(Protocol):
    """Have a call made beside others."""

    def __call__(self, call: Callable[[], ModelReply], /) -> PendingReply:
        """Return what will hold its reply."""


def begun(client: ModelClient, request: ModelRequest, begin: Begin) -> PendingReply:
    """Put a question to a client in its own way, or else as `begin` does."""
    if isinstance(client, Starting):
        return client.start(request, begin)
    return begin(lambda: client.complete(request))


@dataclass(frozen=True, slots=True)
class Later:
    """A call that is made when its reply is asked for; satisfies `PendingReply`."""

    call: Callable[[], ModelReply]

    def result(self) -> ModelReply:
        """Make it."""
        return self.call()


class Calls:
    """Satisfies `Asking`. An interruption gives up what is asked, and no further attempt is made."""

    def __init__(self) -> None:
        self._stop = Stop()
        self._group = _Group(self._stop)

    def start(self, client: ModelClient, request: ModelRequest) -> PendingReply:
        """Take a question; see `Asking`."""
        return begun(client, request, self._begin)

    def _begin(self, call: Callable[[], ModelReply]) -> _Call:
        if self._group.is_over:
            self._group = _Group(self._stop)
        return self._group.add(call)


class _Group:
    """Calls that are made together, once."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._calls: list[_Call] = []
        self.is_over = False

    def add(self, call: Callable[[], ModelReply]) -> _Call:
        added = _Call(call, self)
        self._calls.append(added)
        return added

    def finish(self) -> None:
        """Make all calls, and wait for the last."""
        if self.is_over:
            return
        self.is_over = True
        if len(self._calls) == 1:
            self._calls[0].make()
            return
        turns = Turns(len(self._calls))
        threads = [
            threading.Thread(target=self._work, args=(turns, place), name="model-question", daemon=True)
            for place in range(len(self._calls))
        ]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            self._stop.ask()
            raise
        lacking = [call for call in self._calls if call.lacked_money]
        if len(lacking) < len(self._calls):
            # Worst cases that do not fit together may fit one by one, when it is known what the others cost.
            for call in lacking:
                call.make()

    def _work(self, turns: Turns, place: int) -> None:
        with turns.taken(place), self._stop.obeyed():
            self._calls[place].make()


class _Call:
    """One call of a group; satisfies `PendingReply`."""

    def __init__(self, call: Callable[[], ModelReply], group: _Group) -> None:
        self._call = call
        self._group = group
        self._reply: ModelReply | None = None
        self._error: Exception | None = None

    def make(self) -> None:
        """Make the call, and keep its end."""
        self._reply = self._error = None
        try:
            self._reply = self._call()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the reply is asked for
            self._error = error

    @property
    def lacked_money(self) -> bool:
        """Whether it was not made for want of money."""
        return isinstance(self._error, BudgetExhausted) and self._error.code in _OF_MONEY

    def result(self) -> ModelReply:
        """Wait for the whole group; return the reply, or raise what there was in place of one."""
        self._group.finish()
        if self._error is not None:
            raise self._error
        if self._reply is None:
            raise RuntimeError("the call was given up")
        return self._reply
