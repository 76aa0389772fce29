"""Our own record of a session, read: hostile lines are skipped, and silence is never taken for success."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.record import Record, parse_record
from healer.models.evidence import CaseOutcome, StackFrame

PASSED, FAILED, ERROR, SKIPPED = CaseOutcome.PASSED, CaseOutcome.FAILED, CaseOutcome.ERROR, CaseOutcome.SKIPPED
TEST = "tests/test_a.py::TestA::test_x[a::b]"


def lines(*events: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def case(phase: str, outcome: str, test: str = TEST, **facts: Any) -> dict[str, Any]:
    return {"event": "case", "id": test, "phase": phase, "outcome": outcome, **facts}


START, FINISH = {"event": "start"}, {"event": "finish", "exit": 0, "foreign": []}


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        (["setup passed", "call passed", "teardown passed"], PASSED),
        (["setup passed", "call failed", "teardown passed"], FAILED),
        (["setup failed", "teardown passed"], ERROR),
        (["setup passed", "call passed", "teardown failed"], ERROR),
        (["setup passed", "call failed", "teardown failed"], ERROR),
        (["setup skipped", "teardown passed"], SKIPPED),
        (["setup passed", "call skipped", "teardown passed"], SKIPPED),
        (["??? failed"], ERROR),
        (["setup passed", "call failed", "call passed", "teardown passed"], FAILED),
        (["setup passed", "call passed", "call failed", "call passed", "teardown passed"], FAILED),
        (["setup passed", "call skipped", "call passed", "teardown passed"], PASSED),
        (["setup passed", "call rerun", "teardown passed", "setup passed", "call passed", "teardown passed"], PASSED),
        (["setup passed", "call rerun", "setup passed", "call failed", "teardown passed"], FAILED),
        (["setup rerun", "setup failed", "teardown passed"], ERROR),
        (["setup passed"], None),
        (["setup passed", "teardown passed"], None),
        (["setup passed", "call invented"], None),
        (["setup passed", "call rerun"], None),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, list) else str(value),
)
def test_phases_add_up_to_one_outcome(phases: list[str], expected: CaseOutcome | None) -> None:
    record = parse_record(lines(START, *(case(*phase.split()) for phase in phases), FINISH))
    assert record.outcomes == ({} if expected is None else {TEST: expected})
    assert len(record.failures) == (expected in {FAILED, ERROR})


def test_the_first_failure_of_a_test_case_is_the_one_shown() -> None:
    record = parse_record(
        lines(START, case("call", "failed", message="first"), case("teardown", "failed", message="then"), FINISH)
    )
    assert [failure.message for failure in record.failures] == ["first"]


def test_a_failure_tells_all_that_was_recorded() -> None:
    event = case(
        "call", "failed", file="tests/test_a.py", line=6, type="ValueError", message="ValueError: bad", text="trace",
        sections="Captured stdout\nhello", frames=[["/x/a.py", 3, "f"], ["/x/b.py", 4, "g"]],
    )  # fmt: skip
    (failure,) = parse_record(lines(START, event, FINISH)).failures
    assert (failure.id, failure.name, failure.suite) == (TEST, "test_x[a::b]", "tests/test_a.py::TestA")
    assert (failure.file, failure.line, failure.kind) == ("tests/test_a.py", 7, FAILED)
    assert (failure.type, failure.message, failure.text) == ("ValueError", "bad", "trace\nCaptured stdout\nhello")
    assert failure.frames == (StackFrame("/x/a.py", 3, "f"), StackFrame("/x/b.py", 4, "g"))


@pytest.mark.parametrize(
    ("test", "name", "suite"),
    [
        ("a.py::test", "test", "a.py"),
        ("a.py::A::B::test", "test", "a.py::A::B"),
        ("a.py::test[x::y]", "test[x::y]", "a.py"),
        ("[odd]/a.py::A::test[[]]", "test[[]]", "[odd]/a.py::A"),
        ("a.py", "a.py", ""),
        ("", "", ""),
    ],
)
def test_an_id_is_taken_apart_where_parameters_begin(test: str, name: str, suite: str) -> None:
    (failure,) = parse_record(lines(START, case("call", "failed", test), FINISH)).failures
    assert (failure.name, failure.suite) == (name, suite)


def test_without_frames_the_text_is_asked_for_them_and_for_the_exception() -> None:
    text = "a.py:3: in f\n    g()\nb.py:9: in g\n    raise KeyError(1)\nE   KeyError: 1"
    (failure,) = parse_record(lines(START, case("call", "failed", text=text), FINISH)).failures
    assert (failure.type, failure.message) == ("KeyError", "1")
    assert [(frame.file, frame.line) for frame in failure.frames] == [("a.py", 3), ("b.py", 9)]


def test_nothing_is_believed_that_comes_after_the_end_of_the_session() -> None:
    failed = {"event": "case", "id": "a.py::t", "phase": "call", "outcome": "failed"}
    mended = {"event": "case", "id": "a.py::t", "phase": "call", "outcome": "rerun"}
    record = parse_record(lines(START, failed, FINISH, mended))
    assert record.outcomes == {"a.py::t": FAILED}


def test_what_could_not_be_collected_is_an_error() -> None:
    event = {"event": "collect", "id": "tests/test_b.py", "text": "E   ImportError: no module", "path": "x", "at": 1}
    record = parse_record(lines(START, event, FINISH))
    assert record.outcomes == {"tests/test_b.py": ERROR}
    assert (record.failures[0].file, record.failures[0].type) == ("tests/test_b.py", "ImportError")


@pytest.mark.parametrize(
    ("events", "sessions", "complete"),
    [
        ([], 0, False),
        ([START], 1, False),
        ([FINISH], 0, False),
        ([START, FINISH], 1, True),
        ([START, FINISH, START], 2, False),
        ([START, FINISH, START, FINISH], 2, True),
        ([START, FINISH, FINISH], 1, True),
    ],
)
def test_a_record_is_complete_when_every_session_was_closed(
    events: list[dict[str, Any]], sessions: int, *, complete: bool
) -> None:
    record = parse_record(lines(*events))
    assert (record.sessions, record.complete) == (sessions, complete)


def test_the_test_case_that_the_process_died_in_is_named() -> None:
    begun = {"event": "begin", "id": TEST}
    assert parse_record(lines(START, begun)).running == TEST
    assert parse_record(lines(START, begun, case("setup", "passed"))).running == TEST
    assert parse_record(lines(START, begun, case("setup", "passed"), case("teardown", "passed"))).running is None


def test_the_end_of_a_test_case_is_told_without_its_name() -> None:
    begun = {"event": "begin", "id": TEST}
    assert parse_record(lines(START, begun, case("call", "passed"), {"event": "end"})).running is None


def test_a_session_that_was_stopped_is_not_complete() -> None:
    record = parse_record(lines(START, case("call", "passed"), FINISH | {"stopped": "Exit: enough"}))
    assert (record.complete, record.stopped, record.outcomes) == (False, "Exit: enough", {TEST: PASSED})


def test_a_runner_that_came_to_no_session_has_been_entered() -> None:
    assert (parse_record(lines({"event": "enter"})).entered, parse_record(b"").entered) == (True, False)


def test_what_passed_when_it_was_run_again_is_told() -> None:
    events = [case("call", "rerun"), case("call", "passed"), case("call", "rerun", "b"), case("call", "failed", "b")]
    assert parse_record(lines(START, *events, FINISH)).retried == (TEST,)


@pytest.mark.parametrize(
    ("version", "expected"),
    [([3, 8, 18], (3, 8)), ([3, 14], (3, 14)), ([3], None), ("3.8", None), ([3, "8"], None), ([99, 1], None)],
)
def test_the_python_of_a_session_is_told(version: Any, expected: tuple[int, int] | None) -> None:
    assert parse_record(lines(START | {"python": version}, FINISH)).python == expected


def test_modules_from_elsewhere_are_named_once_in_order() -> None:
    finish = FINISH | {"foreign": ["b", "a", 3, None, "b"]}
    assert parse_record(lines(START, finish)).foreign_modules == ("a", "b")


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"\xff\xfe", b"[]", b"null", b'"start"', b"3", b"1" * 5000, b"NaN", b"[" * 100_000, b'{"event": {}}',
        b'{"event": []}', b'{"event": "start"', b'{"event": "other", "id": "x"}', b"\x00", b'{"id": "x"}',
    ],
    ids=lambda line: repr(line[:20]),
)  # fmt: skip
def test_a_line_that_is_not_ours_is_skipped(line: bytes) -> None:
    record = parse_record(
        lines(START) + line + b"\n" + lines(case("call", "passed"), case("teardown", "passed"), FINISH)
    )
    assert record == Record({TEST: PASSED}, (), 1, complete=True, entered=True)


def test_a_line_cut_short_ends_nothing_but_itself() -> None:
    data = lines(START, case("call", "passed"), FINISH)
    assert parse_record(data[:-3]).complete is False
    assert parse_record(data[:-3]).outcomes == {TEST: PASSED}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("id", "phase", "outcome", "text", "message", "type", "frames", "line", "file", "sections", "foreign", "exit")
EVENTS = st.builds(
    lambda event, facts: {"event": event, **facts},
    st.sampled_from(["start", "begin", "case", "collect", "finish"]) | JSON,
    st.dictionaries(st.sampled_from(KEYS), JSON | st.sampled_from(["call", "setup", "passed", "failed", "rerun"])),
)


@given(st.lists(EVENTS, max_size=6))
def test_no_record_does_harm_and_all_of_it_can_be_written(events: list[dict[str, Any]]) -> None:
    record = parse_record(lines(*events))
    repr(record).encode()
    assert {failure.id for failure in record.failures} <= set(record.outcomes)
    for failure in record.failures:
        "".join(
            (failure.id, failure.name, failure.message, failure.text, failure.type or "", failure.file or "")
        ).encode()
        assert all(frame.file.encode() is not None for frame in failure.frames)


@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_read_without_harm(data: bytes) -> None:
    assert parse_record(data).complete is False
