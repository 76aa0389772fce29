"""What candidates that repaired nothing tell of where the fault is."""

from __future__ import annotations

import pytest

from healer.localization import tried
from healer.localization.locate import locate
from healer.localization.tried import revealed
from healer.models.change import FileEdit
from healer.models.code import Effect, Tried
from healer.models.evidence import CaseOutcome, Failure, StackFrame
from tests.localization.failing import FakeSourceTree, failing

TEST = "tests/test_it.py::test_it"
BEFORE = b"one\ntwo\nthree\nfour\n"
EDIT = FileEdit("shop.py", BEFORE, b"one\ntwo\n3\nfour\n")
CHANGED = Tried("shop.py", 3, 3, Effect.PASSES)


def failed(
    message: str = "assert 1 == 2", line: int = 9, kind: str = "AssertionError", file: str = "shop.py"
) -> Failure:
    return Failure(TEST, "test_it", CaseOutcome.FAILED, type=kind, message=message, frames=(StackFrame(file, line),))


def told(*after: Failure, passing: frozenset[str] = frozenset()) -> tuple[Tried, ...]:
    return revealed([EDIT], {TEST: failed()}, after, passing)


def test_a_change_that_made_something_pass_was_made_at_the_right_place() -> None:
    assert told(failed(), passing=frozenset({"tests/test_it.py::test_other"})) == (CHANGED,)


@pytest.mark.parametrize(
    "after",
    [failed("assert 1 == 3"), failed(kind="ValueError"), failed(line=10), failed(file="other.py")],
    ids=["another message", "another exception", "another line", "another file"],
)
def test_a_change_that_made_it_fail_otherwise_had_an_effect(after: Failure) -> None:
    assert told(after) == (Tried("shop.py", 3, 3, Effect.FAILS_OTHERWISE),)


@pytest.mark.parametrize(
    "after",
    [(failed(),), (), (failed("NameError: x", line=3, kind="NameError"),)],
    ids=["fails alike", "did not run", "crashed where it was changed"],
)
def test_what_says_nothing_is_not_kept(after: tuple[Failure, ...]) -> None:
    assert told(*after) == ()


@pytest.mark.parametrize(
    ("after", "place"),
    [(BEFORE + b"five\n", (4, 4)), (BEFORE[:-5], (4, 4)), (b"zero\n" + BEFORE, (1, 1)), (b"", (1, 4))],
    ids=["lines added at the end", "the last line taken out", "lines added before the first", "all taken out"],
)
def test_what_is_suspected_is_a_line_of_the_base(after: bytes, place: tuple[int, int]) -> None:
    found = revealed([FileEdit("shop.py", BEFORE, after)], {TEST: failed()}, (), frozenset({TEST}))
    assert [(one.line, one.end_line) for one in found] == [place]


def test_a_new_file_has_no_place_in_the_base() -> None:
    assert revealed([FileEdit("new.py", None, b"1\n")], {TEST: failed()}, [], frozenset({TEST})) == ()


def test_lines_are_ranked_by_what_changing_them_did() -> None:
    tree = FakeSourceTree.of(**{"shop.py": BEFORE.decode()})
    known = [Tried("shop.py", 1, 1, Effect.FAILS_OTHERWISE), CHANGED]
    found = locate(failing(), tree, (), tried=known, rankers=((tried.rank, 1.0),))
    assert [(place.line, place.evidence) for place in found] == [
        (3, ("a change here made some of what fails pass",)),
        (1, ("a change here made it fail in another way",)),
    ]
