"""Paths that a reply spells otherwise than the repository: absolute ones, and those that begin too far down."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from healer.models.change import FileChange


def resolved(changes: Sequence[FileChange], known: Collection[str]) -> tuple[FileChange, ...]:
    """Return the changes with the repository's own paths where only one can be meant; all others stay as they are.

    A new file is where the reply says. Changes that come to the same path are left to be refused as a conflict.
    """
    return tuple(
        change if change.creates else replace(change, path=_resolved(change.path, known)) for change in changes
    )


def _resolved(path: str, known: Collection[str]) -> str:
    parts = path.split("/")
    if path in known or not path or ".." in parts:
        return path
    if path.startswith("/"):
        # The longest end that is a file: the workspace is what stands before it.
        ends = ("/".join(parts[start:]) for start in range(1, len(parts)))
        return next((end for end in ends if end in known), path)
    found = [name for name in known if name.endswith(f"/{path}")]
    return found[0] if len(found) == 1 else path
