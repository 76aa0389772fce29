"""Rounds with models: asked one by one or for agreement, told what happened, weighed, and given a second opinion."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from healer.errors import ModelUnavailable
from healer.models.change import Analysis, Blocked, CandidatePatch, Usage
from healer.models.code import Diagnosis, Location
from healer.models.outcome import Fix, Opinion, Outcome, Standing
from healer.models.proof import GradedBy
from healer.pipeline import Tools, heal
from healer.trials import Limits, Plausible
from healer.weighing import Weighing, changed_lines
from tests.fakes import FakeDelivery, FakeEngine, FakeRepository, FakeSource, FakeSuite, FakeWorkers, patch, run_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.models.change import Proposal
    from healer.models.outcome import HealResult
    from healer.models.proof import SuiteRun
    from healer.ports import RepairTask, SourceTree

BASE = b"def add(a, b):\n    return a - b\n\n\ndef double(a):\n    return a * 2\n"
FIXED = BASE.replace(b"a - b", b"a + b")
LONGER = BASE.replace(b"return a - b", b"total = a\n    total = total + b\n    return total  # a + b")
SPELT_OTHERWISE = FIXED.replace(b"a + b\n", b"a + b  # the sum\n")
USELESS = BASE.replace(b"a - b", b"a - b - 0")
USELESS_TOO = BASE.replace(b"a - b", b"a - b - 1")
ADD, DOUBLE = "tests/test_calc.py::test_add", "tests/test_calc.py::test_double"


def outcomes(files: Mapping[str, bytes], _call: int) -> SuiteRun:
    calc = files["calc.py"]
    return run_of({ADD: "passed" if b"a + b" in calc else "failed", DOUBLE: "passed"})


@dataclass
class Judge:
    """A reviewer with a fixed mind, or out of order."""

    opinion: Opinion | ModelUnavailable
    seen: list[Fix] = field(default_factory=list)

    def review(self, fix: Fix, _: Diagnosis, __: SourceTree) -> Opinion:
        self.seen.append(fix)
        if isinstance(self.opinion, ModelUnavailable):
            raise self.opinion
        return self.opinion


def healed(
    *engines: FakeEngine, reviewer: Judge | None = None, workers: int = 1, ends: float = float("inf")
) -> HealResult:
    repository = FakeRepository(FakeSource({"calc.py": BASE, "tests/test_calc.py": b"def test_add(): ...\n"}))
    ticks: Iterator[int] = itertools.count()
    tools = Tools(
        repository, FakeSuite(repository, outcomes), engines, FakeDelivery(), lambda *_: None,
        lambda: float(next(ticks)), Usage, FakeWorkers(workers), Limits(ends=ends), reviewer=reviewer,
    )  # fmt: skip
    return heal((), tools)


def edit(after: bytes, model: str | None = "m") -> CandidatePatch:
    return patch("calc.py", BASE, after, engine="anthropic", model=model)


def engine(
    *script: list[CandidatePatch | Blocked | Exception], rivals: int | None = 0, models: str = "mmm"
) -> FakeEngine:
    return FakeEngine(script, name="anthropic", rivals=rivals, models=models)


@dataclass
class Counting(FakeEngine):
    """Counts the proposals that were asked for."""

    asked_for: int = 0

    def propose(self, task: RepairTask) -> Iterator[Proposal]:
        for proposal in super().propose(task):
            self.asked_for += 1
            yield proposal


def test_where_each_proposal_costs_money_none_is_asked_for_beyond_the_first_that_holds() -> None:
    paid = Counting([[edit(FIXED), edit(LONGER)]], name="anthropic", rivals=0, models="m")
    free = Counting([[edit(FIXED), edit(LONGER)]], name="anthropic")
    assert healed(paid, workers=4).outcome is healed(free, workers=4).outcome is Outcome.FIXED
    assert (paid.asked_for, free.asked_for) == (1, 2)


def test_one_by_one_the_engine_sees_what_became_of_its_last_proposal() -> None:
    seen: list[int] = []

    class Looking(FakeEngine):
        def propose(self, task: RepairTask) -> Iterator[Proposal]:
            for proposal in super().propose(task):
                seen.append(len(task.attempts))
                yield proposal

    healed(Looking([[edit(USELESS), edit(FIXED)]], name="anthropic", rivals=0, models="m"), workers=4)
    assert seen == [0, 1]


def test_nothing_further_is_begun_once_the_run_s_time_is_up() -> None:
    asked, late = engine([edit(USELESS)], [edit(FIXED)]), engine([edit(FIXED)])
    result = healed(asked, ends=4.0)  # each look at the clock is a second
    assert (result.outcome, len(asked.tasks)) == (Outcome.BUDGET, 1)
    assert "--max-minutes" in result.sentence
    assert healed(late, ends=-1.0).outcome is Outcome.BUDGET
    assert late.tasks == []
    assert healed(engine([edit(USELESS)], [edit(FIXED)]), ends=100.0).outcome is Outcome.FIXED


def test_a_search_ends_with_the_run_s_time() -> None:
    searching = Counting([[edit(USELESS, None), edit(USELESS_TOO, None), edit(FIXED, None)]], name="embedded")
    assert healed(searching, ends=3.0).outcome is not Outcome.FIXED
    assert searching.asked_for < 3


def test_models_are_told_what_still_fails_and_how() -> None:
    asked = engine([edit(USELESS)], [edit(FIXED)])
    healed(asked)
    (attempt,) = asked.tasks[1].attempts[:1]
    assert [failure.id for failure in attempt.still_failing] == [ADD]


def test_the_same_failures_after_another_change_end_the_search() -> None:
    asked = engine([edit(USELESS)], [edit(USELESS_TOO)], [edit(FIXED)])
    assert healed(asked).outcome is Outcome.NO_FIX
    assert len(asked.tasks) == 2


def test_a_stronger_model_is_asked_although_the_weaker_gave_up() -> None:
    asked = engine([Blocked("anthropic", "other", "no", "m")], [edit(FIXED, "strong")], models="ms")
    assert healed(asked).outcome is Outcome.FIXED


def test_what_several_proposals_agree_on_is_chosen_and_weighs_more() -> None:
    agreeing = healed(engine([edit(USELESS), edit(LONGER), edit(FIXED), edit(LONGER, "n")], rivals=3))
    assert agreeing.fix is not None
    assert b"total" in b"".join(line.encode() for line in agreeing.fix.diff.splitlines())
    assert agreeing.fix.confidence is not None
    reasons = " ".join(agreeing.fix.confidence.reasons)
    assert "1 other proposal made the same change independently" in reasons
    assert "1 different change passes the same tests" in reasons


def test_changes_that_differ_in_comments_only_are_the_same() -> None:
    result = healed(engine([edit(FIXED), edit(SPELT_OTHERWISE, "n")], rivals=1))
    assert result.fix is not None
    assert result.fix.confidence is not None
    assert "1 other proposal made the same change independently (+0.8)" in result.fix.confidence.reasons


def test_every_fix_is_weighed() -> None:
    result = healed(engine([edit(FIXED)]))
    assert result.fix is not None
    assert result.fix.confidence is not None
    assert result.fix.confidence.standing is Standing.AUTO_MERGE


def test_what_is_learnt_of_the_place_meanwhile_counts() -> None:
    first = Diagnosis((), (Location("calc.py", 5, 6, "double", 0.9),))
    weighing = Weighing(first, FakeSource({}), GradedBy.RECORD, None, lambda *_: None)
    fix = Fix("t", "--- a/calc.py\n+++ b/calc.py\n@@ -2 +2 @@\n-a\n+b\n", ("calc.py",), "e", None, Analysis(), ())
    candidate = Plausible(edit(FIXED), "t", fix.diff, 1)
    elsewhere = weighing.weighed(fix, candidate, 0).confidence
    weighing.diagnosis = Diagnosis((), (Location("calc.py", 2, 2, "add", 0.9),))
    there = weighing.weighed(fix, candidate, 0).confidence
    assert elsewhere is not None
    assert there is not None
    assert elsewhere.value < there.value


def test_a_doubt_lowers_confidence_and_an_acceptance_does_not_raise_it() -> None:
    plain, accepted, doubted = (
        healed(engine([edit(FIXED)]), reviewer=judge).fix
        for judge in (None, Judge(Opinion(True, "", "j")), Judge(Opinion(False, "It overflows.", "j")))  # noqa: FBT003
    )
    assert plain is not None
    assert accepted is not None
    assert doubted is not None
    assert plain.confidence is not None
    assert accepted.confidence is not None
    assert doubted.confidence is not None
    assert accepted.confidence.value == plain.confidence.value > 0.7 > doubted.confidence.value
    assert any("It overflows." in reason for reason in doubted.confidence.reasons)


def test_a_reviewer_who_cannot_answer_holds_nothing_up() -> None:
    judge = Judge(ModelUnavailable("down"))
    result = healed(engine([edit(FIXED)]), reviewer=judge)
    assert result.outcome is Outcome.FIXED
    assert len(judge.seen) == 1


@pytest.mark.parametrize(
    ("diff", "lines"),
    [
        ("", 0),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", 1),
        ("--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n-a\n-b\n+c\n@@ -9 +8,3 @@\n+a\n+b\n+c\n", 5),
        (
            "--- a/x\n+++ b/x\n@@ -1 +0,0 @@\n-a\ndiff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -0,0 +1 @@\n+a\n",
            2,
        ),
    ],
    ids=["nothing", "one line", "two hunks", "two files"],
)
def test_changed_lines_are_counted_hunk_by_hunk(diff: str, lines: int) -> None:
    assert changed_lines(diff) == lines
