"""Packages on disk: fetched once, built into one environment, and their suites run on a seeded fault."""

from __future__ import annotations

import os
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

from healer.adapters.sandbox import PAYLOAD as _PAYLOAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.regressions.seeding import Regression

_MANIFEST = Path(__file__).with_name("packages.toml")
_SUITE_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Package:
    """A pinned package and where its code and its tests are, relative to its root."""

    requirement: str
    source: str
    tests: tuple[str, ...]
    flaky: tuple[str, ...] = ()
    """Parts of the ids of tests that fail by themselves now and then."""

    @property
    def name(self) -> str:
        """The distribution's name."""
        return self.requirement.partition("==")[0]


class Workshop:
    """A cache folder with an environment and the packages' sources; everything in it can be made again."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache.resolve()
        manifest = tomllib.loads(_MANIFEST.read_text(encoding="utf-8"))
        self.environment: tuple[str, ...] = tuple(manifest["environment"])
        self.packages = tuple(
            Package(entry["requirement"], entry["source"], tuple(entry["tests"]), tuple(entry.get("flaky", ())))
            for entry in manifest["package"]
        )

    @property
    def python(self) -> Path:
        """The interpreter that all suites run in."""
        return self.cache / "environment" / "bin" / "python"

    def prepare(self) -> None:
        """Fetch what is missing; works offline once everything is there."""
        self.cache.mkdir(parents=True, exist_ok=True)
        done = self.cache / "environment" / "done"
        wanted = "\n".join(self.environment)
        if not done.exists() or done.read_text(encoding="utf-8") != wanted:
            venv.create(self.cache / "environment", with_pip=True, clear=True)
            self._pip("install", *self.environment)
            done.write_text(wanted, encoding="utf-8")
        for package in self.packages:
            if not self.root(package).exists():
                self._fetch(package)

    def root(self, package: Package) -> Path:
        """Return the folder of the package's unpacked source distribution."""
        return self.cache / "sources" / package.requirement

    def sources(self, package: Package) -> dict[str, str]:
        """Return the package's modules, tests left out, by their paths relative to its root."""
        root = self.root(package)
        found = {}
        for file in sorted((root / package.source).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            if "test" not in path:
                found[path] = file.read_text(encoding="utf-8")
        return found

    def run(self, package: Package, report: Path, regression: Regression | None = None) -> bool:
        """Run the suite, on the fault if one is given, and leave JUnit XML; whether it ended in time with a report."""
        with tempfile.TemporaryDirectory(prefix="regression-") as folder:
            tree = Path(folder) / package.name
            shutil.copytree(self.root(package), tree)
            if regression:
                (tree / regression.path).write_text(regression.text, encoding="utf-8")
            return self._test(package, tree, report)

    def _test(
        self, package: Package, tree: Path, report: Path, options: Sequence[str] = (), variables: Mapping[str, str] = {}
    ) -> bool:
        paths = [str(tree / Path(package.source).parent), *([str(_PAYLOAD)] if options else [])]
        environment = {
            "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"],
            **variables,
        }  # fmt: skip
        command = [str(self.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *options]
        try:
            subprocess.run(
                [*command, *package.tests], cwd=tree, env=environment, timeout=_SUITE_SECONDS, check=False,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False
        return report.exists()

    def cases(self, seed: int) -> Path:
        """Return the folder of the cases drawn with a seed."""
        return self.cache / f"cases-{seed}"

    def baseline(self, package: Package) -> Path:
        """Return the report of the package's suite as it was published, made if need be."""
        report = self.cache / "baselines" / f"{package.requirement}.xml"
        if not report.exists():
            report.parent.mkdir(exist_ok=True)
            self.run(package, report)
        return report

    def observe(self, package: Package, repository: Path, report: Path, spectra: Path) -> bool:
        """Run the suite of a repository with line spectra; whether it ended in time with a report."""
        with tempfile.TemporaryDirectory(prefix="regression-") as folder:
            tree = Path(folder) / package.name
            shutil.copytree(repository, tree, ignore=shutil.ignore_patterns(".git"))
            spectra.mkdir(parents=True)
            watching = {"SELF_HEAL_SPECTRA": str(spectra), "SELF_HEAL_TREE": str(tree)}
            return self._test(package, tree, report, ("-p", "self_heal_spectra"), watching)

    def _fetch(self, package: Package) -> None:
        with tempfile.TemporaryDirectory(dir=self.cache) as folder:
            self._pip("download", "--no-deps", "--no-binary=:all:", "-d", folder, package.requirement)
            (archive,) = Path(folder).glob("*.tar.gz")
            with tarfile.open(archive) as sources:
                sources.extractall(folder, filter="data")
            archive.unlink()
            (unpacked,) = (entry for entry in Path(folder).iterdir() if entry.is_dir())
            self.root(package).parent.mkdir(exist_ok=True)
            unpacked.rename(self.root(package))

    def _pip(self, *arguments: str) -> None:
        ended = subprocess.run(
            [str(self.python), "-m", "pip", "-qq", "--disable-pip-version-check", *arguments], check=False
        )
        if ended.returncode:
            sys.exit(f"pip {arguments[0]} failed; the packages need the index once")
