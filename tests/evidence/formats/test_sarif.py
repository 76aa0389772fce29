from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Failure, Report, ReportVerdict, Rule, StackFrame, Tally

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def location(uri: str = "src/a.py", line: int | None = 7, column: int | None = 3, **more: Any) -> dict[str, Any]:
    region = {key: value for key, value in (("startLine", line), ("startColumn", column)) if value is not None}
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}, **more}


def result(**more: Any) -> dict[str, Any]:
    return {"ruleId": "R1", "message": {"text": "it is wrong"}, "locations": [location()], **more}


def run(*results: Any, rules: Any = (), **more: Any) -> dict[str, Any]:
    driver = {"name": "Scanner", "rules": list(rules)}
    return {"tool": {"driver": driver}, "results": list(results), **more}


def log(*runs: Any, **more: Any) -> dict[str, Any]:
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": list(runs), **more}


def read(document: object) -> Report:
    text = document if isinstance(document, str) else json.dumps(document)
    return read_report(io.BytesIO(text.encode()), "log.sarif")


def found(*results: Any, **more: Any) -> Failure:
    (failure,) = read(log(run(*results, **more))).failures
    return failure


def test_a_finding_has_place_rule_and_message() -> None:
    rule = {
        "id": "R1",
        "name": "NoEval",
        "shortDescription": {"text": "short"},
        "fullDescription": {"text": "Evaluating input is dangerous."},
        "help": {"text": "plain", "markdown": "# Do not\nuse `eval`."},
        "helpUri": "https://example.org/R1",
        "defaultConfiguration": {"level": "error"},
        "properties": {"security-severity": "8.1", "tags": ["security", "external/cwe/cwe-95"]},
        "relationships": [{"target": {"id": "95", "toolComponent": {"name": "CWE"}}, "kinds": ["superset"]}],
    }
    report = read(log(run(result(ruleIndex=0), rules=[rule])))
    assert (report.format, report.verdict, report.tally) == ("sarif", ReportVerdict.FAILED, Tally(failed=1))
    (failure,) = report.failures
    assert (failure.id, failure.suite, failure.kind) == ("src/a.py:7:3: R1", "Scanner", CaseOutcome.FAILED)
    assert (failure.name, failure.type, failure.file, failure.line) == ("R1", "R1", "src/a.py", 7)
    assert failure.message == "it is wrong"
    assert failure.rule == Rule(
        id="R1",
        name="NoEval",
        level="error",
        description="Evaluating input is dangerous.",
        help="# Do not\nuse `eval`.",
        url="https://example.org/R1",
        severity=8.1,
        tags=("security", "external/cwe/cwe-95", "CWE-95"),
    )


@pytest.mark.parametrize(
    ("changes", "tally"),
    [
        ({"level": "error"}, Tally(failed=1)),
        ({"level": "warning"}, Tally(failed=1)),
        ({}, Tally(failed=1)),
        ({"level": "strange"}, Tally(failed=1)),
        ({"level": 3}, Tally(failed=1)),
        ({"kind": "fail"}, Tally(failed=1)),
        ({"kind": ["pass"]}, Tally(failed=1)),
        ({"level": "note"}, Tally(passed=1)),
        ({"level": "none"}, Tally(passed=1)),
        ({"kind": "pass"}, Tally(passed=1)),
        ({"kind": "informational"}, Tally(passed=1)),
        ({"kind": "review", "level": "error"}, Tally(passed=1)),
        ({"kind": "open"}, Tally(passed=1)),
        ({"kind": "notApplicable"}, Tally(skipped=1)),
        ({"baselineState": "new"}, Tally(failed=1)),
        ({"baselineState": "updated"}, Tally(failed=1)),
        ({"baselineState": "unchanged"}, Tally(skipped=1)),
        ({"baselineState": "absent"}, Tally(skipped=1)),
        ({"suppressions": []}, Tally(failed=1)),
        ({"suppressions": None}, Tally(failed=1)),
        ({"suppressions": [{"kind": "inSource"}]}, Tally(skipped=1)),
        ({"suppressions": [{"kind": "external", "status": "accepted"}]}, Tally(skipped=1)),
        ({"suppressions": [{"kind": "external", "status": "underReview"}]}, Tally(failed=1)),
        ({"suppressions": [{"kind": "external", "status": "rejected"}]}, Tally(failed=1)),
        ({"suppressions": [{"kind": "inSource"}, {"kind": "external", "status": "rejected"}]}, Tally(failed=1)),
    ],
    ids=str,
)
def test_each_result_counts_once(changes: dict[str, Any], tally: Tally) -> None:
    assert read(log(run(result(**changes)))).tally == tally


