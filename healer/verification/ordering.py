"""Which test cases, run before another, make it fail (or pass): found by halving the recorded order.

The halving is delta debugging (Zeller & Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002) on the
predecessors of one test case: a victim fails only after its polluter, a brittle one passes only after its setter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class OrderDependence:
    """A test case whose outcome depends on which others ran before it."""

    test: str
    after: tuple[str, ...] = ()
    """The test cases that make the difference, in the recorded order; as few as were found in the runs allowed."""
    is_brittle: bool = False
    """Whether it fails on its own, and passes after the others; else it is the other way round."""

    @property
    def how(self) -> str:
        """Say it in words that follow the test case's name."""
        listed = ", ".join(self.after[:_SHOWN]) or "the test cases before it"
        if len(self.after) > _SHOWN:
            listed = f"{len(self.after)} others ({listed}, ...)"
        return f"fails unless it runs after {listed}" if self.is_brittle else f"fails only after {listed}"


class OutOfRuns(Exception):  # noqa: N818 - not an error: a question that is not worth more runs
    """Raised by a question that has been asked as often as it may be."""


def narrowed(before: Sequence[str], makes_a_difference: Callable[[Sequence[str]], bool]) -> tuple[str, ...]:
    """Return as few of the predecessors as still make the difference that all of them together make.

    The question is asked some two log2(n) times for one culprit. When it raises OutOfRuns, what was found so far is
    returned.
    """
    order = {test: place for place, test in enumerate(before)}
    search = _Search(order, makes_a_difference, list(before))
    try:
        found = search.reduced(list(before), [])
    except OutOfRuns:
        found = search.least
    return tuple(sorted(found, key=order.__getitem__))


@dataclass(slots=True)
class _Search:
    order: dict[str, int]
    ask: Callable[[Sequence[str]], bool]
    least: list[str]
    """The smallest set of which it is known that it makes the difference."""

    def holds(self, tests: list[str], beside: list[str]) -> bool:
        together = sorted([*tests, *beside], key=self.order.__getitem__)
        if not self.ask(together):
            return False
        if len(together) < len(self.least):
            self.least = together
        return True

    def reduced(self, suspects: list[str], beside: list[str]) -> list[str]:
        """Return the part of the suspects that is needed where those beside them are there."""
        if len(suspects) == 1:
            return suspects
        half = len(suspects) // 2
        earlier, later = suspects[:half], suspects[half:]
        for part in (later, earlier):  # what came right before is the likelier culprit
            if self.holds(part, beside):
                return self.reduced(part, beside)
        needed = self.reduced(later, [*beside, *earlier])
        return [*self.reduced(earlier, [*beside, *needed]), *needed]
