"""Commits made of two versions of a project, cut into hunks as `git diff -U0` does."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from healer.localization.hunks import split_lines
from healer.models.code import ChangedHunk, Commit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def commit_of(subject: str, before: Mapping[str, str], after: Mapping[str, str], name: str = "a1b2c3d4e5") -> Commit:
    paths = sorted({*before, *after})
    return Commit(name, subject, tuple(hunk for path in paths for hunk in hunks_of(path, before, after)))


def hunks_of(path: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[ChangedHunk]:
    old, new = split_lines(before.get(path, "").encode()), split_lines(after.get(path, "").encode())
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            old_start, new_start = i1 + (i2 > i1), j1 + (j2 > j1)
            yield ChangedHunk(path, old_start, tuple(old[i1:i2]), new_start, tuple(new[j1:j2]))
