"""Running ahead: the runs of the next few items take place while the first is waited for, and no order changes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from healer.ports import Pending

Item = TypeVar("Item")


@dataclass(slots=True)
class Entry(Generic[Item]):
    """An item and its run; without one, where it needs none or is not begun."""

    item: Item
    pending: Pending | None = None


class Lookahead(Generic[Item]):
    """An iterator's items, each with the run that `start` begins for it.

    Items come in their own order whatever ends first, and an error of the iterator comes in its place among them, so
    that everything is as if no run had begun before it was asked for.
    """

    def __init__(self, items: Iterator[Item], start: Callable[[Item], Pending | None]) -> None:
        self._items = items
        self._start = start
        self._queue: deque[Entry[Item]] = deque()
        self._end: Exception | None = None

    def take(self, at_once: int) -> Entry[Item] | None:
        """Return the next item with its run, `at_once` of them under way; None after the last."""
        self._fill(max(1, at_once))
        if not self._queue:
            if self._end is None or isinstance(self._end, StopIteration):
                return None
            raise self._end
        return self._queue.popleft()

    def halt(self) -> None:
        """End the runs under way; they begin anew when more items are asked for."""
        for entry in self._queue:
            if entry.pending is not None:
                entry.pending.cancel()
                entry.pending = None

    def _fill(self, at_once: int) -> None:
        for entry in list(self._queue)[:at_once]:
            if entry.pending is None:
                entry.pending = self._start(entry.item)
        while len(self._queue) < at_once and self._end is None:
            try:
                item = next(self._items)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where it belongs
                self._end = error
            else:
                self._queue.append(Entry(item, self._start(item)))
