"""What knowing which lines test cases ran costs, as a ratio to a plain run of the suite: `python -m bench.spectra`.

From Python 3.12 on all test cases are watched in the first run. Below, a sample of them is traced in the second, beside
the failing ones: what that takes longer than a run of a single test case, which takes place anyway, is added.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.regressions.blaming import TRUSTED
from bench.regressions.workshop import Workshop
from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.repository import PrivateRepository
from healer.adapters.suite import CommandSuite, SuiteCommand
from healer.adapters.toolchain import Toolchain
from healer.localization.sampling import sample
from healer.models.spectra import Watch

if TYPE_CHECKING:
    from bench.regressions.workshop import Package

_MONITORED = (3, 12)


def main() -> None:
    """Run suites with and without, in turn, and print the ratios."""
    parser = argparse.ArgumentParser(prog="python -m bench.spectra", description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(".cache/regressions"), help="as of bench.regressions")
    parser.add_argument("--python", help="an interpreter that has what the suites need (default: the one in the cache)")
    parser.add_argument("--only", action="append", help="a package by name; repeatable")
    parser.add_argument("--runs", type=int, default=3, help="of each kind (default: 3)")
    options = parser.parse_args()
    workshop = Workshop(options.cache)
    workshop.prepare()
    print("| package | test cases | plain, s | ratio |\n|---|---|---|---|")
    ratios = []
    for package in workshop.packages:
        if not options.only or package.name in options.only:
            cases, seconds, ratio = _measured(workshop, package, options.python or str(workshop.python), options.runs)
            ratios.append(ratio)
            print(f"| {package.name} | {cases} | {seconds:.1f} | {ratio:.2f} |", flush=True)
    if not ratios:
        sys.exit("no package of that name")
    print(f"\nmedian {statistics.median(ratios):.2f}, highest {max(ratios):.2f}")


def _measured(workshop: Workshop, package: Package, python: str, runs: int) -> tuple[int, float, float]:
    """Return how many test cases there are, the seconds of a plain run, and the ratio; medians of several runs."""
    command = (python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *package.tests)
    git = Git.find(os.environ["PATH"])
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout.at(_repository(workshop.root(package), Path(folder), git), git)
        with PrivateRepository(checkout, checkout.resolve("HEAD")) as repository:
            toolchain = Toolchain.inherit({"PATH": os.environ["PATH"]}, None)
            suite = CommandSuite(SuiteCommand(command), repository, toolchain, TRUSTED, lambda _stage, _message: None)
            try:
                first = suite.run()  # warms caches up
                plain, watched = [], []
                for _ in range(runs):
                    plain.append(suite.run().seconds)
                    watched.append(_watched(suite, first.python or _MONITORED, plain[-1]))
            finally:
                suite.close()
            seconds = statistics.median(plain)
            return first.tally.tests, seconds, statistics.median(watched) / seconds


def _watched(suite: CommandSuite, python: tuple[int, int], plain: float) -> float:
    if python >= _MONITORED:
        return suite.run(watch=Watch.IF_CHEAP).seconds
    run = suite.run()
    alone = suite.run(only=sorted(run.passed)[:1]).seconds
    return plain + suite.run(only=sample(run, run.failing), watch=Watch.YES).seconds - alone


def _repository(source: Path, folder: Path, git: Git) -> Path:
    """Return a git repository of a package's files."""
    repository = folder / "repository"
    repository.mkdir()
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    git("init", "--quiet", str(repository))
    for arguments in (("add", "--all", "--force"), (*identity, "commit", "--quiet", "--message", "x")):
        git("--git-dir", str(repository / ".git"), "--work-tree", str(source), *arguments)
    return repository


if __name__ == "__main__":
    main()
