from __future__ import annotations

import io

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import ReportVerdict


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<project><modelVersion/></project>", "its root is <project>, a build file's"),
        ("<coverage line-rate='0.5'/>", "its root is <coverage>, a coverage report's"),
        ("<report name='x'><package/></report>", "its root is <report>, a coverage report's (JaCoCo)"),
        ("<failsafe-summary result='255'/>", "Failsafe's summary without test cases; the TEST-*.xml files"),
        ('<e:events xmlns:e="https://schemas.opentest4j.org/x"/>', "its root is <events>, open-test-reporting's"),
        ("<result plugin='junit@1'><suites/></result>", "its root is <result>, Jenkins' store of results"),
        ("<pmd-cpd/>", "its root is <pmd-cpd>, a report on duplicated code"),
        ("<doc><assembly><name>x</name></assembly></doc>", "its root is <doc>, which is none of a report"),
    ],
)
def test_xml_that_is_no_report_is_refused_by_its_name(document: str, reason: str) -> None:
    report = read_report(io.BytesIO(b"<?xml version='1.0'?>\n" + document.encode()), "x.xml")
    assert report.verdict is ReportVerdict.UNREADABLE
    assert report.format == "unknown"
    assert reason in (report.reason or "")
