from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

GOLDEN = Path(__file__).parents[2] / "data" / "golden" / "go"
PACKAGE = "example.com/demo/calc"


def event(action: str, test: str = "", output: str = "", package: str = PACKAGE, **more: str) -> str:
    told = {"Action": action, "Package": package, "Test": test, "Output": output, **more}
    return json.dumps({key: value for key, value in told.items() if value}, separators=(",", ":")) + "\n"


def case(test: str, ending: str, *outputs: str) -> str:
    printed = "".join(event("output", test, output) for output in outputs)
    return event("run", test) + printed + event(ending, test)


def read(*lines: str) -> Report:
    return read_report(io.BytesIO("".join(lines).encode()), "report.json")


GREEN = event("start") + case("TestA", "pass", "=== RUN   TestA\n", "--- PASS: TestA (0.00s)\n") + event("pass")
FAILED = case(
    "TestB",
    "fail",
    "=== RUN   TestB\n",
    "noise\n",
    "    calc_test.go:4: got 2, want 3\n",
    "        and more\n",
    "--- FAIL: TestB (0.00s)\n",
)


def test_a_failing_test_carries_its_import_path_place_and_message() -> None:
    report = read(event("start"), FAILED, event("fail"))
    assert (report.format, report.verdict, report.tally) == ("go_json", ReportVerdict.FAILED, Tally(failed=1))
    (failure,) = report.failures
    assert (failure.id, failure.suite, failure.name) == (f"{PACKAGE}::TestB", PACKAGE, "TestB")
    assert (failure.file, failure.line) == (f"{PACKAGE}/calc_test.go", 4)
    assert failure.message == "got 2, want 3\nand more"
    assert "=== RUN" not in failure.text
    assert "noise" in failure.text


BUILD = (
    '{"ImportPath":"example.com/demo/calc [example.com/demo/calc.test]","Action":"build-output","Output":"# x\\n"}\n'
    '{"ImportPath":"example.com/demo/calc [example.com/demo/calc.test]","Action":"build-output",'
    '"Output":"calc/b.go:2:23: undefined: thing\\n"}\n'
)
UNBUILT = event("start") + event("fail", FailedBuild="example.com/demo/calc [example.com/demo/calc.test]")
COMPILED = f"# {PACKAGE} [{PACKAGE}.test]\ncalc/b.go:2:23: undefined: thing\n"
OLD_UNBUILT = f"FAIL\t{PACKAGE} [build failed]\n"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([BUILD, UNBUILT], id="events of a build"),
        pytest.param([UNBUILT, BUILD], id="events of a build, later"),
        pytest.param([COMPILED, OLD_UNBUILT], id="lines"),
        pytest.param([OLD_UNBUILT, COMPILED], id="lines, standard error after standard output"),
        pytest.param(
            [COMPILED, event("output", output=OLD_UNBUILT), event("fail")], id="compiler's lines, package's event"
        ),
        pytest.param([BUILD], id="a build alone"),
    ],
)
def test_a_package_that_does_not_build_is_one_error_with_the_compilers_place(lines: list[str]) -> None:
    report = read(event("skip", package="example.com/demo/none"), *lines)
    assert report.tally == Tally(errors=1)
    (failure,) = report.failures
    assert failure.id.startswith(PACKAGE)
    assert (failure.file, failure.line) == ("calc/b.go", 2)
    assert failure.message == "calc/b.go:2:23: undefined: thing"


@pytest.mark.parametrize(
    ("lines", "verdict", "tally"),
    [
        pytest.param([GREEN], ReportVerdict.PASSED, Tally(passed=1), id="green"),
        pytest.param([event("start"), event("pass")], ReportVerdict.EMPTY, Tally(), id="no tests to run"),
        pytest.param([event("skip")], ReportVerdict.EMPTY, Tally(), id="no test files"),
        pytest.param(
            [event("start"), case("TestA", "skip"), event("pass")], ReportVerdict.EMPTY, Tally(skipped=1), id="skip"
        ),
        pytest.param(
            [event("run", "BenchmarkA"), event("pass")], ReportVerdict.PASSED, Tally(passed=1), id="benchmark"
        ),
        pytest.param([case("BenchmarkA", "bench"), event("pass")], ReportVerdict.PASSED, Tally(passed=1), id="bench"),
        pytest.param(
            [case("TestA", "pass"), event("fail")], ReportVerdict.FAILED, Tally(passed=1, errors=1), id="TestMain"
        ),
        pytest.param(
            [event("start"), case("TestA", "pass")], ReportVerdict.UNREADABLE, Tally(passed=1), id="broken off"
        ),
        pytest.param([event("start"), FAILED], ReportVerdict.FAILED, Tally(failed=1), id="broken off after a failure"),
        pytest.param([GREEN, '{"Time":"2026-1'], ReportVerdict.UNREADABLE, Tally(passed=1), id="half a line"),
        pytest.param(
            ["go: downloading x v1\n", GREEN, "coverage: 3%\n"], ReportVerdict.PASSED, Tally(passed=1), id="noise"
        ),
        pytest.param([OLD_UNBUILT], ReportVerdict.FAILED, Tally(errors=1), id="nothing but a build that failed"),
        pytest.param(
            [event("start"), '{"Action":3,"Package":[],"Test":{}}\n', "[1]\n", "{}\n", event("pass")],
            ReportVerdict.EMPTY,
            Tally(),
            id="wrong types",
        ),
    ],
)
def test_the_count_and_the_verdict_follow_tests_and_packages(
    lines: list[str], verdict: ReportVerdict, tally: Tally
) -> None:
    report = read(*lines)
    assert (report.verdict, report.tally) == (verdict, tally)


