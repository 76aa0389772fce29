"""What a command says, read to the end of its pipes: bounded in memory, and in all where it never stops."""

from __future__ import annotations

import contextlib
import os
import selectors
import time

HEAD_BYTES = 256 * 1024
TAIL_BYTES = 1024 * 1024
RECORD_BYTES = 192 * 1024 * 1024
_PIPE_READS = 32
"""More than a pipe can hold, in reads of 64 KiB."""


class Bounded:
    """Bytes as they come, of which the beginning and the end are kept."""

    def __init__(self, head: int, tail: int) -> None:
        self._head, self._tail, self._head_size, self._tail_size = bytearray(), bytearray(), head, tail
        self.dropped = 0
        self.total = 0

    def add(self, data: bytes) -> None:
        """Take more."""
        self.total += len(data)
        room = self._head_size - len(self._head)
        self._head += data[:room]
        self._tail += data[max(0, room) :]
        if len(self._tail) > 2 * self._tail_size:
            self._trim()

    def _trim(self) -> None:
        excess = len(self._tail) - self._tail_size
        if excess > 0:
            self.dropped += excess
            del self._tail[:excess]

    def value(self) -> bytes:
        """Return what was kept, with a line that says how much is missing."""
        self._trim()
        gap = f"\n[... {self.dropped} bytes left out ...]\n".encode() if self.dropped else b""
        return bytes(self._head + gap + self._tail)


def pump(sinks: dict[int, Bounded], channel: int | None, record: Bounded, *, deadline: float, most: int) -> bool:
    """Read every pipe to its end; return whether it came to that, and not to more than `most` bytes or the deadline.

    The channel has no end of its own (it is held open here), so it is read dry last.
    """
    with selectors.DefaultSelector() as selector:
        for descriptor in sinks:
            selector.register(descriptor, selectors.EVENT_READ)
        if channel is not None:
            selector.register(channel, selectors.EVENT_READ)
        open_pipes = set(sinks)
        while open_pipes and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                descriptor = key.fd
                data = os.read(descriptor, 65536)
                if descriptor == channel:
                    record.add(data)
                elif data:
                    sinks[descriptor].add(data)
                else:
                    selector.unregister(descriptor)
                    open_pipes.discard(descriptor)
            if any(sink.total > most for sink in (*sinks.values(), record)):
                return False
    if channel is not None:
        with contextlib.suppress(BlockingIOError):
            for _ in range(_PIPE_READS):
                record.add(os.read(channel, 65536))
    return True
