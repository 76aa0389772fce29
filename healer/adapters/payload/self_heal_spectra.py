"""A pytest plugin that counts, for every line of the repository's code, which test cases ran it.

It is loaded with `-p self_heal_spectra` beside the recorder, into whatever Python (3.8 and later) the suite uses, and
imports nothing but the standard library and pytest, and coverage.py where the suite has it. Not the matrix of tests and
lines is kept but what its analysis needs: how many passing test cases ran a line, and which failing ones. That stays
small whatever the size of the suite. Each process (workers of pytest-xdist are processes of their own) leaves one JSON
file in the folder SELF_HEAL_SPECTRA when it ends:

    {"core": "monitoring", "passed": 214, "failed": ["test_a.py::test_x"],
     "files": {"package/module.py": [[12, 3, [0]], ...]}}     line, passing test cases, indexes into "failed"

Lines that run while modules are imported belong to no test case.
"""

from __future__ import annotations

import json
import os
from typing import Any, Generator

import pytest
import self_heal_tracers

MOST_FAILED = 2000
"""Test cases whose lines are kept apart; a suite in which more fail has one cause for most of them."""


class Spectra:
    """The plugin."""

    def __init__(self, folder: str, tree: str) -> None:
        self.folder, self.tree, self.process = folder, os.path.realpath(tree), os.getpid()
        self.tracer: Any = None
        self.passed = 0
        self.failed: list[str] = []
        self.passing: dict[str, dict[int, int]] = {}
        self.failing: dict[str, dict[int, list[int]]] = {}
        self.outcomes: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """Begin to watch, after all that is loaded with the plugins and before what collection imports."""
        if self.tracer is None:
            self.tracer = self_heal_tracers.best(self.wants)

    def wants(self, path: str) -> bool:
        """Whether a file is the repository's own code, and none of its tests."""
        return self.relative(path) is not None

    def relative(self, path: str) -> str | None:
        """Return the path below the tree of a file that is watched, or None."""
        real = os.path.realpath(path) if path.endswith(".py") else ""
        if not real.startswith(self.tree + os.sep):
            return None
        inside = real[len(self.tree) + 1 :].replace(os.sep, "/")
        parts = inside.split("/")
        return None if "site-packages" in parts or parts[0].startswith(".") else inside

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any) -> Generator[None, Any, None]:
        """Watch one test case with its set-up and its tear-down."""
        self.outcomes = set()
        if self.tracer is not None:
            self.tracer.begin()
        yield
        if self.tracer is not None:
            self.fold(item.nodeid, self.tracer.end())

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, None]:
        """Remember how each phase ended."""
        outcome = yield
        report = outcome.get_result()
        self.outcomes.add("xfailed" if hasattr(report, "wasxfail") else report.outcome)

    def fold(self, test: str, ran: dict[str, set[int]]) -> None:
        """Count what one test case ran; one that was skipped or expected to fail says nothing."""
        if self.outcomes == {"passed"}:
            self.passed += 1
            for path, lines in ran.items():
                counts = self.passing.setdefault(path, {})
                for line in lines:
                    counts[line] = counts.get(line, 0) + 1
        elif "failed" in self.outcomes and len(self.failed) < MOST_FAILED:
            number = len(self.failed)
            self.failed.append(test)
            for path, lines in ran.items():
                tests = self.failing.setdefault(path, {})
                for line in lines:
                    tests.setdefault(line, []).append(number)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Leave the counts; what a forked child of the session counted is its own business."""
        if self.tracer is None or self.process != os.getpid():
            return
        self.tracer.stop()
        files: dict[str, list[Any]] = {}
        for path in sorted({*self.passing, *self.failing}):
            inside = self.relative(path)
            if inside is not None:
                passing, failing = self.passing.get(path, {}), self.failing.get(path, {})
                lines = sorted({*passing, *failing})
                files[inside] = [[line, passing.get(line, 0), failing.get(line, [])] for line in lines]
        document = {"core": self.tracer.name, "passed": self.passed, "failed": self.failed, "files": files}
        place = os.path.join(self.folder, f"{os.getpid()}.json")
        with open(place + ".part", "w", encoding="utf-8", errors="replace") as stream:
            json.dump(document, stream, separators=(",", ":"))
        os.replace(place + ".part", place)
        self.tracer = None


spectra = Spectra(os.environ.get("SELF_HEAL_SPECTRA", ""), os.environ.get("SELF_HEAL_TREE", ""))
globals().update({name: getattr(spectra, name) for name in dir(spectra) if name.startswith("pytest_")})
