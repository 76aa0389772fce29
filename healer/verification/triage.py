"""Before any repair: which of the reproduced failures are real, which are flaky, which are not the code's fault."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from healer.models.evidence import Failure
    from healer.models.proof import SuiteRun

_MISSING_MODULE = re.compile(r"No module named '([\w.]{1,200})'")


@dataclass(frozen=True, slots=True)
class Reruns:
    """How the failing test cases fared when they were run again on the same tree."""

    deterministic: frozenset[str]
    flaky: dict[str, str]


def sort_out(failing: Collection[str], reruns: Sequence[SuiteRun]) -> Reruns:
    """Tell test cases that failed every time from those that also passed (`failed 2 of 3`)."""
    flaky = {}
    for test in failing:
        passes = sum(test in run.passed for run in reruns)
        if passes:
            flaky[test] = f"failed {1 + len(reruns) - passes} of {1 + len(reruns)} runs on the same commit"
    return Reruns(frozenset(failing) - flaky.keys(), flaky)


def missing_dependency(failures: Sequence[Failure], own_modules: Collection[str]) -> str | None:
    """Return the module that the environment lacks when that explains every failure, else None.

    A module of the repository itself (its top-level name is in `own_modules`) is the code's fault.
    """
    lacking = set()
    for failure in failures:
        found = _MISSING_MODULE.search(failure.message) or _MISSING_MODULE.search(failure.text[-4000:])
        if failure.type not in {"ModuleNotFoundError", "ImportError"} or not found:
            return None
        if found[1].split(".", 1)[0] in own_modules:
            return None
        lacking.add(found[1])
    return ", ".join(sorted(lacking)) or None
