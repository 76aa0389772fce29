"""Hostile and broken input through the door that all evidence comes in by: answers with reasons, in bounded memory."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from healer.evidence.limits import MESSAGE_CHARACTERS, NAME_CHARACTERS
from healer.evidence.readers import read_report, read_reports
from healer.models.evidence import Report, ReportVerdict, Tally

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "data" / "golden"
RED = b'<testsuite><testcase classname="a" name="b"><failure message="no"/></testcase></testsuite>'
GREEN = b'<testsuite><testcase classname="a" name="c"/></testsuite>'
XML_ROOTS = (
    *("testsuites", "testsuite", "TestRun", "test-run", "test-results", "assemblies", "Catch2TestRun", "doctest"),
    *("TestLog", "testExecutions", "checkstyle"),
)


def read(data: bytes) -> Report:
    return read_report(io.BytesIO(data), "report")


BILLION_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize("root", XML_ROOTS)
@pytest.mark.parametrize(
    "declared",
    [
        pytest.param(f'[<!ENTITY l0 "lol">{BILLION_LAUGHS}]', id="billion laughs"),
        pytest.param(f'[<!ENTITY l9 "{"x" * 50_000}">]', id="quadratic blow-up"),
        pytest.param('[<!ENTITY l9 SYSTEM "file:///etc/passwd">]', id="external entity"),
        pytest.param('[<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]', id="parameter entity"),
        pytest.param('SYSTEM "http://127.0.0.1:9/a.dtd"', id="external DTD"),
        pytest.param("", id="nothing declared"),
    ],
)
def test_a_document_type_is_refused_whatever_it_declares(root: str, declared: str) -> None:
    report = read(
        f"<?xml version='1.0'?>\n<!DOCTYPE a {declared}>\n<{root} name='&l9;'>{'&l9;' * 1000}</{root}>".encode()
    )
    assert report.verdict is ReportVerdict.UNREADABLE
    assert "document type" in (report.reason or "")
    assert report.format not in {"unknown", "log"}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(RED.decode().encode("utf-16-le"), id="UTF-16 little endian without a mark"),
        pytest.param(b"\xfe\xff" + RED.decode().encode("utf-16-be"), id="UTF-16 big endian with a mark"),
        pytest.param(RED.decode().encode("utf-32-be"), id="UTF-32 big endian without a mark"),
        pytest.param(
            b"\xff\xfe" + ('<?xml version="1.0" encoding="utf-8"?>' + RED.decode()).encode("utf-16-le"),
            id="UTF-16 declared UTF-8",
        ),
        pytest.param(b'<?xml version="1.0" encoding="utf-16-be"?>' + RED, id="UTF-8 declared UTF-16"),
        pytest.param(b'<?xml version="1.0" encoding="unicode_escape"?>' + RED, id="declared an escape"),
        pytest.param(b'<?xml version="1.0" encoding="rot13"?>' + RED, id="declared a cipher"),
        pytest.param(b'<?xml version="1.0" encoding="base64"?>' + RED, id="declared no character set"),
        pytest.param(b'<?xml version="9.9"?>' + RED, id="a version that there is not"),
        pytest.param(RED.replace(b'"b"', b'"b\xff"'), id="latin-1 without a declaration"),
        pytest.param(RED.replace(b'"b"', b'"b\xed\xa0\x80"'), id="surrogates as CESU-8"),
        pytest.param(RED.replace(b'"b"', b'"b\0\x01\x1b"'), id="NULs and controls"),
        pytest.param(b"\0" * 10 + RED, id="NULs first"),
        pytest.param(RED + b"\0" * 10, id="NULs last"),
        pytest.param(RED.replace(b" ", b" \x01").replace(b"<failure", b"<fail\x02ure"), id="controls inside of tags"),
        pytest.param(gzip.compress(RED), id="gzip under the name of XML"),
    ],
)
def test_a_failure_shows_through_whatever_its_bytes_are_wrapped_in(data: bytes) -> None:
    report = read(data)
    assert (report.verdict, report.tally) == (ReportVerdict.FAILED, Tally(failed=1))
    assert report.failures[0].message == "no"
    assert report.failures[0].name.startswith("b")


XUNIT = (
    b'<assemblies><assembly test-framework="x"><collection>'
    b'<test name="C.b" type="C" method="b" result="Fail"><failure><message>no</message></failure></test>'
    b"</collection></assembly></assemblies>"
)
FAR = 100_000


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"<!--" + b"x -" * FAR + b"-->" + RED, id="a long comment"),
        pytest.param(b"<?xml version='1.0'?>\n<!-- a -->" + b"<!-- a -->\n" * FAR + RED, id="many comments"),
        pytest.param(b"\n" * FAR + RED, id="blank lines"),
        pytest.param(("\ufeff" + " " * FAR + RED.decode()).encode("utf-16-le"), id="blanks in UTF-16"),
        pytest.param(b"<?xml-stylesheet " + b"?" * FAR + b"?>" + RED, id="an instruction"),
        pytest.param(b" " * (2**16 - 9) + RED, id="a root that is cut by the first look"),
        pytest.param(b"\n" * FAR + XUNIT, id="blank lines before xUnit's"),
        pytest.param(
            b"\n" * FAR + b'{"created": 1, "exitcode": 1, "root": "", "tests": ['
            b'{"nodeid": "a.py::b", "outcome": "failed", "call": {"outcome": "failed", "crash": {"message": "no"}}}]}',
            id="blank lines before JSON",
        ),
        pytest.param(b"\n" * FAR + b"TAP version 13\n1..1\nnot ok 1 - b\n# no\n", id="blank lines before TAP"),
    ],
)
def test_a_document_that_begins_late_is_read(data: bytes) -> None:
    report = read(data)
    assert (report.verdict, report.tally) == (ReportVerdict.FAILED, Tally(failed=1))
    assert (report.failures[0].name, report.failures[0].message) == ("b", "no")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"<!-- a -->" * 1_000_000 * 2, "comments and white space, as far as it was looked", id="comments"),
        pytest.param(b"<!--" + b"-" * FAR, "comments and white space, as far as it was looked", id="half a comment"),
        pytest.param(b" " * FAR, "nothing but white space", id="blanks"),
        pytest.param(b"<!DOCTYPE a [" + b"<!ENTITY a 'b'>" * FAR + b"]>" + RED, "a document type", id="entities"),
    ],
)
def test_a_document_that_does_not_begin_is_refused(data: bytes, reason: str) -> None:
    report = read(data)
    assert report.verdict is ReportVerdict.UNREADABLE
    assert reason in (report.reason or "")


def test_an_attribute_of_eleven_megabytes_is_read_and_cut() -> None:
    report = read(
        RED.replace(b'"no"', b'"no' + b"x" * 11 * 2**20 + b'"').replace(b'"b"', b'"' + b"b" * 11 * 2**20 + b'"')
    )
    assert (report.verdict, report.tally) == (ReportVerdict.FAILED, Tally(failed=1))
    assert len(report.failures[0].message) == MESSAGE_CHARACTERS
    assert len(report.failures[0].name) == NAME_CHARACTERS


@pytest.mark.parametrize(
    "document",
    [
        pytest.param('{"created": 1, "exitcode": 1, "root": "", "tests": []}', id="a document"),
        pytest.param('{"Action": "fail", "Package": "p", "Test": "TestA"}', id="a line"),
        pytest.param('{"version": "2.1.0", "runs": [{"results": [{"message": {"text": "a"}}]}]}', id="SARIF"),
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        *("1e999", "-1e999", "NaN", "-Infinity", "9" * 5_000, "-" + "9" * 5_000, "1." + "0" * 5_000, "0.1e-99999"),
        *('"\\ud800"', '"\\udfff\\u0000"', "[[[[]]]]", "{}", "null", "true", '""'),
    ],
    ids=lambda value: value[:12],
)
def test_no_value_at_any_place_of_a_json_report_makes_reading_fail(document: str, value: str) -> None:
    for place in re.finditer(r'(?<=: )(?:\d+|"[^"]*"|\[\]|\[(?=\{))', document):
        changed = document[: place.start()] + value + document[place.end() if place[0] != "[" else len(document) :]
        report = read(changed.encode())
        assert report.verdict is not ReportVerdict.PASSED
        json.dumps([failure.text + failure.id for failure in report.failures], ensure_ascii=False).encode()


HOSTILE = "\x1b[31m\x9b1m\0\x07\r\x85\ufffe\udc80"


def hostile_xml(data: bytes) -> bytes:
    """Put what no text may hold into all attributes and texts."""
    start = data.find(b">") + 1
    injected = HOSTILE.encode("utf-8", "surrogatepass") + b"&#x1b;[1m&#0;&#xD800;&bad;"
    return data[:start] + re.sub(rb'(?<==")(?=\w{4})|(?<=>)(?=[\w ]{9})', lambda _: injected, data[start:])


def hostile_json(data: bytes) -> bytes:
    injected = HOSTILE.encode("utf-8", "surrogatepass").replace(b"\r", b"") + rb"\u001b[1m\u0000\ud800\u009b2J"
    return re.sub(rb'(": ?")(?=[A-Z./]\w{3})', lambda match: match[1] + injected, data)


def hostile_text(data: bytes) -> bytes:
    injected = HOSTILE.replace("\r", "").encode("utf-8", "surrogatepass") + b"\x1b]8;;http://x\x07"
    return re.sub(rb"(?<= )(?=\w{5})", lambda _: injected, data)


UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def texts_of(report: Report) -> list[str]:
    texts = [report.reason or "", *report.warnings, *report.flaky]
    for failure in report.failures:
        texts += [failure.id, failure.name, failure.suite, failure.message, failure.text]
        texts += [failure.file or "", failure.type or "", *(f"{one.file}{one.function}" for one in failure.frames)]
        if failure.rule:
            texts += [
                failure.rule.id,
                failure.rule.name,
                failure.rule.level,
                failure.rule.description,
                failure.rule.help,
            ]
            texts += [failure.rule.url or "", *failure.rule.tags]
    return texts


@pytest.mark.parametrize(
    ("pattern", "spoil"),
    [("*/*.xml", hostile_xml), ("*/*.json", hostile_json), ("*/*.sarif", hostile_json), ("*/*.log", hostile_text)],
)
def test_what_no_text_may_hold_never_reaches_later_stages(pattern: str, spoil: Callable[[bytes], bytes]) -> None:
    files = [
        file for file in sorted(GOLDEN.glob(pattern)) if file.stat().st_size < 30_000 and file.name != "truth.json"
    ]
    spoilt = [read(spoil(file.read_bytes())) for file in files]
    assert sum(len(report.failures) for report in spoilt) > len(files) // 2
    unfit = {text for report in spoilt for text in texts_of(report) if UNFIT.search(text)}
    assert unfit == set()


class Changing(io.RawIOBase):
    """A file that is changed after the first bytes were read of it."""

    def __init__(self, before: bytes, after: bytes, first: int) -> None:
        super().__init__()
        self._before, self._after, self._first = before, after, first
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: len(self._now())}[whence]
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, size: int = -1) -> bytes:
        now = self._now()
        end = len(now) if size < 0 else self._place + size
        if self._place < self._first:
            end = min(end, self._first)
        piece = now[self._place : end]
        self._place += len(piece)
        return piece

    def _now(self) -> bytes:
        return self._before if self._place < self._first else self._after


MANY_GREEN = b"<testsuite>" + b'<testcase classname="a" name="c"/>' * 100 + b"</testsuite>"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(MANY_GREEN, b"", ReportVerdict.UNREADABLE, id="emptied"),
        pytest.param(MANY_GREEN, MANY_GREEN[:-20], ReportVerdict.UNREADABLE, id="cut off"),
        pytest.param(MANY_GREEN, MANY_GREEN + RED, ReportVerdict.FAILED, id="grown"),
        pytest.param(MANY_GREEN, b" " * 500 + RED, ReportVerdict.FAILED, id="replaced by another report"),
        pytest.param(MANY_GREEN, bytes(5_000), ReportVerdict.UNREADABLE, id="replaced by nothing"),
        pytest.param(
            b'{"created": 1, "exitcode": 0, "root": "", "tests": [' + b" " * 999, b"{" * 9_000, None, id="JSON"
        ),
    ],
)
def test_a_report_that_changes_while_it_is_read_is_never_a_pass(
    before: bytes, after: bytes, expected: ReportVerdict | None
) -> None:
    for first in (60, 100, 200, 400):
        report = read_report(Changing(before, after, first), "report")  # type: ignore[arg-type] # it can be read from
        assert report.verdict in {expected or ReportVerdict.UNREADABLE, ReportVerdict.UNREADABLE}


def zipped(*files: tuple[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content)
    return data.getvalue()


@pytest.mark.parametrize("after", [b"", bytes(200), RED * 9], ids=["emptied", "NULs", "a report"])
def test_an_archive_that_changes_while_it_is_read_is_refused(after: bytes) -> None:
    stream = Changing(zipped(("a.xml", GREEN)), after, 40)
    (report,) = read_reports(stream, "a.zip")  # type: ignore[arg-type] # it can be read from
    assert report.verdict is ReportVerdict.UNREADABLE


class Pipe(io.BytesIO):
    """Bytes that come from a pipe."""

    def seekable(self) -> bool:
        return False

    def seek(self, _offset: int, _whence: int = io.SEEK_SET) -> int:
        raise io.UnsupportedOperation("seek")


def test_what_comes_through_a_pipe_is_read_and_an_archive_refused() -> None:
    assert read_report(Pipe(RED), "-").verdict is ReportVerdict.FAILED
    report = read_report(Pipe(zipped(("a.xml", GREEN))), "-")
    assert (report.verdict, report.reason) == (ReportVerdict.UNREADABLE, "the file cannot be read (seek)")


MEASURED = """
import gzip, io, itertools, sys
from healer.evidence.readers import read_report
class Endless(io.RawIOBase):
    def __init__(self, start, piece, times, end=b""):
        self.pieces = itertools.chain([start], itertools.repeat(piece, times), [end])
    def readable(self): return True
    def seekable(self): return False
    def read(self, size=-1): return next(self.pieces, b"")
