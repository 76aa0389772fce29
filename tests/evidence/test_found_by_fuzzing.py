"""What the fuzzer found (`scripts/fuzz`), each as small as it can be."""

from __future__ import annotations

import dataclasses
import html
import io
import json
import zipfile
from typing import Any

import pytest

from healer.evidence.clusters import cluster
from healer.evidence.exceptions import described
from healer.evidence.findings import rule_of
from healer.evidence.formats import junit, nunit
from healer.evidence.limits import MESSAGE_CHARACTERS
from healer.evidence.readers import read_report, read_reports
from healer.models.evidence import CaseOutcome, Failure, Report, ReportVerdict, Rule, Tally

RED = b'<testsuite><testcase classname="a" name="b"><failure message="no"/></testcase></testsuite>'
GREEN = b'<testsuite><testcase classname="a" name="c"/></testsuite>'


def read(data: bytes) -> Report:
    return read_report(io.BytesIO(data), "report")


def zipped(name: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), GREEN)
    return data.getvalue()


def nameless() -> bytes:
    """Return an archive with an entry whose name is empty."""
    raw = zipped("a")
    start = raw.rfind(b"PK\x01\x02")
    local = raw[:26] + b"\0\0" + raw[28:30] + raw[31:start]
    directory = raw[start : start + 28] + b"\0\0" + raw[start + 30 : start + 46] + raw[start + 47 :]
    end = bytearray(directory)
    place = directory.rfind(b"PK\x05\x06")
    end[place + 12 : place + 20] = place.to_bytes(4, "little") + len(local).to_bytes(4, "little")
    return local + bytes(end)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(nameless(), [("a!/", ReportVerdict.PASSED)], id="without a name"),
        pytest.param(
            zipped("b\x1b[31m\n\x9b2Jc.xml"), [("a!/b c.xml", ReportVerdict.PASSED)], id="with a coloured name"
        ),
    ],
)
def test_a_file_of_an_archive_is_named_as_it_can_be_shown(
    data: bytes, expected: list[tuple[str, ReportVerdict]]
) -> None:
    assert [(report.source, report.verdict) for report in read_reports(io.BytesIO(data), "a")] == expected


class Pieces(io.RawIOBase):
    """Bytes that come in given pieces."""

    def __init__(self, *pieces: bytes) -> None:
        super().__init__()
        self._pieces = list(pieces)

    def seekable(self) -> bool:
        return False

    def read(self, _size: int = -1) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


HEAD = b"<testsuite>" + b" " * 70_000


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(
            (b'<testcase name="a"><failure>the text', b" that was said<&", b"<" * 50), id="the text before a break"
        ),
        pytest.param(
            (b'<testcase name="a"><failure><![CDATA[x]\x01', b"]>&nbsp;</failure></testcase>", b"</testsuite>"),
            id="a control character inside of a mark",
        ),
    ],
)
def test_a_report_does_not_depend_on_where_its_bytes_were_cut(pieces: tuple[bytes, ...]) -> None:
    whole = read_report(Pieces(HEAD + b"".join(pieces)), "x")  # type: ignore[arg-type] # it can be read from
    in_pieces = read_report(Pieces(HEAD, *pieces), "x")  # type: ignore[arg-type] # it can be read from
    assert whole.tally == Tally(failed=1)
    assert [failure.text for failure in whole.failures] in (["the text that was said"], ["x&nbsp;"])
    assert (in_pieces.verdict, in_pieces.tally, in_pieces.failures) == (whole.verdict, whole.tally, whole.failures)


def test_a_test_case_before_a_declaration_that_should_not_be_there_is_one() -> None:
    case = b"<test-case name='a' result='Failed'>"
    document = b"<test-run><test-suite>" + case + b"<?xml version='1.0'?><failure/></test-case></test-suite></test-run>"
    assert nunit.read(iter([document]), "x").tally == Tally(failed=1)


