"""What is asked of the engine for one run: the container's whole configuration, and the order for its keeper."""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healer.adapters.sandboxes.containers.filter import profile
from healer.adapters.sandboxes.order import Network
from healer.adapters.sandboxes.supervision import limits_of

if TYPE_CHECKING:
    from healer.adapters.sandboxes.order import Container, Isolation, Order

START = (
    "import sys; sys.path.append(sys.argv.pop(1)); from healer.adapters.sandboxes.containers.keeper import main; main()"
)
LABEL = "self-heal.owner"
SCRATCH = ("/tmp", "/var/tmp", "/run")  # noqa: S108 - the container's own
"""Where programs expect to be able to write: in memory, and empty for each run."""
_IN_MEMORY = "rw,exec,nosuid,nodev,mode=1777"
_THREADS_PER_PROCESS, _HALF_OF_THE_SHARES = 4, 512


def keeper() -> list[str]:
    """Return the command that starts the keeper of a container; see `supervision.supervisor` for its shape."""
    return [sys.executable, "-I", "-S", "-B", "-c", START, str(Path(__file__).resolve().parents[4])]


def new_name() -> str:
    """Return a name for a container that no other one has."""
    return f"self-heal-{os.getpid()}-{os.urandom(6).hex()}"


def arranged(
    order: Order, isolation: Isolation, container: Container, name: str, *, user: int | None, report_to: int
) -> bytes:
    """Return the order as the keeper reads it."""
    limits = limits_of(order.limits)
    document = {
        "engine": container.engine,
        "name": name,
        "specification": specification(order, isolation, container, user, limits),
        "seconds": order.seconds, "limits": limits, "uid": user, "folders": [str(path) for path in order.writable],
        "report_to": report_to,
    }  # fmt: skip
    return json.dumps(document).encode()


def specification(
    order: Order, isolation: Isolation, container: Container, user: int | None, limits: dict[str, int]
) -> dict[str, Any]:
    """Return the configuration: of our environment nothing, of our files what the order names below the shared place.

    What is readable elsewhere is of this machine and means nothing in the image.
    """
    network = order.network or isolation.network
    return {
        "Image": container.image,
        "Entrypoint": list(order.argv),
        "Cmd": [],
        "Env": [f"{name}={value}" for name, value in order.environment.items()],
        "User": _user(container, user),
        "WorkingDir": str(order.cwd),
        "Hostname": "tests",
        "Labels": {LABEL: container.owner},
        "Healthcheck": {"Test": ["NONE"]},
        "AttachStdout": True,
        "AttachStderr": True,
        "HostConfig": {
            "NetworkMode": "default" if network is Network.FULL else "none",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges", f"seccomp={_filter()}"],
            "IpcMode": "private",
            "Init": True,
            "LogConfig": {"Type": "none"},
            "RestartPolicy": {"Name": "no"},
            "Memory": limits["memory_bytes"],
            "MemorySwap": limits["memory_bytes"],
            "ShmSize": limits["memory_bytes"],
            "PidsLimit": _THREADS_PER_PROCESS * limits["processes"],
            "CpuShares": _HALF_OF_THE_SHARES,
            "NanoCpus": container.processors * 10**9,
            "Ulimits": [
                {"Name": name, "Soft": value, "Hard": value}
                for name, value in (("core", 0), ("fsize", limits["file_bytes"]))
            ],
            "Tmpfs": dict.fromkeys((*SCRATCH, *container.volumes), f"{_IN_MEMORY},size={limits['memory_bytes']}"),
            "Mounts": [
                *(_mount(container, path, path, read_only=False) for path in order.writable),
                *(_mount(container, path, path, read_only=True) for path in _shown(order, container)),
                *(_mount(container, source, Path(target), read_only=True) for target, source in container.files),
            ],
        },
    }


def _user(container: Container, user: int | None) -> str:
    if container.rootless:
        return "0:0"  # which outside is this user, who owns the folders of the run
    return f"{os.geteuid()}:{os.getegid()}" if user is None else f"{user}:{user}"


def _shown(order: Order, container: Container) -> list[Path]:
    inside = [path for path in order.readable if path.is_relative_to(container.place) and path != container.place]
    return [path for path in dict.fromkeys(inside) if not any(path.is_relative_to(own) for own in order.writable)]


def _mount(container: Container, source: Path, target: Path, *, read_only: bool) -> dict[str, Any]:
    outside = container.outside / source.relative_to(container.place)
    return {"Type": "bind", "Source": str(outside), "Target": str(target), "ReadOnly": read_only}


@cache
def _filter() -> str:
    return json.dumps(profile())