def test_notes_alone_are_a_pass_with_a_warning() -> None:
    assert "are notes" in read(log(run(result(level="note")))).warnings[0]
    assert read(log(run(result(level="note"), result()))).warnings == ()
    assert read(log(run(result(kind="pass")))).warnings == ()


RULES = [{"id": "R0"}, {"id": "R1", "defaultConfiguration": {"level": "note"}}]
OVERRIDE = {"descriptor": {"index": 1}, "configuration": {"level": "error"}}


@pytest.mark.parametrize(
    ("changes", "more", "level"),
    [
        pytest.param({"ruleIndex": 1}, {}, "note", id="ruleIndex"),
        pytest.param({"ruleId": None, "ruleIndex": 1}, {}, "note", id="ruleIndex alone"),
        pytest.param({}, {}, "note", id="ruleId alone"),
        pytest.param({"ruleId": "R1/inner/most"}, {}, "note", id="hierarchical id"),
        pytest.param({"ruleId": "R1/inner", "ruleIndex": 1}, {}, "note", id="hierarchical id with index"),
        pytest.param({"ruleId": None, "rule": {"index": 1}}, {}, "note", id="rule.index"),
        pytest.param({"ruleId": None, "rule": {"id": "R1"}}, {}, "note", id="rule.id"),
        pytest.param({"ruleIndex": 0}, {}, "note", id="an index that disagrees with the id"),
        pytest.param({"ruleIndex": 99}, {}, "note", id="an index out of range"),
        pytest.param({"ruleIndex": -1}, {}, "note", id="no index"),
        pytest.param({"ruleId": "R9"}, {}, "warning", id="an unknown rule"),
        pytest.param({"ruleId": "R10"}, {}, "warning", id="an id that begins alike"),
        pytest.param({"level": "error"}, {}, "error", id="the result's own level"),
        pytest.param({}, {"invocations": [{"ruleConfigurationOverrides": [OVERRIDE]}]}, "error", id="override"),
        pytest.param(
            {"provenance": {"invocationIndex": 1}},
            {"invocations": [{}, {"ruleConfigurationOverrides": [OVERRIDE]}]},
            "error",
            id="override of the result's invocation",
        ),
        pytest.param(
            {"provenance": {"invocationIndex": 0}},
            {"invocations": [{}, {"ruleConfigurationOverrides": [OVERRIDE]}]},
            "note",
            id="override of another invocation",
        ),
    ],
)
def test_the_level_comes_from_the_result_its_overrides_and_its_rule(
    changes: dict[str, Any], more: dict[str, Any], level: str
) -> None:
    changed = {key: value for key, value in {**result(), **changes}.items() if value is not None}
    report = read(log(run(changed, rules=RULES, **more)))
    if level == "note":
        assert report.tally == Tally(passed=1)
    else:
        assert [one.rule.level for one in report.failures if one.rule] == [level]


@pytest.mark.parametrize(
    "component", [{"index": 1}, {"name": "Plugin"}, {"guid": "g2"}], ids=["by index", "by name", "by guid"]
)
@pytest.mark.parametrize("by", [{"index": 0}, {"id": "R1"}, {"guid": "rule"}], ids=["index", "id", "guid"])
def test_a_rule_of_an_extension_is_found(component: dict[str, Any], by: dict[str, Any]) -> None:
    rules = [{"id": "R1", "guid": "rule", "defaultConfiguration": {"level": "error"}, "name": "Right"}]
    tool = {
        "driver": {"name": "Scanner", "rules": [{"id": "R1", "name": "Wrong"}]},
        "extensions": [{"name": "Empty"}, {"name": "Plugin", "guid": "g2", "rules": rules}],
    }
    reported = {**result(), "rule": {**by, "toolComponent": component}}
    del reported["ruleId"]
    (failure,) = read(log({"tool": tool, "results": [reported]})).failures
    assert failure.rule
    assert (failure.rule.name, failure.rule.level, failure.type) == ("Right", "error", "R1")


