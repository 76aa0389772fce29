"""Reports of every format behind one function: content tells the format, and bad input is a value, not an error."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, BinaryIO, Protocol

from healer.evidence.conclusion import unreadable
from healer.evidence.formats import junit, pytest_json
from healer.evidence.limits import CHUNK_BYTES, HEAD_BYTES, REPORT_BYTES
from healer.evidence.sniffing import Head, head_of, why_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.models.evidence import Report


class ReportReader(Protocol):
    """One format. Modules satisfy it by shape; to add a format, write such a module and name it in READERS."""

    FORMAT: str

    def recognises(self, head: Head) -> bool:
        """Whether a file that begins so is of this format."""

    def read(self, chunks: Iterator[bytes], source: str) -> Report:
        """Read a file from its first byte; `chunks` are never empty."""


READERS: tuple[ReportReader, ...] = (junit, pytest_json)


def read_report(stream: BinaryIO, source: str) -> Report:
    """Read one report from its beginning; whatever its bytes, the answer is a `Report`.

    `source` names it in the answer and is not opened. Memory does not grow with passing test cases.
    """
    chunks = _Chunks(stream)
    try:
        data = chunks.first()
        if not data:
            return unreadable(source, "the file is empty (0 bytes)")
        head = head_of(data)
        for reader in READERS:
            if reader.recognises(head):
                return reader.read(iter(chunks), source)
    except OSError as error:
        return unreadable(source, f"the file cannot be read ({error.strerror or error})")
    except MemoryError:
        return unreadable(source, "the file does not fit into memory")
    return unreadable(source, f"the file {why_unknown(head)}")


class _Chunks:
    """The stream's bytes in pieces, from its start, up to the limit of one report."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._head = b""

    def first(self) -> bytes:
        """Read enough to tell the format; a stream may give less than it is asked for."""
        while len(self._head) < HEAD_BYTES and (more := self._stream.read(HEAD_BYTES - len(self._head))):
            self._head += more
        return self._head

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        read = len(self._head)
        while chunk := self._stream.read(CHUNK_BYTES):
            read += len(chunk)
            if read > REPORT_BYTES:
                raise OSError(errno.EFBIG, f"it is larger than {REPORT_BYTES // 2**20} MiB")
            yield chunk
