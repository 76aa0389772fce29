"""A change from another job: gated again, held against what was proposed, and never worth more than that job's word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healer.admission import Admission
from healer.handover.documents import Candidate, Findings, ProposalDocument, ProvedChange
from healer.handover.translating import candidate
from healer.models.change import Analysis, CandidatePatch, FileEdit
from healer.models.code import Diagnosis
from healer.models.evidence import CaseOutcome, Failure, FailureCluster
from healer.models.outcome import Confidence, Outcome, Standing
from healer.patches.gate import GatePolicy
from healer.ports import RepairTask
from healer.receiving import HIGHEST, UNSEEN, received
from healer.reproduction import Ended
from tests.fakes import BASE, FakeEngine, FakeRepository, FakeSource

BROKEN = b"def total(prices):\n    return sum(prizes)\n"
FIXED = b"def total(prices):\n    return sum(prices)\n"
TEST = b"from cart import total\n\n\ndef test_total():\n    assert total([1]) == 1\n"
SOURCE = FakeSource({"cart.py": BROKEN, "test_cart.py": TEST})
FAILURE = Failure("test_cart.py::test_total", "test_total", CaseOutcome.ERROR, message="name 'prizes' is not defined")
KNOWN = Diagnosis((FailureCluster("f" * 16, (FAILURE,)),), ())
SURE = Confidence(0.8)
REPAIR = (FileEdit("cart.py", BROKEN, FIXED),)
TASK = RepairTask(KNOWN, SOURCE)
ENGINE = FakeEngine([[CandidatePatch("embedded", REPAIR, Analysis())]])
"""The engine without a model, which has one idea."""


def admission() -> Admission:
    causes = {cluster.fingerprint: cluster.failures for cluster in KNOWN.clusters}
    return Admission(FakeRepository(SOURCE), GatePolicy(), causes)


def by_a_model(edits: tuple[FileEdit, ...] = REPAIR) -> Candidate:
    return candidate("anthropic", edits, Analysis("misspelt"), model="m")


def proposal(*candidates: Candidate) -> ProposalDocument:
    return ProposalDocument(
        document="self-heal/proposal", version=1, base=BASE, round=1, findings=Findings(), candidates=candidates
    )


def proved(change: Candidate, confidence: Confidence | None = SURE) -> ProvedChange:
    return ProvedChange(change, ("It passes.",), confidence=confidence)


def test_a_proposed_and_proved_change_is_made_anew_from_the_base() -> None:
    change = replace(by_a_model(), diff="what anybody wrote")
    fix = received(proved(change), proposal(change), TASK, admission(), ENGINE)
    assert "+    return sum(prices)" in fix.diff
    assert (fix.paths, fix.engine, fix.model) == (("cart.py",), "anthropic", "m")
    assert fix.proof[0] == "It passes."
    assert "proposed by one job and proved by another" in fix.proof[-1]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(None, id="no proposal at hand"),
        pytest.param(proposal(), id="a proposal of nothing"),
        pytest.param(proposal(by_a_model((FileEdit("cart.py", BROKEN, BROKEN + b"#\n"),))), id="of another change"),
    ],
)
def test_a_model_s_change_that_nobody_proposed_is_refused(given: ProposalDocument | None) -> None:
    with pytest.raises(Ended) as ended:
        received(proved(by_a_model()), given, TASK, admission(), ENGINE)
    assert (ended.value.outcome, ended.value.reason) == (Outcome.REJECTED, "another_change")


def test_an_engine_that_nobody_knows_is_no_way_around_the_proposal() -> None:
    strange = candidate("fixers", REPAIR, Analysis())
    with pytest.raises(Ended):
        received(proved(strange), None, TASK, admission(), ENGINE)


def test_beside_a_proposal_nothing_else_is_delivered_whoever_is_said_to_have_found_it() -> None:
    other = (FileEdit("cart.py", BROKEN, b"def total(prices):\n    return 1\n"),)
    with pytest.raises(Ended) as ended:
        received(proved(candidate("embedded", other, Analysis())), proposal(by_a_model()), TASK, admission(), ENGINE)
    assert ended.value.reason == "another_change"


def test_what_no_model_proposed_is_not_called_so_whatever_the_verdict_calls_it() -> None:
    brought_along = proposal(candidate("embedded", REPAIR, Analysis()))
    fix = received(proved(by_a_model()), brought_along, TASK, admission(), ENGINE)
    assert "found, and proved, by a job that held no secret" in fix.proof[-1]


def test_what_a_verdict_says_leaves_room_for_what_is_said_here() -> None:
    change = by_a_model()
    wordy = ProvedChange(change, ("@" * 9000,) * 500, confidence=Confidence(0.8, ("#" * 9000,) * 500))
    fix = received(wordy, proposal(change), TASK, admission(), ENGINE)
    assert fix.confidence is not None
    assert sum(map(len, (*fix.proof, *fix.confidence.reasons))) < 25_000
    assert "proposed by one job and proved by another" in fix.proof[-1]


def test_what_the_embedded_engine_found_there_needs_no_proposal() -> None:
    fix = received(proved(candidate("embedded", REPAIR, Analysis())), None, TASK, admission(), ENGINE)
    assert fix.engine == "embedded"
    assert "found, and proved, by a job that held no secret" in fix.proof[-1]


def test_what_the_engine_proposes_here_as_well_keeps_its_confidence_and_a_stranger_s_becomes_a_draft() -> None:
    stranger = (FileEdit("cart.py", BROKEN, b"def total(prices):\n    return sum(prices or [])\n"),)
    confidences = [
        received(proved(candidate("embedded", edits, Analysis())), None, TASK, admission(), ENGINE).confidence
        for edits in (REPAIR, stranger)
    ]
    assert [one.value for one in confidences if one] == [0.8, UNSEEN]
    assert [one.standing for one in confidences if one] == [Standing.REVIEW, Standing.DRAFT]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        pytest.param(FileEdit("test_cart.py", TEST, TEST.replace(b"== 1", b"== 2")), "test_file", id="a test"),
        pytest.param(FileEdit(".github/workflows/ci.yml", None, b"on: push\n"), "protected_path", id="a workflow"),
        pytest.param(FileEdit("../cart.py", None, b"x = 1\n"), "path", id="outside"),
        pytest.param(FileEdit("cart.py", BROKEN, BROKEN), "no_op", id="nothing"),
        pytest.param(FileEdit("cart.py", BROKEN, b"def total(prices:\n"), "syntax", id="what is no Python"),
    ],
)
def test_the_gate_decides_again_whatever_the_verdict_says(edit: FileEdit, code: str) -> None:
    change = candidate("embedded", (edit,), Analysis())
    with pytest.raises(Ended) as ended:
        received(proved(change), None, TASK, admission(), ENGINE)
    assert (ended.value.outcome, ended.value.reason) == (Outcome.REJECTED, code)
    assert "is refused before it is delivered" in ended.value.sentence


@pytest.mark.parametrize(
    ("claimed", "value", "standing"),
    [
        (Confidence(1.0), HIGHEST, Standing.REVIEW),
        (Confidence(0.75), 0.75, Standing.REVIEW),
        (None, 0.0, Standing.DRAFT),
        (Confidence(float("nan")), 0.0, Standing.DRAFT),
        (Confidence(7.0), 0.0, Standing.DRAFT),
        (Confidence(-1.0), 0.0, Standing.DRAFT),
    ],
    ids=["too sure", "sure", "not weighed", "no number", "more than all", "less than nothing"],
)
def test_another_job_s_word_never_makes_a_change_merge_by_itself(
    claimed: Confidence | None, value: float, standing: Standing
) -> None:
    change = by_a_model()
    fix = received(proved(change, claimed), proposal(change), TASK, admission(), ENGINE)
    assert fix.confidence is not None
    assert (fix.confidence.value, fix.confidence.standing) == (value, standing)


def test_what_the_verdict_kept_quiet_about_is_told() -> None:
    before = b"def words(n):\n    return {1: 'one', 2: 'two'}.get(n, 'many')\n"
    after = before.replace(b"'two'}", b"'two', 3: 'three'}")
    text = (
        "    def test_three():\n>       assert words(3) == 'three'\nE       AssertionError: assert 'many' == 'three'\n"
    )
    failure = Failure(
        "test_w.py::test_three", "test_three", CaseOutcome.FAILED, type="AssertionError",
        message="assert 'many' == 'three'", text=text,
    )  # fmt: skip
    source = FakeSource({"words.py": before})
    change = candidate("anthropic", (FileEdit("words.py", before, after),), Analysis(), model="m")
    judge = Admission(FakeRepository(source), GatePolicy(), {"f" * 16: (failure,)})
    known = Diagnosis((FailureCluster("f" * 16, (failure,)),), ())
    fix = received(proved(change), proposal(change), RepairTask(known, source), judge, ENGINE)
    assert any(sentence.startswith("To be looked at: words.py") for sentence in fix.proof)
    assert fix.flags == 1
