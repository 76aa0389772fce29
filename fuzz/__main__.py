"""Coverage-guided fuzzing of everything that reads what others wrote: `python -m fuzz TARGET --seconds 600`.

A target is a report format, `log`, `any` (the format is told by content), `zip`, `frames` and others (targets.py),
`reply` and `diff` (patches.py), or `all` of them. What real tools wrote (tests/data/golden) is where it starts. A
target ends with the first input that raises, takes long or breaks a promise (promises.py), and leaves that input in
`fuzz/found/`; `python -m fuzz TARGET FILE` runs a target with it again. Without `--seconds` the inputs are the same
each time, so that the same code gives the same answer: that is what CI runs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import sys
import tempfile
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fuzz import patches
from fuzz.running import fuzz, repeat
from fuzz.targets import targets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.context import ForkProcess

    from fuzz.seeds import Target

_STATISTIC = re.compile(r"stat::(\w+): +(\d+)")
_COLUMNS = ("number_of_executed_units", "average_exec_per_sec", "peak_rss_mb")
_SAID = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception)\b.*|ERROR: libFuzzer: .*", re.MULTILINE)
_MUTATIONS = 3_000
_TOLD = 8_000


class _Row(NamedTuple):
    """A line of the table."""

    target: str
    executions: str
    a_second: str
    peak: str
    finding: str


def main() -> int:
    """Fuzz; the exit code is not 0 when something was found."""
    known = targets() | patches.targets()
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzz what reads text of others.")
    parser.add_argument("target", choices=["all", *sorted(known)])
    parser.add_argument("file", nargs="?", type=Path, help="run the target once, with this file")
    parser.add_argument("--seconds", type=int, default=0, help="for each target, at random (default: the same inputs)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets of `all` at a time")
    parser.add_argument("--corpus", type=Path, help="a folder to begin from and to keep what reaches new code in")
    parser.add_argument(
        "--seeds", type=Path, action="append", default=[], help="a folder of further files to begin from"
    )
    options = parser.parse_args()
    if options.target == "all":
        return _all(known, options)
    target = known[options.target]
    if options.file:
        target.run(options.file.read_bytes())
        return 0
    _one(options.target, target, options)
    return 0


def _one(name: str, target: Target, options: argparse.Namespace) -> None:
    corpus = options.corpus / name if options.corpus and options.target == "all" else options.corpus
    if options.seconds:
        fuzz(name, target, options.seeds, options.seconds, corpus)
    repeat(name, target, options.seeds, _MUTATIONS)


def _all(known: Mapping[str, Target], options: argparse.Namespace) -> int:
    """Fuzz each target in a process of its own, since the first finding ends it, and print a table of all."""
    heading = _Row("target", "executions", "executions/s", "peak RSS MB", "finding")
    rows: dict[str, _Row] = {}
    waiting = list(known)
    running: dict[str, ForkProcess] = {}
    with tempfile.TemporaryDirectory() as place:
        while waiting or running:
            while waiting and len(running) < options.jobs:
                name = waiting.pop(0)
                running[name] = multiprocessing.get_context("fork").Process(
                    target=_redirected, args=(Path(place, name), name, known[name], options)
                )  # to instrument all modules again would take longer than a short run
                running[name].start()
            wait([process.sentinel for process in running.values()])
            for name in [name for name, process in running.items() if process.exitcode is not None]:
                output = Path(place, name).read_text("utf-8", "replace")
                rows[name] = _row(name, output, running.pop(name).exitcode)
    lines = [heading, ["---"] * len(heading), *(rows[name] for name in known)]
    print("\n".join(f"| {' | '.join(row)} |" for row in lines))
    return int(any(row.finding != "-" for row in rows.values()))


def _row(name: str, output: str, code: int | None) -> _Row:
    """Say how a target ended, and show the end of its output if it is a finding."""
    statistics = dict(_STATISTIC.findall(output))
    said = _SAID.search(output)
    finding = (said[0] if said else f"exit code {code}")[:120].replace("|", "¦")
    executions, a_second, peak = (statistics.get(column, "?") for column in _COLUMNS)
    row = _Row(name, executions, a_second, peak, finding if code else "-")
    print("  ".join(cell.rjust(12) for cell in row), file=sys.stderr, flush=True)
    if code:
        print(output[-_TOLD:], file=sys.stderr, flush=True)
    return row


def _redirected(output: Path, name: str, target: Target, options: argparse.Namespace) -> None:
    with output.open("wb") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    _one(name, target, options)


if __name__ == "__main__":
    sys.exit(main())
