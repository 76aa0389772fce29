from __future__ import annotations

import io

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Failure, Report, ReportVerdict, Tally

PYTEST_FAILURE = """<testcase classname="tests.unit.test_calc.TestUnit" name="test_a[x.y]" time="0.1">\
<failure message="AssertionError: assert 'x.y' == 'z'&#10;  &#10;  - z">self = &lt;TestUnit object&gt;

    def test_a(self, s):
&gt;       check(s)

tests/unit/test_calc.py:6:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

    def check(s):
&gt;       assert s == "z"
E       AssertionError: assert 'x.y' == 'z'
E         - z

pkg/core.py:9: AssertionError</failure></testcase>"""


def read(document: str | bytes) -> Report:
    data = document.encode() if isinstance(document, str) else document
    return read_report(io.BytesIO(data), "report.xml")


def suite(*cases: str, attributes: str = 'name="s"') -> str:
    return f"<testsuites><testsuite {attributes}>{''.join(cases)}</testsuite></testsuites>"


@pytest.mark.parametrize(
    ("document", "tally"),
    [
        pytest.param(suite('<testcase name="a"/>', '<testcase name="b"></testcase>'), Tally(passed=2), id="passes"),
        pytest.param(suite('<testcase name="a"><failure/></testcase>'), Tally(failed=1), id="self-closing failure"),
        pytest.param(suite('<testcase name="a"><error/></testcase>'), Tally(errors=1), id="self-closing error"),
        pytest.param(
            suite('<testcase name="a"><failure/><error/></testcase>'), Tally(errors=1), id="error beats failure"
        ),
        pytest.param(suite('<testcase name="a"><skipped/></testcase>'), Tally(skipped=1), id="skipped"),
        pytest.param(
            suite('<testcase name="a"><skipped/><failure/></testcase>'), Tally(failed=1), id="failure beats skipped"
        ),
        pytest.param(
            suite('<testcase name="a"><skipped message="TEST_CASE tagged with !mayfail"/><failure/></testcase>'),
            Tally(skipped=1),
            id="Catch2 may fail",
        ),
        pytest.param(
            suite('<testcase name="a"><skipped type="todo"/><failure/></testcase>'), Tally(skipped=1), id="node todo"
        ),
        pytest.param(
            suite('<testcase name="a"><flakyFailure>x</flakyFailure></testcase>'), Tally(passed=1), id="flaky pass"
        ),
        pytest.param(
            suite('<testcase name="a"><failure/><rerunFailure><failure/></rerunFailure></testcase>'),
            Tally(failed=1),
            id="rerun failed again",
        ),
        pytest.param(suite('<testcase name="a" status="notrun"/>'), Tally(skipped=1), id="gtest notrun"),
        pytest.param(
            suite('<testcase name="a" classname="a" status="notrun"><skipped message="Unable to find"/></testcase>'),
            Tally(errors=1),
            id="ctest could not run it",
        ),
        pytest.param(
            suite(
                '<testcase name="a" classname="a" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>'
            ),
            Tally(skipped=1),
            id="ctest skipped it",
        ),
        pytest.param(
            suite('<testcase name="a" classname="a" status="disabled"><system-out>Disabled</system-out></testcase>'),
            Tally(skipped=1),
            id="ctest disabled it",
        ),
        pytest.param(
            suite('<testcase name="a"><failure type="CHECK"/><skipped message="s" type="SKIP"/></testcase>'),
            Tally(failed=1),
            id="Catch2 skipped the rest of a test that had failed",
        ),
        pytest.param(suite('<testcase name="a" result="suppressed"/>'), Tally(skipped=1), id="gtest suppressed"),
        pytest.param(suite('<testcase name="a" status="failed"/>'), Tally(failed=1), id="failed by attribute only"),
        pytest.param(suite('<testcase name="a" status="run"/>'), Tally(passed=1), id="status that says nothing"),
        pytest.param(suite('<testcase name="a"/>', '<testcase name="a"/>'), Tally(passed=2), id="duplicates count"),
        pytest.param(
            '<testsuites><testcase name="a"><failure/></testcase></testsuites>', Tally(failed=1), id="no suite"
        ),
        pytest.param(
            '<testsuite><testcase name="a"><failure/></testcase></testsuite>', Tally(failed=1), id="bare suite"
        ),
        pytest.param('<testcase name="a"><failure/></testcase>', Tally(failed=1), id="bare case"),
        pytest.param(
            suite('<testsuite><testsuite><testcase name="a"><failure/></testcase></testsuite></testsuite>'),
            Tally(failed=1),
            id="nested suites",
        ),
        pytest.param(
            suite('<testcase name="a"><testcase name="b"><failure/></testcase></testcase>'),
            Tally(passed=1, failed=1),
            id="case in case",
        ),
        pytest.param(
            suite('<testcase name="a"><details><failure/></details></testcase>'), Tally(failed=1), id="deep failure"
        ),
        pytest.param(suite("<testcase><failure/></testcase>"), Tally(failed=1), id="no attributes"),
        pytest.param(
            suite('<testcase name="a"/>', "<error>no class</error>"), Tally(passed=1, errors=1), id="suite-level error"
        ),
        pytest.param(
            '<j:testsuites xmlns:j="urn:j"><j:testcase><j:failure/></j:testcase></j:testsuites>',
            Tally(failed=1),
            id="namespace prefix",
        ),
        pytest.param(
            '<testsuite xmlns="urn:j" xsi:schema="x"><testcase><failure/></testcase></testsuite>',
            Tally(failed=1),
            id="undeclared prefix",
        ),
    ],
)
def test_every_case_counts_once_by_its_children(document: str, tally: Tally) -> None:
    assert read(document).tally == tally


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        pytest.param(suite('<testcase name="a"/>'), ReportVerdict.PASSED, id="a pass"),
        pytest.param(suite('<testcase name="a"><failure/></testcase>'), ReportVerdict.FAILED, id="a failure"),
        pytest.param("<testsuites/>", ReportVerdict.EMPTY, id="no suite"),
        pytest.param(suite(attributes='tests="0" failures="0"'), ReportVerdict.EMPTY, id="no case"),
        pytest.param('<testsuites errors="1"/>', ReportVerdict.FAILED, id="the root states an error, no case shows it"),
        pytest.param(
            suite('<testcase name="a"/>', attributes='failures="2"'),
            ReportVerdict.FAILED,
            id="the suite states failures",
        ),
        pytest.param(
            suite('<testcase/><testcase><skipped type="todo"/><failure/></testcase>', attributes='failures="1"'),
            ReportVerdict.PASSED,
            id="the stated failure is an excused one",
        ),
        pytest.param("<testsuites><testsuite><testcase/>", ReportVerdict.UNREADABLE, id="truncated after a pass"),
        pytest.param("<testsuite><testcase/></testsuit", ReportVerdict.UNREADABLE, id="truncated in its last tag"),
        pytest.param("<testsuite><testcase><failure>x", ReportVerdict.FAILED, id="truncated after a failure"),
        pytest.param('<testsuite><testcase a="<"/></testsuite>', ReportVerdict.PASSED, id="only an unescaped angle"),
        pytest.param("<testsuite><testcase a=1/></testsuite>", ReportVerdict.UNREADABLE, id="not well-formed"),
        pytest.param(
            "<testsuite><testcase a=1/><testcase><failure/></testcase>",
            ReportVerdict.FAILED,
            id="a failure past a break",
        ),
        pytest.param(
            "<testsuite><testcase a=1><failure/></testcase></testsuite>",
            ReportVerdict.FAILED,
            id="a break before a failure",
        ),
        pytest.param("<testsuites><error/></testsuites>", ReportVerdict.FAILED, id="an error right under the root"),
        pytest.param(
            suite(
                '<testcase status="run" result="skipped" timestamp="1970-01-01T00:00:00.000"><skipped/></testcase>',
                attributes='name="s" tests="1"',
            ),
            ReportVerdict.FAILED,
            id="gtest's suite set-up failed",
        ),
        pytest.param("<testsuite/>\n<testsuite><testcase/>", ReportVerdict.UNREADABLE, id="second document truncated"),
    ],
)
def test_a_verdict_is_never_greener_than_the_run(document: str, verdict: ReportVerdict) -> None:
    report = read(document)
    assert report.verdict is verdict
    assert (report.reason is None) == (verdict is ReportVerdict.PASSED or bool(report.failures))


