"""Real edits: files that changed a little between two releases of a package."""

from __future__ import annotations

import difflib
import itertools
import random
import re
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANIFEST = Path(__file__).with_name("releases.toml")
_MOST_CHANGED = 40
_MOST_FROM_ONE_PACKAGE = 6
_FEWEST_LINES = 30
_VERSION = re.compile(r"version", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Edit:
    """A file before and after; `origin` says of which package and releases."""

    origin: str
    path: str
    before: str
    after: str


def edits(cache: Path, wanted: int, seed: int, *, held_out: bool = False) -> list[Edit]:
    """Return so many edits, the same for the same seed, not too many of one package; or all those that are left."""
    dice = random.Random(seed)  # noqa: S311 - a choice of samples, no secret
    by_package = [list(_edits_of(cache, name, versions)) for name, versions in _releases().items()]
    for found in by_package:
        dice.shuffle(found)
    if held_out:
        return [edit for found in by_package for edit in found[_MOST_FROM_ONE_PACKAGE:]]
    chosen: list[Edit] = []
    for number in range(_MOST_FROM_ONE_PACKAGE):
        round_of_packages = [found[number] for found in by_package if number < len(found)]
        dice.shuffle(round_of_packages)
        chosen += round_of_packages
    return chosen[:wanted]


def _releases() -> dict[str, list[str]]:
    releases: dict[str, list[str]] = tomllib.loads(_MANIFEST.read_text(encoding="utf-8"))["releases"]
    return releases


def _edits_of(cache: Path, name: str, versions: list[str]) -> Iterator[Edit]:
    for old, new in itertools.pairwise(versions):
        before, after = _modules(_wheel(cache, name, old)), _modules(_wheel(cache, name, new))
        for path in sorted(before.keys() & after.keys()):
            if _is_small(before[path], after[path]):
                yield Edit(f"{name} {old} to {new}", path, before[path], after[path])


def _is_small(before: str, after: str) -> bool:
    if before == after or before.count("\n") < _FEWEST_LINES:
        return False
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    changed = [line for line in itertools.islice(lines, 2, None) if line[:1] in {"+", "-"}]
    return 1 <= len(changed) <= _MOST_CHANGED and not all(_VERSION.search(line) for line in changed)


def _wheel(cache: Path, name: str, version: str) -> Path:
    """Return a release's wheel, fetched at the first call."""
    folder = cache / f"{name}-{version}"
    if not list(folder.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", "download", "--no-deps"]
        command += ["--only-binary=:all:", "-d", str(folder), f"{name}=={version}"]
        if subprocess.run(command, check=False).returncode:
            sys.exit(f"{name} {version} cannot be fetched; the releases need the index once")
    return next(folder.glob("*.whl"))


def _modules(wheel: Path) -> dict[str, str]:
    """Return the modules of a wheel that are plain UTF-8 with line feeds, tests left out."""
    found = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".py") and "test" not in name:
                data = archive.read(name)
                try:
                    text = data.decode()
                except UnicodeDecodeError:
                    continue
                if "\r" not in text and "\x0c" not in text and not text.startswith("\ufeff"):
                    found[name] = text
    return found
