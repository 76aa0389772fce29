"""When an engine is not asked again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from healer.models.evidence import CaseOutcome, Failure
from healer.models.outcome import Attempt
from healer.persistence import is_done, signature
from tests.fakes import FakeEngine

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILURE = Failure("t.py::test", "test", CaseOutcome.FAILED, type="KeyError", message="'x' at 0x7f01")
FELL = Attempt(1, "anthropic", "m", "still-failing", "no", "-a\n+b", still_failing=(FAILURE,))
SAME = replace(FELL, round=2, still_failing=(replace(FAILURE, message="'x' at 0x99"),))
DIFFERENT = replace(FELL, round=2, still_failing=(replace(FAILURE, message="'y'"),))
BLOCKED = Attempt(1, "anthropic", "m", "blocked", "test_is_wrong: it is")
ASKED = Attempt(1, "anthropic", "m", "blocked", "needs_code: `shop/tax.py`")
REPEATED = Attempt(2, "anthropic", "m", "refused", "repeated: this change was tried before")
REFUSED = Attempt(2, "anthropic", "m", "refused", "protected_path: no")


def engine(*models: str, rivals: int | None = 0) -> FakeEngine:
    return FakeEngine([[], [], []], name="anthropic", models=models, rivals=rivals)


@pytest.mark.parametrize(
    ("attempts", "number", "done"),
    [
        ([], 1, False),
        ([FELL], 1, False),
        ([BLOCKED], 1, True),
        ([ASKED], 1, False),
        ([FELL, ASKED], 1, False),
        ([ASKED, replace(ASKED, round=2, why="needs_code: `shop/sum.py`")], 2, False),
        ([ASKED, replace(ASKED, round=2)], 2, True),
        ([ASKED, replace(BLOCKED, round=2)], 2, True),
        ([FELL, SAME], 2, True),
        ([FELL, DIFFERENT], 2, False),
        ([FELL, REPEATED], 2, True),
        ([FELL, REFUSED], 2, False),
        ([FELL, SAME, DIFFERENT], 2, False),
        ([FELL, replace(SAME, still_failing=())], 2, False),
        ([FELL, replace(SAME, engine="other")], 2, False),
    ],
    ids=[
        "nothing tried", "one fell", "blocked", "asks to see more", "asks after one fell", "asks for something else",
        "asks for the same again", "asked, then blocked", "the same failures again", "other failures",
        "the same change again", "refused for another reason", "one of two is new", "nothing known", "another engine's",
    ],
)  # fmt: skip
def test_an_engine_is_done_when_it_gave_up_or_repeats_itself(
    attempts: Sequence[Attempt], number: int, *, done: bool
) -> None:
    assert is_done(engine("m", "m", "m"), attempts, number) is done


@pytest.mark.parametrize("last", [BLOCKED, replace(SAME, round=1)], ids=["blocked", "no progress"])
def test_a_stronger_model_that_was_not_asked_yet_is_asked_all_the_same(last: Attempt) -> None:
    assert not is_done(engine("m", "strong", "strong"), [last], 1)
    assert is_done(engine("m", "strong", "strong"), [BLOCKED, replace(BLOCKED, round=2, model="strong")], 2)


def test_of_models_asked_side_by_side_all_must_give_up() -> None:
    other = replace(FELL, model="n")
    assert not is_done(engine("m", "m", rivals=1), [other, BLOCKED], 1)
    assert is_done(engine("m", "m", rivals=1), [BLOCKED, BLOCKED], 1)
    assert is_done(engine("m", "m"), [other, BLOCKED], 1)
    assert not is_done(engine("m", "m", rivals=1), [ASKED, BLOCKED], 1)


def test_engines_without_a_model_are_never_told_to_stop_for_failing_alike() -> None:
    bare = [replace(FELL, model=None), replace(SAME, model=None)]
    assert not is_done(FakeEngine([[], [], []], name="anthropic"), bare, 2)


def test_a_signature_masks_addresses_and_is_empty_where_nothing_is_known() -> None:
    assert signature(FELL) == signature(SAME) == {("t.py::test", "KeyError: 'x' at 0x")}
    assert not signature(BLOCKED)