def test_a_truncated_report_keeps_what_was_read_and_says_where_it_breaks_off() -> None:
    report = read('<testsuite>\n<testcase name="a"><failure>boom</failure></testcase>\n<testcase name="b"/>\n<testc')
    assert report.tally == Tally(passed=1, failed=1)
    assert [failure.name for failure in report.failures] == ["a"]
    assert report.warnings == ("it breaks off in line 4: the end of the file is missing",)


def test_pytest_failures_carry_node_id_type_message_and_frames() -> None:
    failure = read(suite(PYTEST_FAILURE, attributes='name="pytest"')).failures[0]
    assert failure.id == "tests/unit/test_calc.py::TestUnit::test_a[x.y]"
    assert (failure.kind, failure.suite, failure.name) == (
        CaseOutcome.FAILED,
        "tests.unit.test_calc.TestUnit",
        "test_a[x.y]",
    )
    assert failure.type == "AssertionError"
    assert failure.message == "AssertionError: assert 'x.y' == 'z'"
    assert [(frame.file, frame.line, frame.function) for frame in failure.frames] == [
        ("tests/unit/test_calc.py", 6, "test_a"),
        ("pkg/core.py", 9, "check"),
    ]
    assert (failure.file, failure.line) == ("tests/unit/test_calc.py", 6)


