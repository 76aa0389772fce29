"""Real edits: files that changed a little between two releases of a package."""

from __future__ import annotations

import ast
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

from bench.honest_fixes.releases import Releases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MANIFEST = Path(__file__).with_name("releases.toml")
_MOST_CHANGED = 40
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
    """Return so many edits, the same for the same seed, from all packages in turn.

    Those held out are of other packages, the ones of `bench.honest_fixes`.
    """
    dice = random.Random(seed)  # noqa: S311 - a choice of samples, no secret
    by_package: dict[str, list[Edit]] = {}
    for edit in _held_out(cache) if held_out else _own(cache):
        by_package.setdefault(edit.origin.partition(" ")[0], []).append(edit)
    for found in by_package.values():
        dice.shuffle(found)
    chosen: list[Edit] = []
    for row in itertools.zip_longest(*by_package.values()):
        round_of_packages = [edit for edit in row if edit is not None]
        dice.shuffle(round_of_packages)
        chosen += round_of_packages
    return chosen[:wanted]


def _releases() -> dict[str, list[str]]:
    releases: dict[str, list[str]] = tomllib.loads(_MANIFEST.read_text(encoding="utf-8"))["releases"]
    return releases


def _own(cache: Path) -> Iterator[Edit]:
    for name, versions in _releases().items():
        modules = (_modules(_wheel(cache, name, version)) for version in versions)
        for (old, before), (new, after) in itertools.pairwise(zip(versions, modules, strict=True)):
            yield from _edits_between(f"{name} {old} to {new}", before, after)


def _held_out(cache: Path) -> Iterator[Edit]:
    releases = Releases(cache)
    releases.fetch()
    for step in itertools.chain(releases.steps(held_out=False), releases.steps(held_out=True)):
        if step.package not in _releases():
            before, after = (_texts(files.items()) for files in (step.old, step.new))
            yield from _edits_between(f"{step.package} {step.old_version} to {step.new_version}", before, after)


def _edits_between(origin: str, before: dict[str, str], after: dict[str, str]) -> Iterator[Edit]:
    for path in sorted(before.keys() & after.keys()):
        if _is_small(before[path], after[path]) and _parses(before[path]):
            yield Edit(origin, path, before[path], after[path])


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


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
    with zipfile.ZipFile(wheel) as archive:
        return _texts((name, archive.read(name)) for name in archive.namelist() if name.endswith(".py"))


def _texts(files: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Return those modules that are plain UTF-8 with line feeds, tests left out."""
    found = {}
    for name, data in files:
        if "test" in name:
            continue
        try:
            text = data.decode()
        except UnicodeDecodeError:
            continue
        if "\r" not in text and "\x0c" not in text and not text.startswith("\ufeff"):
            found[name] = text
    return found
