"""Broken repositories on disk, each with one commit, and the programs that their suites are run by."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.regressions.workshop import Workshop
from bench.variants.cases import FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.variants.cases import Case

ANALYSERS = ("ruff==0.17.6", "bandit==1.9.4", "bandit-sarif-formatter==1.1.1")
_IDENTITY = ("-c", "user.name=x", "-c", "user.email=x@example.org")


@dataclass(frozen=True, slots=True)
class Made:
    """A case ready to be run."""

    case: Case
    repository: Path
    command: tuple[str, ...]
    checks: tuple[tuple[str, ...], ...]
    report: Path | None


class Workbench:
    """A cache folder with environments and sources; everything in it can be made again."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache.resolve()
        self._packages = Workshop(cache.parent / "regressions")

    def prepare(self) -> None:
        """Fetch what is missing; works offline once everything is there."""
        self._packages.prepare()
        done = self._cache / "analysers" / "done"
        if not done.exists() or done.read_text("utf-8") != "\n".join(ANALYSERS):
            venv.create(self._cache / "analysers", with_pip=True, clear=True)
            command = [str(self._cache / "analysers/bin/python"), "-m", "pip", "-qq", "install", *ANALYSERS]
            if subprocess.run(command, check=False).returncode:
                sys.exit("pip install failed; the analysers need the index once")
            done.write_text("\n".join(ANALYSERS), "utf-8")

    @property
    def programs(self) -> dict[str, str]:
        """Return the path of each program by its name; of what this machine lacks, the name."""
        ours = {name: str(self._cache / "analysers/bin" / name) for name in ("ruff", "bandit")}
        systems = {name: shutil.which(name) or name for name in ("go", "node")}
        return {"python": str(self._packages.python), **ours, **systems}

    def make(self, case: Case, folder: Path) -> Made:
        """Write the repository and the report of a case into a folder, anew."""
        tree = folder / "repository"
        shutil.rmtree(tree, ignore_errors=True)
        self._lay(case.base, tree)
        for edit in case.edits:
            text = (tree / edit.path).read_text("utf-8")
            if text.count(edit.old) != 1:
                sys.exit(f"{case.name}: what is to be replaced occurs {text.count(edit.old)} times in {edit.path}")
            (tree / edit.path).write_text(text.replace(edit.old, edit.new), "utf-8")
        for path, text in case.files:
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(self._filled(text), "utf-8")
        for words in (("init", "--quiet"), ("add", "--all", "--force"), (*_IDENTITY, "commit", "--quiet", "-m", "x")):
            subprocess.run(["git", *words], cwd=tree, check=True, capture_output=True)
        command, *checks = (self._words(words) for words in (case.command, *case.checks))
        return Made(case, tree, command, tuple(checks), self._report(case, folder, tree))

    def _report(self, case: Case, folder: Path, tree: Path) -> Path | None:
        if not (case.sarif or case.report):
            return None
        report = folder / "report.sarif"
        if case.report:
            shutil.copyfile(FOLDER / case.report, report)
        else:
            ended = subprocess.run(self._words(case.sarif), cwd=tree, check=False, capture_output=True)
            report.write_bytes(ended.stdout)
        return report

    def _words(self, words: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(self._filled, words))

    def _filled(self, text: str) -> str:
        for name, program in self.programs.items():
            text = text.replace(f"{{{name}}}", program)
        return text

    def _lay(self, base: str, tree: Path) -> None:
        kind, _, name = base.rpartition(":")
        if kind == "go":
            root = subprocess.run(["go", "env", "GOROOT"], check=True, capture_output=True, text=True).stdout.strip()
            shutil.copytree(Path(root, "src", name), tree, ignore=shutil.ignore_patterns("fuzz.go"))
            (tree / "go.mod").write_text(f"module example.org/{name.rpartition('/')[2]}\n\ngo 1.19\n", "utf-8")
        elif kind == "npm":
            self._unpack(self._packed(name), tree)
        elif name:
            self._unpack(self._fetched(name), tree)
        else:
            tree.mkdir(parents=True)

    def _fetched(self, requirement: str) -> Path:
        """Return the archive of a source distribution."""
        kept = self._cache / "sources" / requirement
        if not list(kept.glob("*.tar.gz")):
            pip = [self.programs["python"], "-m", "pip", "-qq", "download", "--no-deps", "--no-binary=:all:"]
            if subprocess.run([*pip, "-d", str(kept), requirement], check=False).returncode:
                sys.exit(f"pip download {requirement} failed; the sources need the index once")
        return next(iter(kept.glob("*.tar.gz")))

    def _packed(self, name: str) -> Path:
        """Return the archive of a package for Node."""
        kept = self._cache / "npm"
        kept.mkdir(parents=True, exist_ok=True)
        archive = kept / f"{name.replace('@', '-')}.tgz"
        if not archive.exists():
            subprocess.run(["npm", "pack", "--silent", name], cwd=kept, check=True, capture_output=True)
        return archive

    def _unpack(self, archive: Path, tree: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self._cache) as folder, tarfile.open(archive) as sources:
            sources.extractall(folder, filter="data")
            (unpacked,) = (entry for entry in Path(folder).iterdir() if entry.is_dir())
            shutil.copytree(unpacked, tree)
