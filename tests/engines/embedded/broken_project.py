"""Broken projects as dictionaries, failures as real processes produce them, engines without a repository."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.engines.embedded.engine import EmbeddedEngine
from healer.localization.locate import locate
from healer.models.change import CandidatePatch
from healer.models.code import Commit, Diagnosis
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, StackFrame
from healer.ports import RepairTask

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DRIVER = """
import importlib.util, json, sys, traceback
path = sys.argv[1]
try:
    spec = importlib.util.spec_from_file_location("the_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.test_it()
except BaseException as error:
    frames = [(f.filename, f.lineno, f.name) for f in traceback.extract_tb(error.__traceback__)][1:]
    frames = [frame for frame in frames if "importlib" not in frame[0]]
    text = "".join(traceback.format_exception(error))
    print(json.dumps([type(error).__name__, str(error), frames, text]))
"""
"""Runs one test function and tells of its exception as a report does: class, message, frames, no suggestions."""


@dataclass(frozen=True)
class FakeSourceTree:
    """A commit's files in memory."""

    files: Mapping[str, bytes]

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self.files)

    def read(self, path: str) -> bytes:
        return self.files[path]


@dataclass
class Project:
    """A project whose one test, `tests/test_it.py`, fails."""

    root: Path
    files: dict[str, bytes]
    commits: tuple[Commit, ...] = ()
    failure: Failure = field(init=False)

    def __post_init__(self) -> None:
        for path, data in self.files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(data)
        self.failure = self.run()

    @classmethod
    def of(cls, root: Path, files: Mapping[str, str | bytes], commits: tuple[Commit, ...] = ()) -> Project:
        encoded = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
        return cls(root, encoded, commits)

    def run(self) -> Failure:
        done = subprocess.run(
            [sys.executable, "-S", "-c", DRIVER, "tests/test_it.py"],
            cwd=self.root,
            env={"PYTHONPATH": f"{self.root}:{self.root / 'src'}", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout, "the project's test passes, so there is nothing to repair"
        kind, message, frames, text = json.loads(done.stdout)
        return Failure(
            "tests/test_it.py::test_it",
            "test_it",
            CaseOutcome.FAILED,
            file="tests/test_it.py",
            type=kind,
            message=f"{kind}: {message}",
            text=text,
            frames=tuple(StackFrame(*frame) for frame in frames),
        )

    def task(self) -> RepairTask:
        source = FakeSourceTree(self.files)
        clusters = (FailureCluster("f", (self.failure,)),)
        return RepairTask(Diagnosis(clusters, locate(clusters, source, self.commits), self.commits), source)

    def candidates(self, limit: int = 400) -> list[CandidatePatch]:
        proposals = list(EmbeddedEngine(limit).propose(self.task()))
        assert all(isinstance(proposal, CandidatePatch) for proposal in proposals)
        return proposals

    def results(self, limit: int = 400) -> list[dict[str, str]]:
        """Return what each candidate would leave in the files it edits."""
        return [{edit.path: edit.after.decode() for edit in candidate.edits} for candidate in self.candidates(limit)]
