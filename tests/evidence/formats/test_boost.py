from __future__ import annotations

import io

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

ERROR = '<Error file="/w/tests/a.cpp" line="17"><![CDATA[check sum == 3 has failed [2 != 3]]]>{context}</Error>'
CONTEXT = "<Context><Frame><![CDATA[number = 2; ]]></Frame></Context>"
THROWN = (
    '<Exception file="unknown location" line="0"><![CDATA[std::runtime_error: gone]]>'
    '<LastCheckpoint file="/w/tests/a.cpp" line="20"><![CDATA["adds" entry]]></LastCheckpoint></Exception>'
)
INFO = '<Info file="a.cpp" line="1"><![CDATA[passed]]></Info><Message file="a.cpp" line="1"><![CDATA[m]]></Message>'


def read(*inside: str) -> Report:
    document = (
        f'<TestLog><TestSuite name="all"><TestSuite name="engine">{"".join(inside)}</TestSuite></TestSuite></TestLog>'
    )
    return read_report(io.BytesIO(document.encode()), "boost.xml")


def case(body: str, more: str = "") -> str:
    return f'<TestCase name="adds" file="/w/tests/a.cpp" line="15"{more}>{body}<TestingTime>79</TestingTime></TestCase>'


@pytest.mark.parametrize(
    ("inside", "tally"),
    [
        pytest.param(case(INFO), Tally(passed=1), id="passed"),
        pytest.param(case(ERROR.format(context="")), Tally(failed=1), id="a check"),
        pytest.param(case(ERROR.format(context="") * 3), Tally(failed=1), id="three checks"),
        pytest.param(case(THROWN), Tally(errors=1), id="an exception"),
        pytest.param(case(ERROR.format(context="") + THROWN), Tally(errors=1), id="a check and an exception"),
        pytest.param(case("", ' skipped="yes"'), Tally(skipped=1), id="skipped"),
        pytest.param(THROWN, Tally(errors=1), id="a fixture of the suite"),
        pytest.param("", Tally(), id="nothing"),
    ],
)
def test_each_test_case_counts_once(inside: str, tally: Tally) -> None:
    assert read(inside).tally == tally


def test_a_failed_check_has_its_path_place_and_context() -> None:
    (failure,) = read(case(ERROR.format(context=CONTEXT) * 2)).failures
    assert (failure.id, failure.suite, failure.name) == ("engine/adds", "engine", "adds")
    assert (failure.file, failure.line) == ("/w/tests/a.cpp", 17)
    assert failure.message == "check sum == 3 has failed [2 != 3]"
    assert failure.text.splitlines()[:2] == [
        "/w/tests/a.cpp:17: check sum == 3 has failed [2 != 3]",
        "    with number = 2;",
    ]


def test_an_exception_has_the_place_of_the_last_checkpoint() -> None:
    (failure,) = read(case(THROWN)).failures
    assert (failure.kind, failure.type, failure.message) == (
        CaseOutcome.ERROR,
        "std::runtime_error",
        "std::runtime_error: gone",
    )
    assert (failure.file, failure.line, failure.text) == ("/w/tests/a.cpp", 20, "std::runtime_error: gone")


def test_many_failed_checks_are_bounded() -> None:
    (failure,) = read(case(ERROR.format(context=CONTEXT) * 5_000)).failures
    assert len(failure.text) < 20_000


def test_no_test_is_no_pass() -> None:
    assert read().verdict is ReportVerdict.EMPTY
