from __future__ import annotations

import gzip
import io
import stat
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence import sniffing
from healer.evidence.archives import Archive, RefusedArchiveError
from healer.evidence.limits import ARCHIVE_MEMBERS, CHUNK_BYTES
from healer.evidence.readers import read_report, read_reports
from healer.models.evidence import ReportVerdict, Tally

RED = b'<testsuite><testcase classname="a" name="b"><failure message="no"/></testcase></testsuite>'
GREEN = b'<testsuite><testcase classname="a" name="c"/></testsuite>'
LOG = b"##[group]Run pytest\npytest\nshell: bash\n##[endgroup]\n===== 3 passed in 0.01s =====\n"
RED_LOG = LOG.replace(b"3 passed", b"1 failed") + b"##[error]Process completed with exit code 1.\n"


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def read(data: bytes) -> list[tuple[str, ReportVerdict]]:
    return [(report.source, report.verdict) for report in read_reports(io.BytesIO(data), "a.zip")]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"r/junit.xml": RED, "r/green.xml": GREEN},
            [("a.zip!/r/junit.xml", ReportVerdict.FAILED), ("a.zip!/r/green.xml", ReportVerdict.PASSED)],
            id="reports of an artifact",
        ),
        pytest.param(
            {"junit.xml": GREEN, "notes.txt": b"hello", "x.png": b"\x89PNG\r\n\x1a\n\0\0\0", "empty": b""},
            [("a.zip!/junit.xml", ReportVerdict.PASSED)],
            id="files that are no report are passed over",
        ),
        pytest.param(
            {"junit.xml": GREEN, "cut.xml": RED[:-30]},
            [("a.zip!/junit.xml", ReportVerdict.PASSED), ("a.zip!/cut.xml", ReportVerdict.UNREADABLE)],
            id="a report that is cut off is not",
        ),
        pytest.param(
            {
                "0_build.txt": RED_LOG,
                "1_test (3.11, linux).txt": LOG,
                "build/1_Set up job.txt": b"x",
                "build/2_Run pytest.txt": RED_LOG,
                "build/system.txt": b"x",
                "test (3.11, linux)/2_Run pytest.txt": LOG,
            },
            [
                ("a.zip!/0_build.txt", ReportVerdict.FAILED),
                ("a.zip!/1_test (3.11, linux).txt", ReportVerdict.PASSED),
            ],
            id="each job of a run once",
        ),
        pytest.param(
            {"build/10_last.txt": b"bye", "build/2_Run pytest.txt": RED_LOG, "build/1_Set up job.txt": b"x\n"},
            [("a.zip!/build", ReportVerdict.FAILED)],
            id="the steps of a job in their order",
        ),
        pytest.param({"__MACOSX/._a.xml": RED, "a.xml": GREEN}, [("a.zip!/a.xml", ReportVerdict.PASSED)], id="clutter"),
        pytest.param({"a.xml.gz": gzip.compress(RED)}, [("a.zip", ReportVerdict.UNREADABLE)], id="packed inside"),
        pytest.param({"a.zip": zipped({"a.xml": RED})}, [("a.zip", ReportVerdict.UNREADABLE)], id="a zip inside"),
        pytest.param({}, [("a.zip", ReportVerdict.UNREADABLE)], id="nothing"),
    ],
)
def test_an_archive_is_read_file_by_file(files: dict[str, bytes], expected: list[tuple[str, ReportVerdict]]) -> None:
    assert read(zipped(files)) == expected


def test_an_archive_can_be_one_report_of_all() -> None:
    report = read_report(io.BytesIO(zipped({"a.xml": RED, "b.xml": GREEN})), "a.zip")
    assert (report.verdict, report.tally, len(report.failures)) == (ReportVerdict.FAILED, Tally(1, 1), 1)
    only = read_report(io.BytesIO(zipped({"b.xml": GREEN})), "a.zip")
    assert (only.source, only.format, only.verdict) == ("a.zip!/b.xml", "junit", ReportVerdict.PASSED)
    partly = read_report(io.BytesIO(zipped({"b.xml": GREEN, "c.xml": b"<testsuite>"})), "a.zip")
    assert partly.verdict is ReportVerdict.UNREADABLE
    assert "a.zip!/c.xml" in (partly.reason or "")


def changed(files: dict[str, bytes], *, link: bool = False, encrypted: bool = False, method: int = 8) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            entry.external_attr = ((stat.S_IFLNK if link else stat.S_IFREG) | 0o644) << 16
            archive.writestr(entry, content)
    raw = bytearray(data.getvalue())
    if encrypted:
        raw[6] |= 1
        raw[raw.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(changed({"a.xml": GREEN}, encrypted=True), "it is encrypted", id="encrypted"),
        pytest.param(
            changed({"a.xml": b"/etc/passwd"}, link=True), "it is a symbolic link, which is not followed", id="link"
        ),
        pytest.param(changed({"../a.xml": GREEN}), "its name leads out of the archive", id="parent"),
        pytest.param(changed({"/a.xml": GREEN}), "its name leads out of the archive", id="absolute"),
        pytest.param(
            changed({"a.xml": GREEN}, method=zipfile.ZIP_BZIP2),
            "it is compressed by a method other than deflate",
            id="bzip2",
        ),
    ],
)
def test_a_file_that_is_not_read_says_why(data: bytes, reason: str) -> None:
    assert [archived.reason for archived in Archive(io.BytesIO(data)).members] == [reason]
    (report,) = read_reports(io.BytesIO(data), "a.zip")
    assert (report.verdict, report.reason) == (ReportVerdict.UNREADABLE, reason)


