from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from healer.evidence.merging import merged
from healer.evidence.readers import read_report
from healer.models.evidence import Report, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Leg = Mapping[str, bool]
    """The tests of a leg, and whether they passed."""


def document(value: Any) -> str:
    return json.dumps(value)


def lines(values: list[Any]) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def junit(leg: Leg) -> str:
    ends = {True: "/>", False: "><failure/></testcase>"}
    cases = (f'<testcase classname="c" name="{name}"{ends[leg[name]]}' for name in leg)
    return f"<testsuite>{''.join(cases)}</testsuite>"


def nunit(leg: Leg) -> str:
    words = {True: "Passed", False: "Failed"}
    cases = (f'<test-case name="{name}" fullname="C.{name}" result="{words[leg[name]]}"/>' for name in leg)
    return f'<test-run><test-suite type="Assembly" result="Failed">{"".join(cases)}</test-suite></test-run>'


def xunit(leg: Leg) -> str:
    words = {True: "Pass", False: "Fail"}
    tests = (f'<test name="C.{name}" type="C" method="{name}" result="{words[leg[name]]}"/>' for name in leg)
    return f"<assemblies><assembly><collection>{''.join(tests)}</collection></assembly></assemblies>"


def trx(leg: Leg) -> str:
    words = {True: "Passed", False: "Failed"}
    results = (f'<UnitTestResult testId="id-{n}" testName="{n}" outcome="{words[leg[n]]}"/>' for n in leg)
    tests = (f'<UnitTest id="id-{name}"><TestMethod className="C" name="{name}"/></UnitTest>' for name in leg)
    return (
        f"<TestRun><Results>{''.join(results)}</Results><TestDefinitions>{''.join(tests)}</TestDefinitions></TestRun>"
    )


def catch2(leg: Leg) -> str:
    words = {True: "true", False: "false"}
    cases = (f'<TestCase name="{n}"><OverallResult success="{words[leg[n]]}"/></TestCase>' for n in leg)
    return f'<Catch2TestRun name="calc">{"".join(cases)}</Catch2TestRun>'


def boost(leg: Leg) -> str:
    ends = {True: "/>", False: '><Error file="a.cpp" line="1">no</Error></TestCase>'}
    cases = (f'<TestCase name="{name}"{ends[leg[name]]}' for name in leg)
    return f'<TestLog><TestSuite name="calc">{"".join(cases)}</TestSuite></TestLog>'


def sonar(leg: Leg) -> str:
    ends = {True: "/>", False: '><failure message="no"/></testCase>'}
    cases = (f'<testCase name="{name}"{ends[leg[name]]}' for name in leg)
    return f'<testExecutions version="1"><file path="a.js">{"".join(cases)}</file></testExecutions>'


def go(leg: Leg) -> str:
    words = {True: "pass", False: "fail"}
    events = [{"Action": words[leg[name]], "Package": "p", "Test": name} for name in leg]
    return lines([*events, {"Action": words[all(leg.values())], "Package": "p"}])


def tap(leg: Leg) -> str:
    words = {True: "ok", False: "not ok"}
    points = (f"{words[leg[name]]} {number} - {name}\n" for number, name in enumerate(leg, 1))
    return f"TAP version 13\n1..{len(leg)}\n{''.join(points)}"


def nested_tap(leg: Leg) -> str:
    words = {True: "ok", False: "not ok"}
    points = (f"    {words[leg[name]]} {number} - {name}\n" for number, name in enumerate(leg, 1))
    end = f"    1..{len(leg)}\n{words[all(leg.values())]} 1 - a\n1..1\n"
    return f"TAP version 13\n# Subtest: a\n{''.join(points)}{end}"


def jest(leg: Leg) -> str:
    words = {True: "passed", False: "failed"}
    tests = [{"title": n, "ancestorTitles": ["a"], "status": words[leg[n]], "failureMessages": []} for n in leg]
    counts = {"numTotalTests": len(leg), "numFailedTests": 1, "numPassedTests": 1}
    return document({**counts, "testResults": [{"name": "/w/a.test.js", "assertionResults": tests}]})


def mocha(leg: Leg) -> str:
    tests = {name: {"title": name, "fullTitle": f"a {name}", "file": "/w/a.js", "err": {}} for name in leg}
    stats = {"suites": 1, "tests": len(leg), "passes": 0, "pending": 0, "failures": 1}
    passed, failed = ([tests[name] for name in leg if leg[name] is word] for word in (True, False))
    return document({"stats": stats, "tests": [*tests.values()], "failures": failed, "passes": passed})


def playwright(leg: Leg) -> str:
    words = {True: "expected", False: "unexpected"}
    specs = [
        {"title": n, "file": "a.js", "line": 1, "tests": [{"status": words[leg[n]], "results": [{"status": "failed"}]}]}
        for n in leg
    ]
    config = {"configFile": "", "rootDir": "/w", "forbidOnly": False, "fullyParallel": True}
    return document({"config": config, "suites": [{"title": "a.js", "file": "a.js", "specs": specs}]})


