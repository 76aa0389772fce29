"""A time limit for each test case, by SIGALRM on the main thread: a test case that hangs fails, and the rest goes on.

No watching thread is used: a second thread changes what a suite sees (fork warns of it). What hangs in a call that
never returns to the interpreter is therefore left to the time limit of the whole run, which names the test case.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

AGAIN_SECONDS = 10.0
"""When the exception is raised once more, for code that swallowed it."""


class CaseTimeLimit(BaseException):
    """A test case ran for longer than it may; not an Exception, so that the code under test rarely swallows it."""

    __module__ = "builtins"  # so that its name is printed alone


class Limit:
    """Raises CaseTimeLimit in the main thread when what stands between `start` and `stop` takes too long.

    A suite that uses the signal or its timer itself is left alone.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._signal, self._get, self._timer = signal.signal, signal.getsignal, signal.setitimer
        self._read, self._process, self._getpid, self._clock = signal.getitimer, os.getpid(), os.getpid, time.monotonic
        self._due = 0.0
        self._is_set = False

    @classmethod
    def ordered(cls) -> Limit:
        """Return the limit that the environment asks for (SELF_HEAL_CASE_SECONDS), which may be none."""
        return cls(float(os.environ.get("SELF_HEAL_CASE_SECONDS") or 0))

    def start(self) -> None:
        """Begin to count."""
        if self.seconds <= 0 or self._get(signal.SIGALRM) is not signal.SIG_DFL or any(self._read(signal.ITIMER_REAL)):
            return
        try:
            self._signal(signal.SIGALRM, self._ring)
        except ValueError:  # not the main thread
            return
        self._is_set = True
        self._due = self._clock() + self.seconds
        self._timer(signal.ITIMER_REAL, self.seconds, AGAIN_SECONDS)

    def stop(self) -> None:
        """Stop counting, and leave the signal as it was found, unless the suite has taken it over meanwhile."""
        if not self._is_set:
            return
        self._is_set = False
        if self._get(signal.SIGALRM) == self._ring:
            self._timer(signal.ITIMER_REAL, 0)
            self._signal(signal.SIGALRM, signal.SIG_DFL)

    def _ring(self, _number: int, _frame: Any) -> None:
        __tracebackhide__ = True
        # A timer that the suite set itself, without a handler of its own, would have ended the process.
        if self._is_set and self._getpid() == self._process and self._clock() >= self._due - 0.1:
            raise CaseTimeLimit("it did not end within its time limit (%g s)" % self.seconds)
