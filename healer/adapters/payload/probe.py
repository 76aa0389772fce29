"""Try, from inside the sandbox, what tests must not be able to do; print what worked as a JSON list.

Argument: a file that holds a JSON object, see `healer.adapters.sandboxes.probing`. Standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import platform
import signal
import socket
import sys
from functools import partial
from typing import Any, Callable, Dict, Iterator

Facts = Dict[str, Any]
SECONDS = 1.0
ARM = platform.machine() in ("aarch64", "arm64")
FORBIDDEN = {
    # name: number on x86-64, number on ARM, arguments
    "ptrace": (101, 117, (16, 0, 0, 0)),
    "unshare": (272, 97, (0x10000000,)),
    "io_uring_setup": (425, 425, (1, 0)),
    "bpf": (321, 280, (0, 0, 0)),
    "keyctl": (250, 219, (0, 0, 0)),
    "mount": (165, 40, (0, 0, 0, 0, 0)),
}
TIOCSTI = 0x5412


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
        if not stream.read(1):
            raise ValueError(path)


def connect(family: int, address: Any) -> None:
    """Connect to a stream socket."""
    with socket.socket(family) as client:
        client.settimeout(SECONDS)
        client.connect(address)


def write(folder: str) -> None:
    """Create a file in a folder."""
    path = os.path.join(folder, "self-heal-probe")
    with open(path, "x"):
        os.unlink(path)


def allowed(name: str) -> bool:
    """Whether a system call gets past the filter, which refuses it whatever its arguments are."""
    on_intel, on_arm, arguments = FORBIDDEN[name]
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(ctypes.c_long(on_arm if ARM else on_intel), *map(ctypes.c_long, arguments))
    return result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS)


def typing_into_terminals() -> bool:
    """Whether the request gets past the filter: no terminal is there to type into."""
    try:
        fcntl.ioctl(0, TIOCSTI, b"x")
    except OSError as error:
        return error.errno != errno.EPERM
    return True


def leave_a_daemon(path: str) -> None:
    """Leave a process behind that ignores what it can and holds a FIFO open."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            os.write(os.open(path, os.O_WRONLY), b"x")
            os.write(writer, b"x")
            for descriptor in (0, 1, 2, writer):
                os.close(descriptor)
            while True:
                signal.pause()
        os._exit(0)
    os.wait()
    os.read(reader, 1)


def about_itself(facts: Facts) -> Iterator[str]:
    """Yield what this process has that it must not have."""
    with open("/proc/self/status") as status:
        own = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
    if any(int(own[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")):
        yield "use capabilities"
    if own.get("NoNewPrivs") != "1":
        yield "gain privileges by starting programs"
    if own.get("Seccomp") != "2":
        yield "make any system call"
    if facts["user"] == os.getuid():
        yield "run as the user of self-heal"
    if facts["user"] is not None and set(os.getgroups()) - {os.getgid()}:
        yield "keep groups of self-heal"
    # Root of a container whose engine is no root outside has nobody to become.
    gaining = (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]))
    if not facts.get("is_root") and any(map(can, gaining)):
        yield "become root"


def about_the_kernel() -> Iterator[str]:
    """Yield what the filter lets through."""
    for name in FORBIDDEN:
        if allowed(name):
            yield "call " + name
    if typing_into_terminals():
        yield "type into terminals"


def about_processes(facts: Facts) -> Iterator[str]:
    """Yield what this process can reach of others."""
    apart = os.readlink("/proc/self/ns/pid") != facts["processes"]
    if facts["own_processes"] and not apart:
        yield "see the processes of self-heal"
    if not apart and can(lambda: os.kill(facts["engine"], 0)):
        yield "signal self-heal"
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (os.getpid(), facts.get("first")):
            if can(partial(read, "/proc/%s/environ" % name)):
                yield "read the environment of other processes"
            if can(partial(os.readlink, "/proc/%s/cwd" % name)):
                yield "look into other processes"


def about_files(facts: Facts) -> Iterator[str]:
    """Yield what this process can reach of the machine's files, and of the sockets among them."""
    if can(partial(read, facts["canary"])):
        yield "read files outside its own folders"
    if can(partial(write, facts["outside"])):
        yield "write outside its own folders"
    for path in facts["sockets"]:
        if can(partial(connect, socket.AF_UNIX, path)):
            yield "talk to " + path
    if facts["own_processes"] and can(partial(connect, socket.AF_UNIX, "\0" + facts["abstract"])):
        yield "talk to abstract sockets of this machine"


def about_the_network(facts: Facts) -> Iterator[str]:
    """Yield which addresses of the machine answer; whether datagrams arrive, their receiver knows."""
    for address, tcp, udp in facts["listeners"]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        host, _, scope = address.partition("%")
        index = 0
        if scope:
            try:
                index = socket.if_nametoindex(scope)
            except OSError:
                continue
        beyond = (0, index) if family == socket.AF_INET6 else ()
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as client:
                client.sendto(b"x", (host, udp, *beyond))
        except OSError:
            pass
        if can(partial(connect, family, (host, tcp, *beyond))):
            yield "talk to this machine by TCP"


def main() -> None:
    """Make every attempt."""
    with open(sys.argv[1]) as file:
        facts = json.load(file)
    found = [*about_itself(facts), *about_the_kernel(), *about_processes(facts), *about_files(facts)]
    found += about_the_network(facts)
    leave_a_daemon(facts["left"])  # afterwards: that one may be looked into
    print(json.dumps(sorted(set(found))))  # noqa: T201 - it is the answer


if __name__ == "__main__":
    main()
