"""The probe: a program inside the sandbox tries what tests must not be able to do, every time before tests run."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.folders import hand_over, surroundings, take_away
from healer.adapters.sandbox import PAYLOAD, Network, Order, execute
from healer.adapters.sandboxes.order import Level
from healer.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.adapters.sandboxes.order import Isolation

_SECONDS = 20.0
_ADDRESSES = 64
_ENGINES = ("docker", "containerd", "podman", "crio")


def probe(isolation: Isolation) -> list[str]:
    """Return what a program inside the sandbox could do that tests must not; empty when the isolation holds."""
    with contextlib.ExitStack() as stack:
        folder = probe_folder(stack, isolation)
        outside = canary(stack)
        left = stack.enter_context(fifo(folder / "left"))
        listeners = stack.enter_context(Listeners.opened())
        facts = {
            "canary": str(outside / "canary"),
            "outside": str(outside),
            "engine": os.getpid(),
            "processes": os.readlink("/proc/self/ns/pid"),  # noqa: PTH115 - no file stands behind it
            "user": os.geteuid() if isolation.own_user else None,
            "left": str(folder / "left"),
            "sockets": _sockets(isolation.level),
            "listeners": listeners.facts if isolation.network is not Network.FULL else [],
            "abstract": listeners.abstract,
            "own_processes": isolation.level is Level.NAMESPACES,
        }
        (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
        hand_over(folder, isolation)
        order = Order(
            (sys.executable, "-I", "-S", "-B", str(folder / "probe.py"), str(folder / "facts.json")), folder, {},
            _SECONDS, writable=(folder,), readable=surroundings(Path(sys.executable)),
        )  # fmt: skip
        try:
            ended = execute(order, isolation)
        except SuiteError as error:
            return [f"not even be started ({error.sentence.split(': ', 2)[-1].partition(';')[0]})"]
        if ended.exit_code != 0:
            return [f"not even be started ({ended.output.strip()[-200:] or ended.exit_code})"]
        try:
            escapes: list[str] = json.loads(ended.output.splitlines()[-1])
        except (ValueError, IndexError):
            return ["not even answer"]
        if listeners.heard():
            escapes.append("talk to this machine by UDP")
        return escapes + survivors(left)


def probe_folder(stack: contextlib.ExitStack, isolation: Isolation) -> Path:
    """Make a folder for a run, with the probe in it, that is not handed over yet."""
    parent = Path(tempfile.mkdtemp(prefix="self-heal-probe-", dir=isolation.place)).resolve()
    stack.callback(take_away, parent)
    if isolation.own_user:
        parent.chmod(0o711)
    folder = parent / "inside"
    folder.mkdir(mode=0o700)
    shutil.copyfile(PAYLOAD / "probe.py", folder / "probe.py")
    return folder


def canary(stack: contextlib.ExitStack) -> Path:
    """Make a folder that anyone may write to, with a file that anyone may read, out of what tests are granted."""
    place = next((place for place in ("/var/lib", "/srv", "/home") if os.access(place, os.W_OK)), None)
    outside = Path(tempfile.mkdtemp(prefix="self-heal-canary-", dir=place))
    stack.callback(take_away, outside)
    outside.chmod(0o777)
    (outside / "canary").write_text("canary", encoding="utf-8")
    (outside / "canary").chmod(0o644)
    return outside


@contextlib.contextmanager
def fifo(path: Path) -> Iterator[int]:
    """Make a FIFO, and hold it open for reading."""
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield reader
    finally:
        os.close(reader)


def survivors(reader: int) -> list[str]:
    """Tell whether the daemon that the probe left behind is still there: it holds the other end, and has said so."""
    try:
        said = os.read(reader, 1)
        return [] if said and os.read(reader, 1) == b"" else ["not even start a daemon"]
    except BlockingIOError:
        return ["leave a process behind"]


def _sockets(level: Level) -> list[str]:
    """Return the sockets in the file system to try.

    A user of its own may talk to what is open to every user of the machine, but never to a container engine. As this
    user, tests may talk to nothing: a session's bus, for one, would start any program for them outside.
    """
    found = {"/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock"}
    with contextlib.suppress(OSError):
        for line in Path("/proc/net/unix").read_text("utf-8", "replace").splitlines()[1:]:
            fields = line.split(maxsplit=7)
            if len(fields) > 7 and fields[7].startswith("/") and fields[3] == "00010000":  # noqa: PLR2004 - its columns
                found.add(fields[7])
    if level is Level.USER:
        found = {path for path in found if any(engine in path for engine in _ENGINES)}
    return sorted(found)


class Listeners:
    """Sockets that nothing in a sandbox may reach: TCP and UDP on all addresses of the machine, and an abstract one."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._udp: list[socket.socket] = []
        self.facts: list[tuple[str, int, int]] = []
        for family, everywhere, addresses in ((socket.AF_INET, "", _ipv4()), (socket.AF_INET6, "::", _ipv6())):
            with contextlib.suppress(OSError):
                tcp = stack.enter_context(socket.create_server((everywhere, 0), family=family))
                udp = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
                udp.bind((everywhere, 0))
                udp.setblocking(False)  # noqa: FBT003 - its signature
                self._udp.append(udp)
                ports = tcp.getsockname()[1], udp.getsockname()[1]
                self.facts += [(address, *ports) for address in addresses[:_ADDRESSES]]
        self.abstract = f"self-heal-probe-{os.getpid()}-{os.urandom(4).hex()}"
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind("\0" + self.abstract)
        unix.listen()

    @classmethod
    @contextlib.contextmanager
    def opened(cls) -> Iterator[Listeners]:
        """Open them for a while."""
        with contextlib.ExitStack() as stack:
            yield cls(stack)

    def heard(self) -> bool:
        """Whether a datagram has arrived."""
        for udp in self._udp:
            with contextlib.suppress(BlockingIOError):
                udp.recv(1)
                return True
        return False


def _ipv4() -> list[str]:
    """Return the addresses of this machine."""
    found = ["127.0.0.1"]
    with contextlib.suppress(OSError):
        lines = Path("/proc/net/fib_trie").read_text("ascii").splitlines()
        found += [above.split()[-1] for above, line in itertools.pairwise(lines) if "/32 host LOCAL" in line]
    return list(dict.fromkeys(found))


def _ipv6() -> list[str]:
    found = ["::1"]
    with contextlib.suppress(OSError):
        for line in Path("/proc/net/if_inet6").read_text("ascii").splitlines():
            digits, _, _, _, _, name = line.split()
            address = ":".join(digits[at : at + 4] for at in range(0, 32, 4))
            found.append(f"{address}%{name}" if digits.startswith("fe80") else address)
    return found
