"""Measure readers of evidence side by side: `python -m bench.evidence [--cases N] [--rounds N]`.

Each row runs in a fresh process, in turn with the others; the table shows medians. Seconds are those of reading alone,
without the start of the interpreter and the imports; the peak is the whole process's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.evidence.generated import SEED, write_junit
from bench.evidence.rows import BASE, ROWS

_ROOT = Path(__file__).parents[2]


def measured(name: str, path: Path) -> tuple[float, float, str]:
    """Run one row here and return its seconds, this process's peak in MiB, and what the row counted."""
    prepared = ROWS[name]()
    started = time.perf_counter()
    counted = prepared(path)
    seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, counted


def in_fresh_process(name: str, path: Path) -> tuple[float, float, str]:
    """Run one row in a process of its own."""
    command = [sys.executable, "-m", "bench.evidence", "--row", name, "--file", str(path)]
    done = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True)
    seconds, peak, counted = json.loads(done.stdout)
    return seconds, peak, counted


def table(path: Path, rounds: int) -> str:
    """Return the table of all rows as Markdown."""
    runs: dict[str, list[tuple[float, float, str]]] = {name: [] for name in ROWS}
    for _ in range(rounds):
        for name in ROWS:
            runs[name].append(in_fresh_process(name, path))
    base = statistics.median(seconds for seconds, _, _ in runs[BASE])
    lines = ["| reader | seconds | to bare expat | peak MiB | counted |", "|---|---|---|---|---|"]
    for name, results in runs.items():
        seconds = statistics.median(result[0] for result in results)
        peak = statistics.median(result[1] for result in results)
        lines.append(f"| {name} | {seconds:.2f} | {seconds / base:.2f} | {peak:.0f} | {results[0][2]} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table, or one row's figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.evidence", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="test cases in the file (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each row (default: %(default)s)")
    parser.add_argument("--row", choices=ROWS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.row:
        print(json.dumps(measured(arguments.row, arguments.file)))
        return
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "junit.xml"
        write_junit(path, arguments.cases)
        size = path.stat().st_size / 1e6
        print(f"{arguments.cases} test cases, {size:.1f} MB, seed {SEED}; medians of {arguments.rounds} runs each")
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}\n")
        print(table(path, arguments.rounds))


if __name__ == "__main__":
    main()
