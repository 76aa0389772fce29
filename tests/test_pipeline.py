from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from healer.adapters.workers import Workers
from healer.errors import BudgetExhausted, DeliveryError, ModelUnavailable, SuiteError
from healer.models.change import Analysis, Blocked, CandidatePatch, FileEdit, Refused, RejectedBy, Rejection, Usage
from healer.models.code import ChangedHunk, Commit
from healer.models.outcome import Outcome
from healer.models.proof import Baseline
from healer.patches.gate import GatePolicy
from healer.pipeline import Tools, heal
from healer.trials import Limits, files_of_tests
from tests.fakes import FakeDelivery, FakeEngine, FakeRepository, FakeSource, FakeSuite, FakeWorkers, patch, run_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.models.change import Proposal
    from healer.models.outcome import HealResult
    from healer.models.proof import SuiteRun

BASE = b"def add(a, b):\n    return a - b\n\n\ndef double(a):\n    return a * 2\n"
FIXED = BASE.replace(b"a - b", b"a + b")
BREAKS_DOUBLE = FIXED.replace(b"a * 2", b"a ** 2")
USELESS = BASE.replace(b"a - b", b"b - a")
ADD, DOUBLE = "tests/test_calc.py::test_add", "tests/test_calc.py::test_double"
TEST = b"def test_add(): ...\n\n\ndef test_double(): ...\n"


def outcomes(files: Mapping[str, bytes], _call: int) -> SuiteRun:
    calc = files["calc.py"]
    return run_of(
        {
            ADD: "passed" if b"a + b" in calc or b"sum((a, b))" in calc else "failed",
            DOUBLE: "passed" if b"a * 2" in calc else "failed",
        }
    )


@dataclass
class World:
    """A pipeline with fakes behind every port."""

    engines: list[FakeEngine]
    delivery: FakeDelivery = field(default_factory=FakeDelivery)
    limits: Limits = Limits()
    workers: FakeWorkers | Workers = field(default_factory=FakeWorkers)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.repository = FakeRepository(FakeSource({"calc.py": BASE, "tests/test_calc.py": TEST, "setup.cfg": b""}))
        self.suite = FakeSuite(self.repository, outcomes)
        self.ticks: Iterator[int] = itertools.count()

    def heal(self) -> HealResult:
        tools = Tools(
            self.repository, self.suite, self.engines, self.delivery, lambda *said: self.said.append(" ".join(said)),
            lambda: float(next(self.ticks)), lambda: Usage(10, 20, cost_usd=0.5), self.workers, self.limits,
        )  # fmt: skip
        return heal((), tools, notes=("a note",))


def edit(after: bytes, **origin: str) -> CandidatePatch:
    return patch("calc.py", BASE, after, **origin)


def test_a_proved_candidate_is_delivered_with_its_proof() -> None:
    world = World([FakeEngine([[edit(USELESS), edit(FIXED)]])])

    result = world.heal()

    assert result.outcome is Outcome.FIXED
    assert [fix.tree for fix in world.delivery.fixes] == [result.fix.tree if result.fix else None]
    assert world.repository.trees[world.delivery.fixes[0].tree]["calc.py"] == FIXED
    assert [attempt.verdict for attempt in result.attempts] == ["still-failing", "verified"]
    assert result.fix is not None
    assert any("failed in 3 of 3 runs" in sentence for sentence in result.fix.proof)
    assert (result.usage.cost_usd, result.notes) == (0.5, ("a note",))
    assert result.seconds > 0


def test_targets_are_run_alone_before_the_whole_suite_again_after_it_and_on_the_base_at_last() -> None:
    world = World([FakeEngine([[edit(FIXED)]])])

    result = world.heal()

    tree = result.fix.tree if result.fix else None
    assert world.suite.calls == [
        (None, None), (None, {ADD, DOUBLE}), (None, {ADD}),
        (tree, {ADD}), (tree, None), (tree, {ADD}), (None, {ADD}),
    ]  # fmt: skip


def test_of_several_plausible_candidates_the_smaller_one_is_delivered() -> None:
    larger = edit(BASE.replace(b"return a - b", b"both = a, b\n    return sum((*both,)) or sum((a, b))"))
    world = World([FakeEngine([[larger, edit(USELESS), edit(FIXED)]])])

    world.heal()

    assert world.repository.trees[world.delivery.fixes[0].tree]["calc.py"] == FIXED


