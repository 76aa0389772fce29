"""What a run costs beside the suite runs that its proof needs, on real packages whose repair is right at once.

    python -m bench.overhead [--seed 7] [--each 1] [--packages boltons,toolz]

A regression is seeded into a package, committed on top of the package as it came, and repaired by the embedded engine
from that history. The suite runs that the proof needs are then made by themselves, without self-heal: the baseline and
the targets twice more; with the repair the targets, the whole suite and the targets again; and the targets once more
without it. Regressions whose first candidate is not the one that is proved are left out, for their runs need more.
Processor time is told beside wall time: on a busy machine it tells more.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.regressions.seeding import Regression, draw
from bench.regressions.workshop import Package, Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CACHE = Path(".cache/regressions")
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A. Developer"), ("EMAIL", "developer@example.com"))
}
QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PYTHONDONTWRITEBYTECODE": "1"}
ALLOWED_RATIO, ALLOWED_SECONDS = 1.3, 2.0
MOST_DRAWN = 40
MOST_ATTEMPTS = 3
"""The one that is proved, and the two rivals that are tried for comparison."""
HEALED_FROM = 3


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of wall time and of processor time."""

    wall: float
    processor: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One repair: what the whole run took, and what the runs of the suite that its proof needs take."""

    package: str
    operator: str
    run: Spent
    needed: Spent

    @property
    def keeps(self) -> bool:
        """Whether the run took no longer than it may."""
        return self.run.wall <= ALLOWED_RATIO * self.needed.wall + ALLOWED_SECONDS


def main() -> int:
    """Measure and print the table; 0 if every run keeps to what it may take."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--each", type=int, default=1)
    parser.add_argument("--packages", default="")
    given = parser.parse_args()
    workshop = Workshop(CACHE)
    workshop.prepare()
    names = {name for name in given.packages.split(",") if name}
    measured: list[Measured] = []
    print(
        "| package | fault | needed s | run s | allowed s | needed cpu s | run cpu s |\n|---|---|---|---|---|---|---|"
    )
    for package in workshop.packages:
        if names and package.name not in names:
            continue
        for one in islice(repairs(workshop, package, given.seed), given.each):
            measured.append(one)
            allowed = ALLOWED_RATIO * one.needed.wall + ALLOWED_SECONDS
            print(
                f"| {one.package} | {one.operator} | {one.needed.wall:.1f} | {one.run.wall:.1f} | {allowed:.1f} "
                f"| {one.needed.processor:.1f} | {one.run.processor:.1f} |",
                flush=True,
            )
    kept = sum(one.keeps for one in measured)
    print(f"\n{kept} of {len(measured)} within {ALLOWED_RATIO} x + {ALLOWED_SECONDS} s", end="")
    if measured:
        print(f"; median beyond {statistics.median(one.run.wall - one.needed.wall for one in measured):.1f} s")
    return 0 if measured and kept == len(measured) else 1


def repairs(workshop: Workshop, package: Package, seed: int) -> Iterator[Measured]:
    """Yield what repairs of seeded regressions cost, those that the first candidate repairs."""
    python = workshop.root(package).parents[1] / "environment" / "bin" / "python"
    for regression in islice(draw(workshop.sources(package), seed), MOST_DRAWN):
        with tempfile.TemporaryDirectory(prefix="overhead-") as folder:
            project = commit(workshop, package, regression, Path(folder))
            command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
            before = spent()
            result = heal(project, [*command, *package.tests])
            run = since(before)
            if result.get("reason") != "verified" or len(result["attempts"]) > MOST_ATTEMPTS:
                continue
            targets = [failure["id"] for group in result["clusters"] for failure in group["failures"]]
            before = spent()
            for number, chosen in enumerate(
                (package.tests, targets, targets, targets, package.tests, targets, targets)
            ):
                if number == HEALED_FROM:
                    git(project, "apply", "-", stdin=result["patch"])
                test(project, [*command, *chosen], workshop.root(package) / package.source)
            yield Measured(package.name, regression.operator, run, since(before))


def spent() -> Spent:
    """Return the time now, and the processor time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(time.monotonic(), used.ru_utime + used.ru_stime)


def since(before: Spent) -> Spent:
    """Return what was spent since then."""
    now = spent()
    return Spent(now.wall - before.wall, now.processor - before.processor)


def test(project: Path, command: Sequence[str], source: Path) -> None:
    """Run the suite or a part of it for the time that it takes."""
    roots = f"{project / 'src'}:{project}" if "src" in source.parts else str(project)
    variables = {**os.environ, **QUIET, "PYTHONPATH": roots, "PYTHONHASHSEED": "0"}
    subprocess.run(
        command, cwd=project, env=variables, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def commit(workshop: Workshop, package: Package, regression: Regression, folder: Path) -> Path:
    """Lay the package out with a history of two commits, the regression second."""
    project = folder / package.name
    shutil.copytree(workshop.root(package), project)
    git(project, "init", "--quiet", "--initial-branch=main")
    for text in (None, regression.text):
        if text is not None:
            (project / regression.path).write_text(text, encoding="utf-8")
        git(project, "add", "--all", "--force")
        git(project, "commit", "--quiet", "--message=Change")
    return project


def git(project: Path, *arguments: str, stdin: str = "") -> None:
    """Run git for its effect."""
    variables = {**os.environ, **IDENTITY, **QUIET}
    subprocess.run(["git", *arguments], cwd=project, env=variables, input=stdin, text=True, check=True)


def heal(project: Path, command: Sequence[str]) -> dict[str, Any]:
    """Run self-heal as a user would; return its result."""
    options = ["--engine=embedded", "--deliver=summary", "--format=json", "--setup=none", f"--repo={project}"]
    done = subprocess.run(
        [sys.executable, "-m", "healer", "run", *options, "--", *command],
        env={**os.environ, **QUIET}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        result: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {}
    return result


if __name__ == "__main__":
    sys.exit(main())
