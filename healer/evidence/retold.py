"""What a report leaves out of a failure, and the runner printed.

Node's JUnit report says of a file that could not be loaded that it failed, and no more: why, and where, went to the
standard error of the process that died.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from healer.models.evidence import Failure


def retold(reported: Sequence[Failure], printed: Callable[[], Iterable[Failure]]) -> tuple[Failure, ...]:
    """Return a report's failures; one without any place in the words of the output, where they have one.

    `printed` reads the output, and is asked only if that is needed. What the report calls a test case stays.
    """
    if all(map(_has_place, reported)):
        return tuple(reported)
    placed = [failure for failure in printed() if failure.frames]
    return tuple(failure if _has_place(failure) else _in_words_of(placed, failure) for failure in reported)


def _has_place(failure: Failure) -> bool:
    return bool(failure.frames or failure.file or failure.line)


def _in_words_of(printed: Iterable[Failure], failure: Failure) -> Failure:
    """Return the failure as it was printed; as it is where that is not the one of this test case for certain."""
    same = [one for one in printed if failure.id == one.id or failure.id.endswith(f"/{one.id}")]
    if len(same) != 1:
        return failure
    return replace(same[0], id=failure.id, name=failure.name, suite=failure.suite, kind=failure.kind)
