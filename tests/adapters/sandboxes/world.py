"""A machine worth attacking: secrets, sockets, shared memory, a terminal and another run, none for tests to reach."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import signal
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healer.adapters.folders import hand_over, make_channel, take_away
from healer.adapters.sandboxes.order import Level
from healer.adapters.sandboxes.probing import Listeners

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.adapters.sandbox import Isolation

CANARY = "canary-in-the-environment"
SECRET = b"a secret"
libc = ctypes.CDLL(None, use_errno=True)
_KEYS = 0x5E1F0000


def forget(engine: int) -> None:
    """Remove what an engine that was killed could not."""
    for place in (tempfile.gettempdir(), "/var/lib", "/dev/shm"):  # noqa: S108 - where a world is made
        for path in Path(place).glob(f"self-heal-test-{engine}-*"):
            take_away(path)
    libc.shmctl(libc.shmget(_KEYS + engine, 0, 0), 0, None)


class World:
    """Made for the time of one engine; `facts` is what attackers are told, so that none fails for want of a guess."""

    def __init__(self, stack: contextlib.ExitStack, isolation: Isolation, *, attacked: bool) -> None:
        self.isolation = isolation
        self.top = Path(tempfile.mkdtemp(prefix=f"self-heal-test-{os.getpid()}-", dir=isolation.place)).resolve()
        stack.callback(take_away, self.top)
        self.top.chmod(0o711)
        self.outside = self._outside(stack)
        self.own = self.run_folder("own")
        other = self.run_folder("other")
        self.set_up = self.top / "set-up"
        self.set_up.mkdir()
        self.record = self.own / "record"
        make_channel(self.record, isolation)
        self._listeners = stack.enter_context(Listeners.opened())
        self._signalled: list[int] = []
        signal.signal(signal.SIGUSR1, lambda number, _: self._signalled.append(number))
        self._before = self._limits()
        self.facts: dict[str, Any] = {
            "canary": CANARY,
            "engine": os.getpid(),
            "user": os.geteuid(),
            "level": isolation.level.value,
            "outside": str(self.outside),
            "other_run": str(other),
            "set_up": str(self.set_up),
            "record": str(self.record),
            "socket": self._socket(stack),
            "setuid": self._setuid_program(),
            "segment": self._segment(stack),
            "shared": self._shared(stack),
            "terminal": self._terminal(stack) if attacked else "",
            "abstract": self._listeners.abstract,
            "listeners": self._listeners.facts if isolation.network.value != "full" else [],
        }

    @classmethod
    @contextlib.contextmanager
    def around(cls, isolation: Isolation, *, attacked: bool) -> Iterator[World]:
        with contextlib.ExitStack() as stack:
            yield cls(stack, isolation, attacked=attacked)

    def run_folder(self, name: str) -> Path:
        """Make the folder of a run, with a secret in it."""
        folder = self.top / name
        folder.mkdir(mode=0o700)
        (folder / "tree").mkdir()
        (folder / "tree" / "secret").write_bytes(SECRET)
        (folder / "tree" / "secret").chmod(0o644)
        hand_over(folder, self.isolation)
        return folder

    def harm(self) -> dict[str, Any]:
        """Return what has changed that no test may change; empty when nothing has."""
        found = {
            "signals": self._signalled,
            "datagrams": self._listeners.heard(),
            "limits": self._limits() != self._before,
            "outside": sorted(path.name for path in self.outside.iterdir() if path.name in {"new", "renamed"}),
            "commands": (self.outside / "set_env").read_text("utf-8"),
            "set-up": sorted(path.name for path in self.set_up.iterdir()),
        }
        return {name: value for name, value in found.items() if value}

    @staticmethod
    def _limits() -> tuple[object, ...]:
        return (
            resource.getrlimit(resource.RLIMIT_NOFILE),
            os.getpriority(os.PRIO_PROCESS, 0),
            sorted(os.sched_getaffinity(0)),
        )

    def _outside(self, stack: contextlib.ExitStack) -> Path:
        """Make what a runner keeps beside the workspace: readable and even writable for anyone."""
        # Not below a folder that every user's tests are granted.
        place = "/var/lib" if os.geteuid() == 0 else None
        outside = Path(tempfile.mkdtemp(prefix=f"self-heal-test-{os.getpid()}-", dir=place))
        stack.callback(shutil.rmtree, outside)
        (outside / "home").mkdir()
        for name in ("git-credentials-1.config", "home/.netrc"):
            (outside / name).write_bytes(SECRET)
        (outside / "set_env").touch()
        (outside / "set_env").chmod(0o666)
        outside.chmod(0o777)
        return outside

    def _socket(self, stack: contextlib.ExitStack) -> str:
        """Listen as a container engine does; for tests of this very user that rung would not be used beside one."""
        path = str(self.outside / "docker.sock")
        if self.isolation.level is not Level.LANDLOCK:
            engine = stack.enter_context(socket.socket(socket.AF_UNIX))
            engine.bind(path)
            engine.listen()
            Path(path).chmod(0o660)
        return path

    def _setuid_program(self) -> str:
        path = self.set_up.parent / "id"
        shutil.copyfile("/usr/bin/id", path)
        path.chmod(0o4755)
        return str(path)

    @staticmethod
    def _segment(stack: contextlib.ExitStack) -> int:
        key = _KEYS + os.getpid()
        segment = libc.shmget(key, 4096, 0o1600)
        stack.callback(libc.shmctl, segment, 0, None)
        return key

    @staticmethod
    def _shared(stack: contextlib.ExitStack) -> str:
        path = Path(f"/dev/shm/self-heal-test-{os.getpid()}-")  # noqa: S108 - where shared memory has its names
        path.write_bytes(SECRET)
        path.chmod(0o600)
        stack.callback(path.unlink)
        return path.name

    @staticmethod
    def _terminal(stack: contextlib.ExitStack) -> str:
        master, slave = os.openpty()
        stack.callback(os.close, master)
        stack.callback(os.close, slave)
        return os.ttyname(slave)
