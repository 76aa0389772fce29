"""Consecutive releases of packages: source distributions, fetched once and read in memory, never unpacked or run."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANIFEST = Path(__file__).with_name("releases.toml")
_LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """Two consecutive releases of one package, their Python files by path relative to the distribution's root."""

    package: str
    old_version: str
    new_version: str
    old: dict[str, bytes]
    new: dict[str, bytes]


class Releases:
    """The source distributions of the manifest, in a cache folder."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache.resolve()
        manifest = tomllib.loads(_MANIFEST.read_text(encoding="utf-8"))
        self._backends: list[str] = manifest["backends"]
        self._seen: dict[str, list[str]] = manifest["packages"]
        self._held_out: dict[str, list[str]] = manifest["held_out"]

    def fetch(self) -> None:
        """Download what is missing; works offline once everything is there."""
        wanted = [
            (package, version)
            for package, versions in (self._seen | self._held_out).items()
            for version in versions
            if not self._archive(package, version).exists() and not self._absent(package, version).exists()
        ]
        for number, (package, version) in enumerate(wanted, 1):
            print(f"fetching {number} of {len(wanted)}: {package} {version}", file=sys.stderr, flush=True)
            self._download(package, version)

    def steps(self, *, held_out: bool) -> Iterator[Step]:
        """Yield every pair of consecutive releases that could be had, in the order of the manifest."""
        for package, versions in (self._held_out if held_out else self._seen).items():
            there = [version for version in versions if self._archive(package, version).exists()]
            files = (_python_files(self._archive(package, version)) for version in there)
            for (old_version, old), (new_version, new) in itertools.pairwise(zip(there, files, strict=True)):
                yield Step(package, old_version, new_version, old, new)

    def _archive(self, package: str, version: str) -> Path:
        return self._cache / f"{package}-{version}.tar.gz"

    def _absent(self, package: str, version: str) -> Path:
        return self._cache / f"{package}-{version}.absent"

    def _download(self, package: str, version: str) -> None:
        python = self._python()
        command = [str(python), "-m", "pip", "-qq", "--disable-pip-version-check", "download", "--no-deps"]
        options = ["--no-binary=:all:", "--no-build-isolation", "--dest"]
        with tempfile.TemporaryDirectory(dir=self._cache) as folder:
            ended = subprocess.run(
                [*command, *options, folder, f"{package}=={version}"], check=False, capture_output=True
            )
            found = next(Path(folder).glob("*.tar.gz"), None)
            if ended.returncode or found is None:
                # Its build does not work any more: noted, so that the next run need not ask again.
                self._absent(package, version).write_bytes(ended.stderr[-2_000:])
                return
            shutil.move(found, self._archive(package, version))

    def _python(self) -> Path:
        environment = self._cache / "environment"
        python = environment / "bin" / "python"
        if not (environment / "done").exists():
            self._cache.mkdir(parents=True, exist_ok=True)
            venv.create(environment, with_pip=True, clear=True)
            subprocess.run([str(python), "-m", "pip", "-qq", "install", "--upgrade", *self._backends], check=True)
            (environment / "done").touch()
        return python


def _python_files(archive: Path) -> dict[str, bytes]:
    found = {}
    with tarfile.open(archive) as sources:
        for member in sources:
            if member.isfile() and member.name.endswith(".py") and member.size <= _LARGEST:
                stream = sources.extractfile(member)
                if stream is not None:
                    found[member.name.partition("/")[2]] = stream.read()
    return found
