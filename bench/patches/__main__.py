"""Print the table of docs/benchmarks.md: who places damaged replies right, wrong, or not at all."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.patches import speed
from bench.patches.appliers import COMMANDS, by_aider, by_command, ours
from bench.patches.damage import Meaning
from bench.patches.matrix import KINDS, Cell, Tally, cells
from bench.patches.releases import edits
from healer.models.change import Rejection

_OURS = "self-heal"


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.patches", description="Place damaged replies.")
    parser.add_argument("--cache", type=Path, default=Path(".cache/releases"), help="where releases are kept")
    parser.add_argument("--edits", type=int, default=100, help="how many real edits (default: 100)")
    parser.add_argument("--seeds", type=int, default=3, help="how often each kind of damage is drawn (default: 3)")
    parser.add_argument("--only", choices=KINDS, metavar="KIND", help="one kind of damage, and each miss in words")
    parser.add_argument("--tools", action="store_true", help="also git and patch, on the first draw")
    parser.add_argument("--aider", type=Path, metavar="PYTHON", help="also aider, by a Python where it is installed")
    parser.add_argument("--held-out", action="store_true", help="edits of packages that the rules were not made on")
    parser.add_argument("--speed", action="store_true", help="measure speed instead")
    options = parser.parse_args()
    if options.speed:
        speed.show()
        return
    chosen = edits(options.cache, options.edits, seed=7, held_out=options.held_out)
    matrix = cells(chosen, range(options.seeds), options.only)
    columns = {_OURS: _by_us(matrix, is_told=options.only is not None)}
    first = [cell for cell in matrix if cell.seed == 0]
    if options.tools:
        for name, command in COMMANDS.items():
            print(name, file=sys.stderr)
            columns[name] = _tallied(first, [by_command(cell.task, command) for cell in first])
    if options.aider:
        columns["aider"] = _tallied(first, by_aider([cell.task for cell in first], options.aider))
    _show(matrix, columns, len(chosen))


def _by_us(matrix: list[Cell], *, is_told: bool) -> dict[str, Tally]:
    outcomes: list[bytes | None] = []
    for cell in matrix:
        outcome = ours(cell.task)
        is_wrong = isinstance(outcome, bytes) and outcome != cell.intended
        if is_wrong or (is_told and isinstance(outcome, Rejection) and cell.is_unique):
            said = outcome.message if isinstance(outcome, Rejection) else "WRONG"
            print(f"{cell.kind}: {cell.origin} {cell.task.path} seed {cell.seed}: {said}\n", file=sys.stderr)
        outcomes.append(None if isinstance(outcome, Rejection) else outcome)
    return _tallied(matrix, outcomes)


def _tallied(matrix: list[Cell], outcomes: list[bytes | None]) -> dict[str, Tally]:
    """Count by kind of damage; under the kind with a star only where one answer is right."""
    tallies: dict[str, Tally] = {}
    for cell, outcome in zip(matrix, outcomes, strict=True):
        tallies.setdefault(cell.kind, Tally()).add(cell, outcome)
        if cell.is_unique:
            tallies.setdefault(f"{cell.kind}*", Tally()).add(cell, outcome)
    return tallies


def _show(matrix: list[Cell], columns: dict[str, dict[str, Tally]], number: int) -> None:
    print(f"{number} edits, {len(matrix)} patches; right / wrong / refused\n")
    print(f"| damage | patches | one answer | placed of these | {' | '.join(columns)} |")
    print("|---|---|---|---|" + "---|" * len(columns))
    kinds = list(dict.fromkeys(cell.kind for cell in matrix))
    for kind in kinds:
        _row(kind, [cell for cell in matrix if cell.kind == kind], columns)
    total = {
        name: {"all": _sum(tallies, kinds), "all*": _sum(tallies, [f"{kind}*" for kind in kinds])}
        for name, tallies in columns.items()
    }
    _row("all", matrix, total)


def _row(kind: str, found: list[Cell], columns: dict[str, dict[str, Tally]]) -> None:
    unique = sum(cell.is_unique for cell in found)
    placed = columns[_OURS].get(f"{kind}*", Tally()).right
    share = f"{placed / unique:.1%}" if unique else "to be refused" if found[0].meaning is Meaning.LOST else "-"
    cells = " | ".join(str(tallies[kind]) for tallies in columns.values())
    print(f"| {kind} | {len(found)} | {unique} | {share} | {cells} |")


def _sum(tallies: dict[str, Tally], kinds: list[str]) -> Tally:
    found = [tallies[kind] for kind in kinds if kind in tallies]
    return Tally(sum(t.right for t in found), sum(t.wrong for t in found), sum(t.refused for t in found))


if __name__ == "__main__":
    main()