def test_a_document_behind_other_text_begins_at_a_root_wherever_that_text_was_cut() -> None:
    pieces = (b"text " * 20, b"<b>", b"</c>", RED)
    for report in (junit.read(iter(pieces), "x"), junit.read(iter([b"".join(pieces)]), "x")):
        assert (report.tally, report.warnings) == (Tally(failed=1), ("text outside of the XML document was skipped",))


TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n'


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        pytest.param(None, f"{TRACEBACK}& + Exception Group Traceback (most recent call last):", None, id="no group"),
        pytest.param(
            None, f"{TRACEBACK}  + Exception Group Traceback (most recent call last):\n  | o\n  | <b", "o", id="a group"
        ),
        pytest.param("o\n\x1b[1m <b", "", "o <b", id="an attribute"),
        pytest.param("o" * 9_999, "", "o" * 4_095 + "…", id="a long attribute"),
    ],
)
def test_a_type_is_one_short_line(kind: str | None, text: str, expected: str | None) -> None:
    assert described(kind, "", text)[0] == expected


@pytest.mark.parametrize("odd", [[], {}, [["failed"]], 1.5, None, True], ids=repr)
@pytest.mark.parametrize(
    ("document", "path"),
    [
        pytest.param(
            {"created": 1, "exitcode": 1, "root": "", "tests": [{"nodeid": "a", "outcome": "failed"}]},
            ("tests", 0, "outcome"),
            id="pytest's outcome",
        ),
        pytest.param(
            {"created": 1, "exitcode": 1, "collectors": [{"nodeid": "a", "outcome": "failed"}]},
            ("collectors", 0, "outcome"),
            id="a collector's outcome",
        ),
        pytest.param(
            {"created": 1, "exitcode": 1, "tests": [{"nodeid": "a", "call": {"outcome": "failed"}}]},
            ("tests", 0, "call", "outcome"),
            id="a stage's outcome",
        ),
        pytest.param(
            {
                "tests": 1,
                "failures": 1,
                "testsuites": [{"name": "S", "testsuite": [{"name": "T", "result": "SKIPPED"}]}],
            },
            ("testsuites", 0, "testsuite", 0, "result"),
            id="googletest's result",
        ),
    ],
)
def test_a_word_that_is_no_word_makes_nothing_pass(
    document: dict[str, Any], path: tuple[Any, ...], odd: object
) -> None:
    changed = json.loads(json.dumps(document))
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = odd
    assert read(json.dumps(changed).encode()).verdict is not ReportVerdict.PASSED


def test_the_order_of_failures_that_differ_in_little_does_not_matter_to_clusters() -> None:
    one = Failure(id="a::b", name="b", kind=CaseOutcome.FAILED, message="no")
    alike = [
        one,
        *(dataclasses.replace(one, suite=word) for word in ("c", "d")),
        *(dataclasses.replace(one, file=word, line=3) for word in ("c", "d")),
        *(dataclasses.replace(one, type="r", rule=Rule("r", name=word)) for word in ("c", "d")),
    ]
    assert cluster(alike) == cluster(alike[::-1])


def test_a_flaky_test_is_named_as_it_can_be_shown() -> None:
    case = '<testcase classname="a" name="b#x1B[1m&#10;c"><flakyFailure/></testcase>'
    assert read(f"<testsuite>{case}</testsuite>".encode()).flaky == ("a::b c",)


def test_an_address_that_cannot_be_shown_is_left_out() -> None:
    urls = [
        "https://example.com/a",
        "https://example.com/\x01",
        "https://example.com/\ud800",
        "https://example.com/\x9b",
    ]
    assert [rule_of("r", url=url).url for url in urls] == [urls[0], None, None, None]


def test_control_characters_in_json_hide_no_failure() -> None:
    call = b'{"outcome": "failed", "longrepr": "E  \x1b[1m\n no\0"}'
    entry = b'{"nodeid": "a.py::t\x01", "outcome": "failed", "call": ' + call + b"}"
    report = read(b'{"created": 1, "exitcode": 1, "root": "", "tests": [' + entry + b"]}")
    assert [failure.id for failure in report.failures] == ["a.py::t"]