def test_events_far_below_other_output_are_part_of_a_log() -> None:
    assert read("a line of a job\n" * 400, GREEN).format != "go_json"


def test_a_parent_that_says_nothing_of_its_own_is_counted_but_not_kept() -> None:
    inner = case("TestP/bad", "fail", "    a_test.go:5: child\n")
    report = read(event("run", "TestP"), inner, event("fail", "TestP"), event("fail"))
    assert report.tally == Tally(failed=2)
    assert [failure.name for failure in report.failures] == ["TestP/bad"]


def test_a_parent_that_says_more_than_its_children_is_kept() -> None:
    inner = case("TestP/bad", "fail", "    a_test.go:5: child\n")
    said = event("output", "TestP", "    a_test.go:9: parent\n")
    report = read(event("run", "TestP"), inner, said, event("fail", "TestP"), event("fail"))
    assert [failure.message for failure in report.failures] == ["child", "parent"]


PANIC = (
    "panic: assignment to entry in nil map [recovered]\n\tpanic: again\n\n"
    "goroutine 7 [running]:\ndemo.TestP(0x1)\n\t/w/calc/p_test.go:4 +0x2e\n"
)


def test_a_panic_is_placed_in_the_project() -> None:
    report = read(case("TestP", "fail", "--- FAIL: TestP (0.00s)\n", PANIC), event("fail"))
    (failure,) = report.failures
    assert (failure.type, failure.message) == ("panic", "panic: assignment to entry in nil map")
    assert (failure.file, failure.line) == ("/w/calc/p_test.go", 4)


def test_the_test_that_ended_the_process_is_the_error_and_waiting_ones_are_not() -> None:
    report = read(event("run", "TestWaits"), event("pause", "TestWaits"), event("run", "TestExits"), event("fail"))
    assert report.tally == Tally(errors=1)
    assert report.failures[0].id == f"{PACKAGE}::TestExits"
    assert "never ended" in report.warnings[0]


def test_a_time_out_names_the_tests_that_were_running() -> None:
    said = "panic: test timed out after 4s\nrunning tests:\n\tTestSlow (4s)\n\ngoroutine 17 [running]:\n"
    report = read(event("run", "TestSlow"), event("run", "TestLast"), event("output", "TestLast", said), event("fail"))
    assert {failure.name for failure in report.failures} == {"TestSlow", "TestLast"}
    assert {failure.kind for failure in report.failures} == {CaseOutcome.ERROR}


def test_a_result_glued_to_output_without_a_line_end_is_found() -> None:
    glued = event("run", "TestA") + event("output", "TestA", "no newline--- FAIL: TestA (0.00s)\n")
    fine = event("run", "TestB") + event("output", "TestB", "no newline--- PASS: TestB (0.00s)\n")
    report = read(glued, fine, event("fail"))
    assert report.tally == Tally(passed=1, failed=1)


def test_what_go_marks_as_an_error_is_the_message() -> None:
    lines = event("run", "TestA") + event("output", "TestA", "    a_test.go:3: only logged\n")
    error = event("output", "TestA", "    a_test.go:9: wrong\n", OutputType="error")
    (failure,) = read(lines, error, event("fail", "TestA"), event("fail")).failures
    assert (failure.message, failure.line) == ("wrong", 9)


@pytest.mark.parametrize(
    "name", ["all.json", "calc.json", "green.json", "nobuild.json", "none.json", "panic.json", "timeout.json"]
)
def test_real_reports_agree_with_what_go_says(name: str) -> None:
    truth = {entry["file"]: entry for entry in json.loads((GOLDEN / "truth.json").read_text())}[name]
    with (GOLDEN / name).open("rb") as stream:
        report = read_report(stream, name)
    assert report.verdict == truth["verdict"]
    assert report.tally == Tally(truth["passed"], truth["failed"], truth["errors"], truth["skipped"])
    wanted = {failing["id"] for failing in truth["failing"] if not failing.get("parent")}
    assert {failure.id for failure in report.failures} == wanted


ACTIONS = st.sampled_from(["start", "run", "pause", "cont", "output", "pass", "fail", "skip", "bench", "build-output"])
EVENTS = st.builds(
    event,
    ACTIONS,
    st.sampled_from(["", "TestA", "TestA/b", "TestA/b/c", "/"]),
    st.sampled_from(["", "panic: x\n", "    a_test.go:3: x\n", "--- FAIL: TestA (0.00s)\n", "\u0016=== RUN"]),
    st.sampled_from([PACKAGE, "p"]),
)


@given(st.lists(EVENTS | st.sampled_from([OLD_UNBUILT, COMPILED, "{\n", "\n"]), max_size=30))
def test_events_in_any_order_never_lose_a_failure(events: list[str]) -> None:
    report = read(event("start"), *events)
    if any('"Action":"fail"' in told for told in events):
        assert report.verdict is ReportVerdict.FAILED
