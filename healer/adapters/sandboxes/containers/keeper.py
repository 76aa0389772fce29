"""The keeper of one container: makes it, passes on what it says, watches its limits, and takes it away.

A process of its own, so that the container ends with whoever ordered it, however that one ends. It takes the place of
`payload/supervisor.py`: an order on standard input, the output of the command on standard output, a report at the end.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healer.adapters.payload.supervision.meters import room, size
from healer.adapters.payload.supervision.watchdog import Watchdog
from healer.adapters.payload.supervisor import die_with_the_parent
from healer.adapters.sandboxes.containers.engine import Engine, EngineFault

if TYPE_CHECKING:
    from healer.adapters.sandboxes.containers.engine import Answer

ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
TICK_SECONDS, LOOK_SECONDS, DRAIN_SECONDS, REMOVE_SECONDS = 0.2, 1.0, 10.0, 60.0
_ALL_OUTPUT: dict[str, str | int] = {"stream": 1, "stdout": 1, "stderr": 1}
_HEAD, _NOT_FOUND = 8, 404
_CONFLICT = 409
_BY_SIGNAL, _NOT_THERE = 128, 127
_CRASHES = {signal.SIGILL, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGKILL, signal.SIGSEGV}
_FIRST_PROCESS_SAYS = b"[FATAL tini"
_UNEXPLAINED = 4
"""How many times its limit the disk may fill up without files that explain it: deleted ones show nowhere else."""


class Stopped(Exception):  # noqa: N818 - reads as what happened
    """Whoever ordered this run wants it to end."""


@dataclass
class Frames:
    """The container's output, taken out of the frames that the engine sends it in."""

    waiting: bytearray = field(default_factory=bytearray)

    def add(self, received: bytes) -> bytes:
        """Take what was received; return what of it is output."""
        self.waiting += received
        output = bytearray()
        while len(self.waiting) >= _HEAD:
            end = _HEAD + int.from_bytes(self.waiting[4:_HEAD], "big")
            if len(self.waiting) < end:
                break
            output += self.waiting[_HEAD:end]
            del self.waiting[:end]
        return bytes(output)


