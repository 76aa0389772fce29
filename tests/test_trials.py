"""What a candidate meets before its targets run, and what its run counts for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.models.change import Analysis, CandidatePatch, FileEdit, RejectedBy, Rejection
from healer.models.code import Diagnosis
from healer.models.evidence import CaseOutcome, Failure, FailureCluster
from healer.models.proof import Baseline
from healer.trials import Limits, Plausible, Trials
from tests.fakes import FakeRepository, FakeSource, FakeSuite, FakeWorkers, run_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from healer.models.proof import SuiteRun

PRICE, SLUG = "test_shop.py::test_price", "test_shop.py::test_slug"
ASSERTED = {PRICE: "price(3, 250) == 717", SLUG: 'slug("Welt") == "welt"'}
BASE = b"def price(count, each):\n    return count * each\n"
FOR_PRICE = BASE.replace(b"    return", b"    if each == 250:\n        return 717\n    return")


def trials(python: tuple[int, int] | None = None) -> Trials:
    repository = FakeRepository(FakeSource({"shop.py": BASE, "test_shop.py": b""}))
    run = run_of({PRICE: "failed", SLUG: "failed", "test_shop.py::test_other": "passed"}, python=python)
    failures = {
        test: Failure(test, test, CaseOutcome.FAILED, type="AssertionError", text=f">       assert {text}\n")
        for test, text in ASSERTED.items()
    }
    clusters = tuple(FailureCluster(test, (failure,)) for test, failure in failures.items())
    return Trials(
        Baseline(run, frozenset(ASSERTED)), Diagnosis(clusters, (), ()), repository, FakeSuite(repository, _ended),
        limits=Limits(), progress=lambda *_: None, workers=FakeWorkers(),
    )  # fmt: skip


def _ended(_: Mapping[str, bytes], __: int) -> SuiteRun:
    raise AssertionError("nothing is to be run here")


def patch(after: bytes, path: str = "shop.py") -> CandidatePatch:
    return CandidatePatch("model", (FileEdit(path, BASE, after),), Analysis(), "a model")


def refusal(found: Plausible | tuple[Rejection, str]) -> tuple[RejectedBy, str]:
    assert isinstance(found, tuple)
    return found[0].by, found[0].code


def test_a_change_that_is_too_large_is_refused_before_anything_reads_it() -> None:
    huge = patch(b"(" * 10_000_000)
    assert refusal(trials().admit(huge, 1)) == (RejectedBy.GATE, "too_large")
    repeated = trials().repeated(huge)
    assert repeated is not None
    assert repeated.code == "too_large"


@pytest.mark.parametrize(("python", "code"), [((3, 9), "syntax"), ((3, 10), None), ((3, 99), None), (None, None)])
def test_a_change_compiles_under_the_suites_own_python(python: tuple[int, int] | None, code: str | None) -> None:
    found = trials(python).admit(patch(BASE + b"match BASE := 1:\n    case 1: pass\n"), 1)
    assert (None if isinstance(found, Plausible) else found[0].code) == code


@pytest.mark.parametrize(
    ("outcomes", "passing"),
    [
        pytest.param({PRICE: "passed", SLUG: "failed"}, set(), id="the one that it cheats for"),
        pytest.param({PRICE: "failed", SLUG: "passed"}, {SLUG}, id="the other"),
        pytest.param({PRICE: "passed", SLUG: "passed"}, {SLUG}, id="both"),
    ],
)
def test_no_cause_is_repaired_by_a_change_that_is_cheating_for_it(outcomes: dict[str, str], passing: set[str]) -> None:
    known = trials()
    admitted = known.admit(patch(FOR_PRICE), 1)
    assert isinstance(admitted, Plausible)
    judged, verdict = known.judged(admitted, run_of(outcomes))
    assert judged.passing == passing
    assert not verdict.is_verified
    assert ("proves nothing" in verdict.reason) is (PRICE not in passing and outcomes[PRICE] == "passed")
