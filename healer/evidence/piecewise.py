"""A stream over pieces of bytes as they come, for what is unpacked on the fly."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

from healer.evidence.limits import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator


def stream_of(pieces: Iterator[bytes]) -> BinaryIO:
    """Return a stream that reads the pieces one after the other; what they raise, reading raises."""
    return io.BufferedReader(_Pieces(pieces), CHUNK_BYTES)


class _Pieces(io.RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # what BufferedReader passes
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
