"""The cases: what is broken, and how self-heal is asked to repair it. One TOML file each in `cases`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("cases")


@dataclass(frozen=True, slots=True)
class Edit:
    """A seeded fault: `old` occurs in the file exactly once."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Case:
    """One broken repository.

    In commands and in files, `{python}`, `{ruff}`, `{bandit}`, `{go}` and `{node}` stand for the programs.
    """

    name: str
    variant: str
    """The variant of the prompt that the first question has to have."""
    base: str
    """A pinned source distribution, `go:` with a package of Go's own library, `npm:` with a pinned package, or none."""
    command: tuple[str, ...]
    checks: tuple[tuple[str, ...], ...]
    sarif: tuple[str, ...]
    """The command that prints the analyser's report; empty without one."""
    report: str
    """A report kept beside the cases; empty without one."""
    options: tuple[str, ...]
    answers: tuple[str, ...]
    """What is answered to the first questions; whoever plays the model answers the others."""
    edits: tuple[Edit, ...]
    files: tuple[tuple[str, str], ...]
    """Paths with their texts, put into the repository."""


def cases() -> tuple[Case, ...]:
    """Return all cases in the order of their names."""
    return tuple(_case(file.stem, tomllib.loads(file.read_text("utf-8"))) for file in sorted(FOLDER.glob("*.toml")))


def _case(name: str, told: dict[str, Any]) -> Case:
    pytest = ["{python}", "-m", "pytest", "-q", "-p", "no:cacheprovider", *told.get("tests", ())]
    return Case(
        name=name,
        variant=told["variant"],
        base=told.get("base", ""),
        command=tuple(told.get("command", pytest)),
        checks=tuple(map(tuple, told.get("checks", ()))),
        sarif=tuple(told.get("sarif", ())),
        report=told.get("report", ""),
        options=tuple(told.get("options", ())),
        answers=tuple(told.get("answers", ())),
        edits=tuple(Edit(**edit) for edit in told.get("edit", ())),
        files=tuple((file["path"], file["text"].removeprefix("\n")) for file in told.get("file", ())),
    )