@pytest.mark.parametrize(
    ("suite_name", "line"),
    [pytest.param("pytest", 42, id="pytest counts from 0"), pytest.param("other", 41, id="others")],
)
def test_lines_are_one_based_whoever_wrote_them(suite_name: str, line: int) -> None:
    case = '<testcase classname="test_a" name="test_b" file="test_a.py" line="41"><failure/></testcase>'
    failure = read(suite(case, attributes=f'name="{suite_name}"')).failures[0]
    assert (failure.id, failure.file, failure.line) == ("test_a.py::test_b", "test_a.py", line)


def test_a_module_that_cannot_be_collected_is_known_by_its_path() -> None:
    case = (
        '<testcase classname="" name="tests.test_broken" time="0"><error message="collection failure">'
        "tests/test_broken.py:1: in &lt;module&gt;\n    import nothing\n"
        "E   ModuleNotFoundError: No module named 'nothing'</error></testcase>"
    )
    failure = read(suite(case, attributes='name="pytest"')).failures[0]
    assert failure.id == "tests/test_broken.py"
    assert failure.kind is CaseOutcome.ERROR
    assert (failure.type, failure.message) == (
        "ModuleNotFoundError",
        "ModuleNotFoundError: No module named 'nothing'",
    )


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        pytest.param('<failure message="  &#10; two  words&#10;more"/>', "two  words\nmore", id="from the attribute"),
        pytest.param("<failure>\n\n  only in the body\n\nrest</failure>", "only in the body", id="from the body"),
        pytest.param(
            '<failure message="Failed">=== RUN   TestX\n    x_test.go:4: boom\n--- FAIL: TestX (0.00s)</failure>',
            "x_test.go:4: boom",
            id="go says Failed",
        ),
        pytest.param("<failure/><system-out>why it failed</system-out>", "why it failed", id="from the output"),
        pytest.param("<failure>a<![CDATA[ ]]]]><![CDATA[> b]]></failure>", "a ]]> b", id="split CDATA"),
        pytest.param('<failure message="#x1B[31mred#x1B[0m"/>', "red", id="escaped colours"),
        pytest.param(
            '<error message="failed on setup with &quot;ValueError: no&quot;"/>', "ValueError: no", id="pytest's phase"
        ),
    ],
)
def test_the_message_is_found_wherever_it_stands(problem: str, message: str) -> None:
    assert read(suite(f'<testcase name="a">{problem}</testcase>')).failures[0].message == message


