"""Passing cases that are never parsed must be counted as if they were: every report is the same either way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from healer.evidence.formats import junit
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = st.sampled_from(["a", "b", "b[x/>y]", "c &lt; d", "d\te", "é", "</testcase>".replace("<", "&lt;"), ""])
CLASSES = st.sampled_from(["m", "m.T", "\N{GREEK SMALL LETTER ALPHA}"])
EXTRAS = st.sampled_from(
    [
        "",
        ' time="0.1"',
        ' file="t.py" line="3"',
        " ",
        ' status="run"',
        ' status="failed"',
        ' result="skipped"',
        '\n id="1"',
    ]
)
CHILDREN = st.sampled_from(
    [
        *(
            "<failure/>",
            "<error>x</error>",
            "<skipped/>",
            "<flakyFailure/>",
            "<system-out>a</system-out>",
            "text />",
            "\n",
        ),
        "<failure><![CDATA[<testcase classname='m' name='a'/>]]></failure>",
        '<failure message="failed on teardown with &quot;E: e&quot;"/>',
        '<testcase classname="m" name="a"/>',
    ]
)
BETWEEN = st.sampled_from(
    [
        *("", "\n", " words ", "<!-- <testcase classname='m' name='a'/> -->", "<?note <testcase name='a'/> ?>"),
        '<![CDATA[<testcase classname="m" name="a"/>]]>',
        '<!-- <testcase classname="m" name="a"/> -->',
        '<failure><testcase classname="m" name="a"/></failure>',
        "<properties><property name='go.version' value='1'/></properties>",
        '</testsuite><testsuite name="pytest">',
        '</testsuite><testsuite name="other" tests="1">',
    ]
)


@st.composite
def cases(draw: st.DrawFn) -> str:
    pair = [f'classname="{draw(CLASSES)}"', f'name="{draw(NAMES)}"']
    if draw(st.booleans()):
        pair.reverse()
    start = f"<testcase {' '.join(pair)}{draw(EXTRAS)}"
    form = draw(st.sampled_from(["{}/>", "{} />", "{}></testcase>", "{}>CHILD</testcase>", "{}/>", "{}/>"]))
    return form.format(start).replace("CHILD", draw(CHILDREN))


ODD = st.sampled_from(
    [
        "<testcase/>",
        '<testcase time="1" classname="m" name="a"/>',
        "<testcase classname='m' name='a'/>",
        '<testcase  classname="m"  name="b"/>',
        '<testcase name="a" time="1"/>',
        '<testcase name="a"/>',
    ]
)
BODIES = st.lists(st.one_of(cases(), cases(), BETWEEN, ODD), max_size=14).map("".join)
ROOTS = st.sampled_from(
    [
        '<testsuites><testsuite name="pytest" failures="1">{}</testsuite></testsuites>',
        '<testsuites><testsuite name="s">{}</testsuite></testsuites>\n<testsuites><testcase name="z"/></testsuites>',
        '<testsuite name="pytest">{}</testsuite>',
        '<?xml version="1.0"?><testsuites name="r"><testsuite name="pytest">{}</testsuite></testsuites>\nthe end',
    ]
)


def pieces(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    position = 0
    for size in sizes:
        if piece := data[position : position + size]:
            yield piece
        position += size
    if position < len(data):
        yield data[position:]


def both_ways(data: bytes, sizes: list[int]) -> tuple[Report, Report]:
    slow = junit.read(iter([data]), "r.xml", may_skim=False)
    return slow, junit.read(pieces(data, sizes), "r.xml")


@settings(max_examples=250)
@given(BODIES, ROOTS, st.lists(st.integers(1, 120), max_size=12), st.integers(0, 30))
@example('<testcase classname="m" name="a"><failure/></testcase><testcase classname="m" name="a"/>', "{}", [3], 0)
def test_a_report_is_the_same_whether_its_passing_cases_are_parsed_or_not(
    body: str, root: str, sizes: list[int], cut: int
) -> None:
    document = (root if "{}" in root else "{}").format(body).encode()
    slow, fast = both_ways(document[: len(document) - cut] if cut < 15 else document, sizes)
    assert fast == slow


@settings(max_examples=250)
@given(
    BODIES,
    ROOTS,
    st.lists(st.integers(1, 120), max_size=12),
    st.tuples(
        st.integers(0, 600), st.integers(0, 6), st.sampled_from([b"", b"<", b'"', b"&", b"\0", b"<![CDATA[", b"/>"])
    ),
)
def test_in_a_damaged_report_the_same_failures_are_found_either_way(
    body: str, root: str, sizes: list[int], damage: tuple[int, int, bytes]
) -> None:
    place, removed, inserted = damage
    whole = root.format(body).encode()
    place = 10 + place % (len(whole) - 10)
    slow, fast = both_ways(whole[:place] + inserted + whole[place + removed :], [12, *sizes])
    assert fast.verdict is slow.verdict
    assert [failure.id for failure in fast.failures] == [failure.id for failure in slow.failures]


@settings(max_examples=100)
@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=8))
def test_no_bytes_bring_a_reader_down(noise: bytes, sizes: list[int]) -> None:
    start = b'<testsuites><testsuite name="pytest"><testcase classname="m" name="a"/>'
    report = junit.read(pieces(start + noise, sizes), "r.xml")
    assert report.verdict in {ReportVerdict.UNREADABLE, ReportVerdict.FAILED}


def document(*cases: str, suite: str = "pytest") -> list[bytes]:
    head = f'<testsuites><testsuite name="{suite}">'.encode()
    return [head, *(case.encode() for case in cases), b"</testsuite></testsuites>"]


FAILS = '<testcase classname="m" name="a" time="1"><failure message="E: e"/></testcase>'
PASSES = '<testcase classname="m" name="a" time="2"/>'
OTHER = '<testcase classname="m" name="b" time="2"/>'


@pytest.mark.parametrize(
    ("chunks", "failing", "flaky"),
    [
        pytest.param(document(FAILS + PASSES), 0, ("m::a",), id="in one chunk"),
        pytest.param(document(FAILS, PASSES), 0, ("m::a",), id="in the next chunk"),
        pytest.param(document(FAILS, OTHER * 50, PASSES), 0, ("m::a",), id="much later"),
        pytest.param(document(PASSES, FAILS), 1, (), id="an empty attempt before it"),
        pytest.param(document(FAILS[:60], FAILS[60:] + PASSES), 0, ("m::a",), id="a case over two chunks"),
        pytest.param(document(FAILS, PASSES, suite="other"), 1, (), id="a suite that does not tell retries"),
        pytest.param(document(FAILS, PASSES.replace('"m"', '"n"')), 1, (), id="another class"),
        pytest.param(
            document(FAILS, '</testsuite><testsuite name="pytest">', PASSES), 1, (), id="another suite, as a matrix leg"
        ),
    ],
)
def test_a_pass_takes_back_an_earlier_failure_of_the_same_test(
    chunks: list[bytes], failing: int, flaky: tuple[str, ...]
) -> None:
    report = junit.read(iter(chunks), "r.xml")
    assert (len(report.failures), report.flaky) == (failing, flaky)
    assert report.verdict is (ReportVerdict.FAILED if failing else ReportVerdict.PASSED)
    assert report.tally is not None
    assert report.tally.failed == 1


def test_of_several_failed_attempts_the_last_stays_and_all_are_counted() -> None:
    report = junit.read(iter(document(FAILS, FAILS.replace("E: e", "E: last"), OTHER)), "r.xml")
    assert report.tally == Tally(passed=1, failed=2)
    assert [failure.message for failure in report.failures] == ["E: last"]
    assert report.flaky == ()


def test_a_teardown_that_broke_after_a_failure_is_no_retry() -> None:
    message = "failed on teardown with &quot;T: t&quot;"
    broken = f'<testcase classname="m" name="a"><error message="{message}">tear</error></testcase>'
    report = junit.read(iter(document(FAILS.replace("/></", ">call</failure></"), broken)), "r.xml")
    assert report.tally == Tally(failed=1, errors=1)
    assert [(failure.kind, failure.message, failure.text) for failure in report.failures] == [
        (CaseOutcome.FAILED, "E: e", "call"),
        (CaseOutcome.ERROR, "T: t", "tear"),
    ]


def test_memory_does_not_grow_with_passing_cases_because_nothing_of_them_is_kept() -> None:
    report = junit.read(iter(document(OTHER * 5000, FAILS, OTHER * 5000)), "r.xml")
    assert report.tally == Tally(passed=10_000, failed=1)
