"""What floods a machine ends at a limit that is named; what tries to outlast its run does not."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from healer.adapters.sandbox import Level
from tests.adapters.sandboxes.offered import ORDINARY, Offer, available, on_every_rung

MB = 1024**2
SMALL = {
    "memory_bytes": 200 * MB, "disk_bytes": 64 * MB, "files": 2000, "processes": 60, "output_bytes": 32 * MB,
    "file_bytes": 512 * MB,
}  # fmt: skip
MEMORY = "memory limit 200 MB reached"
HOLD = "\nimport signal\nwhile True: signal.pause()"
DISK = "disk limit 64 MB reached"
FLOODS = {
    "one process": (MEMORY, "x = bytearray(10**9); x[::4096] = b'x' * len(x[::4096])"),
    "many processes": (MEMORY, "import os\nfor _ in range(20):\n if os.fork() == 0:\n  x = b'x' * 3 * 10**7\n  break"),
    "unmapped memory": (
        MEMORY,
        """
import os
for n in range(9):
    descriptor = os.memfd_create("m")
    for _ in range(50): os.write(descriptor, b"x" * 2**20)
""",
    ),
    "shared memory": (
        MEMORY,
        """
import os
for n in range(9):
    with open("/dev/shm/flood-%d-%d" % (os.getpid(), n), "wb") as file:
        for _ in range(30): file.write(b"x" * 2**20)
""",
    ),
    "one file": (DISK, "f = open('big', 'wb')\nfor _ in range(300): f.write(b'x' * 2**20); f.flush()"),
    "deleted files": (
        DISK,
        """
import os
kept = []
for n in range(9):
    kept.append(open("gone", "wb"))
    os.unlink("gone")
    for _ in range(50): kept[-1].write(b"x" * 2**20); kept[-1].flush()
""",
    ),
    "tiny files": ("limit of 2000 files reached", "for n in range(6000): open('tiny%d' % n, 'w').close()"),
    "processes": (
        "process limit 60 reached",
        "import os, signal\nfor _ in range(200):\n if os.fork() == 0: signal.pause()",
    ),
    "output": ("output limit reached", "import os\nwhile True: os.write(1, b'x' * 65536)"),
}
"""The limit that ends each, and the program."""


@pytest.mark.parametrize("flood", FLOODS)
@on_every_rung()
def test_a_flood_ends_at_its_limit(offer: Offer, flood: str) -> None:
    limit, program = FLOODS[flood]
    told = available(offer).run(code=program + HOLD, limits=SMALL, seconds=60.0)
    assert told["limit"] == limit, told["output"]
    assert told["exit"] == -signal.SIGKILL
    assert f"[self-heal ended this run: {told['limit']}]" in told["output"]
    assert told["harm"] == {}
    own = ORDINARY if os.geteuid() == 0 else os.geteuid()
    left = [path for path in Path("/dev/shm").glob("flood-*") if path.stat().st_uid == own]  # noqa: S108 - looked at
    # Tests of this user keep shared memory where this user's other programs do, who alone could tell them apart.
    assert not left or offer.level is Level.LANDLOCK
    for path in left:
        path.unlink()