def cucumber(leg: Leg) -> str:
    words = {True: "passed", False: "failed"}
    elements = [
        {"name": n, "line": 3, "type": "scenario", "steps": [{"name": "s", "result": {"status": words[leg[n]]}}]}
        for n in leg
    ]
    return document([{"uri": "a.feature", "keyword": "Feature", "name": "A", "elements": elements}])


def cucumber_messages(leg: Leg) -> str:
    words = {True: "PASSED", False: "FAILED"}
    messages: list[Any] = [{"meta": {"protocolVersion": "22"}}]
    for name in leg:
        result = {"testCaseStartedId": f"s{name}", "testStepResult": {"status": words[leg[name]]}}
        messages += [
            {"pickle": {"id": f"p{name}", "uri": "a.feature", "name": name, "location": {"line": 3}}},
            {"testCase": {"id": f"c{name}", "pickleId": f"p{name}"}},
            {"testCaseStarted": {"id": f"s{name}", "testCaseId": f"c{name}"}},
            {"testStepFinished": result},
            {"testCaseFinished": {"testCaseStartedId": f"s{name}"}},
        ]
    return lines([*messages, {"testRunFinished": {"success": all(leg.values())}}])


def rspec(leg: Leg) -> str:
    words = {True: "passed", False: "failed"}
    examples = [{"full_description": n, "file_path": "./spec/a_spec.rb", "status": words[leg[n]]} for n in leg]
    return document({"version": "3", "seed": 1, "examples": examples, "summary": {}, "summary_line": ""})


def pytest_json(leg: Leg) -> str:
    words = {True: "passed", False: "failed"}
    tests = [{"nodeid": f"a.py::{name}", "outcome": words[leg[name]]} for name in leg]
    return document({"created": 1, "exitcode": 1, "root": "/w", "tests": tests})


def gtest(leg: Leg) -> str:
    said: Mapping[bool, list[Any]] = {True: [], False: [{"failure": "no", "type": ""}]}
    cases = [{"name": n, "file": "/w/a.cc", "status": "RUN", "failures": said[leg[n]]} for n in leg]
    counts = {"tests": len(leg), "failures": 0, "disabled": 0}
    return document({**counts, "testsuites": [{"name": "Suite", "testsuite": cases}]})


def nextest(leg: Leg) -> str:
    words = {True: "ok", False: "failed"}
    tests = [{"type": "test", "event": words[leg[name]], "name": f"calc::calc$tests::{name}"} for name in leg]
    return lines([{"type": "suite", "event": "started"}, *tests, {"type": "suite", "event": "failed", "failed": 1}])


NAMING = (
    *(junit, nunit, xunit, trx, catch2, boost, sonar, go, tap, nested_tap, jest, mocha, playwright, cucumber),
    *(cucumber_messages, rspec, pytest_json, gtest, nextest),
)
naming = pytest.mark.parametrize("write", NAMING, ids=[write.__name__ for write in NAMING])


def read(text: str) -> Report:
    return read_report(io.BytesIO(text.encode()), "report")


@naming
def test_a_test_of_several_legs_counts_once_by_the_worst_that_became_of_it(write: Callable[[Leg], str]) -> None:
    legs = [read(write(leg)) for leg in ({"a": True, "b": True, "c": False}, {"a": True, "b": False, "c": False})]
    assert [leg.tally for leg in legs] == [Tally(passed=2, failed=1), Tally(passed=1, failed=2)]
    assert merged(legs).tally == Tally(passed=1, failed=2)


@naming
def test_tests_of_several_shards_add_up(write: Callable[[Leg], str]) -> None:
    shards = [read(write(shard)) for shard in ({"a": True, "b": False}, {"c": True, "d": False})]
    assert merged(shards).tally == Tally(passed=2, failed=2)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("TAP version 13\n1..2\nok 1\nnot ok 2 - b\n", id="TAP without descriptions"),
        pytest.param(
            '{"type": "suite", "event": "started"}\n{"type": "test", "event": "ok", "name": "tests::works"}\n'
            '{"type": "test", "event": "failed", "name": "tests::breaks"}\n'
            '{"type": "suite", "event": "failed", "failed": 1}\n',
            id="libtest, whose names are those of one crate",
        ),
        pytest.param("FF.\n=== 1 failed, 1 passed in 0.1s ===\n", id="a log that only counts"),
    ],
)
def test_reports_that_name_not_all_of_their_tests_add_up(text: str) -> None:
    report = read(text)
    assert report.tally == Tally(passed=1, failed=1)
    assert merged([report, report]).tally == Tally(passed=2, failed=2)


def test_findings_of_several_legs_count_once() -> None:
    result = {"ruleId": "r", "message": {"text": "no"}, "level": "error"}
    text = document({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [result]}]})
    assert merged([read(text), read(text)]).tally == Tally(failed=1)
