"""Try, from inside the sandbox, what tests must not be able to do; print what worked as a JSON list.

Argument: a JSON object with `canary` (a readable file outside of what the command may see), `engine` (the process id of
the engine) and `outside` (a folder that must not be writable). Standard library only.
"""

import json
import os
import socket
import sys
from collections.abc import Callable


def can(attempt: Callable[[], object]) -> bool:
    """Whether an attempt succeeds."""
    try:
        attempt()
    except (OSError, ValueError):
        return False
    return True


def read(path: str) -> None:
    """Read a file to its first byte."""
    with open(path, "rb") as stream:
        stream.read(1)


def connect(path: str) -> None:
    """Connect to a socket in the file system."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        client.connect(path)


def write(folder: str) -> None:
    """Create a file in a folder."""
    path = os.path.join(folder, "self-heal-probe")
    with open(path, "x"):
        os.unlink(path)


def main() -> None:
    """Make every attempt."""
    facts = json.loads(sys.argv[1])
    attempts = {
        "read files outside its own folders": lambda: read(facts["canary"]),
        "read the environment of self-heal": lambda: read(f"/proc/{facts['engine']}/environ"),
        "signal self-heal": lambda: os.kill(facts["engine"], 0),
        "become root": lambda: os.setuid(0),
        "talk to the container engine": lambda: connect("/var/run/docker.sock"),
        "write outside its own folders": lambda: write(facts["outside"]),
    }
    print(json.dumps([what for what, attempt in attempts.items() if can(attempt)]))  # noqa: T201 - it is the answer


if __name__ == "__main__":
    main()
