"""Seed regressions into published packages, and tell how well their faults are found: `python -m bench.regressions`."""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.regressions import locating, published, reading
from bench.regressions.cases import cases
from bench.regressions.locating import HIDDEN, KNOWN, known, ranked
from bench.regressions.ranking import Ranks, ranks
from bench.regressions.weighing import fit
from bench.regressions.workshop import Workshop
from healer.localization.locate import RANKERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.regressions.cases import Case
    from bench.regressions.reading import Reading
    from bench.regressions.workshop import Package


@dataclass(slots=True)
class Results:
    """What was measured of each case, in their order."""

    ranked: list[dict[str, dict[str, Ranks]]] = field(default_factory=list)
    read: dict[str, list[Mapping[int, Reading]]] = field(default_factory=dict)
    compared: list[dict[str, Ranks]] = field(default_factory=list)
    silent: int = 0
    """Cases in which the published tool gave no answer."""
    runs: list[int] = field(default_factory=list)
    worst: list[tuple[float, float, str]] = field(default_factory=list)

    def take(self, workshop: Workshop, package: Package, case: Case, *, compare: bool) -> None:
        """Measure one case."""
        with known(workshop, package, case) as facts:
            found = ranked(case, facts)
            self.ranked.append(found)
            self.runs.append(facts.runs)
            for told, rankers in ((HIDDEN, locating.WAYS[HIDDEN]["all signals"]), (KNOWN, RANKERS)):
                answer = reading.read(case, facts.clusters, facts.located(rankers), facts.source)
                self.read.setdefault(told, []).append(answer)
            ours = found[HIDDEN]["all signals"]
            self.worst.append((ours.function, ours.line, case.name))
            if compare:
                suspected = published.suspected(workshop, package, case)
                self.silent += not suspected
                if suspected:
                    theirs = ranks(suspected, case.faults, facts.index)
                    self.compared.append({"FauxPy, Ochiai": theirs, **found[HIDDEN]})


def main() -> None:
    """Build what is missing, rank the code of each case, and print tables."""
    options = _options()
    workshop = Workshop(options.cache)
    workshop.prepare()
    if options.fit:
        print("\n".join(fit(workshop, list(_each(workshop, options)))))
        return
    results = Results()
    for number, (package, case) in enumerate(_each(workshop, options)):
        print(case.name, file=sys.stderr, flush=True)
        results.take(workshop, package, case, compare=bool(options.compare) and number % options.compare == 0)
    if results.ranked:
        _print(results)
    found = sum(each[HIDDEN]["all signals"].function <= 1 for each in results.ranked)
    if 100 * found < options.expect * len(results.ranked) or not results.ranked:
        sys.exit(
            f"of {len(results.ranked)} faults {found} are in the function ranked first; expected {options.expect} %"
        )


def _each(workshop: Workshop, options: argparse.Namespace) -> Iterator[tuple[Package, Case]]:
    for package in workshop.packages:
        if not options.only or package.name in options.only:
            for case in cases(workshop, package, seed=options.seed, single=options.each, several=options.several):
                yield package, case


def _print(results: Results) -> None:
    print(f"{len(results.ranked)} cases, the change hidden\n")
    print("\n".join(locating.table([found[HIDDEN] for found in results.ranked])))
    for half, name in ((0, "weights were chosen on"), (1, "held out")):
        part = [{"all signals": found[HIDDEN]["all signals"]} for found in results.ranked[half::2]]
        if part:
            print(f"\n{len(part)} cases, the change hidden, {name}\n")
            print("\n".join(locating.table(part)))
    print(f"\n{len(results.ranked)} cases, the change known\n")
    print("\n".join(locating.table([found[KNOWN] for found in results.ranked])))
    print(
        f"\nThe search for the change ran the failing test cases {statistics.median(results.runs):.0f} times (median)."
    )
    if results.compared:
        count = len(results.compared)
        print(f"\n{count} cases beside a published tool, which had no answer in {results.silent} more\n")
        print("\n".join(locating.table(results.compared)))
    print("\nWhat is given to read\n")
    print("\n".join(reading.table(results.read)))
    print("\nWorst, the change hidden: " + ", ".join(
        f"{name} (function {function:g}, line {line:g})" for function, line, name in sorted(results.worst)[-10:]
    ))  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.regressions", description="Seed regressions into published packages and look for them."
    )
    parser.add_argument("--cache", type=Path, default=Path(".cache/regressions"), help="where all of it is kept")
    parser.add_argument("--seed", type=int, default=7, help="what faults are drawn (default: 7)")
    parser.add_argument("--each", type=int, default=8, help="faults of one statement a package (default: 8)")
    parser.add_argument("--several", type=int, default=2, help="faults of two statements a package (default: 2)")
    parser.add_argument("--only", action="append", help="a package by name; repeatable")
    parser.add_argument("--compare", type=int, metavar="N", help="run a published tool too, on every Nth case")
    parser.add_argument("--fit", action="store_true", help="choose the weights of the signals on every other case")
    parser.add_argument(
        "--expect", type=float, default=0.0, metavar="PERCENT",
        help="fail unless the fault's function is ranked first in so many cases, the change hidden",
    )  # fmt: skip
    return parser.parse_args()


if __name__ == "__main__":
    main()
