"""What is taken over from another job: places and commits of this base, and nothing that it does not hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healer.handover.documents import Blame, End, Findings, VerdictDocument, read, written
from healer.handover.translating import candidate, diagnosis, findings, patch
from healer.models.change import Analysis, FileEdit
from healer.models.code import ChangedRange, Commit, Culprit, Diagnosis, Location
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, StackFrame
from healer.models.outcome import Outcome
from tests.fakes import FakeSource

SOURCE = FakeSource({"a.py": b"one\ntwo\n", "empty.py": b""})
COMMITS = (Commit("1" * 40, "newest"), Commit("2" * 40, "older"))
CLUSTER = FailureCluster("f", (Failure("t::a", "a", CaseOutcome.FAILED),))
PLACE = Location("a.py", 1, 2, "one", 0.5)
RANGE = ChangedRange("a.py", 2, 2, ("2\n",))


def test_a_diagnosis_is_handed_on_and_taken_over_whole() -> None:
    known = Diagnosis((CLUSTER,), (PLACE,), COMMITS, Culprit(COMMITS[1], 1, (RANGE,), frozenset({"t::a"})))
    assert diagnosis(findings(known), SOURCE, COMMITS) == known


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(replace(PLACE, path="b.py"), id="in no file of the base"),
        pytest.param(replace(PLACE, path="../a.py"), id="outside"),
        pytest.param(replace(PLACE, line=0), id="before the first line"),
        pytest.param(replace(PLACE, end_line=3), id="behind the last line"),
        pytest.param(replace(PLACE, line=2, end_line=1), id="backwards"),
        pytest.param(replace(PLACE, suspiciousness=float("nan")), id="no number"),
        pytest.param(replace(PLACE, suspiciousness=float("inf")), id="endlessly suspicious"),
    ],
)
def test_places_that_the_base_does_not_have_are_left_out(place: Location) -> None:
    assert diagnosis(Findings((CLUSTER,), (place, PLACE)), SOURCE, ()).locations == (PLACE,)


def test_suspiciousness_is_kept_between_none_and_all() -> None:
    wild = (replace(PLACE, suspiciousness=9.0), replace(PLACE, suspiciousness=-1.0))
    assert [one.suspiciousness for one in diagnosis(Findings((CLUSTER,), wild), SOURCE, ()).locations] == [1.0, 0.0]


def test_a_cause_without_failures_is_none() -> None:
    assert diagnosis(Findings((FailureCluster("f"), CLUSTER)), SOURCE, ()).clusters == (CLUSTER,)


@pytest.mark.parametrize(
    "blame",
    [
        pytest.param(Blame("3" * 40, (RANGE,)), id="no recent commit"),
        pytest.param(Blame("1" * 40, (replace(RANGE, path="b.py"),)), id="a file that is not there"),
        pytest.param(Blame("1" * 40, (replace(RANGE, end_line=99),)), id="lines that are not there"),
    ],
)
def test_a_commit_is_blamed_only_for_what_can_be_seen_here(blame: Blame) -> None:
    assert diagnosis(Findings((CLUSTER,), (), blame), SOURCE, COMMITS).culprit is None


def test_an_empty_file_has_a_place() -> None:
    place = Location("empty.py", 1, 1, None, 0.1)
    assert diagnosis(Findings((CLUSTER,), (place,)), SOURCE, ()).locations == (place,)


def test_a_candidate_is_what_it_was_against_the_files_of_the_base() -> None:
    edits = (FileEdit("a.py", b"one\ntwo\n", b"one\nTWO\n"), FileEdit("new.py", None, b"\xff\0"))
    handed = candidate("anthropic", edits, Analysis("why"), model="m", diff="diff")
    taken = patch(handed, SOURCE)
    assert (taken.engine, taken.model, taken.analysis, taken.edits) == ("anthropic", "m", Analysis("why"), edits)


@pytest.mark.parametrize(
    ("function", "known"),
    [
        pytest.param("one", "one", id="a word of the file"),
        pytest.param("one.<lambda>", None, id="a word that is not there"),
        pytest.param("two.one", "two.one", id="a method"),
        pytest.param("one two", None, id="words"),
        pytest.param("one\ntwo", None, id="lines"),
        pytest.param("one." * 60, None, id="a long one"),
        pytest.param("", None, id="nothing"),
        pytest.param(None, None, id="none"),
    ],
)
def test_a_function_is_named_by_words_of_its_file_alone(function: str | None, known: str | None) -> None:
    [place] = diagnosis(Findings((CLUSTER,), (replace(PLACE, function=function),)), SOURCE, ()).locations
    assert place.function == known


def test_however_much_fails_the_document_stays_within_its_bounds() -> None:
    frames = (StackFrame("a.py", 1, "one"),) * 30
    many = (
        Failure(f"t::{n}", "n", CaseOutcome.FAILED, message="m" * 9000, text="x" * 90_000, frames=frames)
        for n in range(300)
    )
    clusters = tuple(FailureCluster(f"{n:016x}", failures) for failures in [tuple(many)] for n in range(210))
    handed = findings(Diagnosis(clusters, ()))
    verdict = VerdictDocument(
        document="self-heal/verdict",
        version=1,
        base="b" * 40,
        round=0,
        end=End(Outcome.NO_FIX, "", ""),
        findings=handed,
    )
    assert read(written(verdict), VerdictDocument, "v.json") == verdict
    assert len(handed.clusters[0].failures) == 100
    assert len(handed.clusters[0].representative.text) == 20_000
