from __future__ import annotations

import io
import json
from typing import Any

import pytest

from healer.evidence.readers import read_report
from healer.models.evidence import Report, ReportVerdict, Tally


def gcc(kind: str = "error", line: int = 3) -> dict[str, Any]:
    caret = {"file": "src/a.c", "line": line, "column": 7, "display-column": 7}
    return {"kind": kind, "column-origin": 1, "children": [], "locations": [{"caret": caret}], "message": "no 'y'"}


def diagnostic(level: str = "error", line: int = 3, **more: object) -> dict[str, Any]:
    span = {"file_name": "src/lib.rs", "line_start": line, "column_start": 10, "is_primary": True, "expansion": None}
    told = {"message": "cannot add", "code": {"code": "E0277"}, "level": level, "spans": [span]}
    return told | {"rendered": f"{level}: cannot add\n --> src/lib.rs:{line}:10\n"} | more


def cargo(*diagnostics: dict[str, Any], success: bool, printed: str = "") -> bytes:
    lines = [{"reason": "compiler-message", "message": each} for each in diagnostics]
    built = [*lines, {"reason": "build-finished", "success": success}]
    return ("".join(json.dumps(each, separators=(",", ":")) + "\n" for each in built) + printed).encode()


def read(data: bytes) -> Report:
    return read_report(io.BytesIO(data), "build.json")


TESTS = """
running 2 tests
test tests::adds ... ok
test tests::fails ... FAILED

failures:

---- tests::fails stdout ----

thread 'tests::fails' panicked at src/lib.rs:9:5:
no

failures:
    tests::fails

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""


@pytest.mark.parametrize(
    ("data", "verdict", "ids"),
    [
        pytest.param(json.dumps([gcc()]).encode(), ReportVerdict.FAILED, ["src/a.c:3:7"], id="gcc"),
        pytest.param(
            json.dumps([gcc()]).encode() + b"\n" + json.dumps([gcc(line=9)]).encode(),
            ReportVerdict.FAILED,
            ["src/a.c:3:7", "src/a.c:9:7"],
            id="gcc for two files",
        ),
        pytest.param(json.dumps([gcc("warning")]).encode(), ReportVerdict.EMPTY, [], id="gcc warns"),
        pytest.param(
            json.dumps([gcc("warning"), gcc()]).encode()[:-250], ReportVerdict.UNREADABLE, [], id="gcc is cut off"
        ),
        pytest.param(
            cargo(diagnostic(), diagnostic(), success=False),
            ReportVerdict.FAILED,
            ["src/lib.rs:3:10: E0277"],
            id="cargo builds one file twice",
        ),
        pytest.param(cargo(diagnostic("warning"), success=True), ReportVerdict.EMPTY, [], id="cargo warns"),
        pytest.param(cargo(success=False), ReportVerdict.FAILED, [], id="cargo fails without an error"),
        pytest.param(cargo(success=True, printed=TESTS), ReportVerdict.FAILED, ["tests::fails"], id="a test fails"),
        pytest.param(
            (json.dumps({"$message_type": "diagnostic", **diagnostic()}, separators=(",", ":")) + "\n").encode(),
            ReportVerdict.FAILED,
            ["src/lib.rs:3:10: E0277"],
            id="rustc",
        ),
    ],
)
def test_errors_are_failures_and_a_build_is_no_pass(data: bytes, verdict: ReportVerdict, ids: list[str]) -> None:
    report = read(data)
    assert (report.format, report.verdict) == ("compiler_json", verdict)
    assert [failure.id for failure in report.failures] == ids


def test_tests_that_run_behind_the_build_are_counted() -> None:
    green = (
        TESTS.partition("test tests::fails")[0].replace("2 tests", "1 test")
        + "\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n"
    )
    report = read(cargo(success=True, printed=green))
    assert (report.verdict, report.tally) == (ReportVerdict.PASSED, Tally(passed=1))


def test_an_error_in_a_macro_of_a_library_is_placed_where_it_is_used() -> None:
    used = {"file_name": "src/main.rs", "line_start": 4, "column_start": 2}
    inner = {"file_name": "/rustc/1/library/std/src/macros.rs", "line_start": 9, "is_primary": True}
    (failure,) = read(cargo(diagnostic(spans=[inner | {"expansion": {"span": used}}]), success=False)).failures
    assert (failure.file, failure.line) == ("src/main.rs", 4)


def test_the_sum_of_errors_is_no_error_of_its_own() -> None:
    summed = diagnostic(spans=[], message="aborting due to 1 previous error", code=None)
    assert len(read(cargo(diagnostic(), summed, success=False)).failures) == 1


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [3], {"code": 3, "spans": [{"expansion": 3}]}], ids=repr)
def test_wrong_types_are_survived(value: Any) -> None:
    assert read(cargo(diagnostic(code=value, spans=value, rendered=value), success=True)).format == "compiler_json"
    assert read(json.dumps([gcc() | {"locations": value, "children": value}]).encode()).format == "compiler_json"
