"""What floods a machine ends at a limit that is named; what tries to outlast its run does not."""

from __future__ import annotations

import signal

import pytest

from tests.adapters.sandboxes.offered import Offer, available, on_every_rung

MB = 1024**2
SMALL = {
    "memory_bytes": 200 * MB, "disk_bytes": 64 * MB, "files": 2000, "processes": 60, "output_bytes": 32 * MB,
    "file_bytes": 512 * MB,
}  # fmt: skip
MEMORY = "memory limit 200 MB reached"
HOLD = "\nimport signal\nwhile True: signal.pause()"
FLOODS = {
    # name: (program, the limit that ends it)
    "one process": ("x = bytearray(10**9); x[::4096] = b'x' * len(x[::4096])", MEMORY),
    "many processes": (
        "import os\nfor _ in range(20):\n if os.fork() == 0:\n  x = b'x' * 3 * 10**7\n  break",
        MEMORY,
    ),
    "unmapped memory": (
        "import os\nfor n in range(9):\n d = os.memfd_create('m')\n"
        " for _ in range(50): os.write(d, b'x' * 2**20)",
        MEMORY,
    ),
    "shared memory": (
        "import os\nfor n in range(9):\n d = os.open('/dev/shm/flood%d' % n, os.O_CREAT | os.O_WRONLY)\n"
        " for _ in range(50): os.write(d, b'x' * 2**20)",
        MEMORY,
    ),
    "one file": ("f = open('big', 'wb')\nfor _ in range(300): f.write(b'x' * 2**20); f.flush()", "disk limit 64 MB reached"),
    "deleted files": (
        "import os\nkept = []\nfor n in range(9):\n f = open('gone', 'wb'); os.unlink('gone'); kept.append(f)\n"
        " for _ in range(50): f.write(b'x' * 2**20)\n f.flush()",
        "disk limit 64 MB reached",
    ),
    "tiny files": ("for n in range(6000): open('tiny%d' % n, 'w').close()", "limit of 2000 files reached"),
    "processes": (
        "import os, signal\nfor _ in range(200):\n if os.fork() == 0: signal.pause()",
        "process limit 60 reached",
    ),
    "output": ("import os\nwhile True: os.write(1, b'x' * 65536)", "output limit reached"),
}  # fmt: skip


@pytest.mark.parametrize("flood", FLOODS)
@on_every_rung()
def test_a_flood_ends_at_its_limit(offer: Offer, flood: str) -> None:
    program, limit = FLOODS[flood]
    told = available(offer).run(code=program + HOLD, limits=SMALL, seconds=60.0)
    assert told["limit"] == limit, told["output"]
    assert told["exit"] == -signal.SIGKILL
    assert f"[self-heal ended this run: {told['limit']}]" in told["output"]
    assert told["harm"] == {}
