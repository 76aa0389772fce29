"""Zip archives of reports and logs, read in place: bounded in entries and bytes, and nothing is ever written.

GitHub serves the logs of a run as a zip with a file per job at the top (`0_build.txt`) and the same again per step in a
folder (`build/1_Set up job.txt`); artifacts are zips of whatever was uploaded. An archive whose entries overlap or
unpack to absurd sizes is a bomb (D. Fifield, "A better zip bomb", WOOT 2019) and is refused as a whole.
"""

from __future__ import annotations

import errno
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from healer.evidence.limits import ARCHIVE_BYTES, ARCHIVE_DIRECTORY_BYTES, ARCHIVE_MEMBERS, ARCHIVE_RATIO, CHUNK_BYTES
from healer.evidence.piecewise import stream_of
from healer.evidence.wording import label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x06"
_END_BYTES = 22
_LONGEST_COMMENT = 65_535
_LOCAL_HEADER = 30
_IS_ENCRYPTED = 0x1
_FILE_TYPE, _SYMLINK = 0o170000, 0o120000
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_JOB = re.compile(r"-?\d{1,6}_(.{1,300})\.txt")
_STEP = re.compile(r"([^/]{1,300})/(?:(\d{1,6})_[^/]{1,300}|system)\.txt")
_CLUTTER = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|\._)")


class RefusedArchiveError(Exception):
    """An archive that is not read; the sentence says why and completes "the file …"."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive, or the step logs of one job in their order; `reason` says why it cannot be read."""

    name: str
    entries: tuple[zipfile.ZipInfo, ...] = ()
    reason: str | None = None


class Archive:
    """A zip archive on a stream that can seek; raises RefusedArchiveError, OSError."""

    def __init__(self, stream: BinaryIO) -> None:
        _check_directory(stream)
        try:
            self._zip = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, NotImplementedError, UnicodeError, ValueError, EOFError) as error:
            raise RefusedArchiveError(f"is a damaged zip archive ({error})") from None
        self._left = ARCHIVE_BYTES
        entries = [
            entry
            for entry in self._zip.infolist()
            if not entry.filename.endswith("/") and not _CLUTTER.search(entry.filename)
        ]
        _check_entries(entries)
        self.members = tuple(_members(entries))

    def open(self, member: Member) -> BinaryIO:
        """Return a stream of the member's content; reading it raises OSError where it is damaged or too large."""
        return stream_of(self._pieces(member.entries))

    def _pieces(self, entries: Iterable[zipfile.ZipInfo]) -> Iterator[bytes]:
        try:
            for entry in entries:
                with self._zip.open(entry) as content:
                    while piece := content.read(CHUNK_BYTES):
                        self._left -= len(piece)
                        if self._left < 0:
                            raise OSError(errno.EFBIG, f"the archive unpacks to more than {ARCHIVE_BYTES // 2**20} MiB")
                        yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise OSError(errno.EIO, f"damaged in the archive: {error}") from None


def _check_directory(stream: BinaryIO) -> None:
    """Refuse a directory that would not fit into memory, before anybody parses it."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _END_BYTES - _LONGEST_COMMENT - 76))
    tail = stream.read(_END_BYTES + _LONGEST_COMMENT + 76)
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_BYTES:
        raise RefusedArchiveError("is a zip archive without its directory; it is cut off")
    entries = int.from_bytes(tail[end + 10 : end + 12], "little")
    directory = int.from_bytes(tail[end + 12 : end + 16], "little")
    wide = tail.rfind(_END_64, 0, end)
    if wide >= 0:
        entries = max(entries, int.from_bytes(tail[wide + 32 : wide + 40], "little"))
        directory = max(directory, int.from_bytes(tail[wide + 40 : wide + 48], "little"))
    if wide < 0 and directory == 0xFFFFFFFF:  # noqa: PLR2004 - zip64 says "see elsewhere"
        raise RefusedArchiveError("is a zip archive with a damaged directory")
    if entries > ARCHIVE_MEMBERS or directory > ARCHIVE_DIRECTORY_BYTES:
        raise RefusedArchiveError(f"is a zip archive with more than {ARCHIVE_MEMBERS} entries; name the reports in it")


def _check_entries(entries: Sequence[zipfile.ZipInfo]) -> None:
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end:
            raise RefusedArchiveError("is a zip archive with overlapping entries, as only a bomb has them")
        end = entry.header_offset + _LOCAL_HEADER + len(entry.filename) + entry.compress_size
        if entry.file_size > CHUNK_BYTES and entry.file_size > ARCHIVE_RATIO * max(1, entry.compress_size):
            raise RefusedArchiveError(f"is a zip archive with an entry packed more than {ARCHIVE_RATIO} times, a bomb")


def _members(entries: Sequence[zipfile.ZipInfo]) -> Iterator[Member]:
    """Yield what to read: of a run's logs each job once, of anything else every file."""
    jobs = {_plain(match[1]) for entry in entries if (match := _JOB.fullmatch(entry.filename))}
    steps: dict[str, list[tuple[int, zipfile.ZipInfo]]] = {}
    for entry in entries:
        match = _STEP.fullmatch(entry.filename)
        if match is None:
            yield Member(label(entry.filename), (entry,), _why_not(entry))
        elif match[2] and _plain(match[1]) not in jobs:
            steps.setdefault(match[1], []).append((int(match[2]), entry))
    for job, numbered in steps.items():
        ordered = [entry for _, entry in sorted(numbered, key=lambda one: one[0])]
        yield Member(label(job), tuple(ordered), next(filter(None, map(_why_not, ordered)), None))


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def _why_not(entry: zipfile.ZipInfo) -> str | None:
    if entry.flag_bits & _IS_ENCRYPTED:
        return "it is encrypted"
    if (entry.external_attr >> 16) & _FILE_TYPE == _SYMLINK:
        return "it is a symbolic link, which is not followed"
    if entry.filename.startswith("/") or ".." in entry.filename.split("/"):
        return "its name leads out of the archive"
    if entry.compress_type not in _METHODS:
        return "it is compressed by a method other than deflate"
    return None
