"""What is taken over from another job: places and commits of this base, and nothing that it does not hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healer.handover.documents import Blame, Findings
from healer.handover.translating import candidate, diagnosis, findings, is_covered, patch
from healer.models.change import Analysis, FileEdit
from healer.models.code import ChangedRange, Commit, Culprit, Diagnosis, Location
from healer.models.evidence import CaseOutcome, Failure, FailureCluster
from tests.fakes import FakeSource

SOURCE = FakeSource({"a.py": b"one\ntwo\n", "empty.py": b""})
COMMITS = (Commit("1" * 40, "newest"), Commit("2" * 40, "older"))
CLUSTER = FailureCluster("f", (Failure("t::a", "a", CaseOutcome.FAILED),))
PLACE = Location("a.py", 1, 2, "f", 0.5)
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


def edit(after: str, before: str = "a\nb\nc\n", path: str = "a.py") -> FileEdit:
    return FileEdit(path, before.encode(), after.encode())


@pytest.mark.parametrize(
    ("change", "candidates", "covered"),
    [
        pytest.param([edit("a\nB\nc\n")], [[edit("a\nB\nc\n")]], True, id="the same"),
        pytest.param([edit("a\nB\nc\n")], [[edit("a\nB\nC\n")]], True, id="a part"),
        pytest.param([edit("a\nB\nC\n")], [[edit("a\nB\nc\n")], [edit("a\nb\nC\n")]], True, id="two joined"),
        pytest.param([edit("a\nB\nc\nevil\n")], [[edit("a\nB\nc\n")]], False, id="a line more"),
        pytest.param([edit("a\nB\nB\nc\n")], [[edit("a\nB\nc\n")]], False, id="a line twice"),
        pytest.param([edit("a\nB\n")], [[edit("a\nB\nc\n")]], False, id="a line less"),
        pytest.param([edit("a\nB\nc\n", path="b.py")], [[edit("a\nB\nc\n")]], False, id="another file"),
        pytest.param([edit("a\nB\nc\n")], [], False, id="nothing was proposed"),
    ],
)
def test_a_change_is_covered_by_what_was_proposed(
    change: list[FileEdit], candidates: list[list[FileEdit]], *, covered: bool
) -> None:
    assert is_covered(change, candidates) is covered
