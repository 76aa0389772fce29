"""What is ordered of a sandbox, and what comes back: the words that every rung of the ladder shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GIB = 1024**3


class Level(Enum):
    """The rungs, strongest first."""

    CONTAINER = "container"
    """A container for each run, of an image that the user names."""
    NAMESPACES = "namespaces"
    """A view of the machine made for each run: own processes, own network, own files."""
    USER = "user"
    """A user id of its own for each run, Landlock, a filter on system calls."""
    LANDLOCK = "landlock"
    """Landlock and a filter on system calls, as this user."""
    NONE = "none"


class Network(Enum):
    """What a command may talk to."""

    NONE = "none"
    LOOPBACK = "loopback"
    """Itself, by a localhost of its own."""
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Container:
    """What containers for runs are made from, and by whom."""

    engine: str
    """The engine's socket."""
    image: str
    """The image's id: a name may come to mean another one."""
    place: Path
    """The folder below which lies all that runs see of ours."""
    outside: Path
    """The same folder, as the engine calls it."""
    owner: str
    """Who may take a container with this label away, and when; see `leftovers`."""
    rootless: bool
    """Whether the engine runs as this user, whom its containers know as root."""
    processors: int
    """How many a run may use; 0 where the engine cannot limit that."""
    volumes: tuple[str, ...] = ()
    """Where the image wants volumes; it gets folders in memory."""
    files: tuple[tuple[str, Path], ...] = ()
    """Files that stand in the container instead of the image's."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """How far tests are kept apart from this process, decided once, before anything untrusted runs."""

    own_user: bool
    """Whether each run has a user id of its own (see `users`); else tests run as this process does."""
    confined: bool
    """Whether tests see only the system, their own folders and the interpreter."""
    sentence: str
    """What tests can and cannot reach, for people."""
    level: Level = Level.NONE
    network: Network = Network.FULL
    """What tests may talk to; an order can ask for something else, as set-up does."""
    container: Container | None = None

    @property
    def place(self) -> Path | None:
        """Where folders for runs must be made; None for the usual folder for temporary files."""
        return self.container.place if self.container else None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use, all its processes together."""

    memory_bytes: int = 0
    """0: three quarters of the machine's memory, 8 GB at most."""
    disk_bytes: int = 8 * GIB
    files: int = 1_000_000
    processes: int = 1024
    output_bytes: int = 4 * GIB
    file_bytes: int = 4 * GIB
    """The size of a single file."""


@dataclass(frozen=True, slots=True)
class Order:
    """One command to run."""

    argv: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str]
    seconds: float
    writable: tuple[Path, ...] = ()
    """The run's own folders; the first one tells the user it runs as, by its owner."""
    readable: tuple[Path, ...] = ()
    channel: Path | None = None
    """A FIFO that the command's recorder writes to."""
    network: Network | None = None
    """None: what the isolation says."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Execution:
    """How a command ended. `exit_code` is negative for a signal, None when it was stopped at its deadline."""

    exit_code: int | None
    output: str
    record: bytes
    record_complete: bool
    seconds: float
    limit: str | None = None
    """The limit whose excess ended it, in words ("memory limit 4 GB reached"); `exit_code` is then that of SIGKILL."""
