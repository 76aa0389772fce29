from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healer.evidence.readers import read_report
from healer.models.evidence import Report, ReportVerdict

JUNIT = (
    b'<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" failures="1" tests="2">'
    b'<testcase classname="tests.test_a" name="test_b"><failure message="ValueError: no&#10;">'
    b"tests/test_a.py:3: in test_b\n"
    b"E   ValueError: no &amp; never</failure><system-out><![CDATA[x ]]></system-out></testcase>"
    b'<testcase classname="tests.test_a" name="test_c"/><error>s</error></testsuite></testsuites>'
)
PYTEST_JSON = json.dumps(
    {
        "created": 1.0,
        "exitcode": 1,
        "root": "/w",
        "summary": {"failed": 1},
        "collectors": [{"nodeid": "", "outcome": "failed", "longrepr": "x"}],
        "tests": [
            {
                "nodeid": "a.py::t",
                "lineno": 1,
                "outcome": "failed",
                "call": {"outcome": "failed", "longrepr": "a.py:2: E", "traceback": [{"path": "a", "lineno": 1}]},
            }
        ],
    }
).encode()


def read(data: bytes) -> Report:
    return read_report(io.BytesIO(data), "some/file")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "the file is empty (0 bytes)", id="empty"),
        pytest.param(b" \n\t ", "the file holds nothing but white space", id="blank"),
        pytest.param(b"nothing to see", "the file is plain text and shows no test result", id="text"),
        pytest.param(b"a < b and <testsuite> in text" * 3, "it is not well-formed XML", id="text with a tag"),
        pytest.param(b"\x28\xb5\x2f\xfd" + bytes(50), "the file is compressed (zstd); unpack it first", id="zstd"),
        pytest.param(b"\x00\x01\x02" * 50, "the file is binary, not a test report", id="binary"),
        pytest.param(b"<project><x/></project>", "its root is <project>", id="pom"),
        pytest.param(b"<!-- <testsuite> --><coverage/>", "its root is <coverage>", id="coverage behind a comment"),
        pytest.param(b"<html><testsuite/></html>", "the file is an HTML page, not a test report", id="html"),
        pytest.param(b'{"tests": 3}', "the file is JSON, but not a report of a known format", id="other json"),
        pytest.param(b"[1, 2]", "the file is JSON, but not a report of a known format", id="json array"),
    ],
)
def test_what_is_no_report_says_what_it_is(data: bytes, reason: str) -> None:
    report = read(data)
    assert (report.verdict, report.tally, report.source) == (ReportVerdict.UNREADABLE, None, "some/file")
    assert reason in (report.reason or "")


class Broken(io.BytesIO):
    def read(self, _size: int | None = -1) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_stream_that_fails_is_an_unreadable_report() -> None:
    assert read_report(Broken(), "x").reason == "the file cannot be read (Input/output error)"


def is_sound(report: Report) -> bool:
    """Whether a report keeps the promises that all readers make."""
    json.dumps([failure.text for failure in report.failures]).encode()
    is_green = report.verdict is ReportVerdict.PASSED
    explained = bool(report.reason) or report.verdict in {ReportVerdict.PASSED, ReportVerdict.FAILED}
    return explained and not (is_green and (report.failures or not report.tally or report.tally.failing))


@given(st.binary(max_size=400))
def test_no_bytes_make_reading_fail(data: bytes) -> None:
    assert is_sound(read(data))


@given(
    st.binary(max_size=300), st.sampled_from([b"<testsuite>", b"<?xml version='1.0'?><testsuites>", PYTEST_JSON[:60]])
)
def test_no_bytes_make_reading_fail_once_the_format_is_known(data: bytes, beginning: bytes) -> None:
    assert is_sound(read(beginning + data))


edits = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 12),
        st.one_of(
            st.binary(max_size=6),
            st.sampled_from(
                [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<failure>", b"</testsuite>", b"<!DOCTYPE a>", b'"', b"{"]
            ),
        ),
    ),
    max_size=4,
)


@settings(max_examples=200)
@given(st.sampled_from([JUNIT, PYTEST_JSON, JUNIT.decode().encode("utf-16")]), edits)
def test_no_mutation_of_a_valid_report_makes_reading_fail(
    data: bytes, mutations: list[tuple[float, int, bytes]]
) -> None:
    for place, dropped, inserted in mutations:
        at = int(place * len(data))
        data = data[:at] + inserted + data[at + dropped :]
    assert is_sound(read(data))


@given(st.integers(0, len(JUNIT) - 1))
def test_no_truncation_turns_a_report_green(length: int) -> None:
    assert read(JUNIT[:length]).verdict in {ReportVerdict.UNREADABLE, ReportVerdict.FAILED}


def test_a_log_whose_first_line_looks_like_a_tag_is_read() -> None:
    died = b'Traceback (most recent call last):\n  File "/w/a.py", line 3, in <module>\n    x()\nValueError: no\n'
    report = read(b"<out> & ]]>\n" + died)
    assert (report.format, report.verdict) == ("log", ReportVerdict.FAILED)
    assert [failure.message for failure in report.failures] == ["ValueError: no"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"<html>\nerror: no\nProcess completed with exit code 1.\nx\n</html>", "an HTML page", id="html"),
        pytest.param(b"<?xml version='1.0'?>\n<a>\nx\ny\nexit code 1\n</a>", "its root is <a>", id="declared XML"),
        pytest.param(b"<project>\n<a>error:</a>\n<b>exit code 1</b>\n</project>", "its root is <project>", id="tags"),
        pytest.param(b"<out>\nnothing\nto\nsee\n", "its root is <out>", id="text without a result"),
    ],
)
def test_a_document_of_another_kind_is_refused_by_name_whatever_it_says(data: bytes, reason: str) -> None:
    report = read(data)
    assert report.verdict is ReportVerdict.UNREADABLE
    assert reason in (report.reason or "")
