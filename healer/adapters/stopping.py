"""Ending runs from outside: a wish that every process of a run hears, in whatever thread it was started."""

from __future__ import annotations

import contextlib
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_current: ContextVar[Stop | None] = ContextVar("stop", default=None)


class Stopped(Exception):  # noqa: N818 - reads as what happened
    """The run was ended from outside, so it has no result."""


class Stop:
    """A wish that a run ends: once asked for, it ends what runs, and what would be started next as well."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._endings: list[Callable[[], None]] = []
        self._asked = False

    def ask(self) -> None:
        """End whatever runs for this wish."""
        with self._lock:
            self._asked = True
            for end in self._endings:
                with contextlib.suppress(OSError):
                    end()

    @property
    def asked(self) -> bool:
        """Whether it was asked for."""
        return self._asked

    @contextmanager
    def obeyed(self) -> Iterator[None]:
        """Let all that this thread starts inside of the block hear this wish."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    @contextmanager
    def heard(self, end: Callable[[], None]) -> Iterator[None]:
        """Have `end` called when the wish is uttered, now or before; raise Stopped after the block if it was."""
        with self._lock:
            self._endings.append(end)
            if self._asked:
                end()
        try:
            yield
        finally:
            with self._lock:
                self._endings.remove(end)
        if self._asked:
            raise Stopped


@contextmanager
def stoppable(end: Callable[[], None]) -> Iterator[None]:
    """Have `end` called when the run that this thread works for is to end; raise Stopped after the block if it was.

    Nothing happens in a thread that works for no such run.
    """
    stop = _current.get()
    if stop is None:
        yield
        return
    with stop.heard(end):
        yield


def is_stopping() -> bool:
    """Whether the run that this thread works for is to end."""
    stop = _current.get()
    return stop is not None and stop.asked
