from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally


def read(data: str) -> Report:
    return read_report(io.BytesIO(data.encode()), "lint.xml")


def checkstyle(*elements: str, file: str = "src/a.js") -> str:
    inside = f'<file name="{file}">{"".join(elements)}</file>' if elements else ""
    return f'<?xml version="1.0" encoding="utf-8"?><checkstyle version="4.3">{inside}</checkstyle>'


def error(severity: str | None = "error", source: str = "eslint.rules.no-undef", column: str = ' column="7"') -> str:
    said = f' severity="{severity}"' if severity is not None else ""
    return f'<error line="3"{column}{said} message="&apos;x&apos; is not defined." source="{source}" />'


@pytest.mark.parametrize(
    ("source", "tool", "rule"),
    [
        ("eslint.rules.no-undef", "eslint", "no-undef"),
        ("eslint.rules.@typescript-eslint/no-unused-vars", "eslint", "@typescript-eslint/no-unused-vars"),
        ("stylelint.rules.block-no-empty", "stylelint", "block-no-empty"),
        ("ShellCheck.SC2086", "ShellCheck", "SC2086"),
        ("DL3006", "checkstyle", "DL3006"),
        ("com.puppycrawl.tools.checkstyle.checks.LineLengthCheck", "checkstyle",
         "com.puppycrawl.tools.checkstyle.checks.LineLengthCheck"),
        ("", "checkstyle", "unnamed rule"),
    ],
)  # fmt: skip
def test_a_finding_has_place_rule_and_message(source: str, tool: str, rule: str) -> None:
    report = read(checkstyle(error(source=source)))
    assert (report.format, report.verdict, report.tally) == ("checkstyle", ReportVerdict.FAILED, Tally(failed=1))
    (found,) = report.failures
    assert (found.id, found.suite) == (f"src/a.js:3:7: {rule}" if source else "src/a.js:3:7", tool)
    assert (found.name, found.type, found.file, found.line) == (rule, rule, "src/a.js", 3)
    assert found.message == "'x' is not defined."
    assert found.rule is not None
    assert (found.rule.id, found.rule.level) == (rule, "error")


def test_the_rule_that_eslint_puts_behind_the_message_is_no_part_of_it() -> None:
    document = checkstyle(error().replace("is not defined.", "is not defined. (no-undef)"))
    assert read(document).failures[0].message == "'x' is not defined."


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        ("error", "error"), ("Error", "error"), ("fatal", "error"), ("warning", "warning"), (None, "error"),
        ("", "error"), ("style", "warning"), ("major", "warning"), ("info", None), ("ignore", None), ("note", None),
        ("information", None), ("notice", None), ("none", None),
    ],
)  # fmt: skip
def test_errors_and_warnings_fail_and_the_rest_is_counted_as_passed(severity: str | None, level: str | None) -> None:
    report = read(checkstyle(error(severity)))
    assert report.tally == (Tally(failed=1) if level else Tally(passed=1))
    assert [found.rule.level for found in report.failures if found.rule] == [level] * bool(level)


def test_notes_alone_are_a_pass_with_a_warning() -> None:
    assert "are notes" in read(checkstyle(error("info"))).warnings[0]
    assert read(checkstyle(error("info"), error())).warnings == ()


@pytest.mark.parametrize(
    "document",
    [
        checkstyle(),
        checkstyle(file="a") + "\n",
        '<?xml version="1.0"?><checkstyle><file name="a.js"></file></checkstyle>',
        "<checkstyle/>",
        '<pmd version="7"/>',
        '<results version="2"><cppcheck version="2.10"/><errors></errors></results>',
        '<issues format="6" by="lint 8.0"></issues>',
        "<jslint></jslint>",
        '<BugCollection version="4"><Project/></BugCollection>',
    ],
)
def test_nothing_found_is_a_pass(document: str) -> None:
    report = read(document)
    assert (report.verdict, report.tally) == (ReportVerdict.PASSED, Tally())


PMD = (
    '<pmd version="7.0"><file name="/w/src/A.java">'
    '<violation beginline="4" endline="5" begincolumn="9" rule="EmptyCatchBlock" ruleset="Error Prone" '
    'externalInfoUrl="https://docs.pmd-code.org/x" priority="{priority}">\nAvoid empty catch\n</violation></file>'
    '<suppressedviolation filename="/w/B.java" suppressiontype="annotation" msg="m" usermsg=""/>'
    '<error filename="/w/C.java" msg="PMDException: Error while parsing">trace</error></pmd>'
)
CPPCHECK = (
    '<?xml version="1.0"?><results version="2"><cppcheck version="2.10"/><errors>'
    '<error id="nullPointer" severity="error" msg="Null pointer" verbose="Null pointer dereference: p" cwe="476" '
    'file0="src/main.c"><location file="src/a.c" line="7" column="3" info="here"/><location file="src/a.c" line="2"/>'
    "<symbol>p</symbol></error>"
    '<error id="missingInclude" severity="information" msg="m" verbose="m"/></errors></results>'
)
CPPCHECK_1 = '<results>\n<error file="a.c" line="7" id="nullPointer" severity="error" msg="Null pointer"/></results>'
ANDROID = (
    '<issues format="6" by="lint 8.0"><issue id="HardcodedText" severity="Warning" message="Hardcoded string" '
    'category="I18n" explanation="Use resources" url="https://example.org/r"><location file="res/a.xml" line="9" '
    'column="5"/></issue><issue id="Tip" severity="Information" message="t"/></issues>'
)
JSLINT = '<jslint><file name="a.js"><issue line="2" char="5" reason="Missing semicolon."/></file></jslint>'
CSSLINT = '<lint><file name="a.css"><issue line="2" char="5" severity="warning" reason="Empty rule."/></file></lint>'
SPOTBUGS = (
    '<BugCollection version="4.8"><BugInstance type="NP_NULL" priority="2" category="CORRECTNESS">'
    "<ShortMessage>Null</ShortMessage><LongMessage>Null pointer dereference in A.f()</LongMessage>"
    '<Class classname="A"><SourceLine classname="A" start="1" sourcepath="A.java" relSourcepath="src/A.java"/></Class>'
    '<SourceLine classname="A" start="12" end="12" sourcepath="A.java" relSourcepath="src/A.java"/>'
    "</BugInstance><Errors errors='0'/></BugCollection>"
)
PHPCS = (
    '<phpcs version="3.7"><file name="src/A.php" errors="1" warnings="1"><error line="2" column="1" '
    'source="PSR12.Files.FileHeader" severity="5" fixable="0">Header missing</error><warning line="9" column="2" '
    'source="Generic.Files.LineLength" severity="5">Too long</warning></file></phpcs>'
)


