"""Gzip taken off a stream, bounded: what it unpacks to is never held as a whole."""

from __future__ import annotations

import errno
import zlib
from typing import TYPE_CHECKING, BinaryIO

from healer.evidence.limits import ARCHIVE_BYTES, CHUNK_BYTES
from healer.evidence.piecewise import stream_of

if TYPE_CHECKING:
    from collections.abc import Iterator

GZIP = b"\x1f\x8b"
_WITH_HEADER = 31


def gunzipped(stream: BinaryIO) -> BinaryIO:
    """Return the unpacked stream; reading it raises OSError where it is damaged, cut off or too large."""
    return stream_of(_pieces(stream))


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_WITH_HEADER)
    packed = stream.read(CHUNK_BYTES)
    left = ARCHIVE_BYTES
    while packed:
        try:
            piece = unpacker.decompress(packed, CHUNK_BYTES)
        except zlib.error as error:
            raise OSError(errno.EIO, f"its gzip data is damaged: {error}") from None
        left -= len(piece)
        if left < 0:
            raise OSError(errno.EFBIG, f"it unpacks to more than {ARCHIVE_BYTES // 2**20} MiB")
        yield piece
        packed = unpacker.unconsumed_tail
        if unpacker.eof:
            packed = unpacker.unused_data or stream.read(CHUNK_BYTES)
            if not packed.startswith(GZIP[:1]):
                return  # padding behind the last member
            unpacker = zlib.decompressobj(_WITH_HEADER)
        elif not packed:
            packed = stream.read(CHUNK_BYTES)
    if not unpacker.eof and left < ARCHIVE_BYTES:
        raise OSError(errno.EIO, "its gzip data is cut off")
