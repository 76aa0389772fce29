"""The one door to untrusted programs: tests, scripts, validators and set-up commands of the repository under repair.

A command runs under `payload/supervisor.py`: own session, clean environment, empty standard input, limits, a deadline
that is always honoured, and a sweep of every process it left behind. Where this process may drop rights, the command
also runs as another user and sees only the folders it needs.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.folders import SHARED, clear_shared
from healer.errors import SandboxError, SuiteError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAYLOAD = Path(__file__).with_name("payload")
SANDBOX_ID = 65532
"""A user id that owns nothing: not the runner's 1001, which owns the file-command files and the workspace."""

_LIMITS = {"core": 0, "file_bytes": 4 * 1024**3}
_LIMITS_OF_OWN_USER = {"processes": 1024}
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc", "/opt", "/proc", "/sys")
_HEAD_BYTES = 256 * 1024
_TAIL_BYTES = 1024 * 1024
_RECORD_BYTES = 32 * 1024 * 1024
_PIPE_READS = 32
"""More than a pipe can hold, in reads of 64 KiB."""
_GRACE_SECONDS = 30.0
"""More than the supervisor takes for its sweep, so that what it says of that arrives."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """How far tests are kept apart from this process, decided once, before anything untrusted runs."""

    user: int | None
    """The user id tests run as; None: the same as this process."""
    confined: bool
    """Whether tests see only the system, their own folders and the interpreter (Landlock)."""
    sentence: str
    """What tests can and cannot reach, for people."""


@dataclass(frozen=True, slots=True)
class Order:
    """One command to run."""

    argv: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str]
    seconds: float
    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    channel: Path | None = None
    """A FIFO that the command's recorder writes to."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How a command ended. `exit_code` is negative for a signal, None when it was stopped at its deadline."""

    exit_code: int | None
    output: str
    record: bytes
    record_complete: bool
    seconds: float


class _Bounded:
    """Bytes as they come, of which the beginning and the end are kept."""

    def __init__(self, head: int, tail: int) -> None:
        self._head, self._tail, self._head_size, self._tail_size = bytearray(), bytearray(), head, tail
        self.dropped = 0

    def add(self, data: bytes) -> None:
        room = self._head_size - len(self._head)
        self._head += data[:room]
        self._tail += data[max(0, room) :]
        if len(self._tail) > 2 * self._tail_size:
            self._trim()

    def _trim(self) -> None:
        excess = len(self._tail) - self._tail_size
        if excess > 0:
            self.dropped += excess
            del self._tail[:excess]

    def value(self) -> bytes:
        self._trim()
        gap = f"\n[... {self.dropped} bytes left out ...]\n".encode() if self.dropped else b""
        return bytes(self._head + gap + self._tail)


def execute(order: Order, isolation: Isolation) -> Execution:
    """Run a command to its end or its deadline, reading its output and its record meanwhile.

    Raises SuiteError when it cannot be started. Whatever happens, KeyboardInterrupt included, no process of it is left.
    """
    report_reader, report_writer = os.pipe()
    argv = [sys.executable, "-I", "-S", "-B", str(PAYLOAD / "supervisor.py")]
    started = time.monotonic()
    deadline = started + order.seconds + _GRACE_SECONDS
    process = subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={}, cwd="/",
        pass_fds=(report_writer,), start_new_session=True,
    )  # fmt: skip
    os.close(report_writer)
    channel = None
    output, record, report = _Bounded(_HEAD_BYTES, _TAIL_BYTES), _Bounded(_RECORD_BYTES, 0), _Bounded(_HEAD_BYTES, 0)
    try:
        channel = os.open(order.channel, os.O_RDWR | os.O_NONBLOCK) if order.channel else None
        _give(process, _ordered(order, isolation, report_writer))
        sinks = {report_reader: report}
        if process.stdout:
            sinks[process.stdout.fileno()] = output
        _pump(sinks, channel, record, deadline=deadline)
    finally:
        _stop(process)
        for descriptor in (report_reader, channel):
            if descriptor is not None:
                os.close(descriptor)
    facts = json.loads(report.value() or _silent(process.returncode, overdue=time.monotonic() > deadline))
    clear_shared(isolation)
    if facts.get("left"):
        raise SandboxError(
            f"{facts['left']} processes of the tests could not be ended, so nothing that follows could be trusted; "
            "look for what forks without end in the suite"
        )
    if facts["error"] and facts["exit"] is None and not facts["timed_out"]:
        raise SuiteError(_not_started(order.argv, facts["error"]))
    text = output.value().decode("utf-8", "replace")
    return Execution(facts["exit"], text, record.value(), not record.dropped, time.monotonic() - started)


def _silent(code: int, *, overdue: bool) -> str:
    """Return what stands for the report of a supervisor that gave none: tests of the same user can kill or stop it."""
    if code >= 0:
        return json.dumps({"exit": None, "timed_out": False, "error": f"its supervisor ended with {code}"})
    return json.dumps({"exit": None if overdue else code, "timed_out": overdue, "error": None})


def _not_started(argv: Sequence[str], problem: str) -> str:
    return (
        f"the test command could not be started: {argv[0]}: {problem}; check that it is installed and on the PATH, "
        "or give another command after --"
    )


def _ordered(order: Order, isolation: Isolation, report_to: int) -> bytes:
    limits = _LIMITS | (_LIMITS_OF_OWN_USER if isolation.user is not None else {})
    document = {
        "argv": order.argv, "cwd": str(order.cwd), "environment": dict(order.environment), "seconds": order.seconds,
        "uid": isolation.user, "gid": isolation.user, "limits": limits, "confine": isolation.confined,
        "readable": [*_SYSTEM, *(str(path) for path in order.readable if path != Path("/"))],
        "writable": ["/dev", *SHARED, *map(str, order.writable)], "report_to": report_to,
    }  # fmt: skip
    return json.dumps(document).encode()


def _give(process: subprocess.Popen[bytes], order: bytes) -> None:
    if process.stdin:
        try:
            process.stdin.write(order)
            process.stdin.close()
        except BrokenPipeError:
            return


def _pump(sinks: dict[int, _Bounded], channel: int | None, record: _Bounded, *, deadline: float) -> None:
    """Read every pipe to its end. The channel has no end of its own (it is held open here), so it is read dry last."""
    with selectors.DefaultSelector() as selector:
        for descriptor in sinks:
            selector.register(descriptor, selectors.EVENT_READ)
        if channel is not None:
            selector.register(channel, selectors.EVENT_READ)
        open_pipes = set(sinks)
        while open_pipes and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                descriptor = key.fd
                data = os.read(descriptor, 65536)
                if descriptor == channel:
                    record.add(data)
                elif data:
                    sinks[descriptor].add(data)
                else:
                    selector.unregister(descriptor)
                    open_pipes.discard(descriptor)
    if channel is None:
        return
    with contextlib.suppress(BlockingIOError):
        for _ in range(_PIPE_READS):
            record.add(os.read(channel, 65536))


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the supervisor, which ends everything below it; by force if it does not answer."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            with contextlib.suppress(OSError):
                stream.close()
