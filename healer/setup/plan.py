"""What is to be done before a suite can run, and how it is then run; every decision with its reason in words."""

from __future__ import annotations

from dataclasses import dataclass

MADE = "@made@"
"""Stands in a step's words for the folder that holds the plan's own files and what is made of it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command, run at the root of the project; `why` is what the files say that asks for it.

    Empty for a command of the user's own, whose last word then tells what it is.
    """

    argv: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class PythonWish:
    """Which minor versions would do (`3.12`), the best first."""

    versions: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How a project is set up and tested.

    `needs` are distributions (normalised names) without which an environment cannot serve; `programs` must be on the
    machine. `inputs` are the paths whose content decides what is installed; `whole` says that any file may.
    """

    language: str
    test: tuple[str, ...]
    reasons: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    python: PythonWish | None = None
    files: tuple[tuple[str, str], ...] = ()
    programs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    whole: bool = False
    needs: frozenset[str] = frozenset()
