from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import CaseOutcome, Report, ReportVerdict, Tally

GOLDEN = Path(__file__).parents[2] / "data" / "golden" / "cargo"
STARTED = {"type": "suite", "event": "started", "test_count": 1}
OK = {"type": "suite", "event": "ok", "passed": 1, "failed": 0}
BAD = {"type": "suite", "event": "failed", "passed": 0, "failed": 1}
PANIC = (
    "\nthread 'tests::other' (7) panicked at src/other.rs:9:9:\nearlier\n"
    "\nthread 'tests::adds' (8) panicked at src/lib.rs:41:9:\nassertion `left == right` failed\n  left: 3\n right: 4\n"
    "note: run with `RUST_BACKTRACE=1`\n"
)


def case(event: object, name: str = "tests::adds", **more: object) -> dict[str, object]:
    return {"type": "test", "event": event, "name": name, **more}


def read(*lines: object) -> Report:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    return read_report(io.BytesIO(text.encode()), "report.json")


def test_a_failing_test_carries_the_place_and_message_of_its_own_panic() -> None:
    running = "     Running unittests src/lib.rs (target/debug/deps/calc-1)"
    report = read(running, STARTED, case("started"), case("failed", stdout=PANIC), BAD)
    assert (report.format, report.tally) == ("libtest_json", Tally(failed=1))
    (failure,) = report.failures
    assert (failure.id, failure.suite) == ("tests::adds", "src/lib.rs")
    assert (failure.file, failure.line, failure.type) == ("src/lib.rs", 41, "panic")
    assert failure.message == "assertion `left == right` failed\nleft: 3\nright: 4"


def test_a_panic_as_rust_wrote_it_before_1_73_is_read() -> None:
    old = "thread 'tests::adds' panicked at 'isn't it', src/lib.rs:8:9\n"
    (failure,) = read(STARTED, case("failed", stdout=old), BAD).failures
    assert (failure.file, failure.line, failure.message) == ("src/lib.rs", 8, "isn't it")


def test_the_harness_says_where_a_panic_was_missed() -> None:
    said = "test did not panic as expected at src/lib.rs:65:8"
    (failure,) = read(STARTED, case("failed", message=said), BAD).failures
    assert (failure.file, failure.line, failure.message) == ("src/lib.rs", 65, said)


@pytest.mark.parametrize(
    ("lines", "verdict", "tally"),
    [
        pytest.param([STARTED, case("ok"), OK], ReportVerdict.PASSED, Tally(passed=1), id="green"),
        pytest.param([STARTED, case("ignored"), OK], ReportVerdict.EMPTY, Tally(skipped=1), id="ignored"),
        pytest.param([STARTED, OK], ReportVerdict.EMPTY, Tally(), id="nothing ran"),
        pytest.param([STARTED, BAD], ReportVerdict.FAILED, Tally(), id="only a count"),
        pytest.param(
            [STARTED, case("ok"), OK, STARTED, BAD], ReportVerdict.FAILED, Tally(passed=1), id="second binary"
        ),
        pytest.param([STARTED, case("timeout"), case("ok"), OK], ReportVerdict.PASSED, Tally(passed=1), id="slow"),
        pytest.param(
            [STARTED, {"type": "bench", "name": "b", "median": 1}, case("ok"), OK],
            ReportVerdict.PASSED,
            Tally(passed=2),
            id="benchmark",
        ),
        pytest.param([STARTED, case("ok")], ReportVerdict.UNREADABLE, Tally(passed=1), id="broken off"),
        pytest.param([STARTED, case("started")], ReportVerdict.FAILED, Tally(errors=1), id="process died"),
        pytest.param(
            [STARTED, case("no word"), case(7), 3, BAD], ReportVerdict.FAILED, Tally(errors=2), id="wrong types"
        ),
    ],
)
def test_the_count_and_the_verdict_follow_tests_and_suites(
    lines: list[object], verdict: ReportVerdict, tally: Tally
) -> None:
    report = read(*lines)
    assert (report.verdict, report.tally) == (verdict, tally)


def test_the_test_that_was_running_when_the_process_died_is_the_error() -> None:
    report = read(STARTED, case("started"), case("ok"), case("started", "tests::aborts"), STARTED, case("ok"), OK)
    assert [(failure.id, failure.kind) for failure in report.failures] == [("tests::aborts", CaseOutcome.ERROR)]


def test_a_real_report_agrees_with_what_cargo_says() -> None:
    truth = {entry["file"]: entry for entry in json.loads((GOLDEN / "truth.json").read_text())}["libtest.json"]
    with (GOLDEN / "libtest.json").open("rb") as stream:
        report = read_report(stream, "libtest.json")
    assert report.tally == Tally(truth["passed"], truth["failed"], truth["errors"], truth["skipped"])
    assert {failure.id for failure in report.failures} == {failing["id"] for failing in truth["failing"]}
