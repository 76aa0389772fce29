from __future__ import annotations

from dataclasses import replace

from healer.engines.model.fencing import Fence
from healer.engines.model.reflection import attempts, depth
from healer.models.evidence import Failure, FailureCluster
from healer.models.outcome import Attempt
from tests.engines.model.shop import FAILURE, MARKER

FENCE = Fence(MARKER, str)
OTHER = replace(FAILURE, id="tests/test_basket.py::test_other")
KNOWN = (FailureCluster("f", (FAILURE, OTHER)),)
DIFF = "diff --git a/x.py b/x.py\nindex 1..2 100644\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"


def tried(*still: Failure, new: tuple[Failure, ...] = (), lost: tuple[str, ...] = ()) -> Attempt:
    return Attempt(
        1, "anthropic", "m", "still-failing", "long words on what fails", DIFF,
        still_failing=still, newly_failing=new, lost=lost,
    )  # fmt: skip


def told(*made: Attempt) -> str:
    return attempts(made, KNOWN, "anthropic", FENCE)


def test_what_fails_as_before_is_named_and_what_passes_is() -> None:
    assert told(tried(FAILURE)) == (
        "[attempt 1, by you]\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\nresult: still-failing:\n"
        "- passes with it: tests/test_basket.py::test_other\n"
        "- fails exactly as before: tests/test_basket.py::test_discount"
    )


def test_what_fails_differently_says_what_it_says_now() -> None:
    now = replace(FAILURE, message="assert 30 == 25", text=">       assert total == 25\nE       assert 30 == 25")
    said = told(tried(now, OTHER))
    assert "- fails differently now: tests/test_basket.py::test_discount\n    >       assert total == 25\n" in said
    assert said.count("assert 30 == 25") == 1
    assert "passes with it" not in said


def test_failures_that_say_the_same_are_told_once() -> None:
    now = [replace(FAILURE, id=f"tests/test_a.py::test_x[{number}]", message="boom", text="") for number in range(9)]
    said = told(tried(*now))
    assert "- fails differently now: tests/test_a.py::test_x (9 cases)\n    AssertionError: boom" in said
    assert said.count("boom") == 1


def test_what_newly_fails_or_is_lost_is_told() -> None:
    said = told(tried(new=(replace(FAILURE, id="t.py::new", message="oh", text=""),), lost=("t.py::gone",)))
    assert "- passed before, fails with it: t.py::new\n    AssertionError: oh" in said
    assert "- passed before, does not run with it: t.py::gone" in said
    assert "passes with it" not in said


def test_a_refusal_says_why() -> None:
    refused = Attempt(1, "anthropic", "m", "refused", "protected_path: tests are read-only", DIFF)
    assert told(refused).endswith("+b\nresult: refused. protected_path: tests are read-only")


def test_what_another_engine_changed_is_told_as_such_and_what_nobody_answered_is_not() -> None:
    others = Attempt(1, "embedded", None, "still-failing", "no", DIFF)
    nobody = Attempt(1, "anthropic", None, "unavailable", "the endpoint is down")
    assert "by another engine, embedded" in told(others, nobody)
    assert "endpoint" not in told(others, nobody)
    assert told(nobody) == ""


def test_of_many_attempts_the_latest_are_told_and_the_others_counted() -> None:
    many = [replace(tried(FAILURE), why=str(number)) for number in range(9)]
    said = told(*many)
    assert said.count("[attempt ") == 4
    assert said.endswith("5 other attempts failed too")


def test_after_a_part_was_repaired_what_is_left_says_what_it_says_one_of_each_test_first() -> None:
    cases = [replace(FAILURE, id=f"t.py::test_a[{number}]", text=f"number = {number}\nE  wrong") for number in range(4)]
    last = replace(FAILURE, id="t.py::test_b", text="word = 'b'\nE  wrong")
    known = (FailureCluster("f", (FAILURE, *cases, last)),)
    said = attempts((tried(*cases, last),), known, "anthropic", FENCE)
    left = "    t.py::test_a[0]:\n        number = 0\n        E  wrong\n    t.py::test_b:\n        word = 'b'\n"
    assert f"- fails exactly as before: t.py::test_a (4 cases), t.py::test_b\n{left}" in said
    assert said.count("E  wrong") == 3
    assert "E  wrong" not in attempts((tried(FAILURE, *cases, last),), known, "anthropic", FENCE)


def test_only_rounds_that_were_forbidden_something_ask_for_no_more_code() -> None:
    forbidden = Attempt(1, "anthropic", "m", "refused", "test_file: a test; tests are read-only")
    misplaced = Attempt(2, "anthropic", "m", "refused", "no_match: the old lines are not in the file")
    ran = Attempt(1, "other", "m", "still-failing", "x")
    assert depth((), 1) == 1
    assert depth((forbidden,), 2) == 1
    assert depth((forbidden, misplaced), 3) == 2
    assert depth((forbidden, ran), 2) == 2
