"""Whether a test case that newly fails is the patch's doing, or fails by itself now and then.

The rule, for test cases that passed on the base and failed once on the patched tree:

1. Run alone on both trees. What fails there every time with the patch and passes every time without it is a regression.
2. What remains is run as it was seen failing: with the whole suite. It counts as unsteady, and not against the patch,
   only if it passes there with the patch as well, and either fails without the patch too, or passes every time in as
   many further runs as a proof takes.

Everything else is a regression: failing alone on the base excuses nothing (many test cases need those before them), and
neither does failing now and then with the patch only. Flaky tests do not come in swarms: many new failures are not
examined at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from healer.models.proof import SuiteRun

MOST_SUSPECTS = 20


def regressed_alone(suspects: Collection[str], patched: Sequence[SuiteRun], base: Sequence[SuiteRun]) -> frozenset[str]:
    """Return the suspects that failed in every narrowed run of the patched tree and passed in every one of the base."""
    return frozenset(
        test
        for test in suspects
        if all(test in run.failing for run in patched) and all(test in run.passed for run in base)
    )


def unsteady(
    suspects: Collection[str], patched: Sequence[SuiteRun], base: Sequence[SuiteRun], *, needed: int
) -> dict[str, str]:
    """Return the suspects that further runs of the whole suite excuse, each with how it fared, in words.

    `needed` is how many further runs of the patched tree a suspect must pass that never fails on the base.
    """
    excused = {}
    for test in suspects:
        passes = sum(test in run.passed for run in patched)
        failures = sum(test in run.failing for run in base)
        if passes and failures:
            excused[test] = f"fails without the patch as well ({failures} of {len(base)} runs)"
        elif passes == len(patched) >= needed:
            excused[test] = f"passed in {passes} further runs of the whole suite"
    return excused


def decided(suspects: Collection[str], patched: Sequence[SuiteRun], base: Sequence[SuiteRun]) -> bool:
    """Whether further runs of the whole suite cannot change what becomes of the suspects, or are not worth their time.

    A suspect that failed twice more with the patch and never without it is not going to be excused.
    """
    return all(_is_decided(test, patched, base) for test in suspects)


def _is_decided(test: str, patched: Sequence[SuiteRun], base: Sequence[SuiteRun]) -> bool:
    failed = sum(test in run.failing for run in patched)
    passed = sum(test in run.passed for run in patched)
    failed_on_base = any(test in run.failing for run in base)
    return bool(passed and failed_on_base) or (failed > 1 and not failed_on_base)


def renamed(lost: Collection[str], again: SuiteRun) -> frozenset[str]:
    """Return those lost test cases that another run of the base does not have either: ids that change by themselves."""
    return frozenset(test for test in lost if test not in again.outcomes)
