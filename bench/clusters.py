"""How well failures are grouped by cause: `python -m bench.clusters`.

Faults are seeded into published packages, one at a time; those that the package's own suite catches give the failures
of one cause. Measured is how often they form one cluster, and how often the failures of two causes share a cluster.
"""

from __future__ import annotations

import argparse
import itertools
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.regressions.seeding import draw
from bench.regressions.workshop import Package, Workshop
from healer.evidence.clusters import cluster
from healer.evidence.paths import RepositoryPaths
from healer.evidence.readers import read_report

if TYPE_CHECKING:
    from healer.models.evidence import Failure

_CACHE = Path(".cache/regressions")
_SEED = 7


@dataclass(frozen=True, slots=True)
class Caught:
    """The failures that one seeded fault causes, and the function it stands in."""

    function: str
    failures: tuple[Failure, ...]


def main() -> None:
    """Print a table over all packages."""
    parser = argparse.ArgumentParser(description="Measure how failures are grouped by cause.")
    parser.add_argument("--cache", type=Path, default=_CACHE, help="where packages and reports are kept")
    parser.add_argument("--each", type=int, default=12, help="faults a package (default: 12)")
    parser.add_argument("--seed", type=int, default=_SEED, help="what faults are drawn (default: 7)")
    parser.add_argument("--only", action="append", help="a package by name; repeatable")
    options = parser.parse_args()
    workshop = Workshop(options.cache)
    workshop.prepare()
    print(f"{'package':<16}{'faults':>8}{'failures':>10}{'one cluster':>13}{'pairs':>8}{'merged':>8}")
    totals = [0, 0, 0, 0, 0]
    for package in workshop.packages:
        if options.only and package.name not in options.only:
            continue
        paths, caught = _caught(workshop, package, options.cache.resolve() / f"reports-{options.seed}", options)
        row = _measured(caught, paths)
        totals = [total + part for total, part in zip(totals, row, strict=True)]
        print(_line(package.name, row), flush=True)
    print(_line("all", totals))
    faults, _, whole, pairs, merged = totals
    print(f"\none cause, one cluster: {whole / max(1, faults):.1%}; two causes merged: {merged / max(1, pairs):.1%}")


def _line(name: str, row: list[int]) -> str:
    faults, failures, whole, pairs, merged = row
    return f"{name:<16}{faults:>8}{failures:>10}{whole:>13}{pairs:>8}{merged:>8}"


def _measured(caught: list[Caught], paths: RepositoryPaths) -> list[int]:
    whole = sum(len(cluster(one.failures, paths)) == 1 for one in caught)
    pairs = [
        (one, other)
        for one, other in itertools.combinations(caught, 2)
        if one.function != other.function and _ids(one) - _ids(other) and _ids(other) - _ids(one)
    ]
    merged = sum(_is_merged(one, other, paths) for one, other in pairs)
    return [len(caught), sum(len(one.failures) for one in caught), whole, len(pairs), merged]


def _ids(caught: Caught) -> set[str]:
    return {failure.id for failure in caught.failures}


def _is_merged(one: Caught, other: Caught, paths: RepositoryPaths) -> bool:
    """Whether tests that only the one breaks come together with tests that only the other breaks.

    A test that both break fails once when both are there; it is taken to fail as it does for the first.
    """
    only_one, only_other = _ids(one) - _ids(other), _ids(other) - _ids(one)
    failures = (*one.failures, *(failure for failure in other.failures if failure.id in only_other))
    members = ({failure.id for failure in group.failures} for group in cluster(failures, paths))
    return any(only_one & ids and only_other & ids for ids in members)


def _caught(
    workshop: Workshop, package: Package, reports: Path, options: argparse.Namespace
) -> tuple[RepositoryPaths, list[Caught]]:
    """Return the first faults that the suite catches, from reports of earlier runs where there are some."""
    folder = reports / package.requirement
    folder.mkdir(parents=True, exist_ok=True)
    root = workshop.root(package)
    paths = RepositoryPaths([file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()])
    baseline = folder / "baseline.xml"
    if not baseline.exists():
        workshop.run(package, baseline)
    red_before = {failure.id for failure in _failures(baseline)}
    found: list[Caught] = []
    for number, regression in enumerate(draw(workshop.sources(package), options.seed)):
        if len(found) == options.each or number >= 20 * options.each:
            break
        report, told = folder / f"{number}.xml", folder / f"{number}.json"
        if not told.exists():
            workshop.run(package, report, regression)
            facts = {key: value for key, value in asdict(regression).items() if key != "text"}
            told.write_text(json.dumps(facts), encoding="utf-8")
        failures = tuple(one for one in _failures(report) if one.id not in red_before and not _is_flaky(one, package))
        if failures:
            found.append(Caught(f"{regression.path}:{regression.function}", failures))
    return paths, found


def _is_flaky(failure: Failure, package: Package) -> bool:
    return any(part in failure.id for part in package.flaky)


def _failures(report: Path) -> tuple[Failure, ...]:
    if not report.exists():
        return ()
    with report.open("rb") as stream:
        return read_report(stream, report.name).failures


if __name__ == "__main__":
    main()
