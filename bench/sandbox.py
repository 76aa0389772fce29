"""What a rung of the sandbox costs: the time of a run that does nothing, beside the same program started bare.

    python -m bench.sandbox [RUNS [IMAGE]]

Prints a table: the median over the runs (20) on each rung that this process can climb, and what it adds. With an image,
in containers of it as well.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.folders import hand_over, take_away
from healer.adapters.isolation import obstacles
from healer.adapters.sandbox import Isolation, Order, execute
from healer.adapters.sandboxes.containers.rung import image_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = "/bin/true"


def median(runs: int, action: Callable[[], object]) -> float:
    """Return the median time of an action in seconds."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def in_sandbox(isolation: Isolation, runs: int) -> float:
    """Return the median time of a run, its folder's change of hands included."""
    top = Path(tempfile.mkdtemp(prefix="self-heal-bench-", dir=isolation.place)).resolve()
    top.chmod(0o711)
    folder = top / "run"
    folder.mkdir(mode=0o700)

    def run() -> None:
        hand_over(folder, isolation)
        assert execute(Order((PROGRAM,), folder, {}, 60.0, writable=(folder,)), isolation).exit_code == 0  # noqa: S101 - or it measures nothing

    try:
        return median(runs, run)
    finally:
        take_away(top)


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    bare = median(runs, lambda: subprocess.run([PROGRAM], check=True))
    print(f"| rung | seconds a run (median of {runs}) | cost |\n| --- | --- | --- |\n| bare | {bare:.3f} | |")
    none = in_sandbox(Isolation(own_user=False, confined=False, sentence=""), runs)
    print(f"| not isolated, supervised | {none:.3f} | {none - bare:.3f} |")
    for rung, obstacle in obstacles([]):
        if obstacle is None:
            taken = in_sandbox(rung.isolation(None), runs)
            print(f"| {rung.level.value} | {taken:.3f} | {taken - bare:.3f} |")
        else:
            print(f"| {rung.level.value} | not here: {obstacle} | |")
    if len(sys.argv) > 2:  # noqa: PLR2004 - the image was named
        started = time.perf_counter()
        with image_sandbox(sys.argv[2], os.environ, [Path(tempfile.gettempdir())], print) as box:
            ready = time.perf_counter() - started
            taken = in_sandbox(box.isolation, runs)
        print(f"| container | {taken:.3f} | {taken - bare:.3f}, and once {ready:.1f} to find and probe it |")


if __name__ == "__main__":
    main()
