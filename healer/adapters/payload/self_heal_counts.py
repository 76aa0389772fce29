"""Counts, for every line of the repository's code, which test cases ran it.

Standard library only, Python 3.8 and later. Not the matrix of tests and lines is kept but what its analysis needs: how
many passing test cases ran a line, and which failing ones. That stays small whatever the size of the suite. Each
process of a suite leaves one JSON file in the folder SELF_HEAL_SPECTRA:

    {"core": "monitoring", "passed": 214, "failed": ["test_a.py::test_x"], "groups": [[], [0]],
     "files": {"package/module.py": [[12, 3, 1], ...]}}

A line has its number, how many passing test cases ran it, and the group of failing ones that did, by their indexes in
`failed`. Lines that run while modules are imported belong to no test case.
"""

from __future__ import annotations

import json
import os
from typing import Any

import self_heal_tracers

MOST_FAILED = 2000
"""Test cases whose lines are kept apart; a suite in which more fail has one cause for most of them."""
MOST_ENTRIES = 1_000_000
"""Lines of failing test cases; those that fail after so many are left out."""


class Counts:
    """What the test cases of one process ran."""

    def __init__(self, folder: str, tree: str, *, is_cheap: bool = False) -> None:
        self.folder, self.tree, self.process = folder, os.path.realpath(tree), os.getpid()
        self.passed = 0
        self.failed: list[str] = []
        self.passing: dict[str, dict[int, int]] = {}
        self.failing: dict[str, dict[int, list[int]]] = {}
        self.room = MOST_ENTRIES
        self.tracer: Any = self_heal_tracers.best(self.wants, is_cheap=is_cheap) if folder else None

    @classmethod
    def ordered(cls) -> Counts:
        """Watch as the environment asks for: into SELF_HEAL_SPECTRA, and only cheaply where SELF_HEAL_CHEAP is set.

        Modules that were loaded before are not watched by the cheap tracer, so this comes as early as possible.
        """
        tree = os.environ.get("SELF_HEAL_TREE", "")
        return cls(os.environ.get("SELF_HEAL_SPECTRA", ""), tree, is_cheap=bool(os.environ.get("SELF_HEAL_CHEAP")))

    def wants(self, path: str) -> bool:
        """Whether a file is the repository's own code."""
        return self.relative(path) is not None

    def relative(self, path: str) -> str | None:
        """Return the path below the tree of a file that is watched, or None."""
        real = os.path.realpath(path) if path.endswith(".py") else ""
        if not real.startswith(self.tree + os.sep):
            return None
        inside = real[len(self.tree) + 1 :].replace(os.sep, "/")
        parts = inside.split("/")
        return None if "site-packages" in parts or parts[0].startswith(".") else inside

    def begin(self) -> None:
        """Watch one test case from here on."""
        if self.tracer is not None:
            self.tracer.begin()

    def pause(self) -> None:
        """Look away: what a runner calls to show a failure (`__repr__`, say) would look like a cause of it."""
        if self.tracer is not None:
            self.tracer.pause()

    def resume(self) -> None:
        """Go on watching."""
        if self.tracer is not None:
            self.tracer.resume()

    def end(self, test: str, outcome: str) -> None:
        """Count what one test case ran; one that neither `passed` nor `failed` says nothing."""
        if self.tracer is None:
            return
        ran = self.tracer.end()
        if outcome == "passed":
            self.passed += 1
            for path, lines in ran.items():
                counts = self.passing.setdefault(path, {})
                for line in lines:
                    counts[line] = counts.get(line, 0) + 1
        elif outcome == "failed" and len(self.failed) < MOST_FAILED and self.room > 0:
            number = len(self.failed)
            self.failed.append(test)
            for path, lines in ran.items():
                self.room -= len(lines)
                tests = self.failing.setdefault(path, {})
                for line in lines:
                    tests.setdefault(line, []).append(number)

    def leave(self) -> None:
        """Write the counts down; what a forked child of the session counted is its own business."""
        if self.tracer is None or self.process != os.getpid():
            return
        self.tracer.stop()
        groups: dict[tuple[int, ...], int] = {(): 0}
        files: dict[str, list[Any]] = {}
        for path in sorted({*self.passing, *self.failing}):
            inside = self.relative(path)
            if inside is not None:
                passing, failing = self.passing.get(path, {}), self.failing.get(path, {})
                files[inside] = [
                    [line, passing.get(line, 0), groups.setdefault(tuple(failing.get(line, ())), len(groups))]
                    for line in sorted({*passing, *failing})
                ]
        document = {
            "core": self.tracer.name, "passed": self.passed, "failed": self.failed, "groups": list(groups),
            "files": files,
        }  # fmt: skip
        place = os.path.join(self.folder, "%d.json" % os.getpid())
        self.tracer = None
        if files:
            with open(place + ".part", "w", encoding="utf-8", errors="replace") as stream:
                json.dump(document, stream, separators=(",", ":"))
            os.replace(place + ".part", place)