@pytest.mark.parametrize(
    ("document", "tally", "identity", "tool", "message"),
    [
        (PMD.format(priority=3), Tally(failed=1, errors=1, skipped=1), "/w/src/A.java:4:9: EmptyCatchBlock", "PMD",
         "Avoid empty catch"),
        (CPPCHECK, Tally(passed=1, failed=1), "src/a.c:7:3: nullPointer", "cppcheck", "Null pointer"),
        (CPPCHECK_1, Tally(failed=1), "a.c:7: nullPointer", "cppcheck", "Null pointer"),
        (ANDROID, Tally(passed=1, failed=1), "res/a.xml:9:5: HardcodedText", "Android lint", "Hardcoded string"),
        (JSLINT, Tally(failed=1), "a.js:2:5: jslint", "jslint", "Missing semicolon."),
        (CSSLINT, Tally(failed=1), "a.css:2:5: lint", "lint", "Empty rule."),
        (SPOTBUGS, Tally(failed=1), "src/A.java:12: NP_NULL", "SpotBugs", "Null pointer dereference in A.f()"),
        (PHPCS, Tally(failed=2), "src/A.php:2:1: PSR12.Files.FileHeader", "phpcs", "Header missing"),
    ],
    ids=["PMD", "Cppcheck", "Cppcheck 1", "Android", "JSLint", "CSSLint", "SpotBugs", "PHP_CodeSniffer"],
)  # fmt: skip
def test_each_dialect_gives_its_findings(document: str, tally: Tally, identity: str, tool: str, message: str) -> None:
    report = read(document)
    assert report.tally == tally
    found = report.failures[0]
    assert (found.id, found.suite, found.message) == (identity, tool, message)


@pytest.mark.parametrize(("priority", "level"), [("1", "error"), ("2", "error"), ("3", "warning"), ("5", "warning")])
def test_every_violation_that_pmd_reports_is_one_that_it_objects_to(priority: str, level: str) -> None:
    rule = read(PMD.format(priority=priority)).failures[0].rule
    assert rule is not None
    assert (rule.level, rule.url) == (level, "https://docs.pmd-code.org/x")


def test_a_file_that_the_tool_failed_on_is_an_error() -> None:
    report = read(checkstyle("<exception><![CDATA[TreeWalkerException: NoViableAlt]]></exception>"))
    (found,) = report.failures
    assert (found.kind, found.file, found.message) == (
        CaseOutcome.ERROR,
        "src/a.js",
        "TreeWalkerException: NoViableAlt",
    )


def test_a_report_that_breaks_off_is_never_clean() -> None:
    assert read("<checkstyle><file name='a'>").verdict is ReportVerdict.UNREADABLE


@pytest.mark.parametrize(
    ("document", "root"),
    [("<results><test/></results>", "results"), ("<issues><issue/></issues>", "issues"), ("<pmd-cpd/>", "pmd-cpd")],
)
def test_other_documents_with_these_words_are_refused_by_name(document: str, root: str) -> None:
    report = read(document)
    assert report.verdict is ReportVerdict.UNREADABLE
    assert f"its root is <{root}>" in (report.reason or "")


def test_twenty_thousand_findings_are_counted_and_bounded() -> None:
    report = read(checkstyle(*([error()] * 20_000)))
    assert report.tally == Tally(failed=20_000)
    assert len(report.failures) == 10_000


DOCUMENTS = [PMD.format(priority=3), CPPCHECK, ANDROID, SPOTBUGS, PHPCS, checkstyle(error())]


@given(st.sampled_from(DOCUMENTS), st.floats(0, 1, exclude_max=True), st.text(max_size=10))
def test_no_cut_and_no_text_makes_reading_fail(document: str, place: float, text: str) -> None:
    at = int(place * len(document))
    read(document[:at] + text.encode("utf-8", "replace").decode() + document[at:])
    assert read(document[:at]).verdict in {ReportVerdict.UNREADABLE, ReportVerdict.FAILED}
