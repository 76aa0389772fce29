"""The environment and the commands of a suite that runs in an image: nothing of this machine's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.adapters.toolchain import INSTALLING, PYTEST, Toolchain
from healer.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from healer.adapters.sandboxes.containers.rung import ImageSandbox

_OF_FILES = re.compile(r"^/|_(?:CERT|CONSTRAINT|CERTS|LINKS|BUNDLE|DIR)$|^(?:CC|CXX|CFLAGS|LDFLAGS)$")


@dataclass(frozen=True, slots=True)
class ImageToolchain(Toolchain):
    """As `Toolchain`, for programs that this process cannot see: the container looks for them when it starts them."""

    has_only_python3: bool = False

    @classmethod
    def of(cls, box: ImageSandbox, environment: Mapping[str, str], variables: Sequence[str] = ()) -> ImageToolchain:
        """Take the image's search path, and from the environment given what the user named and which indexes to ask."""
        lent = {name: environment[name] for name in variables if environment.get(name)}
        asked = {name: environment[name] for name in INSTALLING if environment.get(name) and not _OF_FILES.search(name)}
        lent = {"PATH": box.image.path, **lent}
        made = Toolchain.inherit({**asked, **lent}, None, variables)
        kept = {name: value for name, value in made.installing.items() if not value.startswith("/")}
        language = {} if "LANG" in lent else {"LANG": box.image.environment.get("LANG", "C.UTF-8")}
        names = {one.path.name for one in box.machine.interpreters}
        return cls(
            {**made.environment, **language}, installing=kept, has_only_python3=bool(names) and "python" not in names
        )

    def programs(self, commands: Sequence[Sequence[str]]) -> list[Path]:
        """Return none: what the image holds is not this process's to look at."""
        del self, commands
        return []

    def mentioned(self, command: Sequence[str]) -> tuple[Path, ...]:
        """Return none, as above."""
        del self, command
        return ()

    def resolved(self, argv: Sequence[str], *roots: Path) -> tuple[str, ...]:
        """Return the command as the container finds it; raise SuiteError when it is a file that the tree lacks."""
        program = argv[0]
        if "/" in program and not program.startswith("/"):
            for root in (*roots, *self.checkouts):
                if (root / program).is_file():
                    return (str(root / program), *argv[1:])
            raise SuiteError(
                f"the test command {program!r} was not found in the repository; in an image, only what is committed or "
                "installed there can be started",
                code="command_not_found",
            )
        if program in PYTEST and self.prepared is not None and not (self.prepared / "bin" / program).exists():
            return (str(self.prepared / "bin" / "python"), "-m", "pytest", *argv[1:])
        if program == "python" and self.has_only_python3 and self.prepared is None:
            return ("python3", *argv[1:])
        return tuple(argv)
