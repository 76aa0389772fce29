"""Reports of every format behind one function: content tells the format, and bad input is a value, not an error."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, BinaryIO, Protocol

from healer.evidence.conclusion import concluded, unreadable
from healer.evidence.formats import (
    boost,
    catch2,
    checkstyle,
    compiler_json,
    cucumber,
    cucumber_messages,
    doctest,
    go_json,
    gtest_json,
    jest,
    junit,
    libtest_json,
    lint_json,
    mocha,
    nunit,
    playwright,
    pytest_json,
    rspec_json,
    sarif,
    sonar,
    tap,
    trx,
    xunit,
)
from healer.evidence.gunzipped import GZIP, gunzipped
from healer.evidence.limits import CHUNK_BYTES, HEAD_BYTES, LOG_BYTES, PROLOG_BYTES, REPORT_BYTES
from healer.evidence.piecewise import stream_of
from healer.evidence.sniffing import ZIP, Head, has_signature, head_of, is_prose, is_text_behind_a_tag, why_unknown
from healer.models.evidence import Report, ReportVerdict, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.evidence.archives import Archive


class ReportReader(Protocol):
    """One format. Modules satisfy it by shape; to add a format, write such a module and name it in READERS."""

    FORMAT: str

    def recognises(self, head: Head) -> bool:
        """Whether a file that begins so is of this format."""

    def read(self, chunks: Iterator[bytes], source: str) -> Report:
        """Read a file from its first byte; `chunks` are never empty."""


READERS: tuple[ReportReader, ...] = (
    junit,
    trx,
    nunit,
    xunit,
    catch2,
    doctest,
    boost,
    sonar,
    checkstyle,
    sarif,
    pytest_json,
    jest,
    mocha,
    playwright,
    cucumber,
    cucumber_messages,
    rspec_json,
    go_json,
    gtest_json,
    libtest_json,
    compiler_json,
    lint_json,
    tap,
)


ZIP_FORMAT = "zip"
UNREAD = "unread"
"""The format of a file that could not be read at all, which may have been a report."""

_NAMED = 5


def read_report(stream: BinaryIO, source: str) -> Report:
    """Read one report from its beginning; whatever its bytes, the answer is a `Report`.

    `source` names it in the answer and is not opened. Memory does not grow with passing test cases. An archive that
    holds several reports is one report of all of them.
    """
    reports = read_reports(stream, source)
    return reports[0] if len(reports) == 1 else _as_one(reports, source)


def read_reports(stream: BinaryIO, source: str) -> tuple[Report, ...]:
    """Read a file that holds one report, or an archive of many; the answer holds at least one `Report`.

    A report in an archive is named `archive.zip!/path/in/it`. Files there that are no report at all are passed over
    where others are.
    """
    try:
        chunks = _Chunks(stream)
        if not chunks.first().startswith(ZIP):
            return (_read_one(chunks, source, is_packed=False),)
        return _read_archive(stream, source)
    except (OSError, MemoryError) as error:
        return (unreadable(source, _why_unread(error)),)


def _read_archive(stream: BinaryIO, source: str) -> tuple[Report, ...]:
    from healer.evidence.archives import Archive, RefusedArchiveError  # noqa: PLC0415 - few reports are in archives

    try:
        return _read_members(Archive(stream), source)
    except RefusedArchiveError as error:
        return (unreadable(source, f"the file {error}", ZIP_FORMAT),)


def _read_members(archive: Archive, source: str) -> tuple[Report, ...]:
    reports = []
    for member in archive.members:
        name = f"{source}!/{member.name}"
        if member.reason:
            reports.append(unreadable(name, member.reason, ZIP_FORMAT))
        else:
            reports.append(_read_one(_Chunks(archive.open(member)), name, is_packed=True))
    known = tuple(report for report in reports if not _says_nothing(report))
    if known:
        return known
    names = ", ".join(member.name for member in archive.members[:_NAMED])
    held = f": {names}{', …' if len(archive.members) > _NAMED else ''}" if names else ""
    return (
        unreadable(
            source, f"the file is a zip archive that holds no test report and no log of tests{held}", ZIP_FORMAT
        ),
    )


def _says_nothing(report: Report) -> bool:
    """Whether a file of an archive is of no format that is known, or a log without a result."""
    if report.verdict is not ReportVerdict.UNREADABLE:
        return False
    from healer.evidence.formats import log  # noqa: PLC0415 - no report needs what reads logs

    return report.format == "unknown" or (report.format == log.FORMAT and report.reason == log.NO_RESULT)


def _read_one(chunks: _Chunks, source: str, *, is_packed: bool) -> Report:
    try:
        data = chunks.first()
        if data.startswith(GZIP) and not is_packed:
            return _read_one(_Chunks(gunzipped(stream_of(chunks.up_to(LOG_BYTES)))), source, is_packed=True)
        if not data:
            return unreadable(source, "the file is empty (0 bytes)")
        head = head_of(data)
        while head.is_undecided and (data := chunks.further()):
            head = head_of(data)
        for reader in READERS:
            if reader.recognises(head):
                report = reader.read(chunks.up_to(REPORT_BYTES), source)
                return _reread(chunks, report) if is_prose(head) else report
        if not has_signature(head) and (heard := _read_as_log(chunks, head, source)):
            return heard
    except (OSError, MemoryError) as error:
        return unreadable(source, _why_unread(error), UNREAD)
    return unreadable(source, f"the file {why_unknown(head)}")


def _read_as_log(chunks: _Chunks, head: Head, source: str) -> Report | None:
    from healer.evidence.formats import log  # noqa: PLC0415 - no report needs what reads logs

    if not log.recognises(head):
        return None
    report = log.read(chunks.up_to(LOG_BYTES), source)
    # What begins like a document may still be a log whose first line happens to; its results tell.
    is_text = is_prose(head) or is_text_behind_a_tag(head)
    is_meant = log.shows_results(report) or (is_text and report.reason != log.NO_RESULT)
    return report if is_meant else None


def _reread(chunks: _Chunks, report: Report) -> Report:
    """Read as a log what only quotes a report and cannot be read as one."""
    if report.verdict is not ReportVerdict.UNREADABLE or not chunks.rewind():
        return report
    from healer.evidence.formats import log  # noqa: PLC0415 - no report needs what reads logs

    again = log.read(chunks.up_to(LOG_BYTES), report.source)
    return report if again.verdict is ReportVerdict.UNREADABLE else again


def _as_one(reports: tuple[Report, ...], source: str) -> Report:
    """Return all reports of an archive as one; what could not be read keeps it from being a pass."""
    tallies = [report.tally for report in reports if report.tally]
    failures = [failure for report in reports for failure in report.failures]
    reasons = [f"{report.source}: {report.reason}" for report in reports if report.reason]
    unread = [report for report in reports if report.verdict is ReportVerdict.UNREADABLE]
    claimed = any(report.verdict is ReportVerdict.FAILED for report in reports)
    return concluded(
        source,
        ZIP_FORMAT,
        sum(tallies, Tally()),
        failures,
        warnings=tuple(word for report in reports for word in report.warnings),
        cut_off="; ".join(reasons) if unread and not claimed else None,
        claimed="; ".join(reasons) or None if claimed else None,
    )


def _why_unread(error: OSError | MemoryError) -> str:
    if isinstance(error, OSError):
        return f"the file cannot be read ({error.strerror or error})"
    return "the file does not fit into memory"


class _Chunks:
    """The stream's bytes in pieces, from its start."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._head = b""

    def first(self) -> bytes:
        """Read enough to tell the format; a stream may give less than it is asked for."""
        while len(self._head) < HEAD_BYTES and (more := self._stream.read(HEAD_BYTES - len(self._head))):
            self._head += more
        return self._head

    def further(self) -> bytes:
        """Read twice as much, where what was read does not tell the format; nothing if there is no more."""
        wanted = min(2 * len(self._head), PROLOG_BYTES)
        pieces = [self._head]
        missing = wanted - len(self._head)
        while missing > 0 and (more := self._stream.read(missing)):
            pieces.append(more)
            missing -= len(more)
        self._head = b"".join(pieces)
        return self._head if len(pieces) > 1 else b""

    def rewind(self) -> bool:
        """Begin again, where the stream can."""
        if not self._stream.seekable():
            return False
        self._stream.seek(0)
        self._head = b""
        return True

    def up_to(self, limit: int) -> Iterator[bytes]:
        """Yield all of it; raise OSError when it is longer than so many bytes."""
        if head := self.first():
            yield head
        read = len(self._head)
        while chunk := self._stream.read(CHUNK_BYTES):
            read += len(chunk)
            if read > limit:
                raise OSError(errno.EFBIG, f"it is larger than {limit // 2**20} MiB")
            yield chunk
