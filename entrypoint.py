"""The action's first process: takes the secrets out of its own environment, then hands over to the command line.

What a process was started with stays readable in /proc, so the environment is replaced by starting over with none; what
is needed of it travels through an anonymous file.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import NoReturn

INTERRUPTED = 130


def main() -> int:
    """Run the action and return its exit code; SIGINT and SIGTERM end it at once."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    if len(sys.argv) == 1:
        _start_over()
    with open(int(sys.argv[1]), encoding="utf-8") as file:  # noqa: PTH123 - it is a descriptor
        environment = json.load(file)
    from healer.cli.action import run_action  # noqa: PLC0415 - imported after the signals are set

    return run_action(environment)


def _start_over() -> NoReturn:
    descriptor = os.memfd_create("environment", 0)
    os.write(descriptor, json.dumps(dict(os.environ)).encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.execve(sys.executable, [sys.executable, "-I", "-B", __file__, str(descriptor)], {})  # noqa: S606 - no shell is wanted


def _interrupt(_number: int, _frame: object) -> NoReturn:
    # A first signal lets the work be put away; a second one does not wait for that.
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    raise KeyboardInterrupt


def _leave(_number: int, _frame: object) -> NoReturn:
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main())
