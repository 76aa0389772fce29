"""Which change broke a case, by the product's own search; what its runs of the suite gave is kept."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from healer.adapters.sandbox import Isolation
from healer.adapters.suite import CommandSuite, SuiteCommand
from healer.adapters.toolchain import Toolchain
from healer.bisection import Bisection, Experiment
from healer.verification.verdict import judge_targets

if TYPE_CHECKING:
    from collections.abc import Collection

    from bench.regressions.cases import Case
    from bench.regressions.workshop import Package, Workshop
    from healer.adapters.repository import PrivateRepository
    from healer.models.code import Culprit

_COMMITS = 10
_SECONDS = 60.0
TRUSTED = Isolation(own_user=False, confined=False, sentence="")


def blamed(
    workshop: Workshop, package: Package, case: Case, repository: PrivateRepository, targets: Collection[str]
) -> tuple[Culprit | None, int]:
    """Return what the search blames for the failing targets, and how many runs of them it takes."""
    kept = case.folder / "passing.json"
    known: dict[str, list[str] | None] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    command = (str(workshop.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *package.tests)
    toolchain = Toolchain.inherit({"PATH": os.environ["PATH"]}, None)
    suite = CommandSuite(
        SuiteCommand(command, seconds=_SECONDS), repository, toolchain, TRUSTED, lambda _stage, _message: None
    )
    recorded: set[str] = set()

    def passing(tree: str) -> frozenset[str]:
        if tree not in known:
            if not recorded:  # what a JUnit file calls a test case may not be its id
                recorded.update(suite.run(only=targets).failing)
            run = suite.run(tree, only=recorded)
            passed = {test for test in recorded if judge_targets(run, [test]).is_verified}
            known[tree] = sorted(recorded - passed) if passed else None
            kept.write_text(json.dumps(known), encoding="utf-8")
        failing = known[tree]
        return frozenset() if failing is None else frozenset(targets).difference(failing)

    try:
        experiment = Experiment(frozenset(targets), passing)
        search = Bisection(repository, experiment, is_time=lambda: True, progress=lambda _stage, _message: None)
        return search.search(repository.recent_commits(_COMMITS)), search.runs
    finally:
        suite.close()