def test_a_result_without_any_rule_is_still_a_finding() -> None:
    failure = found({"message": {"text": "hm"}})
    assert (failure.id, failure.type, failure.file, failure.message) == ("unnamed rule", "unnamed rule", None, "hm")


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        pytest.param(log(run()), ReportVerdict.PASSED, id="no results found"),
        pytest.param(log(run(), run()), ReportVerdict.PASSED, id="no results found, twice"),
        pytest.param(log({"tool": {"driver": {"name": "x"}}}), ReportVerdict.EMPTY, id="results missing"),
        pytest.param(log({**run(), "results": None}), ReportVerdict.EMPTY, id="results null"),
        pytest.param(log({**run(), "results": {}}), ReportVerdict.EMPTY, id="results of another type"),
        pytest.param(log(run(), {"tool": {}}), ReportVerdict.EMPTY, id="one of two runs did not run"),
        pytest.param(
            log(run(result(level="note")), {"tool": {}}),
            ReportVerdict.UNREADABLE,
            id="a note, and a run that did not run",
        ),
        pytest.param(
            log(run(result()), {"tool": {}}), ReportVerdict.FAILED, id="a finding, and a run that did not run"
        ),
        pytest.param({**log(), "runs": None}, ReportVerdict.EMPTY, id="runs null"),
        pytest.param(log(), ReportVerdict.EMPTY, id="no runs"),
        pytest.param({"$schema": SCHEMA, "version": "2.1.0"}, ReportVerdict.EMPTY, id="runs missing"),
        pytest.param(log(3, None, [], "x"), ReportVerdict.EMPTY, id="runs of other types"),
        pytest.param({"runs": [run()], "version": "2.1.0"}, ReportVerdict.PASSED, id="no schema, version last"),
        pytest.param({"version": "2.1.0", "runs": [run()]}, ReportVerdict.PASSED, id="no schema"),
        pytest.param({"runs": [run()]}, ReportVerdict.PASSED, id="neither schema nor version"),
        pytest.param({**log(run()), "version": "1.0.0"}, ReportVerdict.UNREADABLE, id="version 1"),
        pytest.param("\ufeff" + json.dumps(log(run())), ReportVerdict.PASSED, id="byte order mark"),
        pytest.param("> npm run lint\n\n" + json.dumps(log(run())), ReportVerdict.PASSED, id="lines before it"),
    ],
)
def test_only_an_analysis_that_ran_and_found_nothing_is_clean(document: object, verdict: ReportVerdict) -> None:
    report = read(document)
    assert (report.format, report.verdict) == ("sarif", verdict)


NOTIFICATIONS = [
    {"id": "N1", "defaultConfiguration": {"level": "error"}, "messageStrings": {"x": {"text": "rule {0} threw {1}"}}}
]


@pytest.mark.parametrize(
    ("invocation", "messages"),
    [
        pytest.param({"executionSuccessful": True}, [], id="success"),
        pytest.param(
            {"executionSuccessful": False}, ["the analysis says that it did not succeed"], id="failure without a word"
        ),
        pytest.param(
            {"executionSuccessful": False, "exitCode": 2, "exitCodeDescription": "no such file"},
            ["the analysis says that it did not succeed: no such file; exit code 2"],
            id="failure with a word",
        ),
        pytest.param(
            {
                "executionSuccessful": False,
                "toolExecutionNotifications": [{"level": "error", "message": {"text": "Parsing error"}}],
            },
            ["Parsing error"],
            id="an error is told once",
        ),
        pytest.param(
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"descriptor": {"index": 0}, "message": {"id": "x", "arguments": ["R1", "KeyError"]}}
                ],
            },
            ["rule R1 threw KeyError"],
            id="the level and the words of a descriptor",
        ),
        pytest.param(
            {"toolConfigurationNotifications": [{"level": "error", "message": {"text": "no such rule"}}]},
            ["no such rule"],
            id="configuration",
        ),
        pytest.param(
            {"toolExecutionNotifications": [{"level": "error", "exception": {"kind": "OSError", "message": "gone"}}]},
            ["OSError: gone"],
            id="an exception",
        ),
        pytest.param(
            {"toolExecutionNotifications": [{"level": "warning", "message": {"text": "slow"}}, {"message": {}}, 3]},
            [],
            id="warnings",
        ),
        pytest.param(
            {"executionSuccessful": False, "toolExecutionNotifications": [{"message": {"text": "skipped a.py"}}]},
            ["the analysis says that it did not succeed: skipped a.py"],
            id="failure with a warning",
        ),
    ],
)
def test_an_analysis_that_did_not_go_well_is_an_error(invocation: dict[str, Any], messages: list[str]) -> None:
    document = log(run(invocations=[invocation]))
    document["runs"][0]["tool"]["driver"]["notifications"] = NOTIFICATIONS
    report = read(document)
    assert [failure.message for failure in report.failures] == messages
    assert {failure.kind for failure in report.failures} <= {CaseOutcome.ERROR}
    assert report.verdict is (ReportVerdict.FAILED if messages else ReportVerdict.PASSED)


