"""Seed regressions into published packages, and tell how well their faults are found: `python -m bench.regressions`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.regressions.cases import cases
from bench.regressions.locating import located, table
from bench.regressions.workshop import Workshop


def main() -> None:
    """Build what is missing, rank the code of each case, and print a table."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.regressions", description="Seed regressions into published packages and look for them."
    )
    parser.add_argument("--cache", type=Path, default=Path(".cache/regressions"), help="where all of it is kept")
    parser.add_argument("--seed", type=int, default=7, help="what faults are drawn (default: 7)")
    parser.add_argument("--each", type=int, default=8, help="faults of one statement a package (default: 8)")
    parser.add_argument("--several", type=int, default=2, help="faults of two statements a package (default: 2)")
    parser.add_argument("--only", action="append", help="a package by name; repeatable")
    options = parser.parse_args()
    workshop = Workshop(options.cache)
    workshop.prepare()
    found = []
    for package in workshop.packages:
        if options.only and package.name not in options.only:
            continue
        for case in cases(workshop, package, seed=options.seed, single=options.each, several=options.several):
            print(case.name, file=sys.stderr, flush=True)
            found.append(located(case, workshop.baseline(package)))
    if found:
        print(f"{len(found)} cases\n")
        print("\n".join(table(found)))


if __name__ == "__main__":
    main()