def packed(start, piece, times):
    packer = io.BytesIO()
    with gzip.GzipFile(fileobj=packer, mode="wb", compresslevel=1) as file:
        file.write(start)
        for _ in range(times): file.write(piece)
    return io.BytesIO(packer.getvalue())
report = read_report({stream}, "report")
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:")).split()[1]
print(report.verdict, int(peak) // 1024, report.reason)
"""
CASES = 'b\'<testcase classname="a" name="c"/>\' * 1000'
JSON = 'b\'{"created": 1, "exitcode": 0, "root": "", "tests": [\''
COSTLY = "only the beginning was read of JSON that takes more than"
TEST = 'b\'{"nodeid": "a.py::b", "outcome": "failed", "call": {"outcome": "failed", "longrepr": "\''
WIDE = r"b'\\u2022\xe2\x80\xba\xf0\x9f\x98\x80'"
END = "b'\"}}'"


@pytest.mark.parametrize(
    ("stream", "verdict", "megabytes", "reason"),
    [
        pytest.param(f"Endless(b'<testsuite>', {CASES}, 400, b'</testsuite>')", "passed", 60, "None", id="many cases"),
        pytest.param(f"packed(b'<testsuite>', {CASES}, 400)", "unreadable", 60, "end of the file", id="packed"),
        pytest.param(
            "Endless(b'<testsuite><testcase><failure>', b'x' * 2**18, 400)", "failed", 80, "None", id="an endless text"
        ),
        pytest.param(
            "Endless(b'<testsuite><testcase name=\"', b'x' * 2**18, 400)",
            *("unreadable", 150, "larger than 16 MiB"),
            id="an endless attribute",
        ),
        pytest.param(
            "Endless(b'<testsuite><!--', b'x' * 2**18, 400)",
            "unreadable",
            150,
            "larger than 16",
            id="an endless comment",
        ),
        pytest.param(f"Endless({JSON}, b'[],' * 10**4, 500)", "unreadable", 400, COSTLY, id="arrays"),
        pytest.param(
            f"Endless({JSON}, b'\"' + b'x' * 2**18, 400)", "unreadable", 400, "larger than 64 MiB", id="strings"
        ),
        pytest.param(
            f"Endless({JSON} + {TEST}, b'x' * 2**18, 120, {WIDE} + {END})", "failed", 400, "None", id="a wide string"
        ),
        pytest.param(
            f"Endless({JSON} + {TEST} + {WIDE} + {END}, b',' + {TEST} + b'x' * 2**18 + {WIDE} + {END}, 130)",
            *("failed", 400, "None"),
            id="wide strings that break off",
        ),
        pytest.param("Endless(b'', b'x' * 2**18, 800)", "unreadable", 100, "no test result", id="an endless line"),
        pytest.param("Endless(b'', b'ok 1 - x\\n' * 9_999, 100)", "unreadable", 200, "", id="points without a plan"),
    ],
)
def test_memory_is_bounded_whatever_a_file_holds(stream: str, verdict: str, megabytes: int, reason: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED.replace("{stream}", stream)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told, peak, why = ended.stdout.strip().split(" ", 2)
    assert told == verdict
    assert reason in why
    assert int(peak) < megabytes
