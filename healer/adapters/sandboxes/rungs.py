"""The rungs of the ladder, strongest first: what each needs, what it gives, and what it does not stop."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from healer.adapters.folders import closed_to_others
from healer.adapters.process import run
from healer.adapters.sandboxes.order import Isolation, Level, Network
from healer.adapters.sandboxes.supervision import supervisor

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCOPED_ABI = 6
_NETWORK = {
    Network.NONE: "they have no network",
    Network.LOOPBACK: "of the network they have a localhost of their own",
    Network.FULL: "they have network",
}


class Rung(Protocol):
    """One way to keep tests apart."""

    @property
    def level(self) -> Level:
        """Its name."""

    def obstacle(self, programs: Sequence[Path], network: Network | None) -> str | None:
        """Return why it cannot be had here, as far as can be told without trying; `programs` are to be run in it."""

    def isolation(self, network: Network | None) -> Isolation:
        """Return what it gives, with the network asked for or, for None, the least that leaves tests a localhost."""


class Namespaces:
    """Own processes, network, devices, memory and view of the files, for each run."""

    level = Level.NAMESPACES

    def obstacle(self, programs: Sequence[Path], network: Network | None) -> str | None:
        """Know of none: what the kernel allows is found by trying, and programs need not be reachable to be shown."""
        del programs, network
        return None

    def isolation(self, network: Network | None) -> Isolation:
        """Give each run a user id of its own as well, where root can."""
        network = network or Network.LOOPBACK
        sentence = (
            "tests run in namespaces of their own: they see the system and the interpreter, read-only, and their own "
            f"folders; {_NETWORK[network]}; faults of the kernel are not stopped"
        )
        as_root = os.geteuid() == 0
        return Isolation(own_user=as_root, confined=True, sentence=sentence, level=self.level, network=network)


class OwnUser:
    """A user id for each run, Landlock, a filter on system calls: what Docker's default profile leaves to root."""

    level = Level.USER

    def obstacle(self, programs: Sequence[Path], network: Network | None) -> str | None:
        """Ask for root, who alone can change users, and for programs that another user can start."""
        if os.geteuid() != 0:
            return "only root can start programs as another user"
        for program in (*programs, Path(sys.executable)):
            closed = closed_to_others(program)
            if closed:
                return (
                    f"another user could not run {program}, for {closed} is closed to others: open it (chmod o+x), or "
                    "take a Python below /opt or /usr"
                )
        return _without_namespaces(network, 1)

    def isolation(self, network: Network | None) -> Isolation:
        """Grant all of the network or nothing: the filter cannot tell addresses."""
        network = network or Network.FULL
        sentence = (
            "tests run as a user of their own and see only the system and their own folders (Landlock, seccomp); "
            f"{_NETWORK[network]}; not stopped: seeing which programs run, talking to local services open to every user"
        )
        return Isolation(own_user=True, confined=True, sentence=sentence, level=self.level, network=network)


class SameUser:
    """Landlock and a filter on system calls alone: what is left to an ordinary user without user namespaces."""

    level = Level.LANDLOCK

    def obstacle(self, programs: Sequence[Path], network: Network | None) -> str | None:
        """Ask for a Landlock that keeps signals in: without it, tests could end this process."""
        del programs
        if os.geteuid() == 0:
            return "root owns what it would have to be kept from"
        return _without_namespaces(network, _SCOPED_ABI)

    def isolation(self, network: Network | None) -> Isolation:
        """Grant all of the network or nothing: the filter cannot tell addresses."""
        network = network or Network.FULL
        sentence = (
            "tests run as this user, but see only the system and their own folders (Landlock, seccomp), not your "
            f"processes; {_NETWORK[network]}; not stopped: seeing which programs run, reading what they "
            "keep in /dev/shm, changing the modes of your files"
        )
        return Isolation(own_user=False, confined=True, sentence=sentence, level=self.level, network=network)


LADDER: tuple[Rung, ...] = (Namespaces(), OwnUser(), SameUser())


def landlock_abi() -> int:
    """Return the version of the kernel's Landlock, 0 where it has none."""
    return int(run([*supervisor(), "--landlock-abi"], environment={}).text)


def _without_namespaces(network: Network | None, needed: int) -> str | None:
    if network is Network.LOOPBACK:
        return "only namespaces can give tests a localhost and nothing else of the network"
    abi = landlock_abi()
    if abi == 0:
        return "this kernel has no Landlock"
    return None if abi >= needed else f"this kernel's Landlock is version {abi}, and {needed} is needed"