CASES = suite('<testcase name="é"><failure message="ü"/></testcase>')


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(CASES.encode("utf-8-sig"), id="UTF-8 with a mark"),
        pytest.param(CASES.encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param(CASES.encode("utf-16-be"), id="UTF-16 big endian without a mark"),
        pytest.param(CASES.encode("utf-32"), id="UTF-32"),
        pytest.param(f'<?xml version="1.0" encoding="UTF-16"?>{CASES}'.encode(), id="declared UTF-16, is UTF-8"),
        pytest.param(f'<?xml version="1.0" encoding="ISO-8859-1"?>{CASES}'.encode("latin-1"), id="latin-1"),
        pytest.param(f"<?xml version='1.0' encoding='windows-1252'?>{CASES}".encode("cp1252"), id="windows-1252"),
        pytest.param(f'<?xml version="1.0" encoding="nonsense"?>{CASES}'.encode(), id="unknown encoding"),
        pytest.param(f'<?xml version="1.1"?>{CASES}'.encode(), id="XML 1.1"),
        pytest.param(f'\n\n  <?xml version="1.0"?>{CASES}'.encode(), id="white space first"),
    ],
)
def test_encodings_are_told_by_the_bytes_and_need_no_warning(data: bytes) -> None:
    report = read(data)
    assert [(failure.name, failure.message) for failure in report.failures] == [("é", "ü")]
    assert report.warnings == ()


def test_multi_byte_encodings_are_read() -> None:
    cases = suite('<testcase name="テスト"><failure/></testcase>')
    document = f'<?xml version="1.0" encoding="Shift_JIS"?>{cases}'
    assert read(document.encode("shift_jis")).failures[0].name == "テスト"


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        pytest.param(
            b"<testsuite><testcase><failure><![CDATA[\x1b[31mboom\x00]]></failure></testcase></testsuite>",
            "control characters that XML forbids were removed",
            id="raw control characters",
        ),
        pytest.param(
            b"<testsuite><testcase><failure>&#1;boom&#xD800;</failure></testcase></testsuite>",
            "character references that XML forbids were replaced",
            id="illegal references",
        ),
        pytest.param(
            b"<testsuite><testcase><failure>boom & &nbsp; co</failure></testcase></testsuite>",
            "ampersands and entities that mean nothing in XML were taken as plain text",
            id="bare ampersands",
        ),
        pytest.param(
            b"<testsuite><testcase><failure>boom \xe9</failure></testcase></testsuite>",
            "bytes that are not valid UTF-8 were replaced",
            id="latin-1 under a UTF-8 label",
        ),
        pytest.param(
            b"[log] starting\n<?xml version='1.0'?><testsuite><testcase><failure>boom</failure></testcase></testsuite>",
            "text outside of the XML document was skipped",
            id="log lines first",
        ),
        pytest.param(
            b"<testsuite><testcase><failure>boom</failure></testcase></testsuite>\n[log] done & gone <ok>\n",
            "text outside of the XML document was skipped",
            id="log lines last",
        ),
    ],
)
def test_what_had_to_be_repaired_is_said(data: bytes, warning: str) -> None:
    report = read(data)
    assert report.tally == Tally(failed=1)
    assert "boom" in report.failures[0].message
    assert warning in report.warnings


def test_ampersands_in_cdata_are_left_alone() -> None:
    report = read("<testsuite><testcase><failure><![CDATA[a && b &#1; &nbsp;]]></failure></testcase></testsuite>")
    assert report.failures[0].text == "a && b &#1; &nbsp;"
    assert report.warnings == ()


def test_concatenated_documents_are_all_read() -> None:
    one = '<?xml version="1.0"?><testsuites><testcase name="a"><failure/></testcase></testsuites>\n'
    report = read(one * 3)
    assert report.tally == Tally(failed=3)
    assert report.warnings == ("several XML documents stand in one file; all of them were read",)


class Dribble(io.RawIOBase):
    """Gives a few bytes at a time, as a pipe may."""

    def __init__(self, data: bytes, size: int) -> None:
        self._pieces = [data[start : start + size] for start in range(0, len(data), size)]

    def readable(self) -> bool:
        return True

    def read(self, _size: int = -1) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


@pytest.mark.parametrize("padding", range(0, 44, 4))
def test_marks_that_are_cut_by_the_end_of_a_chunk_are_still_seen(padding: int) -> None:
    head = f"<testsuite><testcase><failure>{'x' * (65_536 - 60 + padding)}"
    report = read(f"{head}&#x1;<![CDATA[ &#2; ]]>&amp;&#x41;\N{EURO SIGN}&co</failure></testcase></testsuite>")
    assert report.failures[0].text.endswith("x\N{REPLACEMENT CHARACTER} &#2; &A\N{EURO SIGN}&co")


