"""The Pythons and the tools that are on this machine, found by their places alone: nothing is started to find them."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.folders import reachable_by_others
from healer.setup.specifiers import SUPPORTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOOLS = (
    "git", "uv", "node", "npm", "pnpm", "yarn", "go", "cargo", "java", "mvn", "gradle", "docker",
)  # fmt: skip
"""Programs that plans use, and the container engine's client."""

_INSTALLED = re.compile(r"(?:cpython-)?(3\.\d{1,2})\.(\d{1,3})(?:-[\w.-]*)?")
_NAMED = re.compile(r"python(3\.\d{1,2})")
_FOR_OTHERS = 0o005
_HOSTED = "/opt/hostedtoolcache"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One Python on this machine."""

    version: str
    """Major and minor."""
    patch: int
    path: Path
    origin: str
    """Where it was found, in a word or two."""
    makes_environments: bool
    """Whether it can make a virtual environment with pip in it by itself (Debian splits that off)."""

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells it from another one at the same place."""
        facts = self.path.stat()
        return (str(self.path), facts.st_size, facts.st_mtime_ns)

    @property
    def variables(self) -> dict[str, str]:
        """What it needs to find its own library: one in a tool cache is not where it was built for."""
        library = self.path.parent.parent / "lib"
        own = (library / f"libpython{self.version}.so.1.0").is_file()
        return {"LD_LIBRARY_PATH": str(library)} if own and self.origin == "tool cache" else {}


@dataclass(frozen=True, slots=True)
class Machine:
    """What is here, by version and by name."""

    interpreters: tuple[Interpreter, ...]
    tools: Mapping[str, Path]
    artifacts: Path | None = None
    """Maven's repository of this user, which holds what was fetched before."""

    @classmethod
    def look(cls, environment: Mapping[str, str]) -> Machine:
        """Look where Pythons are usually installed, and on the search path."""
        path = environment.get("PATH", "")
        tools = {name: Path(place) for name in TOOLS if (place := shutil.which(name, path=path))}
        found: dict[Path, Interpreter] = {}
        for one in (*_installed(environment), *_on_the_path(path)):
            found.setdefault(one.path, one)
        return cls(tuple(sorted(found.values(), key=_rank)), tools, _artifacts(environment))

    def pythons(self, version: str) -> list[Interpreter]:
        """Return the usable interpreters of a minor version: those that anybody may start first, newest first."""
        found = (one for one in self.interpreters if one.version == version)
        return [one for one in found if one.makes_environments or "uv" in self.tools]

    @property
    def versions(self) -> tuple[str, ...]:
        """The minor versions that are here, oldest first."""
        return tuple(version for version in SUPPORTED if self.pythons(version))


def _artifacts(environment: Mapping[str, str]) -> Path | None:
    """Return Maven's repository of this user, if who runs tests can read it: root runs them as somebody else."""
    place = Path(environment.get("HOME") or "/nonexistent", ".m2", "repository")
    if not place.is_absolute() or not place.is_dir():
        return None
    return place if os.geteuid() != 0 or place.stat().st_mode & _FOR_OTHERS == _FOR_OTHERS else None


def _rank(one: Interpreter) -> tuple[int, bool, bool, int, str]:
    minor = int(one.version.split(".")[1])
    return (-minor, not one.makes_environments, not reachable_by_others(one.path), -one.patch, str(one.path))


def _on_the_path(path: str) -> Iterator[Interpreter]:
    names = ("python3", "python", *(f"python{version}" for version in SUPPORTED))
    for folder in dict.fromkeys(path.split(os.pathsep)):
        for name in names if folder.startswith("/") else ():
            target = Path(os.path.realpath(Path(folder, name)))
            named = _NAMED.fullmatch(target.name)
            if named:
                yield from _interpreter(target, named[1], 0, "PATH")


def _installed(environment: Mapping[str, str]) -> Iterator[Interpreter]:
    """Yield what version managers and runners keep, by the names of its folders."""
    home = environment.get("HOME") or "/nonexistent"
    data = environment.get("XDG_DATA_HOME") or f"{home}/.local/share"
    places = (
        ("pyenv", environment.get("PYENV_ROOT") or f"{home}/.pyenv", "versions", "bin"),
        ("uv", environment.get("UV_PYTHON_INSTALL_DIR") or f"{data}/uv/python", "", "bin"),
        ("tool cache", environment.get("RUNNER_TOOL_CACHE") or _HOSTED, "Python", f"{_architecture()}/bin"),
    )
    for origin, root, inner, below in places:
        folder = Path(root, inner)
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - a folder that is not there is no error
        except OSError:
            continue
        for name in names:
            if match := _INSTALLED.fullmatch(name):
                program = folder / name / below / f"python{match[1]}"
                yield from _interpreter(Path(os.path.realpath(program)), match[1], int(match[2]), origin)


def _architecture() -> str:
    return "arm64" if os.uname().machine in {"aarch64", "arm64"} else "x64"


def _interpreter(program: Path, version: str, patch: int, origin: str) -> Iterator[Interpreter]:
    if version in SUPPORTED and program.is_file() and os.access(program, os.X_OK) and not _is_script(program):
        library = program.parent.parent / "lib" / f"python{version}"
        yield Interpreter(version, patch, program, origin, (library / "ensurepip").is_dir())


def _is_script(program: Path) -> bool:
    """Whether a program is a script: a version manager's shim is, an interpreter is not."""
    try:
        with program.open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True