def test_a_notification_has_its_place() -> None:
    notification = {"level": "error", "message": {"text": "Parsing error"}, "locations": [location("b.js", 2, None)]}
    (failure,) = read(log(run(invocations=[{"toolExecutionNotifications": [notification]}]))).failures
    assert (failure.id, failure.file, failure.line) == ("b.js:2", "b.js", 2)


@pytest.mark.parametrize(
    ("code", "tally"), [(1, Tally(failed=1)), (None, Tally(failed=1)), (2, Tally(failed=1, errors=1))]
)
def test_a_tool_that_calls_findings_a_failure_is_not_counted_twice(code: int | None, tally: Tally) -> None:
    report = read(log(run(result(), invocations=[{"executionSuccessful": False, "exitCode": code}])))
    assert report.tally == tally


@pytest.mark.parametrize(
    ("kept", "verdict"),
    [("results", ReportVerdict.UNREADABLE), ("artifacts", ReportVerdict.PASSED)],
)
def test_what_is_kept_in_other_files_is_never_taken_for_clean(kept: str, verdict: ReportVerdict) -> None:
    report = read(log(run(externalPropertyFileReferences={kept: [{"location": {"uri": "x"}}]})))
    assert report.verdict is verdict
    assert "kept in other files" in " ".join([report.reason or "", *report.warnings])


FLOW = {
    "threadFlows": [
        {
            "locations": [
                {"location": location("src/web.py", 3, 5, message={"text": "the [input](1)"})},
                {"index": 0},
                {"location": {"message": {"text": "nowhere"}}},
                {"location": location("src/a.py", 7, None)},
            ]
        }
    ]
}


def test_a_data_flow_runs_from_source_to_sink_in_frames_and_text() -> None:
    step = {"location": location("src/between.py", 9, None, logicalLocations=[{"fullyQualifiedName": "m.clean"}])}
    related = location("src/b.py", 1, None, message={"text": "defined here"})
    snippet = location()
    snippet["physicalLocation"]["region"]["snippet"] = {"text": "eval(x)\n"}
    failure = found(
        result(
            message={"text": "[user input](1) reaches `eval`, see [docs](https://example.org)"},
            locations=[snippet],
            codeFlows=[FLOW],
            relatedLocations=[related],
        ),
        threadFlowLocations=[step],
    )
    assert failure.frames == (
        StackFrame("src/web.py", 3, None),
        StackFrame("src/between.py", 9, "m.clean"),
        StackFrame("src/a.py", 7, None),
    )
    assert failure.message == "user input reaches `eval`, see docs (https://example.org)"
    assert failure.text.splitlines() == [
        "user input reaches `eval`, see docs (https://example.org)",
        "",
        "src/a.py:7:3",
        "    eval(x)",
        "",
        "Data flow:",
        "  1. src/web.py:3:5: the input",
        "  2. src/between.py:9",
        "  3. nowhere",
        "  4. src/a.py:7",
        "",
        "Related:",
        "  src/b.py:1: defined here",
    ]
    assert (failure.file, failure.line) == ("src/a.py", 7)