def test_a_candidate_that_breaks_another_test_is_refused_and_the_search_goes_on() -> None:
    world = World([FakeEngine([[edit(BREAKS_DOUBLE), edit(USELESS), edit(FIXED)]])], limits=Limits(rivals=0))

    result = world.heal()

    assert result.outcome is Outcome.FIXED
    assert result.attempts[0].verdict == "regression"
    assert DOUBLE in result.attempts[0].why


def test_a_repair_that_passes_only_once_is_not_proved() -> None:
    world = World([FakeEngine([[edit(FIXED)]])])
    world.suite.outcomes = lambda _, call: run_of({ADD: "passed" if call in {4, 5} else "failed", DOUBLE: "passed"})

    result = world.heal()

    assert result.outcome is Outcome.NO_FIX
    assert "not again" in result.attempts[-1].why


def test_the_next_round_knows_what_was_tried() -> None:
    engine = FakeEngine([[edit(USELESS, model="m")], [edit(FIXED, model="m")]], name="anthropic")

    result = World([engine]).heal()

    assert result.outcome is Outcome.FIXED
    assert [attempt.round for attempt in result.attempts] == [1, 2]
    assert [len(task.attempts) for task in engine.tasks] == [0, 1]
    assert "assert 1 == 2" in engine.tasks[1].attempts[0].why


def test_engines_are_asked_in_order_and_the_second_only_when_the_first_fails() -> None:
    first, second = FakeEngine([[edit(FIXED)]]), FakeEngine([[edit(FIXED)]], name="anthropic")

    World([first, second]).heal()

    assert (len(first.tasks), len(second.tasks)) == (1, 0)


def test_a_change_that_was_tried_before_is_refused_without_running_anything() -> None:
    engine = FakeEngine([[edit(USELESS, model="m")], [edit(USELESS, model="m")]], name="anthropic")
    world = World([engine])

    result = world.heal()

    assert result.attempts[-1].why.startswith("repeated")
    assert len(world.suite.calls) == 4


@pytest.mark.parametrize(
    ("proposal", "code"),
    [
        pytest.param(patch("tests/test_calc.py", TEST, b"def test_add(): pass\n"), "test_file", id="a test"),
        pytest.param(patch("setup.cfg", b"", b"[tool:pytest]\n"), "test_configuration", id="test configuration"),
        pytest.param(patch(".github/workflows/ci.yml", BASE, b"on: push\n"), "protected_path", id="a workflow"),
        pytest.param(edit(BASE + b"# a comment\n"), "no_op", id="a comment only"),
        pytest.param(edit(BASE.replace(b"a - b", b"a +")), "syntax", id="no Python"),
        pytest.param(
            Refused("anthropic", Rejection(RejectedBy.PLACEMENT, "no_match", "no such lines"), "m"),
            "no_match", id="unplaced",
        ),
    ],
)  # fmt: skip
def test_what_the_gate_or_a_check_refuses_is_never_run(proposal: Proposal, code: str) -> None:
    world = World([FakeEngine([[proposal]])])

    result = world.heal()

    assert (result.outcome, result.reason) == (Outcome.REJECTED, "all_refused")
    assert result.attempts[0].why.startswith(code)
    assert all(tree is None for tree, _ in world.suite.calls)


def test_the_files_that_test_cases_stand_in_are_read_only_whatever_their_names() -> None:
    world = World([FakeEngine([[patch("checks/check_calc.py", b"assert 0\n", b"assert 1\n")]])])
    world.repository.source.files = {**world.repository.source.files, "checks/check_calc.py": b"assert 0\n"}
    world.suite.outcomes = lambda *_: run_of({"checks/check_calc.py::check_add": "failed"})

    result = world.heal()

    assert result.attempts[0].why.startswith("test_file")


def test_code_that_shows_doctests_is_not_read_only_for_that() -> None:
    baseline = Baseline(run_of({"calc.py::calc.add": "failed", "t.py::test_a[x.y::z]": "passed"}), frozenset())

    assert files_of_tests(baseline.run.outcomes, {"calc.py", "t.py"}) == {"t.py"}