def test_a_stream_that_gives_little_at_a_time_reads_the_same() -> None:
    document = f"{suite(PYTEST_FAILURE)}\n{suite(PYTEST_FAILURE)}".encode("utf-16")
    whole = read(document)
    dribbled = read_report(Dribble(document, 7), "report.xml")  # type: ignore[arg-type] # it can be read from
    assert dribbled == whole
    assert whole.tally == Tally(failed=2)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        pytest.param(
            b'<!DOCTYPE testsuite [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
            b'<testsuite><testcase name="&a;"/></testsuite>',
            "document type",
            id="external entity",
        ),
        pytest.param(
            '<!DOCTYPE testsuite SYSTEM "x.dtd"><testsuite/>'.encode("utf-16"), "document type", id="in UTF-16"
        ),
        pytest.param(b"<testsuite>" * 100_000, "nested more than 256 deep", id="depth"),
        pytest.param(b"<testsuite/>" * 6_000, "more than 5000 documents", id="documents"),
        pytest.param(
            b'<testsuite><testcase name="' + b"x" * 20_000_000, "larger than 16 MiB", id="one endless attribute"
        ),
    ],
)
def test_attacks_on_the_parser_are_refused_with_a_reason(data: bytes, word: str) -> None:
    report = read(data)
    assert report.verdict is ReportVerdict.UNREADABLE
    assert word in (report.reason or "")


def test_suites_nested_as_deep_as_no_tool_does_are_read() -> None:
    assert read("<testsuite>" * 250 + "<testcase/>" + "</testsuite>" * 250).tally == Tally(passed=1)


def test_failures_past_the_limit_are_counted_but_not_kept() -> None:
    report = read(suite('<testcase name="a"><failure>x</failure></testcase>' * 10_050))
    assert report.tally == Tally(failed=10_050)
    assert len(report.failures) == 10_000
    assert report.warnings == ("10050 test cases fail; the first 10000 are kept, the others only counted",)


def test_an_endless_trace_keeps_its_beginning_and_its_end() -> None:
    text = read(suite(f"<testcase><failure>first{'x' * 500_000}last</failure></testcase>")).failures[0].text
    assert text.startswith("firstx")
    assert text.endswith("xlast")
    assert len(text) < 70_000


def only_failure(case: str, attributes: str = 'name="s"') -> Failure:
    (failure,) = read(suite(case, attributes=attributes)).failures
    return failure


BOOST = "\nASSERTION FAILURE:\n- file   : b.cpp\n- line   : 16\n- message: sums differ\n"
CATCH = "\nFAILED:\n  CHECK( f(1) == 4 )\nwith expansion:\n  3 == 4\nat tests/c.cpp:9\n"
NODE = "[Error [ERR_TEST_FAILURE]: bad] {\n  cause: RangeError [ERR_X]: bad\n      at f (/p/a.test.js:11:12)\n}"