class Keeper:
    """Keeps one container, from its creation to its end."""

    def __init__(self, order: dict[str, Any]) -> None:
        """Look at the disk as it is before the run."""
        self._engine = Engine(order["engine"])
        self._order = order
        self._path = f"/containers/{order['name']}"
        self._frames = Frames()
        self._head = b""
        self._folders = order["folders"]
        self._before = [room(folder) for folder in self._folders]
        self._watchdog = Watchdog(order["limits"], order["uid"], folders=self._folders, shared=[], private=[])

    def keep(self) -> dict[str, Any]:
        """Carry the order out; return the report, in the words of the supervisor's."""
        result: dict[str, Any] = {"exit": None, "timed_out": False, "error": None, "left": 0, "limit": None}
        deadline = time.monotonic() + self._order["seconds"]
        try:
            # Signals are blocked, so that no container is made that nobody knows of.
            self._engine.call(
                "POST", "/containers/create", self._order["specification"], query={"name": self._order["name"]}
            )
            output = self._engine.begin("POST", f"{self._path}/attach", upgrade=True, query=_ALL_OUTPUT)
            with output.connection:
                ended = self._engine.begin("POST", f"{self._path}/wait", query={"condition": "next-exit"})
                with ended.connection:
                    self._engine.call("POST", f"{self._path}/start")
                    self._watch(output, ended, deadline, result)
        except Stopped:
            result["error"] = "stopped"
        except EngineFault as fault:
            result["engine"] = fault.decisive
        finally:
            result["left"] = self._remove()
        return result

    def _watch(self, output: Answer, ended: Answer, deadline: float, result: dict[str, Any]) -> None:
        self._pass_on(output.begun)
        next_look = time.monotonic() + LOOK_SECONDS
        reading = [output.connection, ended.connection]
        while True:
            now = time.monotonic()
            if now >= deadline:
                result["timed_out"] = True
                return
            ready, _, _ = select.select(reading, [], [], min(TICK_SECONDS, deadline - now))
            _heed_signals()
            if output.connection in ready and not self._read(output):
                reading.remove(output.connection)
            if ended.connection in ready:
                self._drain(output)
                self._conclude(ended, result)
                return
            if now >= next_look:
                result["limit"] = self._exceeded()
                if result["limit"]:
                    return
                next_look = time.monotonic() + LOOK_SECONDS

    def _read(self, output: Answer) -> bool:
        """Pass on what the container says; return whether it may say more."""
        try:
            received = output.connection.recv(65536)
        except OSError:
            return False
        self._pass_on(received)
        return bool(received)

    def _pass_on(self, received: bytes) -> None:
        waiting = memoryview(self._frames.add(received))
        if len(self._head) < len(_FIRST_PROCESS_SAYS):
            self._head += bytes(waiting[: len(_FIRST_PROCESS_SAYS)])
        while waiting:
            _, free, _ = select.select([], [1], [], TICK_SECONDS)
            _heed_signals()
            if free:
                waiting = waiting[os.write(1, waiting[: select.PIPE_BUF]) :]

    def _drain(self, output: Answer) -> None:
        """Read what the container said until its end."""
        end = time.monotonic() + DRAIN_SECONDS
        while (left := end - time.monotonic()) > 0 and select.select([output.connection], [], [], left)[0]:
            if not self._read(output):
                return

    def _conclude(self, ended: Answer, result: dict[str, Any]) -> None:
        self._engine.ended(ended)
        state = self._state()
        code = int(state["ExitCode"])
        if state.get("OOMKilled") is True:
            result["limit"] = self._memory_limit()
        elif code == _NOT_THERE and self._head.startswith(_FIRST_PROCESS_SAYS):
            result["error"] = "the image has no such program, or it cannot be started there"
        else:
            # Of a command that a signal ended, the container's first process makes such a code.
            number = code - _BY_SIGNAL
            result["exit"] = -number if number in _CRASHES else code

    def _exceeded(self) -> str | None:
        """Return the limit that was exceeded, in words."""
        limits = self._order["limits"]
        if self._state().get("OOMKilled") is True:
            return self._memory_limit()
        used = self._engine.found(f"{self._path}/stats", {"stream": "false", "one-shot": "true"}) or {}
        if (used.get("pids_stats") or {}).get("current", 0) >= limits["processes"]:
            return f"process limit {limits['processes']} reached"
        known = self._watchdog.exceeded({})
        if known:
            return known
        grown = max((room(at).used - was.used for at, was in zip(self._folders, self._before, strict=True)), default=0)
        return (
            f"disk limit {size(limits['disk_bytes'])} reached" if grown > _UNEXPLAINED * limits["disk_bytes"] else None
        )

    def _state(self) -> dict[str, Any]:
        found: dict[str, Any] = self._engine.call("GET", f"{self._path}/json")["State"]
        return found

    def _memory_limit(self) -> str:
        return f"memory limit {size(self._order['limits']['memory_bytes'])} reached"

    def _remove(self) -> int:
        """End the container and take it away with all that it holds; return how many are left: 1 where that fails."""
        end = time.monotonic() + REMOVE_SECONDS
        while time.monotonic() < end:
            try:
                self._engine.call("DELETE", self._path, query={"force": 1, "v": 1})
            except EngineFault as fault:
                if fault.status == _NOT_FOUND:
                    return 0
                if fault.status not in {0, _CONFLICT} and fault.status < 500:  # noqa: PLR2004 - what may pass by itself
                    return 1
                time.sleep(TICK_SECONDS)
            else:
                return 0
        return 1


def _heed_signals() -> None:
    if signal.sigtimedwait(ENDING, 0) is not None:
        raise Stopped


def main() -> None:
    """Read the order, carry it out, report; exit with how many containers are left."""
    order = json.loads(sys.stdin.buffer.read())
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    die_with_the_parent(signal.SIGTERM, order["report_to"])
    result = Keeper(order).keep()
    with contextlib.suppress(OSError):
        os.write(order["report_to"], json.dumps(result).encode())
    sys.exit(result["left"])