@pytest.mark.parametrize(
    ("script", "outcome", "reason"),
    [
        pytest.param([[]], Outcome.NO_FIX, "no_candidates", id="nothing proposed"),
        pytest.param([[edit(USELESS)]], Outcome.NO_FIX, "all_candidates_failed", id="nothing proved"),
        pytest.param([[BudgetExhausted("the cap is reached")]], Outcome.BUDGET, "budget", id="no money left"),
        pytest.param([[ModelUnavailable("no network")]], Outcome.UNAVAILABLE, "model_unavailable", id="no endpoint"),
        pytest.param(
            [[Blocked("anthropic", "test_is_wrong", "it contradicts the docs", "m")]] * 3,
            Outcome.NO_FIX, "blocked", id="blocked",
        ),
    ],
)  # fmt: skip
def test_every_way_to_fail_is_its_own_end(
    script: list[list[Proposal | Exception]], outcome: Outcome, reason: str
) -> None:
    world = World([FakeEngine(script, name="anthropic")])

    result = world.heal()

    assert (result.outcome, result.reason) == (outcome, reason)
    assert result.fix is None
    assert not world.delivery.fixes
    assert result.diagnosis is not None


def test_an_engine_that_is_unavailable_or_blocked_is_not_asked_again_while_others_go_on() -> None:
    broken = FakeEngine([[ModelUnavailable("down")]] * 3, name="anthropic")
    helpful = FakeEngine([[], [edit(FIXED)]], name="openai")

    result = World([broken, helpful]).heal()

    assert result.outcome is Outcome.FIXED
    assert len(broken.tasks) == 1


def test_a_failed_delivery_keeps_the_fix_in_the_result() -> None:
    world = World(
        [FakeEngine([[edit(FIXED)]])], FakeDelivery(DeliveryError("the disk is full", code="branch_not_written"))
    )

    result = world.heal()

    assert (result.outcome, result.reason) == (Outcome.UNAVAILABLE, "branch_not_written")
    assert result.fix is not None
    assert "+    return a + b" in result.fix.diff


def test_a_command_that_cannot_be_started_is_a_typed_end_whenever_it_happens() -> None:
    world = World([FakeEngine([[edit(USELESS), edit(FIXED)]])])

    def breaks(files: Mapping[str, bytes], call: int) -> SuiteRun:
        if call == 5:
            raise SuiteError("there is no such program", code="command_not_found")
        return outcomes(files, call)

    world.suite.outcomes = breaks

    result = world.heal()

    assert (result.outcome, result.reason) == (Outcome.ENVIRONMENT, "command_not_found")
    assert len(result.attempts) == 1


def test_a_search_ends_when_its_time_is_up() -> None:
    endless = FakeEngine([[edit(BASE.replace(b"a - b", b"a - b - %d" % number)) for number in range(1000)]])
    world = World([endless], limits=Limits(search_seconds=20))

    result = world.heal()

    assert 0 < len(result.attempts) < 50


NEATER = FIXED.replace(b"def double(a):\n    return a * 2", b"def double(number):\n    return number * 2")


def sees_renames(files: Mapping[str, bytes], call: int) -> SuiteRun:
    return outcomes({"calc.py": files["calc.py"].replace(b"number * 2", b"a * 2")}, call)


def test_what_a_model_changes_beside_the_repair_is_left_out_and_the_rest_is_proved_again() -> None:
    world = World([FakeEngine([[edit(NEATER, model="m")]], name="anthropic")])
    world.suite.outcomes = sees_renames

    result = world.heal()

    assert result.fix is not None
    assert world.repository.trees[result.fix.tree]["calc.py"] == FIXED
    assert [fix.tree for fix in world.delivery.fixes] == [result.fix.tree]
    assert "2 were left out" in result.fix.proof[-1]
    assert "2 were left out" in result.attempts[-1].why
    assert result.attempts[-1].diff == result.fix.diff
    runs = [only for tree, only in world.suite.calls if tree == result.fix.tree]
    assert runs == [{ADD}, None, {ADD}], "the same proof as that of the whole change"


def test_a_part_that_is_not_proved_as_a_whole_is_not_delivered() -> None:
    world = World([FakeEngine([[edit(NEATER, model="m")]], name="anthropic")])
    world.suite.outcomes = lambda files, call: outcomes(
        {"calc.py": files["calc.py"].replace(b"number * 2", b"a * 2" if b"a + b" in files["calc.py"] else b"a")}
        if b"number" in files["calc.py"] or files["calc.py"] == BASE
        else {"calc.py": BREAKS_DOUBLE},
        call,
    )

    result = world.heal()

    assert result.fix is not None
    assert world.repository.trees[result.fix.tree]["calc.py"] == NEATER
    assert not any("left out" in sentence for sentence in result.fix.proof)
    assert any("a part of it was not proved" in line for line in world.said)


