"""Whether a change that repairs some failures and leaves others has met a fault, or only the tests that now pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer import layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.evidence import Failure


def are_told_apart(repaired: Sequence[Failure], remaining: Sequence[Failure]) -> bool:
    """Whether what remains is clearly another matter than what was repaired.

    It is when of no two of them the exception type is the same, unless both were raised by the code under test, in
    different functions. Like failures often share one cause, and a change that makes some of them pass has likely met
    the tests and not the fault.
    """
    return not any(_alike(one, other) for one in repaired for other in remaining)


def _alike(one: Failure, other: Failure) -> bool:
    places = _raised_in(one), _raised_in(other)
    return one.type == other.type and (None in places or places[0] == places[1])


def _raised_in(failure: Failure) -> tuple[str, str] | None:
    """Return the file and the function that raised; None for a test itself, which compares what it was given."""
    frame = failure.frames[-1] if failure.frames else None
    if frame is None or frame.function is None or layout.is_test(frame.file):
        return None
    return frame.file, frame.function
