"""What a set-up leaves in its tree and every tree under test needs: built modules, installed packages."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.generated import GeneratedFiles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_BUILT = (".py", ".so")
_MOST_BUILT = 200
_NOT_A_PRODUCT = re.compile(r"(^|/)(build|dist|node_modules|\.[^/]*|[^/]*\.egg-info|__pycache__)(/|$)")
_MAPPING = re.compile(r"(?m)^(?:MAPPING|NAMESPACES)\b[^=\n]*=\s*(\{.*\})\s*$")
_LARGEST_FINDER = 256 * 1024
_MODULES = "node_modules"
_YARN = ".yarn/install-state.gz"
"""Without it, Yarn runs no script."""
_DEEPEST = 5
GRADLE = "gradle"
"""The folder that Gradle keeps what it fetches in, below that of the set-up's own files."""
_MOST_PACKAGES = 20_000


@dataclass(frozen=True, slots=True)
class Furnishing:
    """What one set-up left, to be put into each tree under test."""

    tree: Path
    """Where the project was set up."""
    folder: str
    """The project's folder in it."""
    built: GeneratedFiles
    home: Path | None = None
    """What Gradle fetched, whose tools want to write beside it."""

    @classmethod
    def of(cls, tree: Path, folder: str, tracked: Collection[str], made: Path | None = None) -> Furnishing:
        """Find what the set-up added to a tree, and what it left in the folder of its own."""
        packages = {path.rpartition("/")[0] for path in tracked if path.endswith(".py")}
        added = (path for path in _files(tree) if path not in tracked and path.endswith(_BUILT))
        wanted = [path for path in added if path.rpartition("/")[0] in packages]
        home = made / GRADLE if made and (made / GRADLE).is_dir() else None
        return cls(tree, folder, GeneratedFiles(tree, tuple(sorted(wanted))[:_MOST_BUILT]), home)

    def settle_in(self, home: Path) -> None:
        """Put a copy of what Gradle fetched into a new home of tests: it locks files there, even to read."""
        if self.home is not None:
            left_out = shutil.ignore_patterns("daemon", "*.lock")
            shutil.copytree(self.home, home / ".gradle", symlinks=True, ignore=left_out)

    def copy_into(self, tree: Path) -> None:
        """Put it into a tree: built modules as copies, installed packages as links to where they were installed."""
        self.built.copy_into(tree)
        for folder in _with_modules(self.tree):
            origin, target = self.tree / folder / _MODULES, tree / folder / _MODULES
            if _is_inside(tree, target.parent) and not os.path.lexists(target):
                target.mkdir()
                for entry in _packages(origin):
                    _link(origin, target, entry)
        state, place = self.tree / self.folder / _YARN, tree / self.folder / _YARN
        if state.is_file() and not os.path.lexists(place) and _is_inside(tree, place.parent.parent):
            with contextlib.suppress(OSError):
                place.parent.mkdir(exist_ok=True)
                if _is_inside(tree, place.parent):
                    shutil.copyfile(state, place, follow_symlinks=False)


def _files(tree: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(tree):
        inside = os.path.relpath(parent, tree)
        prefix = "" if inside == "." else f"{inside}/"
        folders[:] = [name for name in folders if not _NOT_A_PRODUCT.search(prefix + name)]
        yield from (prefix + name for name in files)


def _with_modules(tree: Path) -> Iterator[str]:
    """Yield the folders of a tree, relative to it, that packages were installed in: of a workspace there are many."""
    for parent, folders, _ in os.walk(tree):
        inside = os.path.relpath(parent, tree)
        if _MODULES in folders and not os.path.islink(os.path.join(parent, _MODULES)):  # noqa: PTH114, PTH118 - as walked
            yield inside
        deep = inside != "." and inside.count("/") >= _DEEPEST
        folders[:] = [] if deep else [name for name in folders if name != _MODULES and not name.startswith(".")]


def _is_inside(tree: Path, folder: Path) -> bool:
    """Whether a folder of a tree is there and is no link to somewhere else."""
    return folder.is_dir() and folder.resolve().is_relative_to(tree.resolve())


def _packages(modules: Path) -> list[str]:
    """Return the names of what is installed, those in scopes (`@types/node`) one by one."""
    found: list[str] = []
    for name in sorted(os.listdir(modules)):  # noqa: PTH208 - names are wanted
        place = modules / name
        if name.startswith("@") and place.is_dir() and not place.is_symlink():
            found += [f"{name}/{inner}" for inner in sorted(os.listdir(place))]  # noqa: PTH208 - as above
        else:
            found.append(name)
    return found[:_MOST_PACKAGES]


def _link(origin: Path, target: Path, entry: str) -> None:
    """Link to an installed package; a link of the package manager's own (a workspace) is made anew, into this tree."""
    source, place = origin / entry, target / entry
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(os.readlink(source) if source.is_symlink() else source)  # noqa: PTH115 - kept as it is


def import_roots_of(environment: Path, tree: Path) -> tuple[str, ...]:
    """Return the folders of a tree, relative to it, that an environment imports a project from in place."""
    found: dict[str, None] = {}
    for packages in sorted((environment / "lib").glob("python3.*/site-packages")):
        for path in (*sorted(packages.glob("*.pth")), *sorted(packages.glob("__editable__*.py"))):
            for place in _places(path):
                if place.is_absolute() and place.is_relative_to(tree) and ".." not in place.parts:
                    relative = str(place.relative_to(tree))
                    found["" if relative == "." else relative] = None
    return tuple(found)


def _places(path: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError, ValueError):
        if path.is_symlink() or path.stat().st_size > _LARGEST_FINDER:
            return
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".pth":
            yield from (Path(line.strip()) for line in text.splitlines() if line.startswith("/"))
            return
        for match in _MAPPING.finditer(text):
            mapping = ast.literal_eval(match[1])
            if isinstance(mapping, dict):
                yield from (
                    Path(value).parent.joinpath(*[".."] * key.count(".")).resolve()
                    for key, value in mapping.items()
                    if isinstance(key, str) and isinstance(value, str)
                )