@pytest.mark.parametrize(
    ("limits", "model", "clock"),
    [
        pytest.param(Limits(), None, itertools.count(), id="no model, so minimal by construction"),
        pytest.param(Limits(minimising_runs=0), "m", itertools.count(), id="no runs to spend"),
        pytest.param(Limits(), "m", itertools.chain((0,) * 6, itertools.count(1_000)), id="no time to spend"),
    ],
)
def test_a_change_is_not_reduced_at_any_price(limits: Limits, model: str | None, clock: Iterator[int]) -> None:
    origin = {} if model is None else {"model": model}
    world = World([FakeEngine([[edit(NEATER, **origin)]])], limits=limits)
    world.suite.outcomes = sees_renames
    world.ticks = clock

    result = world.heal()

    assert result.fix is not None
    assert world.repository.trees[result.fix.tree]["calc.py"] == NEATER
    assert len({tree for tree, _ in world.suite.calls}) == 2


def test_a_change_of_dependencies_is_marked_for_the_reader() -> None:
    edits = (FileEdit("calc.py", BASE, FIXED), FileEdit("requirements.txt", b"a\n", b"a==1\n"))
    candidate = CandidatePatch("anthropic", edits, Analysis(), "m")
    world = World([FakeEngine([[candidate]])], limits=Limits(policy=GatePolicy(dependencies=True)))
    world.repository.source.files = {**world.repository.source.files, "requirements.txt": b"a\n"}
    world.suite.outcomes = lambda files, call: outcomes(
        files if files["requirements.txt"] == b"a==1\n" else {"calc.py": BASE}, call
    )

    result = world.heal()

    assert result.fix is not None
    assert any("changes requirements.txt" in sentence for sentence in result.fix.proof)


def two_faults(files: Mapping[str, bytes], _call: int) -> SuiteRun:
    calc = files["calc.py"]
    red = {ADD: b"a + b" in calc, DOUBLE: b"a * 3" in calc}
    return run_of(
        {test: "passed" if ok else "failed" for test, ok in red.items()}, messages={DOUBLE: "expected 3 times"}
    )


def as_type_error(files: Mapping[str, bytes], call: int) -> SuiteRun:
    run = two_faults(files, call)
    failures = tuple(replace(one, type="TypeError") if one.id == DOUBLE else one for one in run.failures)
    return replace(run, failures=failures)


TRIPLED = BASE.replace(b"a * 2", b"a * 3")


def test_candidates_that_repair_different_causes_are_joined_into_one_repair() -> None:
    world = World([FakeEngine([[edit(FIXED), edit(TRIPLED)]])])
    world.suite.outcomes = two_faults

    result = world.heal()

    assert result.reason == "verified"
    healed = world.repository.trees[world.delivery.fixes[0].tree]["calc.py"]
    assert healed == FIXED.replace(b"a * 2", b"a * 3")
    assert [attempt.verdict for attempt in result.attempts] == ["partial", "partial", "verified"]


def test_a_cause_of_another_kind_that_cannot_be_repaired_does_not_hold_back_the_repair_of_the_rest() -> None:
    world = World([FakeEngine([[edit(FIXED)]])])
    world.suite.outcomes = as_type_error

    result = world.heal()

    assert (result.outcome, result.reason) == (Outcome.FIXED, "verified_in_part")
    assert result.fix is not None
    assert result.fix.remaining == (DOUBLE,)
    assert any("Not repaired" in sentence and DOUBLE in sentence for sentence in result.fix.proof)


def in_tests(files: Mapping[str, bytes], call: int) -> SuiteRun:
    run = two_faults(files, call)
    return replace(run, failures=tuple(replace(one, frames=one.frames[:1]) for one in run.failures))


def test_a_change_that_meets_some_of_several_like_failures_is_not_believed() -> None:
    world = World([FakeEngine([[edit(FIXED)]])])
    world.suite.outcomes = in_tests

    result = world.heal()

    assert result.outcome is Outcome.NO_FIX
    assert result.attempts[0].verdict == "partial"


