"""Where the lines of an older commit stand now: positions mapped through newer commits, or content that is unique.

After the mapping of lines through history in SZZ implementations (Śliwerski, Zimmermann, Zeller 2005).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.code import ChangedHunk, Commit

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def split_lines(data: bytes) -> list[str]:
    """Split as git does, at newlines only, ends kept; bytes that are not UTF-8 survive the way back."""
    return _LINE.findall(data.decode("utf-8", "surrogateescape"))


def join_lines(lines: Sequence[str]) -> bytes:
    """Undo `split_lines`."""
    return "".join(lines).encode("utf-8", "surrogateescape")


class History:
    """Recent commits, newest first, arranged to follow lines through them."""

    def __init__(self, commits: Sequence[Commit]) -> None:
        self._changes: list[dict[str, list[ChangedHunk]]] = []
        for commit in commits:
            by_path: dict[str, list[ChangedHunk]] = {}
            for hunk in commit.hunks:
                by_path.setdefault(hunk.path, []).append(hunk)
            self._changes.append(by_path)

    def place(self, hunk: ChangedHunk, age: int, lines: Sequence[str]) -> int | None:
        """Return the 0-based line of the base where the hunk's new lines begin, or None when that is not certain.

        `age` is the position of the hunk's commit. A pure deletion has no content to look for: its place holds only
        when every newer commit is known (a merge is not) and none of them changed its neighbourhood.
        """
        mapped = self._mapped(hunk, age)
        length = len(hunk.new_lines)
        if length == 0:
            certain = mapped is not None and mapped <= len(lines) and all(self._changes[:age])
            return mapped if certain else None
        wanted = list(hunk.new_lines)
        if mapped is not None and list(lines[mapped : mapped + length]) == wanted:
            return mapped
        if not any(line.strip() for line in wanted):
            return None
        places = [
            at
            for at in range(len(lines) - length + 1)
            if lines[at] == wanted[0] and list(lines[at : at + length]) == wanted
        ]
        return places[0] if len(places) == 1 else None

    def _mapped(self, hunk: ChangedHunk, age: int) -> int | None:
        """Carry the hunk's position forward through each newer commit's changes to the file, oldest of them first."""
        start = hunk.new_start - 1 if hunk.new_lines else hunk.new_start
        end = start + len(hunk.new_lines)
        for changes in reversed(self._changes[:age]):
            shift = 0
            for change in changes.get(hunk.path, ()):
                first = change.old_start - 1 if change.old_lines else change.old_start
                last = first + len(change.old_lines)
                if last <= start and not first == last == start == end:
                    shift += len(change.new_lines) - len(change.old_lines)
                elif first < end or first <= start <= last:
                    return None
            start, end = start + shift, end + shift
        return start if start >= 0 else None