@pytest.mark.parametrize(
    ("case", "attributes", "identity"),
    [
        pytest.param('classname="m.T" name="t"', 'name="s"', "m.T::t", id="class and name"),
        pytest.param('name="t"', 'name="s"', "s::t", id="the suite in place of a class"),
        pytest.param('classname="a b" name="a b"', 'name="s"', "a b", id="jest, ctest"),
        pytest.param('classname="tests.test_a" name="t[x]"', 'name="pytest"', "tests/test_a.py::t[x]", id="pytest"),
        pytest.param(
            'classname="tests.test_a.TestB" name="t"', 'name="pytest"', "tests/test_a.py::TestB::t", id="pytest's class"
        ),
        pytest.param('classname="a.txt" name="a.txt"', 'name="pytest"', "a.txt::a.txt", id="pytest's doctest"),
        pytest.param('classname="pkg.mod" name="t"', 'name="pytest"', "pkg.mod::t", id="pytest, module unknown"),
        pytest.param('classname="t.a.B" name="test_c"', 'name="t.a.B-20260101"', "t.a.B.test_c", id="unittest"),
        pytest.param(
            'classname="t.a.B" name="test_c [m] (n=2)"',
            'name="t.a.B-20260101"',
            "t.a.B.test_c",
            id="unittest's subtest",
        ),
        pytest.param('name="setUpClass (t.a.B)"', 'name="s"', "t.a.B.setUpClass", id="unittest's class set-up"),
        pytest.param(
            'classname="unittest.loader._FailedTest.a" name="b"', 'name="s"', "a.b", id="unittest could not import it"
        ),
        pytest.param(
            'classname="spec.a_spec" file="./spec/a_spec.rb" name="A is b"',
            'name="s"',
            "spec/a_spec.rb::A is b",
            id="rspec",
        ),
        pytest.param('classname="t/a.test.ts" name="a > b"', 'name="s"', "t/a.test.ts::a > b", id="vitest"),
        pytest.param(
            'classname="t/a.spec.ts" name="a \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} b"',
            'name="s"',
            "t/a.spec.ts::a > b",
            id="playwright",
        ),
        pytest.param('classname="test" name="b"', 'name="a"', "a > b", id="node"),
        pytest.param('classname="a" name="b" file="t/x.js"', 'name="s"', "t/x.js::a > b", id="mocha"),
        pytest.param(
            'classname="Test suite failed to run" name="t/x.test.js"',
            'name="s"',
            "t/x.test.js",
            id="jest's broken suite",
        ),
        pytest.param(
            'class="A\\B" classname="A.B" name="testC"', 'name="s"', "A\\B::testC", id="phpunit writes both spellings"
        ),
        pytest.param('classname="b.global" name="c"', 'name="b" hostname="tbd"', "c", id="Catch2"),
        pytest.param('classname="t/d.cpp" name="c d"', 'name="b"', "c d", id="doctest"),
        pytest.param('assertions="1" classname="s/t" name="c"', 'name="m" id="0"', "s/t/c", id="Boost"),
        pytest.param('classname="integration" name="t"', 'name="test" package="test"', "t", id="libtest"),
        pytest.param(
            'classname="a::tests" name="t"', 'name="test" package="test"', "a::tests::t", id="libtest's module"
        ),
        pytest.param(
            'classname="src/lib.rs" name="f (line 5)"',
            'name="test" package="test"',
            "src/lib.rs - f (line 5)",
            id="libtest's documentation",
        ),
        pytest.param("", "", "unnamed test case", id="nothing at all"),
    ],
)
def test_a_test_has_the_id_that_its_tool_gives_it_elsewhere(case: str, attributes: str, identity: str) -> None:
    assert only_failure(f"<testcase {case}><failure/></testcase>", attributes).id == identity


def test_nextest_names_are_whole_by_themselves() -> None:
    document = (
        '<testsuites name="nextest-run" uuid="1"><testsuite name="c"><testcase name="m::t" classname="c"><failure/>'
        "</testcase></testsuite></testsuites>"
    )
    assert [(failure.id, failure.suite) for failure in read(document).failures] == [("m::t", "c")]


@pytest.mark.parametrize(
    ("problem", "message", "type_name"),
    [
        pytest.param('<failure message="gt.cc:4&#10;Expected: 1" type=""/>', "Expected: 1", None, id="gtest's place"),
        pytest.param(f'<failure message="failure" type="t">{BOOST}</failure>', "sums differ", "t", id="Boost"),
        pytest.param(
            f'<failure message="f(1) == 4" type="CHECK">{CATCH}</failure>',
            "f(1) == 4\nwith expansion:\n3 == 4",
            "CHECK",
            id="Catch2's expansion",
        ),
        pytest.param(
            f'<failure message="bad" type="testCodeFailure">{NODE}</failure>', "bad", "RangeError", id="node's cause"
        ),
        pytest.param(
            '<failure message="a.spec.js:4:3 title">  title\n\n    boom\n</failure>',
            "boom",
            None,
            id="Playwright's title",
        ),
        pytest.param("<system-out>before it</system-out><failure/>", "before it", None, id="output that comes first"),
        pytest.param('<failure message="exception">why\n</failure>', "why", None, id="doctest's exception"),
        pytest.param(
            '<failure message="mypy produced messages">a.py:9: error: Bad  [return-value]\n</failure>',
            "error: Bad  [return-value]",
            "return-value",
            id="mypy",
        ),
        pytest.param('<error type="LOW" message="m">Test ID: B404 Severity: LOW</error>', "m", "B404", id="bandit"),
    ],
)
def test_the_message_is_what_the_tool_had_to_say(problem: str, message: str, type_name: str | None) -> None:
    failure = only_failure(f"<testcase>{problem}</testcase>")
    assert (failure.message, failure.type) == (message, type_name)


