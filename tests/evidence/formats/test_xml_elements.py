from __future__ import annotations

import io
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.readers import read_report
from healer.models.evidence import Report, ReportVerdict


class Dialect(NamedTuple):
    """How a format begins, ends, and writes a case that failed."""

    start: str
    end: str
    failing: str


DIALECTS = {
    "trx": Dialect(
        "<TestRun><Results>",
        "</Results><TestDefinitions/></TestRun>",
        '<UnitTestResult testName="N.C.{name}" outcome="Failed"><Output><ErrorInfo><Message>why</Message></ErrorInfo>'
        "</Output></UnitTestResult>",
    ),
    "nunit": Dialect(
        '<test-run><test-suite type="TestFixture">',
        "</test-suite></test-run>",
        '<test-case name="{name}" fullname="N.C.{name}" result="Failed"><failure><message>why</message></failure>'
        "</test-case>",
    ),
    "xunit": Dialect(
        '<assemblies><assembly total="2"><errors/><collection>',
        "</collection></assembly></assemblies>",
        '<test name="N.C.{name}" type="N.C" method="{name}" result="Fail"><failure><message>why</message></failure>'
        "</test>",
    ),
    "catch2": Dialect(
        '<Catch2TestRun name="x">',
        "</Catch2TestRun>",
        '<TestCase name="{name}"><Failure filename="a.cpp" line="1">why</Failure><OverallResult success="false"/>'
        "</TestCase>",
    ),
    "doctest": Dialect(
        '<doctest binary="x"><TestSuite>',
        "</TestSuite></doctest>",
        '<TestCase name="{name}"><Message type="ERROR"><Text>why</Text></Message>'
        '<OverallResultsAsserts test_case_success="false"/></TestCase>',
    ),
    "boost": Dialect(
        '<TestLog><TestSuite name="m">',
        "</TestSuite></TestLog>",
        '<TestCase name="{name}"><Error file="a.cpp" line="1"><![CDATA[why]]></Error></TestCase>',
    ),
    "sonar": Dialect(
        '<testExecutions version="1"><file path="a.js">',
        "</file></testExecutions>",
        '<testCase name="{name}"><failure message="why">why</failure></testCase>',
    ),
    "checkstyle": Dialect(
        '<checkstyle><file name="a.js">',
        "</file></checkstyle>",
        '<error line="1" source="{name}" message="why"></error>',
    ),
}
every_dialect = pytest.mark.parametrize("name", sorted(DIALECTS))


def document(name: str, *cases: str) -> str:
    dialect = DIALECTS[name]
    return f"<?xml version='1.0'?>{dialect.start}{''.join(cases)}{dialect.end}"


def failing(name: str, case: str) -> str:
    return DIALECTS[name].failing.format(name=case)


def read(data: str | bytes) -> Report:
    return read_report(io.BytesIO(data.encode("utf-8", "replace") if isinstance(data, str) else data), "x.xml")


@every_dialect
def test_each_document_is_read_by_its_reader(name: str) -> None:
    report = read(document(name, failing(name, "one"), failing(name, "two")))
    assert (report.format, report.verdict, report.warnings) == (name, ReportVerdict.FAILED, ())
    assert [failure.name for failure in report.failures] == ["one", "two"]
    assert {failure.message for failure in report.failures} == {"why"}


@every_dialect
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_no_encoding_hides_a_failure(name: str, encoding: str) -> None:
    text = document(name, failing(name, "é")).replace("<?xml version='1.0'?>", "")
    assert [failure.name for failure in read(text.encode(encoding)).failures] == ["é"]


@every_dialect
def test_what_follows_a_place_that_is_not_well_formed_is_read(name: str) -> None:
    report = read(document(name, failing(name, "one"), "</nothing>", failing(name, "two")))
    assert "two" in [failure.name for failure in report.failures]
    assert "not well-formed" in " ".join(report.warnings)


@every_dialect
def test_several_documents_in_a_row_are_all_read(name: str) -> None:
    report = read(document(name, failing(name, "one")) + "\n" + document(name, failing(name, "two")))
    assert [failure.name for failure in report.failures] == ["one", "two"]


@every_dialect
def test_a_document_type_is_refused(name: str) -> None:
    text = document(name, failing(name, "one")).replace(
        "?>", "?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"
    )
    report = read(text)
    assert report.verdict is ReportVerdict.UNREADABLE
    assert "document type" in (report.reason or "")


@every_dialect
def test_a_hundred_thousand_levels_end_in_a_report(name: str) -> None:
    report = read(DIALECTS[name].start + failing(name, "one") + "<x>" * 100_000)
    assert (report.verdict, len(report.failures)) == (ReportVerdict.FAILED, 1)


@every_dialect
def test_long_names_and_texts_are_bounded(name: str) -> None:
    text = failing(name, "n" * 100_000).replace("why", "w" * 1_000_000)
    (failure,) = read(document(name, text)).failures
    assert len(failure.id) < 20_000
    assert len(failure.text) < 200_000
    assert len(failure.message) <= 2_000


@given(
    st.sampled_from(sorted(DIALECTS)),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 8),
    st.sampled_from(
        ["", "<", "</", "&", "]]>", '"', "<x>", "\0", "<![CDATA[", "<file>", "<failure>", "</file>", "<Text>"]
    ),
)
def test_no_change_makes_reading_fail_and_no_cut_turns_a_document_green(
    name: str, place: float, dropped: int, inserted: str
) -> None:
    text = document(name, failing(name, "one"), failing(name, "two"))
    at = int(place * len(text))
    assert read(text[:at] + inserted + text[at + dropped :]).source == "x.xml"
    assert read(text[:at]).verdict in {ReportVerdict.UNREADABLE, ReportVerdict.FAILED}
