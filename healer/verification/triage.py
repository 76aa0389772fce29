"""Before any repair: which of the reproduced failures are real, which are flaky, which are not the code's fault."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from healer.models.evidence import Failure
    from healer.models.proof import SuiteRun
    from healer.verification.imports import Imports

_MISSING_FIXTURE = re.compile(r"fixture '(\w{1,100})' not found")
_MISSING_MODULE = re.compile(r"No module named '([\w.]{1,200})'")


@dataclass(frozen=True, slots=True)
class Reruns:
    """How the failing test cases fared when they were run again on the same tree."""

    deterministic: frozenset[str]
    flaky: dict[str, str]


def sort_out(failing: Collection[str], reruns: Sequence[SuiteRun]) -> Reruns:
    """Tell test cases that failed every time from those that once did not (`failed 2 of 3`).

    What did not run again (a module that was collected this time, a process that did not crash) did not fail again.
    """
    flaky = {}
    for test in failing:
        passes = sum(test not in run.failing for run in reruns)
        if passes:
            flaky[test] = f"failed {1 + len(reruns) - passes} of {1 + len(reruns)} runs on the same commit"
    return Reruns(frozenset(failing) - flaky.keys(), flaky)


def environmental(failure: Failure, own_modules: Collection[str], imports: Imports | None = None) -> str | None:
    """Return what the environment lacks when that is why a test case fails, else None.

    That is a module that is not the repository's own (by top-level name, in `own_modules`) and not misspelt by it
    (by its `imports`), or a fixture that no plugin provides.
    """
    if failure.type in {"ModuleNotFoundError", "ImportError"}:
        found = _MISSING_MODULE.search(failure.message) or _MISSING_MODULE.search(failure.text[-4000:])
        if found and found[1].split(".", 1)[0] not in own_modules and not (imports and imports.meant(found[1])):
            return f"the module {found[1]}"
    elif failure.kind is CaseOutcome.ERROR:
        found = _MISSING_FIXTURE.search(failure.text)
        if found:
            return f"a plugin with the fixture {found[1]}"
    return None
