"""One round of proposals for another job: what passes the gate is handed on, what falls is told, nothing is run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from healer.admission import Admission
from healer.errors import BudgetExhausted, ModelUnavailable
from healer.models.change import Analysis, Blocked, CandidatePatch, FileEdit, Refused, RejectedBy, Rejection
from healer.models.code import Diagnosis
from healer.models.evidence import CaseOutcome, Failure, FailureCluster
from healer.models.outcome import Attempt, Outcome
from healer.patches.gate import GatePolicy
from healer.ports import RepairTask
from healer.proposing import Proposed, propose
from tests.fakes import FakeEngine, FakeRepository, FakeSource

if TYPE_CHECKING:
    from healer.models.change import Proposal

BASE = b"def add(a, b):\n    return a - b\n"
SOURCE = FakeSource({"calc.py": BASE, "tests/test_calc.py": b"def test_add(): ...\n"})
FAILURE = Failure("tests/test_calc.py::test_add", "test_add", CaseOutcome.FAILED)
KNOWN = Diagnosis((FailureCluster("f" * 16, (FAILURE,)),), ())
MODELS = ("small", "small", "small")


def change(after: bytes, model: str = "small", path: str = "calc.py") -> CandidatePatch:
    before = SOURCE.files.get(path)
    return CandidatePatch("anthropic", (FileEdit(path, before, after),), Analysis(strategy="add"), model)


GOOD = change(BASE.replace(b"-", b"+"))
ALSO_GOOD = change(BASE.replace(b"a - b", b"b + a"))
A_TEST = change(b"def test_add(): assert True\n", path="tests/test_calc.py")
UNREAD = Refused("anthropic", Rejection(RejectedBy.REPLY, "no_diff", "the reply holds no diff"), "small", excerpt="Hm.")
ASKING = Blocked("anthropic", "needs_code", "`tax.py`", "small")
NOTHING = Blocked("anthropic", "test_is_wrong", "the test is wrong", "small")


def asked(*engines: FakeEngine, number: int = 1, attempts: tuple[Attempt, ...] = ()) -> tuple[Proposed, list[str]]:
    said: list[str] = []
    task = RepairTask(KNOWN, SOURCE, number, attempts)
    admission = Admission(FakeRepository(SOURCE), GatePolicy(), {"f" * 16: (FAILURE,)})
    return propose(task, engines, admission, lambda _, message: said.append(message)), said


def engine(*script: list[Proposal | Exception], rivals: int = 0, name: str = "anthropic") -> FakeEngine:
    return FakeEngine(script, name, rivals=rivals, models=MODELS)


def test_the_first_that_passes_the_gate_is_enough_and_costs_one_question() -> None:
    proposed, said = asked(engine([GOOD, AssertionError("asked once more than needed")]))
    [(patch, diff)] = proposed.candidates
    assert patch == GOOD
    assert "+    return a + b" in diff
    assert (proposed.attempts, proposed.end) == ((), None)
    assert said == ["anthropic: add"]


def test_several_are_asked_for_where_they_are_to_be_compared() -> None:
    proposed, _ = asked(engine([GOOD, ALSO_GOOD, GOOD], rivals=2))
    assert [patch for patch, _ in proposed.candidates] == [GOOD, ALSO_GOOD, GOOD]  # that two agree counts later


def test_what_falls_is_told_and_the_next_is_taken() -> None:
    proposed, said = asked(engine([UNREAD, A_TEST, GOOD]))
    assert [patch for patch, _ in proposed.candidates] == [GOOD]
    assert [(one.verdict, one.why.partition(":")[0]) for one in proposed.attempts] == [
        ("refused", "no_diff"), ("refused", "test_file"),
    ]  # fmt: skip
    assert len(said) == 3


@pytest.mark.parametrize(
    ("script", "outcome", "reason"),
    [
        pytest.param([NOTHING], Outcome.NO_FIX, "blocked", id="nothing is to be repaired"),
        pytest.param([ASKING], Outcome.NO_FIX, "blocked", id="code is lacking"),
        pytest.param([UNREAD, A_TEST], Outcome.REJECTED, "all_refused", id="all refused"),
        pytest.param([BudgetExhausted("too dear")], Outcome.BUDGET, "budget", id="no money"),
        pytest.param([ModelUnavailable("away")], Outcome.UNAVAILABLE, "model_unavailable", id="nobody there"),
        pytest.param([], Outcome.NO_FIX, "no_candidates", id="no word"),
    ],
)
def test_without_a_candidate_it_is_said_which_end_it_is(
    script: list[Proposal | Exception], outcome: Outcome, reason: str
) -> None:
    proposed, _ = asked(engine(script))
    assert proposed.candidates == ()
    assert proposed.end is not None
    assert (proposed.end.outcome, proposed.end.reason) == (outcome, reason)


def test_an_engine_that_fails_after_a_candidate_does_not_take_it_back() -> None:
    proposed, _ = asked(engine([GOOD, ModelUnavailable("away")], rivals=2))
    assert [patch for patch, _ in proposed.candidates] == [GOOD]
    assert proposed.end is None


def test_the_next_engine_is_asked_where_one_has_nothing() -> None:
    first, second = engine([UNREAD]), engine([GOOD], name="openai")
    assert len(asked(first, second)[0].candidates) == 1
    assert len(second.tasks) == 1


def fallen(patch: CandidatePatch, number: int, failure: Failure = FAILURE) -> Attempt:
    _, diff = asked(engine([patch]))[0].candidates[0]
    return Attempt(number, "anthropic", "small", "still-failing", "fails", diff, still_failing=(failure,))


def test_a_change_that_was_tried_in_an_earlier_round_is_refused_unseen() -> None:
    proposed, _ = asked(engine([], [GOOD, ALSO_GOOD]), number=2, attempts=(fallen(GOOD, 1),))
    assert [patch for patch, _ in proposed.candidates] == [ALSO_GOOD]
    assert proposed.attempts[0].why.startswith("repeated:")


def test_a_model_whose_changes_make_no_difference_is_not_asked_again() -> None:
    tried = (fallen(GOOD, 1), fallen(ALSO_GOOD, 2))
    stuck = engine([], [], [GOOD])
    proposed, _ = asked(stuck, number=3, attempts=tried)
    assert (stuck.tasks, proposed.candidates) == ([], ())
    other = replace(FAILURE, message="another message")
    learning = engine([], [], [replace(GOOD, edits=(FileEdit("calc.py", BASE, BASE.replace(b"-", b"*")),))])
    assert asked(learning, number=3, attempts=(tried[0], fallen(ALSO_GOOD, 2, other)))[0].candidates


def test_an_engine_is_not_asked_beyond_its_rounds() -> None:
    once = engine([GOOD])
    assert asked(once, number=2)[0].candidates == ()
    assert once.tasks == []


def test_a_model_that_asks_to_see_more_is_asked_the_next_round_at_once() -> None:
    asking = engine([ASKING], [GOOD])
    proposed, said = asked(asking)
    assert [patch for patch, _ in proposed.candidates] == [GOOD]
    assert [task.round for task in asking.tasks] == [1, 2]
    assert [one.why for one in asking.tasks[1].attempts] == ["needs_code: `tax.py`"]
    assert (proposed.round, [one.lacks_code for one in proposed.attempts]) == (2, [True])
    assert said == ["anthropic: blocked: needs_code: `tax.py`", "anthropic: add"]


def test_only_engines_that_asked_are_asked_again_and_none_beyond_its_rounds() -> None:
    other = replace(ASKING, explanation="`rate`")
    first = engine([ASKING], [other], [replace(ASKING, explanation="`limit`")])
    second = engine([UNREAD], [GOOD], name="openai")
    proposed, _ = asked(first, second)
    assert ([task.round for task in first.tasks], len(second.tasks)) == ([1, 2, 3], 1)
    assert (proposed.candidates, proposed.round) == ((), 3)
    assert proposed.end is not None
    assert proposed.end.sentence == "the model lacked code: `limit` (4 attempts by anthropic, openai)"


def test_the_same_wish_again_is_not_granted_again() -> None:
    asking = engine([ASKING], [ASKING], [GOOD])
    assert asked(asking)[0].candidates == ()
    assert len(asking.tasks) == 2
