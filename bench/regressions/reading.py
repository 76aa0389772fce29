"""Whether what is given to read before a repair holds what the repair needs, by how much is given."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.localization.context import gather
from healer.localization.pysource import SourceIndex
from healer.models.code import Diagnosis

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.regressions.cases import Case
    from healer.models.code import Location
    from healer.models.evidence import FailureCluster
    from healer.ports import SourceTree

BUDGETS = (2000, 4000, 8000)
"""Tokens."""
_HUNK = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")
_WORD = re.compile(r"[^\W\d]\w*")
_KNOWN = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "cls"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What some excerpts hold of a case."""

    fault: bool
    """The faulty lines, all of them."""
    names: bool
    """Every name of the repository that the right lines use."""
    characters: int

    @property
    def is_complete(self) -> bool:
        """Whether a reader has all that the repair is made of."""
        return self.fault and self.names


def read(
    case: Case, clusters: Sequence[FailureCluster], located: tuple[Location, ...], source: SourceTree
) -> Mapping[int, Reading]:
    """Return what the excerpts of each budget hold."""
    diagnosis = Diagnosis(tuple(clusters), located)
    wanted = _names(case, source)
    found = {}
    for budget in BUDGETS:
        excerpts = gather(diagnosis, source, token_budget=budget)
        fault = all(
            any(shown.path == one.path and shown.line <= one.line <= shown.end_line for shown in excerpts)
            for one in case.faults
        )
        words = set(_WORD.findall(" ".join(shown.text for shown in excerpts)))
        found[budget] = Reading(fault, wanted <= words, sum(len(shown.text) for shown in excerpts))
    return found


def _names(case: Case, source: SourceTree) -> set[str]:
    """Return the repository's own names in the lines that stood where the faults are.

    Those of the language and its library (`rstrip`) every reader knows.
    """
    right: list[str] = []
    for fault in case.faults:
        command = ["git", "-C", str(case.repository), "diff", "-U0", case.last_green, case.base, "--", fault.path]
        ended = subprocess.run(command, check=True, capture_output=True, text=True)
        is_here = False
        for line in ended.stdout.splitlines():
            if header := _HUNK.match(line):
                first, count = int(header[1]), int(header[2] or 1)
                is_here = first <= fault.line < first + max(count, 1)
            elif is_here and line.startswith("-"):
                right.append(line[1:].partition(" #")[0])
    return set(_WORD.findall(" ".join(right))) & _defined(source)


def _defined(source: SourceTree) -> set[str]:
    """Return every name that the repository's Python files give to something."""
    index = SourceIndex(source)
    found: set[str] = set()
    for path in index.python_paths:
        module = index.module(path)
        for node in ast.walk(module.tree) if module else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.arg):
                found.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
    return found - _KNOWN


def table(found: Mapping[str, Sequence[Mapping[int, Reading]]]) -> Iterable[str]:
    """Yield the lines of a table: the share of cases, in per cent, by way of ranking and by budget."""
    yield "| ranked by | tokens | faulty lines inside | all names inside | both | median characters |"
    yield "|---|---|---|---|---|---|"
    for way, readings in found.items():
        for budget in BUDGETS:
            each = [reading[budget] for reading in readings]
            shares = (
                100 * sum(values) / len(each)
                for values in (
                    [one.fault for one in each], [one.names for one in each], [one.is_complete for one in each],
                )
            )  # fmt: skip
            middle = sorted(one.characters for one in each)[len(each) // 2]
            yield f"| {way} | {budget} | " + " | ".join(f"{share:.0f}" for share in shares) + f" | {middle} |"
