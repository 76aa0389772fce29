"""Runs side by side: each in a thread that waits for its processes, all of them ended when this process is."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from healer.models.proof import SuiteRun

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that takes place when its result is asked for; satisfies `ports.Pending`."""

    _call: Callable[[], SuiteRun]

    def result(self) -> SuiteRun:
        """Run, and return what came of it."""
        return self._call()

    def cancel(self) -> None:
        """Do nothing: it never began."""


@dataclass(frozen=True, slots=True)
class Started:
    """A run in a thread of its own; satisfies `ports.Pending`."""

    _future: Future[SuiteRun]
    _stop: Stop

    def result(self) -> SuiteRun:
        """Wait for the end of the run; raise what it raised."""
        return self._future.result()

    def cancel(self) -> None:
        """End it, whether or not it has begun, and wait until nothing of it is left."""
        self._stop.ask()
        if not self._future.cancel():
            self._future.exception()


class Workers:
    """At most so many runs at once; satisfies `ports.Workers`. Close it before what the runs work with is put away."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._stops: list[Stop] = []
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="run") if count > 1 else None

    def start(self, call: Callable[[], SuiteRun]) -> Started | Waiting:
        """Have a run begin as soon as a worker is free; with a single one, when its result is asked for."""
        if self._threads is None:
            return Waiting(call)
        stop = Stop()
        self._stops.append(stop)
        future = self._threads.submit(_obeying, stop, call)
        future.add_done_callback(lambda _: self._stops.remove(stop))
        return Started(future, stop)

    def close(self) -> None:
        """End every run, and wait until nothing of them is left."""
        for stop in tuple(self._stops):
            stop.ask()
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)


def _obeying(stop: Stop, call: Callable[[], SuiteRun]) -> SuiteRun:
    with stop.obeyed():
        return call()


def cores() -> int:
    """Return how many processors this process may use, by its affinity and by the quota of its container."""
    count = len(os.sched_getaffinity(0))
    try:
        quota, period = _QUOTA.read_text("ascii").split()
        return max(1, min(count, int(quota) // int(period)))
    except (OSError, ValueError):  # no such file, or `max`
        return count