def overlapping() -> bytes:
    """Return an archive whose directory names one entry twice."""
    raw = zipped({"a.xml": GREEN}, zipfile.ZIP_STORED)
    start, end = raw.rfind(b"PK\x01\x02"), raw.rfind(b"PK\x05\x06")
    tail = bytearray(raw[end:])
    tail[8:12] = b"\2\0\2\0"
    tail[12:16] = (2 * (end - start)).to_bytes(4, "little")
    return raw[:end] + raw[start:end] + bytes(tail)


def promising(entries: int, directory: int) -> bytes:
    """Return an archive whose end claims a directory of any size."""
    raw = bytearray(zipped({"a.xml": GREEN}))
    end = raw.rfind(b"PK\x05\x06")
    raw[end + 10 : end + 12] = entries.to_bytes(2, "little")
    raw[end + 12 : end + 16] = directory.to_bytes(4, "little")
    return bytes(raw)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(zipped({"a.xml": bytes(CHUNK_BYTES * 8)}), "packed more than 500 times", id="bomb"),
        pytest.param(overlapping(), "overlapping entries", id="overlap"),
        pytest.param(promising(ARCHIVE_MEMBERS + 1, 46), f"more than {ARCHIVE_MEMBERS} entries", id="many entries"),
        pytest.param(promising(1, 2**31), f"more than {ARCHIVE_MEMBERS} entries", id="large directory"),
        pytest.param(promising(1, 0xFFFFFFFF), "damaged directory", id="zip64 that is none"),
        pytest.param(zipped({"a.xml": GREEN})[:-22], "cut off", id="cut off"),
        pytest.param(b"PK\x03\x04" + bytes(100), "cut off", id="no archive at all"),
    ],
)
def test_an_archive_that_is_refused_says_why(data: bytes, words: str) -> None:
    with pytest.raises(RefusedArchiveError, match=words):
        Archive(io.BytesIO(data))
    (report,) = read_reports(io.BytesIO(data), "a.zip")
    assert (report.verdict, report.source) == (ReportVerdict.UNREADABLE, "a.zip")
    assert words in (report.reason or "")


def test_a_damaged_file_is_unreadable_and_the_others_are_read() -> None:
    raw = bytearray(zipped({"a.xml": GREEN + bytes(range(256)), "b.xml": RED}, zipfile.ZIP_STORED))
    raw[60] ^= 0xFF
    report, other = read_reports(io.BytesIO(bytes(raw)), "a.zip")
    assert (report.verdict, other.verdict) == (ReportVerdict.UNREADABLE, ReportVerdict.FAILED)
    assert "damaged in the archive" in (report.reason or "")


def test_what_an_archive_unpacks_to_is_bounded() -> None:
    archive = Archive(io.BytesIO(zipped({"a": b"ab" * 1_000, "b": b"ab" * 1_000})))
    archive._left = 3_000  # noqa: SLF001 - gigabytes would take too long
    first, second = (archive.open(member) for member in archive.members)
    assert len(first.read()) == 2_000
    with pytest.raises(OSError, match="unpacks to more than"):
        second.read()


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        pytest.param(gzip.compress(RED), ReportVerdict.FAILED, id="a report"),
        pytest.param(gzip.compress(LOG), ReportVerdict.PASSED, id="a log"),
        pytest.param(gzip.compress(GREEN[:20]) + gzip.compress(GREEN[20:]), ReportVerdict.PASSED, id="two members"),
        pytest.param(gzip.compress(GREEN) + bytes(512), ReportVerdict.PASSED, id="padded"),
        pytest.param(gzip.compress(GREEN)[:-12], ReportVerdict.UNREADABLE, id="cut off"),
        pytest.param(b"\x1f\x8b" + bytes(30), ReportVerdict.UNREADABLE, id="damaged"),
        pytest.param(gzip.compress(b""), ReportVerdict.UNREADABLE, id="empty"),
        pytest.param(gzip.compress(gzip.compress(RED)), ReportVerdict.UNREADABLE, id="twice"),
        pytest.param(gzip.compress(zipped({"a.xml": RED})), ReportVerdict.UNREADABLE, id="a zip inside"),
    ],
)
def test_gzip_is_taken_off_a_single_file(data: bytes, verdict: ReportVerdict) -> None:
    (report,) = read_reports(io.BytesIO(data), "a.gz")
    assert (report.verdict, report.source) == (verdict, "a.gz")


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 20))
def test_no_bytes_in_an_archive_make_reading_fail(data: bytes, place: int, dropped: int) -> None:
    raw = zipped({"a.xml": RED, "0_b.txt": LOG})
    at = place % len(raw)
    for mutated in (raw[:at] + data + raw[at + dropped :], b"PK\x03\x04" + data, b"\x1f\x8b\x08" + data):
        assert read_reports(io.BytesIO(mutated), "a.zip")


def test_a_job_is_told_from_its_steps_by_name() -> None:
    names = ["0_a _ b.txt", "a _ b/1_x.txt", "c/2_y.txt", "c/10_z.txt", "c/system.txt"]
    found = Archive(io.BytesIO(zipped(dict.fromkeys(names, b"x")))).members
    assert [(one.name, len(one.entries)) for one in found] == [("0_a _ b.txt", 1), ("c", 2)]
    assert sniffing.ZIP[0] == b"PK\x03\x04"
