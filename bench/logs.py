"""One gigabyte of log with one failing test in its middle: time and memory of reading it.

Three logs of a GitHub job, all with time stamps: a quiet one, one where every tenth line says something of an error,
and one long line without an end. Each is read in a fresh process, which tells its peak memory. Usage: `logs.py [MiB]`.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 2**20
FAILURE = """\
============================= test session starts ==============================
collected 2 items
tests/test_a.py .F                                                       [100%]
=================================== FAILURES ===================================
____________________________________ test_b ____________________________________

    def test_b():
>       assert total([1, 2]) == 4
E       assert 3 == 4

tests/test_a.py:7: AssertionError
=========================== short test summary info ============================
FAILED tests/test_a.py::test_b - assert 3 == 4
========================= 1 failed, 1 passed in 0.12s ==========================
##[error]Process completed with exit code 1.
"""
STEP = "##[group]Run make test\nmake test\nshell: /usr/bin/bash -e {0}\n##[endgroup]\n"
WORDS = ("Collecting package from index", "INFO server started on port 8080", "downloading layer", "GET /health 200 OK")


def stamped(lines: list[str], number: int) -> str:
    """Return lines as GitHub's log has them."""
    return "".join(f"2026-11-20T10:{number // 60 % 60:02}:{number % 60:02}.1234567Z {line}\n" for line in lines)


def blocks(kind: str, size: int) -> Iterator[bytes]:
    """Yield a log of about so many bytes, with the failure in its middle."""
    noise = [f"{WORDS[number % 4]} {number} {'x' * (number % 90)}" for number in range(2_000)]
    if kind == "noisy":
        noise = [
            f"ERROR: retry {number} failed with an error" if number % 10 == 0 else one
            for number, one in enumerate(noise)
        ]
    written, number, is_failing = 0, 0, True
    yield stamped(STEP.splitlines(), 0).encode()
    while written < size:
        if written >= size // 2 and is_failing:
            yield ("\n" if kind == "line" else "").encode() + stamped(FAILURE.splitlines(), number).encode()
            is_failing = False
        block = b"x" * MIB if kind == "line" else stamped(noise, number).encode()
        yield block
        written += len(block)
        number += 1


def read(path: str) -> None:
    """Read one log and print what it cost."""
    from healer.evidence.readers import read_report  # noqa: PLC0415 - only the measured process pays for the import

    begun, worked = time.perf_counter(), time.process_time()
    with Path(path).open("rb") as stream:
        report = read_report(stream, path)
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found = ", ".join(failure.id for failure in report.failures)
    print(
        f"{Path(path).name:<10} {seconds:7.1f} s ({worked:.1f} s of a processor) {peak:5} MB  {report.verdict}: {found}"
    )


def main() -> None:
    """Write each log, have it read, and take it away."""
    if len(sys.argv) == 3 and sys.argv[1] == "read":  # noqa: PLR2004 - the word and the file
        read(sys.argv[2])
        return
    size = int(sys.argv[1]) * MIB if len(sys.argv) > 1 else 1024 * MIB
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("quiet", "noisy", "line"):
            path = Path(folder, kind)
            with path.open("wb") as file:
                file.writelines(blocks(kind, size))
            subprocess.run([sys.executable, __file__, "read", str(path)], check=True)
            path.unlink()


if __name__ == "__main__":
    main()
