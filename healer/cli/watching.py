"""Large files show how far they are read, once reading has taken a second."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

    from healer.cli.terminal import Terminal

_PATIENCE = 1.0
_EVERY = 2.0
_MEBIBYTE = 2**20
_PIECE = 2**18


def watched(stream: BinaryIO, name: str, terminal: Terminal) -> BinaryIO:
    """Return the file as one that tells the terminal of its progress while it is read."""
    return io.BufferedReader(WatchedFile(stream, name, terminal), _PIECE)


class WatchedFile(io.RawIOBase):
    """A file that tells the terminal of its progress while it is read; seeking works as in the file itself."""

    def __init__(
        self, stream: BinaryIO, name: str, terminal: Terminal, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._stream = stream
        self._name = name
        self._terminal = terminal
        self._clock = clock
        self._size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        self._next = clock() + _PATIENCE

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def seekable(self) -> bool:
        """Return that it is."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read as the file does, and tell from time to time how far it is."""
        data = self._stream.read(len(memoryview(buffer)))
        memoryview(buffer)[: len(data)] = data
        if self._clock() >= self._next:
            self._next = self._clock() + _EVERY
            self._terminal.progress("reading", f"{self._name}: {self._so_far()}")
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Seek in the file."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the position in the file."""
        return self._stream.tell()

    def _so_far(self) -> str:
        position = self._stream.tell()
        share = f" of {self._size // _MEBIBYTE} MiB ({position * 100 // self._size} %)" if self._size else ""
        return f"{position // _MEBIBYTE} MiB{share}"
