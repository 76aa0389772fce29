"""Recent changes: lines that the last commits touched, the newest first and small changes before large ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.hunks import History, split_lines
from healer.localization.inquiry import Suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.localization.inquiry import Inquiry
    from healer.models.code import Commit

COMMIT_DECAY = 0.75
"""Per commit back in time."""
MOST_HUNKS = 1000
"""Per commit; beyond, a commit is a reformatting or an import of foreign code."""
SPREAD = 0.25
"""How much of a commit's suspicion each tenfold of changed lines takes away."""


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect every line of code in the base that still reads as a recent commit wrote it."""
    texts: dict[str, list[str]] = {}
    history = History(inquiry.commits)
    for age, commit in enumerate(inquiry.commits):
        size = sum(
            max(len(hunk.new_lines), len(hunk.old_lines)) for hunk in commit.hunks if layout.is_source(hunk.path)
        )
        score = COMMIT_DECAY**age / (1 + SPREAD * math.log10(max(size, 1)))
        evidence = describe(commit, age)
        for hunk in commit.hunks[:MOST_HUNKS]:
            if not layout.is_source(hunk.path):
                continue
            if hunk.path not in texts:
                data = inquiry.index.read(hunk.path)
                texts[hunk.path] = split_lines(data) if data else []
            lines = texts[hunk.path]
            start = history.place(hunk, age, lines)
            if start is None or not lines:
                continue
            if not hunk.new_lines:
                line = min(max(start, 1), len(lines))
                yield Suspicion(hunk.path, line, line, score, f"lines were removed here in {evidence}")
            module = inquiry.index.module(hunk.path)
            said = module.docstring_lines if module else frozenset()
            for number, text in enumerate(hunk.new_lines, start + 1):
                if text.strip() and not text.lstrip().startswith("#") and number not in said:
                    yield Suspicion(hunk.path, number, number, score, f"changed in {evidence}")


def describe(commit: Commit, age: int) -> str:
    """Name a commit as people do."""
    place_in_history = "the newest commit" if age == 0 else f"{age} commit{'s' if age > 1 else ''} before the newest"
    return f"{commit.id[:7]} '{commit.subject}', {place_in_history}"