@pytest.mark.parametrize(
    "output",
    [
        pytest.param("Running 9 test cases...\n", id="Boost announces"),
        pytest.param("\n\u2139 tests 9\n\u2139 suites 1\n\u2139 pass 4\n", id="Node counts"),
        pytest.param(f"{'=' * 79}\ntest cases: 8 | 2 passed | 5 f", id="Catch2 counts"),
        pytest.param(
            "\nRunning 2 tests using 1 worker\n\n  ✘  1 [one] \u203a a.spec.js:4:1 \u203a b (2ms)\n  7 passed (1.0s)\n"
            "  ✘  2 [one] \u203a a.spec.js:5:1 \u203a c (2ms)\n",
            id="a test imitates Playwright",
        ),
    ],
)
def test_output_that_breaks_off_is_not_green(output: str) -> None:
    assert read(output.encode()).verdict is not ReportVerdict.PASSED


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(
            "=== FAILURES ===\n___ T.test_a (n=1) ___\n\nE   AssertionError: {said}\n\na.py:1: AssertionError\n"
            "=== short test summary info ===\nSUBFAIL(n=1) a.py::T::test_a - no\n=== 1 failed in 0.1s ===\n",
            id="pytest",
        ),
        pytest.param(
            f"{'=' * 70}\nFAIL: test_a (a.T.test_a) (n=1)\n{'-' * 70}\nTraceback (most recent call last):\n"
            f'  File "a.py", line 1, in test_a\nAssertionError: {{said}}\n\n{"-" * 70}\nRan 1 test in 0.1s\n\n'
            "FAILED (failures=1)\n",
            id="unittest",
        ),
    ],
)
def test_the_words_on_a_subtest_fit_behind_a_long_message(output: str) -> None:
    (failure,) = read(output.format(said="x" * 9_999).encode()).failures
    assert failure.message.endswith("n=1))")
    assert len(failure.message) == MESSAGE_CHARACTERS


TRACE = 'Traceback (most recent call last):\n  File "a.py", line 0, in test_a\nAssertionError: no\n'


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(
            "=== FAILURES ===\n___ test_a ___\n\na.py:0: AssertionError\n=== 1 failed in 0.1s ===\n", id="pytest"
        ),
        pytest.param(
            f"{'=' * 70}\nFAIL: test_a (a.T.test_a)\n{'-' * 70}\n{TRACE}\n{'-' * 70}\nRan 1 test in 0.1s\n\n"
            "FAILED (failures=1)\n",
            id="unittest",
        ),
        pytest.param(f"\n{TRACE}", id="a traceback"),
        pytest.param(
            f'<testsuite><testcase file="a.py" name="a"><failure>{html.escape(TRACE)}</failure></testcase></testsuite>',
            id="JUnit",
        ),
    ],
)
def test_a_line_that_does_not_exist_is_not_told(output: str) -> None:
    (failure,) = read(output.encode()).failures
    assert (failure.file, failure.line) == ("a.py", None)


def test_a_version_of_sarif_is_named_as_it_can_be_shown() -> None:
    report = read(b'{"$schema": "sarif-schema", "version": "1.\x1c0", "runs": []}')
    assert report.reason == "it is SARIF 1.0; have the tool write SARIF 2.1.0"


def test_a_file_that_a_compiler_names_is_named_as_it_can_be_shown() -> None:
    caret = {"caret": {"file": "a\x02.c", "line": 1, "column": 1}}
    gcc = [{"kind": "error", "message": "no", "column-origin": 1, "locations": [caret], "children": []}]
    span = {"file_name": "a\x02.c", "line_start": 1, "column_start": 1, "is_primary": True}
    rustc = {"message": "no", "level": "error", "spans": [span], "code": None, "children": [], "rendered": None}
    cargo = {"reason": "compiler-message", "message": rustc}
    for document in (gcc, cargo):
        (failure,) = read(json.dumps(document, separators=(",", ":")).encode()).failures
        assert [frame.file for frame in failure.frames] == ["a.c"]