def test_of_several_failures_the_decisive_gives_the_message_and_all_give_the_text() -> None:
    failure = only_failure("<testcase><failure>first</failure><error>E: boom</error><failure>last</failure></testcase>")
    assert (failure.kind, failure.message, failure.text) == (CaseOutcome.ERROR, "E: boom", "first\n\nE: boom\n\nlast")


def test_the_line_that_failed_is_better_than_the_line_of_the_definition() -> None:
    case = '<testcase name="t" file="a.cc" line="3"><failure>a.cc:7\nExpected</failure></testcase>'
    failure = only_failure(case)
    assert (failure.file, failure.line) == ("a.cc", 7)


def test_a_flaky_pass_is_noted_and_passes() -> None:
    report = read(suite('<testcase classname="c" name="t"><flakyFailure message="x">y</flakyFailure></testcase>'))
    assert (report.verdict, report.flaky, report.tally) == (ReportVerdict.PASSED, ("c::t",), Tally(passed=1))


def test_a_go_test_that_passed_when_it_was_run_again_is_flaky() -> None:
    properties = '<properties><property name="go.version" value="go1.22"/></properties>'
    case = '<testcase classname="p" name="T" time="{}">{}</testcase>'
    report = read(suite(properties, case.format(1, "<failure/>"), case.format(2, "")))
    assert (report.verdict, report.flaky, report.tally) == (ReportVerdict.PASSED, ("p::T",), Tally(passed=1, failed=1))


def test_totals_that_state_more_failures_than_the_cases_show_are_a_warning_beside_a_failure() -> None:
    document = '<testsuites failures="1" errors="1"><testsuite><testcase><failure/></testcase></testsuite></testsuites>'
    (warning,) = read(document).warnings
    assert "1 failing more than its test cases show" in warning


def test_what_stands_past_a_break_is_read_from_the_next_case_on() -> None:
    broken = '<testsuites>\n<testsuite name="s">\n<testcase name="a"><failure>x</b></failure></testcase>\n'
    report = read(f'{broken}<testcase name="b"/>\n<testcase classname="c" name="d"><failure/></testcase></testsuite>')
    assert [failure.id for failure in report.failures] == ["s::a", "c::d"]
    assert report.tally == Tally(passed=1, failed=2)
    assert report.warnings == ("it is not well-formed XML in line 3 (mismatched tag)",)


def test_angles_inside_of_attributes_are_plain_text_wherever_a_chunk_ends() -> None:
    case = '<testcase name="a" time="<<computed>>"><failure message="1 < 2"/></testcase>\n'
    document = f"<testsuites><testsuite>{case * 3}</testsuite></testsuites>".encode()
    for size in (1, 5, 17, 64, 1000):
        report = read_report(Dribble(document, size), "report.xml")  # type: ignore[arg-type] # it can be read from
        assert (report.tally, report.verdict) == (Tally(failed=3), ReportVerdict.FAILED)
        assert [failure.message for failure in report.failures] == ["1 < 2"] * 3
        assert report.warnings == ("a `<` inside of an attribute was taken as plain text",)


def test_an_attribute_of_eleven_megabytes_is_read() -> None:
    report = read(f'<testsuite><testcase name="a"><failure message="{"x" * 11_000_000}"/></testcase></testsuite>')
    assert report.tally == Tally(failed=1)
    assert len(report.failures[0].message) < 3_000


@pytest.mark.parametrize("padding", range(0, 12, 3))
def test_marks_of_comments_that_are_cut_by_the_end_of_a_chunk_are_still_seen(padding: int) -> None:
    head = f"<testsuite><testcase><failure>{'x' * (65_536 - 40 + padding)}"
    report = read(f"{head}<!-- &bad; -->]]><?p & ?>ok</failure></testcase></testsuite>")
    assert report.failures[0].text.endswith("x]]>ok")
    assert report.warnings == ()
