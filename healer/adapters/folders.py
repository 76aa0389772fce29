"""The folders of a run: given to the user that a command runs as, taken back, removed; and what a program must see."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.process import run
from healer.adapters.sandboxes.users import another_user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.adapters.sandboxes.order import Isolation

SHARED = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - granted to the command, never used by this process
_TOOLS = {"PATH": "/usr/bin:/bin"}
_ANY = frozenset(range(256))


def make_channel(path: Path, isolation: Isolation) -> None:
    """Make the FIFO for a record: writable by the command, readable by this process alone."""
    os.mkfifo(path, 0o600)
    if isolation.own_user:
        path.chmod(0o622)


def hand_over(folder: Path, isolation: Isolation) -> None:
    """Give a folder and all below it to a user of its own; who that is tells what runs in it whom to run as."""
    if not isolation.own_user:
        return
    user = another_user()
    # From the bottom up: until the last step, the new owner cannot even enter the folder.
    for parent, directories, files in os.walk(folder, topdown=False):
        for name in (*directories, *files):
            os.chown(os.path.join(parent, name), user, user, follow_symlinks=False)  # noqa: PTH118 - many
    os.chown(folder, user, user)


def take_back(folder: Path, isolation: Isolation) -> None:
    """Take a folder back from the user that a command ran as, who may from now on read it and change nothing.

    Sound only when no process of that user is left.
    """
    if not isolation.own_user:
        return
    for parent, directories, files in os.walk(folder, topdown=False):
        for name in (*directories, *files):
            _own_readable(Path(parent, name))
    _own_readable(folder)


def _own_readable(place: Path) -> None:
    mode = place.lstat().st_mode
    os.chown(place, 0, 0, follow_symlinks=False)
    if stat.S_ISDIR(mode):
        place.chmod(0o755)
    elif stat.S_ISREG(mode):
        place.chmod(0o755 if mode & stat.S_IXUSR else 0o644)


def clear_shared(user: int) -> None:
    """Remove what a command left in the folders that every command may write to, so that none can speak to the next."""
    for shared in map(Path, SHARED):
        with contextlib.suppress(OSError):
            for place in shared.iterdir():
                if place.lstat().st_uid == user:
                    take_away(place)


def take_away(folder: Path) -> None:
    """Remove a file, or a folder and all below it, however deep, also where nobody may write to a folder in it."""
    if not folder.is_symlink() and folder.is_dir():
        run(["chmod", "-R", "u+rwx", "--", str(folder)], environment=_TOOLS, accept=_ANY)
    run(["rm", "-rf", "--", str(folder)], environment=_TOOLS, accept=_ANY)


def surroundings(program: Path) -> tuple[Path, ...]:
    """Return what a program needs to read of its own: the installations that it and its target belong to.

    An installation is a folder with `bin` and `lib` (with the one that a virtual environment is based on), or the
    `node_modules` of a program in `.bin`. Of anything else it is the program's own file, so that a program in `/` or in
    a home does not open all of that.
    """
    found: dict[Path, None] = {}
    waiting = [program.absolute(), program.resolve()]
    while waiting:
        path = waiting.pop()
        above = path.parent.parent
        installed = path.parent.name == "bin" and above != Path("/") and (above / "lib").is_dir()
        if not installed and (above.name, path.parent.name) != ("node_modules", ".bin"):
            found[path] = None
        elif above not in found:
            found[above] = None
            waiting += _bases(above)
    return tuple(found)


def _bases(environment: Path) -> Iterator[Path]:
    """Yield the interpreters that a virtual environment is based on: by its link, and for a copy, by its word."""
    try:
        said = (environment / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    homes = [line.partition("=")[2].strip() for line in said.splitlines() if line.partition("=")[0].strip() == "home"]
    for program in ((environment / "bin" / "python").resolve(), *(Path(home, "python3").resolve() for home in homes)):
        # A folder that merely has a `bin` and a `lib`, as a home may, is no Python's.
        if any(program.parent.parent.glob("lib*/python3*/os.py")):
            yield program


def reachable_by_others(executable: Path) -> bool:
    """Whether a user who owns nothing could run a program: its file, its target and every folder above them."""
    return closed_to_others(executable) is None


def closed_to_others(executable: Path) -> Path | None:
    """Return what keeps a user who owns nothing from running a program, the highest such folder; None for nothing."""
    for path in dict.fromkeys((executable.absolute(), executable.resolve())):
        for part in (*reversed(path.parents), path):
            try:
                mode = part.stat().st_mode
            except OSError:
                return part
            needed = stat.S_IXOTH if part.is_dir() else stat.S_IXOTH | stat.S_IROTH
            if mode & needed != needed:
                return part
    return None
