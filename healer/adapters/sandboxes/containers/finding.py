"""Finding the container engine of this machine, and a folder that it sees as well as this process."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healer.adapters.sandboxes.containers.engine import Engine, EngineFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECONDS = 20.0
_OF_A_CONTAINER = re.compile(r"/containers/([0-9a-f]{64})/")
_ADVICE = "start Docker, or set DOCKER_HOST to the socket of one (unix:///PATH)"


@dataclass(frozen=True, slots=True)
class Found:
    """An engine that answers."""

    engine: Engine
    name: str
    """What it is and which version, for people."""
    rootless: bool
    """Whether it runs as this user."""
    processors: int
    """How many containers may be limited to; 0 where they cannot be."""
    lacking: str | None
    """Why containers for tests cannot be bounded by it; None when they can."""


def find_engine(environment: Mapping[str, str]) -> Found | str:
    """Return the engine of this machine; or why there is none, with what to do."""
    given = environment.get("DOCKER_HOST", "")
    if given and not given.startswith("unix:///"):
        return (
            f"DOCKER_HOST names an engine that is not reached by a socket of this machine ({given[:100]}), which does "
            f"not see its files; {_ADVICE}"
        )
    problems = []
    for address in [given.removeprefix("unix://")] if given else _addresses(environment):
        if not _is_socket(address):
            continue
        engine = Engine(address)
        try:
            facts = engine.call("GET", "/info", seconds=_SECONDS)
            version = engine.call("GET", "/version", seconds=_SECONDS)
        except EngineFault as fault:
            problems.append(f"{address}: {fault.decisive}")
            continue
        if isinstance(facts, dict) and isinstance(version, dict):
            return _judged(engine, facts, version)
    why = "; ".join(problems) or (f"there is no socket {given}" if given else "none of the usual sockets is there")
    return f"no container engine answers ({why}); {_ADVICE}"


def _addresses(environment: Mapping[str, str]) -> Iterator[str]:
    yield from ("/var/run/docker.sock", "/run/docker.sock")
    runtime = environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}"
    yield from (f"{runtime}/docker.sock", f"{environment.get('HOME', '')}/.docker/run/docker.sock")


def _is_socket(address: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(address).st_mode)  # noqa: PTH116 - any error means no
    except OSError:
        return False


def _judged(engine: Engine, facts: dict[str, Any], version: dict[str, Any]) -> Found:
    options = " ".join(map(str, facts.get("SecurityOptions") or ()))
    bounded = {"MemoryLimit": "memory", "PidsLimit": "processes"}
    missing = [what for name, what in bounded.items() if not facts.get(name)]
    lacking = None
    parts = " ".join(str(part.get("Name")) for part in version.get("Components") or () if isinstance(part, dict))
    if "podman" in parts.lower():
        lacking = "Podman's form of the interface takes filters and tells ends in ways of its own"
    elif facts.get("OSType", "linux") != "linux":
        lacking = "its containers are not Linux's"
    elif "name=seccomp" not in options:
        lacking = "it cannot filter system calls"
    elif missing:
        lacking = f"it cannot limit {' and '.join(missing)}"
    platform = (version.get("Platform") or {}).get("Name") or "container engine"
    # An ordinary user's engine often has no say over processors; then the machine's own rules do.
    processors = max(1, int(facts.get("NCPU") or 1)) if facts.get("CpuCfsQuota") else 0
    name = f"{platform} {version.get('Version', '')}".strip()
    return Found(engine, name, "name=rootless" in options, processors, lacking)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder for runs, and what the engine calls it."""

    inside: Path
    outside: Path
    container: str
    """The container that this process itself is in; empty for none."""


def find_place(engine: Engine, folder: Path, own: str) -> Place | str:
    """Return a folder by both its names; or why the engine does not see it. `own` is what `own_container` says.

    On a machine of its own an engine sees what everybody sees. In a container it sees only what was mounted from
    outside, and itself tells what that is.
    """
    folder = folder.resolve()
    facts = engine.found(f"/containers/{own}/json") if own else None
    if facts is None:
        return Place(folder, folder, "")
    for mount in sorted(facts.get("Mounts") or (), key=lambda mount: -len(str(mount.get("Destination")))):
        if folder.is_relative_to(mount.get("Destination") or "/nowhere"):
            if mount.get("Type") == "bind" and mount.get("RW") and mount.get("Source"):
                outside = Path(mount["Source"]) / folder.relative_to(mount["Destination"])
                return Place(folder, outside, own)
            break
    return (
        f"self-heal runs in a container, whose {folder} is not mounted from outside, so no sibling container would see "
        "it; mount a folder there (GitHub's runner mounts its own temporary folder)"
    )


def own_container() -> str:
    """Return the id of the container that this process is in, as its mounts tell; empty for none."""
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        fields = line.split()
        root, target = fields[3], fields[4]
        if target in {"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"} and (match := _OF_A_CONTAINER.search(root)):
            return match[1]
    return ""