def of_one_cause(files: Mapping[str, bytes], call: int) -> SuiteRun:
    run = two_faults(files, call)
    message = "the table of rates is not sorted by its keys"
    return replace(run, failures=tuple(replace(one, type="ValueError", message=message) for one in run.failures))


def test_a_part_of_a_cause_is_repaired_where_what_remains_was_raised_elsewhere() -> None:
    world = World([FakeEngine([[edit(FIXED)]])])
    world.suite.outcomes = of_one_cause

    result = world.heal()

    assert len(result.clusters) == 1
    assert (result.outcome, result.reason) == (Outcome.FIXED, "verified_in_part")
    assert result.fix is not None
    assert result.fix.remaining == (DOUBLE,)


def test_a_repair_of_a_part_gives_way_to_a_repair_of_the_whole() -> None:
    whole = FIXED.replace(b"a * 2", b"a * 3")
    world = World([FakeEngine([[edit(FIXED), edit(whole)]])])
    world.suite.outcomes = of_one_cause

    result = world.heal()

    assert result.reason == "verified"
    assert world.repository.trees[world.delivery.fixes[0].tree]["calc.py"] == whole


@pytest.mark.parametrize("count", [2, 3, 8])
def test_candidates_tried_side_by_side_end_as_they_do_one_after_the_other(count: int) -> None:
    longer = BASE.replace(b"return a - b", b"both = a, b\n    return sum((*both,)) or sum((a, b))")
    script: list[list[Proposal | Exception]] = [[
        edit(USELESS), patch("tests/test_calc.py", TEST, b""), edit(longer), edit(BREAKS_DOUBLE), edit(USELESS),
        edit(FIXED), BudgetExhausted("the cap is reached"),
    ]]  # fmt: skip
    alone = World([FakeEngine(script)]).heal()
    together = World([FakeEngine(script)])
    together.workers = Workers(count)

    result = together.heal()
    together.workers.close()

    assert result.fix == alone.fix
    assert result.attempts == alone.attempts
    assert alone.fix is not None
    assert together.suite.calls[-3:] == [(alone.fix.tree, None), (alone.fix.tree, {ADD}), (None, {ADD})]


def test_the_analysis_of_a_fix_is_kept() -> None:
    analysis = Analysis(root_cause="the sign is wrong", strategy="add")
    candidate = CandidatePatch("embedded", (FileEdit("calc.py", BASE, FIXED),), analysis)

    result = World([FakeEngine([[candidate]])]).heal()

    assert result.fix is not None
    assert result.fix.analysis == analysis


def with_history(*engines: FakeEngine) -> World:
    """Return a world whose newest commit brought the fault."""
    world = World([*engines])
    hunk = ChangedHunk("calc.py", 2, ("    return a + b\n",), 2, ("    return a - b\n",))
    world.repository.commits = [Commit("c" * 40, "Tidy", (hunk,)), Commit("d" * 40, "Start")]
    world.repository.earlier = {"d" * 40: FakeSource({**world.repository.source.files, "calc.py": FIXED})}
    return world


def test_the_change_that_broke_it_is_found_before_a_model_is_asked_and_not_for_a_free_engine() -> None:
    free = FakeEngine([[edit(USELESS)]], name="embedded")
    paid = FakeEngine([[edit(USELESS)], [edit(FIXED)]], name="anthropic", models=("m", "m"))
    world = with_history(free, paid)

    world.heal()

    assert [task.diagnosis.culprit for task in free.tasks] == [None]
    culprits = [task.diagnosis.culprit for task in paid.tasks]
    assert [culprit and culprit.commit.subject for culprit in culprits] == ["Tidy", "Tidy"]
    assert world.repository.trees  # by experiment, once
    assert sum("putting recent changes back" in said for said in world.said) == 1
    assert paid.tasks[0].diagnosis.locations[0].line == 2


def test_an_experiment_that_finds_nothing_costs_no_repair() -> None:
    paid = FakeEngine([[edit(FIXED)]], name="anthropic", models=("m",))
    world = with_history(paid)
    world.repository.earlier = {"d" * 40: FakeSource({**world.repository.source.files, "calc.py": USELESS})}

    assert world.heal().outcome is Outcome.FIXED
    assert any("no change of the last 2 commits is to blame" in said for said in world.said)
