"""The whole cycle, top to bottom: reproduce, localize, repair in rounds, deliver; every run has one typed end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer.bisection import Experiment, blame
from healer.errors import DeliveryError, RepositoryError, SuiteError
from healer.evidence.clusters import cluster
from healer.evidence.explained import explained
from healer.evidence.paths import RepositoryPaths
from healer.localization.locate import locate
from healer.models.code import Diagnosis
from healer.models.outcome import HealResult, Outcome
from healer.reproduction import Ended, reproduce
from healer.rounds import Repair
from healer.trials import Limits, Trials

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from healer.models.change import Usage
    from healer.models.evidence import Failure
    from healer.models.outcome import Delivered, Fix
    from healer.models.proof import Baseline
    from healer.models.spectra import Spectra
    from healer.ports import Clock, Delivery, Engine, Progress, Repository, Reviewer, Suite, Workers

_SHOWN_LOCATIONS = 3
_SHOWN_CLUSTERS = 5


@dataclass(frozen=True, slots=True)
class Tools:
    """What the pipeline works with; chosen once, by the command line."""

    repository: Repository
    suite: Suite
    engines: Sequence[Engine]
    delivery: Delivery
    progress: Progress
    clock: Clock
    usage: Callable[[], Usage]
    workers: Workers
    limits: Limits = Limits()
    reviewer: Reviewer | None = None
    hands_on: bool = False
    """Whether another job asks a model when this one finds no repair: then what costs something is learnt for it."""


def heal(reported: Sequence[Failure], tools: Tools, *, notes: Sequence[str] = ()) -> HealResult:
    """Repair what fails on the base, prove it, deliver it. `reported` narrows the run to these failures, if any."""
    started = tools.clock()
    result = _cycle(reported, tools)
    return replace(result, usage=tools.usage(), seconds=tools.clock() - started, notes=(*notes, *result.notes))


def _cycle(reported: Sequence[Failure], tools: Tools) -> HealResult:
    baseline: Baseline | None = None
    diagnosis: Diagnosis | None = None
    repair: Repair | None = None
    try:
        baseline = reproduce(
            reported, tools.repository, tools.suite, reruns=tools.limits.reruns, progress=tools.progress
        )
        diagnosis = localize(baseline, tools, reported)
        trials = Trials(
            baseline, diagnosis, tools.repository, tools.suite,
            limits=tools.limits, progress=tools.progress, workers=tools.workers,
        )  # fmt: skip
        repair = Repair(
            trials, diagnosis, tools.repository.source,
            limits=tools.limits, progress=tools.progress, clock=tools.clock, reviewer=tools.reviewer,
            refine=lambda known: blame(
                known, baseline.spectra, tools.repository, Experiment(trials.targets, trials.passing),
                tried=trials.tried, clock=tools.clock, progress=tools.progress,
            ),
        )  # fmt: skip
        fix = _repaired(repair, tools)
        result = deliver(fix, repair.diagnosis, tools.repository.base, tools.delivery, tools.progress)
        return replace(result, attempts=tuple(repair.attempts), notes=_set_aside(baseline), partial=repair.partial)
    except (Ended, SuiteError) as error:
        end = error if isinstance(error, Ended) else Ended(Outcome.ENVIRONMENT, error.code, error.sentence)
        return HealResult(
            end.outcome,
            end.reason,
            end.sentence,
            base=tools.repository.base,
            diagnosis=repair.diagnosis if repair else diagnosis,
            attempts=tuple(repair.attempts) if repair else (),
            notes=_set_aside(baseline) if baseline else (),
            partial=repair.partial if repair else (),
        )


def _repaired(repair: Repair, tools: Tools) -> Fix:
    try:
        return repair.run(tools.engines)
    except Ended:
        if tools.hands_on:
            repair.learn()
        raise


def _set_aside(baseline: Baseline) -> tuple[str, ...]:
    """Tell of failing test cases that no repair was tried for."""
    notes = []
    if baseline.flaky:
        listed = "; ".join(f"{test} {baseline.flaky[test]}" for test in sorted(baseline.flaky)[:5])
        notes.append(f"{len(baseline.flaky)} test cases that do not always fail were set aside: {listed}")
    if baseline.environment:
        lacking = ", ".join(sorted(set(baseline.environment.values()))[:5])
        notes.append(f"{len(baseline.environment)} test cases fail because the environment lacks {lacking}")
    return tuple(notes)


def localize(baseline: Baseline, tools: Tools, reported: Sequence[Failure] = ()) -> Diagnosis:
    """Group the target failures by cause and rank the code that may have caused them."""
    failures = [failure for failure in baseline.run.failures if failure.id in baseline.targets]
    return diagnose(
        failures, tools.repository, baseline.spectra,
        commits=tools.limits.commits, progress=tools.progress, reported=reported,
    )  # fmt: skip


def diagnose(
    failures: Sequence[Failure], repository: Repository, spectra: Spectra | None, *, commits: int, progress: Progress,
    reported: Sequence[Failure] = (),
) -> Diagnosis:  # fmt: skip
    """Return clusters and ranked locations for failures, from the base's source and its recent commits."""
    paths = RepositoryPaths(repository.source.paths)
    clusters = explained(cluster(failures, paths), reported, paths)
    recent = tuple(repository.recent_commits(commits))
    locations = locate(clusters, repository.source, recent, spectra)
    for group in clusters[:_SHOWN_CLUSTERS]:
        shown = group.representative
        progress("localize", f"{len(group.failures)} failing by one cause: {shown.id}: {shown.headline[:200]}")
    if len(clusters) > _SHOWN_CLUSTERS:
        progress("localize", f"and {len(clusters) - _SHOWN_CLUSTERS} more causes")
    for location in locations[:_SHOWN_LOCATIONS]:
        where = f"{location.path}:{location.line}" + (f" in {location.function}" if location.function else "")
        progress("localize", f"{where} ({location.suspiciousness:.2f}): {'; '.join(location.evidence)}")
    return Diagnosis(clusters, locations, recent)


def deliver(fix: Fix, diagnosis: Diagnosis, base: str, delivery: Delivery, progress: Progress) -> HealResult:
    """Hand a proven fix over; a delivery that fails keeps the fix in the result."""
    try:
        delivered: Delivered = delivery.deliver(fix, diagnosis)
    except (DeliveryError, RepositoryError) as error:
        sentence = f"a repair was proved, but it could not be delivered: {error.sentence}"
        return HealResult(Outcome.UNAVAILABLE, error.code, sentence, base=base, diagnosis=diagnosis, fix=fix)
    where = delivered.pull_request or delivered.branch
    if where:
        progress("deliver", where)
    for note in delivered.notes:
        progress("deliver", note)
    sentence = f"repaired in {', '.join(fix.paths)} and proved" + (f"; see {where}" if where else "")
    if fix.remaining:
        sentence += f"; {len(fix.remaining)} failing test cases of other causes remain"
    reason = "verified_in_part" if fix.remaining else "verified"
    return HealResult(Outcome.FIXED, reason, sentence, base=base, diagnosis=diagnosis, fix=fix, delivered=delivered)
