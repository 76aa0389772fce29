"""What is installed where a test command would run: asked of its own interpreter, in the sandbox."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healer.adapters.folders import hand_over, surroundings, take_away
from healer.adapters.sandbox import PAYLOAD, Order, execute
from healer.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.adapters.sandbox import Isolation
    from healer.adapters.toolchain import Toolchain

_SECONDS = 60.0
_RUNNERS = frozenset({"pytest", "py.test", "coverage", "unittest", "tox", "nox"})
_LONGEST_LINE = 512


def interpreter_of(command: Sequence[str], toolchain: Toolchain) -> Path | None:
    """Return the Python that a test command runs in, by its program; None when it is not a Python's or not there."""
    program = command[0]
    name = program.rpartition("/")[2]
    if not (name in _RUNNERS or name.startswith("python")):
        return None
    try:
        path = Path(toolchain.resolved(command)[0])
    except SuiteError:
        return None
    return path if name.startswith("python") else _behind(path, toolchain)


def _behind(script: Path, toolchain: Toolchain) -> Path | None:
    """Return the interpreter of a runner's script: the one that its first line names, else the one beside it."""
    with script.open("rb") as file:
        first = file.readline(_LONGEST_LINE).decode("utf-8", "replace").strip()
    named = first.removeprefix("#!").split(" ")[0] if first.startswith("#!") else ""
    if "python" in named.rpartition("/")[2] and Path(named).is_file():
        return Path(named)
    for beside in (script.parent / "python", script.parent / "python3"):
        if beside.exists():
            return beside
    found = toolchain.programs([["python"]])
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What an interpreter says of itself."""

    distributions: tuple[str, ...]
    """What can be imported, by the names of distributions."""
    secure: bool
    """Whether it can talk to an index: some lack the module for that, or the library behind it."""


def inventory(python: Path, toolchain: Toolchain, isolation: Isolation) -> Inventory | None:
    """Ask an interpreter in the sandbox; None when it does not start there, or tells nothing."""
    # Resolved, for the payload tells where it is by the real path.
    folder = Path(tempfile.mkdtemp(prefix="self-heal-inventory-", dir=isolation.place)).resolve()
    try:
        for name in ("home", "tmp"):
            (folder / name).mkdir()
        shutil.copyfile(PAYLOAD / "inventory.py", folder / "inventory.py")
        hand_over(folder, isolation)
        variables = toolchain.variables(tree=folder, home=folder / "home", scratch=folder / "tmp", roots=[])
        order = Order(
            (str(python), "-I", str(folder / "inventory.py")), folder, variables, _SECONDS, writable=(folder,),
            readable=surroundings(python),
        )  # fmt: skip
        ended = execute(order, isolation)
    except SuiteError:
        return None
    finally:
        take_away(folder)
    try:
        told: dict[str, Any] = json.loads(ended.output.strip().splitlines()[-1])
        return Inventory(tuple(str(name) for name in told["distributions"]), told["secure"] is True)
    except (ValueError, IndexError, KeyError, TypeError):
        return None