def test_a_stack_is_turned_to_run_from_its_outermost_caller() -> None:
    stack = {"frames": [{"location": location("in.c", 1)}, {"location": location("out.c", 2)}]}
    assert [frame.file for frame in found(result(stacks=[stack])).frames] == ["out.c", "in.c"]


def test_a_long_flow_is_cut_in_its_middle() -> None:
    steps = [{"location": location("a.py", number)} for number in range(1, 5_001)]
    failure = found(result(codeFlows=[{"threadFlows": [{"locations": steps}]}]))
    assert (len(failure.frames), failure.frames[0].line, failure.frames[-1].line) == (100, 1, 5_000)
    assert len(failure.text) < 5_000


def test_findings_of_one_rule_share_its_help() -> None:
    rules = [{"id": "R1", "help": {"text": "long " * 1000}}]
    first, second = read(log(run(result(), result(), rules=rules))).failures
    assert first.rule is second.rule


def test_a_truncated_log_gives_the_results_before_the_break() -> None:
    text = json.dumps(log(run(result(level="note")), run(result(), result(), result(ruleId="LAST"))))
    report = read(text[: text.index("LAST")])
    assert (report.verdict, report.tally) == (ReportVerdict.FAILED, Tally(passed=1, failed=2))
    assert "breaks off" in report.warnings[0]


def test_a_result_that_got_as_far_as_its_message_counts() -> None:
    text = json.dumps(log(run(result(), result(properties={"x": "LAST"}))))
    assert read(text[: text.index("LAST")]).tally == Tally(failed=2)


@given(st.integers(0, 400))
def test_no_truncation_turns_a_log_green(length: int) -> None:
    text = json.dumps(log(run(result(level="note"), result(level="none"))))
    report = read(text[:length])
    assert report.verdict in {ReportVerdict.UNREADABLE, ReportVerdict.FAILED}


scalars = (
    st.none() | st.booleans() | st.integers(-2, 3) | st.floats() | st.sampled_from(["", "R1", "a/b", "\ud800", "{0}"])
)
keys = st.sampled_from(
    [
        "ruleId", "ruleIndex", "rule", "id", "index", "message", "text", "arguments", "locations", "physicalLocation",
        "uri", "artifactLocation", "region", "startLine", "snippet", "codeFlows", "threadFlows", "location", "kind",
        "suppressions", "level", "toolComponent", "properties", "tags", "help", "relationships", "target", "uriBaseId",
        "logicalLocations", "contents", "charOffset", "guid", "name", "messageStrings", "stacks", "frames",
    ]
)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=3), max_leaves=12
)


@given(
    st.dictionaries(keys, values, max_size=5),
    st.dictionaries(keys, values, max_size=3),
    st.dictionaries(
        st.sampled_from(["tool", "invocations", "artifacts", "originalUriBaseIds", "threadFlowLocations", "results"]),
        values,
        max_size=3,
    ),
)
def test_no_type_at_any_place_makes_reading_fail(result: object, rule: object, more: dict[str, Any]) -> None:
    report = read(
        log({**run({**result, "level": "error"} if isinstance(result, dict) else result, rules=[rule]), **more})
    )
    for failure in report.failures:
        assert failure.rule is not None
        (failure.id + failure.text + failure.message + repr(failure.rule)).encode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"version": "2.1.0", "runs": ' + "[" * 100_000, id="depth"),
        pytest.param(
            json.dumps(log(run(result(message={"text": "{0}" * 20_000, "arguments": ["x" * 1_000_000]})))),
            id="template",
        ),
        pytest.param(json.dumps(log(run(result(message={"text": "[" * 60_000})))), id="brackets"),
        pytest.param(json.dumps(log(run(result(message={"text": "[a](" * 20_000})))), id="links"),
        pytest.param(
            json.dumps(
                log(run(result(ruleId="/" * 100_000), originalUriBaseIds={"A": {"uri": "x", "uriBaseId": "A"}}))
            ),
            id="separators",
        ),
    ],
)
def test_what_is_made_to_be_costly_is_bounded(text: str) -> None:
    report = read(text)
    assert all(len(failure.text) < 200_000 and len(failure.id) < 10_000 for failure in report.failures)
    assert report.verdict in {ReportVerdict.FAILED, ReportVerdict.UNREADABLE}
