"""The one door to untrusted programs: tests, scripts, validators and set-up commands of the repository under repair.

A command runs under `payload/supervisor.py`: own session, clean environment, empty standard input, limits, a deadline
that is always honoured, and a sweep of every process it left behind; and on the rung of the ladder
(`healer.adapters.sandboxes`) that its isolation names.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healer.adapters.folders import clear_shared
from healer.adapters.sandboxes.containers.creation import arranged, keeper, new_name
from healer.adapters.sandboxes.containers.leftovers import remove_container
from healer.adapters.sandboxes.order import Execution, Isolation, Level, Limits, Network, Order
from healer.adapters.sandboxes.pipes import HEAD_BYTES, RECORD_BYTES, TAIL_BYTES, Bounded, pump
from healer.adapters.sandboxes.supervision import ordered, shared_folders, supervisor, user_of
from healer.adapters.stopping import stoppable
from healer.errors import SandboxError, SuiteError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PAYLOAD", "Execution", "Isolation", "Level", "Limits", "Network", "Order", "execute"]

PAYLOAD = Path(__file__).with_name("payload")

_GRACE_SECONDS = 30.0
"""More than the supervisor takes for its sweep, so that what it says of that arrives."""


def execute(order: Order, isolation: Isolation) -> Execution:
    """Run a command to its end, its deadline or one of its limits, reading its output and its record meanwhile.

    Raises SuiteError when it cannot be started. Whatever happens, KeyboardInterrupt included, no process of it is left.
    """
    user = user_of(order, isolation)
    report_reader, report_writer = os.pipe()
    started = time.monotonic()
    deadline = started + order.seconds + _GRACE_SECONDS
    container, name = isolation.container, new_name()
    command = keeper() if container else supervisor()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={}, cwd="/",
        pass_fds=(report_writer,), start_new_session=True,
    )  # fmt: skip
    os.close(report_writer)
    channel, whole = None, False
    output, record, report = Bounded(HEAD_BYTES, TAIL_BYTES), Bounded(RECORD_BYTES, 0), Bounded(HEAD_BYTES, 0)
    try:
        channel = os.open(order.channel, os.O_RDWR | os.O_NONBLOCK) if order.channel else None
        if container:
            _give(process, arranged(order, isolation, container, name, user=user, report_to=report_writer))
        else:
            _give(process, ordered(order, isolation, user, report_writer))
        sinks = {report_reader: report}
        if process.stdout:
            sinks[process.stdout.fileno()] = output
        with stoppable(process.terminate):
            whole = pump(sinks, channel, record, deadline=deadline, most=order.limits.output_bytes)
    finally:
        _stop(process)
        for descriptor in (report_reader, channel):
            if descriptor is not None:
                os.close(descriptor)
        if container and process.returncode:  # its keeper was killed, or could not do it
            remove_container(container, name)
        if user is not None and shared_folders(isolation):
            clear_shared(user)
    if whole:
        facts = json.loads(report.value() or _silent(process.returncode, overdue=time.monotonic() > deadline))
    else:
        facts = {"exit": None, "error": None, "timed_out": False, "limit": "output limit reached"}
    return _told(order, facts, output, record, time.monotonic() - started)


def _told(order: Order, facts: dict[str, Any], output: Bounded, record: Bounded, seconds: float) -> Execution:
    if facts.get("left"):
        raise SandboxError(
            f"{facts['left']} processes of the tests could not be ended, so nothing that follows could be trusted; "
            "look for what forks without end in the suite"
        )
    if facts.get("engine"):
        raise SandboxError(
            f"the container engine did not run the tests: {facts['engine']}; see that it is well (docker info) and run "
            "self-heal again"
        )
    limit = facts.get("limit")
    if facts["error"] and facts["exit"] is None and not facts["timed_out"]:
        raise SuiteError(_not_started(order.argv, facts["error"]))
    text = output.value().decode("utf-8", "replace")
    if limit:
        text += f"\n[self-heal ended this run: {limit}]\n"
    code = -signal.SIGKILL if limit else facts["exit"]
    return Execution(code, text, record.value(), not record.dropped, seconds, limit)


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


def _give(process: subprocess.Popen[bytes], order: bytes) -> None:
    if process.stdin:
        try:
            process.stdin.write(order)
            process.stdin.close()
        except BrokenPipeError:
            return


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
