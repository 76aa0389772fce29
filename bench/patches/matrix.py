"""The matrix: every edit with every kind of damage, drawn several times, and what each applier makes of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.patches.appliers import Task
from bench.patches.content import CONTENT
from bench.patches.damage import Case, Meaning, is_unique
from bench.patches.form import FORM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.patches.damage import Reply
    from bench.patches.releases import Edit

KINDS: dict[str, Callable[[Case, random.Random], Reply | None]] = {**FORM, **CONTENT}

_CONTEXT = (3, 2, 5)
"""Lines of context by draw, so that kinds of damage that need no dice differ too."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One damaged reply, what placing it must come to, and whether only one answer is right."""

    kind: str
    origin: str
    seed: int
    task: Task
    intended: bytes
    meaning: Meaning
    is_unique: bool


@dataclass(slots=True)
class Tally:
    """How often an applier was right, wrong, or refused."""

    right: int = 0
    wrong: int = 0
    refused: int = 0

    def add(self, cell: Cell, outcome: bytes | None) -> None:
        """Count one outcome; None is a refusal."""
        if outcome is None:
            self.refused += 1
        elif outcome == cell.intended:
            self.right += 1
        else:
            self.wrong += 1

    def __str__(self) -> str:
        return f"{self.right} / {self.wrong} / {self.refused}"


def cells(edits: Sequence[Edit], seeds: Sequence[int], only: str | None = None) -> list[Cell]:
    """Return the matrix, the same for the same seeds."""
    found = []
    for kind, damage in KINDS.items():
        if only is not None and only != kind:
            continue
        for edit in edits:
            for seed in seeds:
                case = Case(edit.path, edit.before, edit.after, _CONTEXT[seed % len(_CONTEXT)], seed % 2 == 0)
                reply = damage(case, random.Random(f"{kind} {edit.origin} {edit.path} {seed}"))  # noqa: S311 - no secret
                if reply is not None:
                    found.append(_cell(kind, edit, seed, case, reply))
    return found


def _cell(kind: str, edit: Edit, seed: int, case: Case, reply: Reply) -> Cell:
    before = case.before if reply.before is None else reply.before
    after = case.after if reply.after is None else reply.after
    task = Task(reply.text, case.path, before.encode())
    return Cell(kind, edit.origin, seed, task, after.encode(), reply.meaning, is_unique(case, reply))
