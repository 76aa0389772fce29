"""Which passing test cases to trace where tracing all of them would cost too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from healer.models.proof import SuiteRun

SHARE = 0.15
"""Of the passing test cases. Traced ones take up to three times as long: with these, 1.6 times a plain run in all."""
LEAST, MOST = 20, 2000


def sample(run: SuiteRun, targets: Collection[str]) -> frozenset[str]:
    """Return passing test cases: first those beside the targets, which run the same code, then some of everywhere.

    Deterministic, and spread over the suite in its own order.
    """
    room = min(max(LEAST, int(run.tally.passed * SHARE)), MOST)
    files = {_file(test) for test in targets}
    passing = run.passed
    passed = [test for test in run.outcomes if test in passing]
    near = [test for test in passed if _file(test) in files]
    far = [test for test in passed if _file(test) not in files]
    # Half of the room at least is for the rest: what everything runs is not suspicious.
    chosen = _spread(near, max(room // 2, room - len(far)))
    return frozenset(chosen + _spread(far, room - len(chosen)))


def _file(test: str) -> str:
    return test.split("::", 1)[0]


def _spread(tests: list[str], most: int) -> list[str]:
    if len(tests) <= most:
        return tests
    return [tests[number * len(tests) // most] for number in range(most)]
