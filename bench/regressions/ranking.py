"""How far down the list the fault is, by file, by function and by line; ties count at their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bench.regressions.cases import Fault
    from healer.localization.pysource import SourceIndex
    from healer.models.code import Location

NOWHERE = float("inf")
_Place = TypeVar("_Place")


@dataclass(frozen=True, slots=True)
class Ranks:
    """The best rank, from 1, that one of a case's faults has."""

    file: float
    function: float
    line: float


def ranks(located: Sequence[Location], faults: Collection[Fault], index: SourceIndex) -> Ranks:
    """Return where the faults stand among ranked locations; a range of lines suspects each of its lines alike."""
    lines: dict[tuple[str, int], float] = {}
    for place in located:
        for line in range(place.line, place.end_line + 1):
            lines[place.path, line] = max(lines.get((place.path, line), 0.0), place.suspiciousness)
    functions: dict[tuple[str, str], float] = {}
    files: dict[str, float] = {}
    for (path, line), score in lines.items():
        name = _function(index, path, line)
        functions[path, name] = max(functions.get((path, name), 0.0), score)
        files[path] = max(files.get(path, 0.0), score)
    return Ranks(
        _rank(files, {fault.path for fault in faults}),
        _rank(functions, {(fault.path, _function(index, fault.path, fault.line)) for fault in faults}),
        _rank(lines, {(fault.path, fault.line) for fault in faults}),
    )


def _function(index: SourceIndex, path: str, line: int) -> str:
    module = index.module(path)
    found = module.enclosing(line, functions_only=True) if module else None
    return found.qualname if found else f"line {line}"


def _rank(scores: Mapping[_Place, float], wanted: Collection[_Place]) -> float:
    found = [scores[place] for place in wanted if place in scores]
    if not found:
        return NOWHERE
    best = max(found)
    before = sum(score > best for score in scores.values())
    # The mean place of the first of those that are sought, among all that are tied with it.
    return before + (sum(score == best for score in scores.values()) + 1) / (found.count(best) + 1)
