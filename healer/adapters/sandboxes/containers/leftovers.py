"""Whose containers are whose, and taking away those whose owner is dead."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.sandboxes.containers.creation import LABEL
from healer.adapters.sandboxes.containers.engine import Engine, EngineFault
from healer.errors import SandboxError

if TYPE_CHECKING:
    from healer.adapters.sandboxes.order import Container

_NOT_FOUND = 404
_IN_A_CONTAINER, _ON_A_MACHINE = "container", "process"


def owner(own_container: str) -> str:
    """Return the label of this process's containers, by which others see whether it still lives.

    The id of the container that it is in, which the engine knows; else a process, by what no other one will ever have.
    """
    if own_container:
        return f"{_IN_A_CONTAINER} {own_container}"
    return f"{_ON_A_MACHINE} {_namespace()} {os.getpid()} {_started(os.getpid())}"


def remove_container(container: Container, name: str) -> None:
    """Take away the container of a keeper that has not done so itself; raise SandboxError where that fails."""
    try:
        Engine(container.engine).call("DELETE", f"/containers/{name}", query={"force": 1, "v": 1})
    except EngineFault as fault:
        if fault.status != _NOT_FOUND:
            raise SandboxError(
                f"the container {name} could not be ended ({fault.decisive}), so nothing that follows could be "
                "trusted; see that the engine is well (docker info)"
            ) from fault


def clear_leftovers(engine: Engine) -> int:
    """Take away the containers of owners that are known to be dead; return how many there were."""
    wanted = json.dumps({"label": [LABEL]})
    gone = 0
    for one in engine.call("GET", "/containers/json", query={"all": 1, "filters": wanted}) or ():
        if is_dead(engine, str((one.get("Labels") or {}).get(LABEL, ""))):
            with contextlib.suppress(EngineFault):  # another process may be taking it away
                engine.call("DELETE", f"/containers/{one['Id']}", query={"force": 1, "v": 1})
                gone += 1
    return gone


def is_dead(engine: Engine, label: str) -> bool:
    """Whether the owner that a label names is known to be dead; what cannot be told may live."""
    match label.split(" "):
        case ["container", identity] if identity.isalnum():
            facts = engine.found(f"/containers/{identity}/json")
            return facts is None or (facts.get("State") or {}).get("Running") is False
        case ["process", namespace, process, started] if process.isdigit():
            machine = namespace.partition("/")[0]
            if machine != _namespace().partition("/")[0]:
                return True  # the machine was started anew since
            return namespace == _namespace() and _started(int(process)) != started
    return False


def _namespace() -> str:
    """Return what makes process ids unique: which start of the machine, and which namespace of it."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116 - the namespace, not the link


def _started(process: int) -> str:
    """Return when a process was started, in ticks since the machine was; empty when there is none."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
