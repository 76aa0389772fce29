from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.merging import merged
from healer.models.evidence import CaseOutcome, Failure, Report, ReportVerdict, Roster, Tally

PASSED, FAILED, ERROR, SKIPPED = (CaseOutcome.PASSED, CaseOutcome.FAILED, CaseOutcome.ERROR, CaseOutcome.SKIPPED)


def failing(identity: str, message: str = "no", kind: CaseOutcome = FAILED) -> Failure:
    return Failure(id=identity, name=identity, kind=kind, type="ValueError", message=message)


def report(*cases: tuple[str, CaseOutcome], failures: tuple[Failure, ...] = (), is_listed: bool = True) -> Report:
    roster = Roster()
    for name, outcome in cases:
        roster.enter(outcome, [name])
    counts = [sum(outcome is one for _, outcome in cases) for one in (PASSED, FAILED, ERROR, SKIPPED)]
    return Report(
        "r.xml", "junit", ReportVerdict.PASSED, Tally(*counts), failures, roster=roster if is_listed else None
    )


def test_shards_add_up() -> None:
    one, other = report(("a", PASSED), ("b", FAILED)), report(("c", PASSED), ("d", SKIPPED))
    assert merged([one, other]).tally == Tally(passed=2, failed=1, skipped=1)


def test_legs_of_a_matrix_count_each_test_once_by_the_worst_that_became_of_it() -> None:
    one = report(("a", PASSED), ("b", FAILED), ("c", SKIPPED), ("d", PASSED))
    other = report(("a", PASSED), ("b", PASSED), ("c", PASSED), ("d", ERROR))
    assert merged([one, other]).tally == merged([other, one]).tally == Tally(passed=2, failed=1, errors=1)


def test_what_one_report_holds_twice_ran_twice() -> None:
    twice = report(("a", PASSED), ("a", FAILED))
    assert merged([twice]).tally == merged([twice, twice]).tally == Tally(passed=1, failed=1)


def test_reports_without_a_roster_add_up() -> None:
    one = report(("a", PASSED), is_listed=False)
    assert merged([one, one, report(("a", PASSED))]).tally == Tally(passed=3)


def test_one_failure_of_several_legs_is_kept_once_and_another_way_to_fail_stays() -> None:
    linux, mac = report(failures=(failing("a"), failing("b"))), report(failures=(failing("a"), failing("b", "other")))
    assert [(one.id, one.message) for one in merged([linux, mac]).failures] == [
        ("a", "no"),
        ("b", "no"),
        ("b", "other"),
    ]


@given(
    st.lists(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(list(CaseOutcome))), max_size=8), max_size=4)
)
def test_a_merged_run_holds_at_least_each_report_and_at_most_all(runs: list[list[tuple[str, CaseOutcome]]]) -> None:
    reports = [report(*cases) for cases in runs]
    tally = merged(reports).tally
    assert tally.tests <= sum(len(cases) for cases in runs)
    assert all(
        tally.tests >= len(cases) and tally.failing >= one.tally.failing
        for one, cases in zip(reports, runs, strict=True)
        if one.tally
    )
