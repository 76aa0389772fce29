"""Line spectra: what failing test cases ran and passing ones did not.

The formula is Ochiai's (Abreu, Zoeteweij and van Gemund, TAICPART 2007). What it cannot know, the structure of
the code tells: a branch that only failing test cases take was chosen by its condition, and what shows or reports a
failure is not its cause.
"""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.inquiry import Suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from healer.localization.inquiry import Inquiry
    from healer.localization.pysource import PythonModule
    from healer.models.evidence import FailureCluster
    from healer.models.spectra import Hits, Spectra

LEAST_SUSPICIOUS = 0.05
CONDITION = 0.9
"""What a condition gets of the score of the branches that it chooses."""
CONSEQUENCE = 0.5
"""What lines get of their score that run because something went wrong already."""
MOST_FILES = 60
"""Of the most suspicious files, whose structure is looked at."""
MOST_GROUPED = 2000
"""Suspicious lines of a file that are told together where the same is true of them."""
MOST_RANGES = 4
_SHOWING = frozenset({"__repr__", "__str__", "__del__", "__format__"})
_RAISED = ("Error", "Exception", "Warning")

_Scores = dict[int, float]


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect lines by how well running them goes together with failing, cause by cause."""
    spectra = inquiry.spectra
    if spectra is None:
        return
    for cluster in inquiry.clusters:
        own = _numbers(cluster, spectra)
        scores = _scores(spectra, own) if own else {}
        files = sorted(scores, key=lambda path: (-max(scores[path].values()), path))
        chosen: dict[str, dict[int, int]] = {}
        for path in files[:MOST_FILES]:
            module = inquiry.index.module(path)
            if module:
                _weigh_consequences(module, scores[path])
                chosen[path] = _blame_conditions(module, scores[path])
        for path in files:
            told = {line: _told(spectra.lines[path][line], own, spectra.passed) for line in scores[path]}
            branches = chosen.get(path, {})
            alike = _alike(inquiry.index.module(path), {line: told[line] for line in scores[path].keys() - branches})
            for line, score in scores[path].items():
                branch = branches.get(line)
                words = f"line {line} chose line {branch}, which {told[branch]}" if branch else alike[line]
                yield Suspicion(path, line, line, score, words)


def _alike(module: PythonModule | None, told: Mapping[int, str]) -> dict[int, str]:
    """Return for each line what is told of it and of the other lines of its function of which the same is true."""
    groups: dict[tuple[str | None, str], list[int]] = {}
    for line in sorted(told):
        around = module.enclosing(line, functions_only=True) if module and len(told) <= MOST_GROUPED else None
        groups.setdefault((around.qualname if around else None, told[line]), []).append(line)
    found: dict[int, str] = {}
    for (name, words), lines in groups.items():
        shown = _ranges(lines) if name else ""
        found |= {line: f"{shown or f'line {line}'} {words}" for line in lines}
    return found


def _ranges(lines: Sequence[int]) -> str:
    """Return ascending lines in words: `line 3`, `lines 3-5, 9`; of many parts the first."""
    parts: list[list[int]] = []
    for line in lines:
        if parts and line == parts[-1][1] + 1:
            parts[-1][1] = line
        else:
            parts.append([line, line])
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in parts[:MOST_RANGES]]
    more = " and others" if len(parts) > MOST_RANGES else ""
    return ("line " if len(lines) == 1 else "lines ") + ", ".join(shown) + more


def _numbers(cluster: FailureCluster, spectra: Spectra) -> frozenset[int]:
    wanted = {failure.id for failure in cluster.failures}
    return frozenset(number for number, test in enumerate(spectra.failed) if test in wanted)


def _scores(spectra: Spectra, own: frozenset[int]) -> dict[str, _Scores]:
    """Return the score of each line that is suspicious at all, by file."""
    found: dict[str, _Scores] = {}
    counted: dict[tuple[int, ...], int] = {}
    for path, lines in spectra.lines.items():
        if not layout.is_source(path):
            continue
        for line, hits in lines.items():
            if hits.failed not in counted:
                counted[hits.failed] = len(own.intersection(hits.failed))
            score = ochiai(counted[hits.failed], len(own), hits.passed)
            if score >= LEAST_SUSPICIOUS:
                found.setdefault(path, {})[line] = score
    return found


def ochiai(failing: int, all_failing: int, passing: int) -> float:
    """Return a line's suspiciousness in 0..1 from how many failing and passing test cases ran it."""
    return failing / math.sqrt(all_failing * (failing + passing)) if failing else 0.0


def _weigh_consequences(module: PythonModule, scores: _Scores) -> None:
    """Lower what runs because something went wrong: exceptions as they are made and raised, and what shows objects."""
    lowered: set[int] = set()
    for definition in module.definitions:
        owner = definition.owner
        is_raised = owner is not None and owner.name.endswith(_RAISED)
        if is_raised or definition.name in _SHOWING or "repr" in definition.name:
            lowered.update(range(definition.line, definition.end_line + 1))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Raise):
            lowered.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    for line in lowered & scores.keys():
        scores[line] *= CONSEQUENCE


def _blame_conditions(module: PythonModule, scores: _Scores) -> dict[int, int]:
    """Raise conditions to the score of the branch that they choose; return which line that is, by theirs."""
    chosen: dict[int, int] = {}
    branching = [node for node in ast.walk(module.tree) if isinstance(node, ast.If | ast.While | ast.For)]
    for node in sorted(branching, key=lambda one: -one.lineno):  # what is inside first
        for body in (node.body, node.orelse):
            branch = body[0].lineno if body else node.lineno
            score = scores.get(branch, 0.0) * CONDITION
            if score > scores.get(node.lineno, 1.0):
                scores[node.lineno] = score
                chosen[node.lineno] = branch
    return chosen


def _told(hits: Hits, own: frozenset[int], all_passing: int) -> str:
    failing = len(own.intersection(hits.failed))
    ran = f"all {failing}" if failing == len(own) else f"{failing} of {len(own)}"
    failing_tests = "the failing test" if len(own) == 1 else f"{ran} failing tests"
    if not all_passing:
        return f"ran in {failing_tests}; none passed"
    return f"ran in {failing_tests} and {hits.passed} of {all_passing} passing {'test' if all_passing == 1 else 'ones'}"
