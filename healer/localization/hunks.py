"""Where the lines of an older commit stand now: positions mapped through newer commits, or content that is unique.

After the mapping of lines through history in SZZ implementations (Śliwerski, Zimmermann, Zeller 2005).
"""

from __future__ import annotations

import bisect
import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.models.code import ChangedHunk, Commit

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def split_lines(data: bytes) -> list[str]:
    """Split as git does, at newlines only, ends kept; bytes that are not UTF-8 survive the way back."""
    return _LINE.findall(data.decode("utf-8", "surrogateescape"))


def concerned(start: int, end: int, count: int) -> tuple[int, int]:
    """Return the first and last line (1-based) of a range (0-based, exclusive) of a file of so many lines.

    A range without lines names the one that follows it, or the last where none does.
    """
    line = min(start + 1, max(count, 1))
    return line, max(min(end, count), line)


class History:
    """Recent commits, newest first, arranged to follow lines through them."""

    def __init__(self, commits: Sequence[Commit]) -> None:
        self._changes: list[dict[str, _Shifts]] = []
        for commit in commits:
            by_path: dict[str, list[ChangedHunk]] = {}
            for hunk in commit.hunks:
                by_path.setdefault(hunk.path, []).append(hunk)
            self._changes.append({path: _Shifts(hunks) for path, hunks in by_path.items()})

    def place(self, hunk: ChangedHunk, age: int, lines: Sequence[str]) -> int | None:
        """Return the 0-based line of the base where the hunk's new lines begin, or None when that is not certain.

        `age` is the position of the hunk's commit. A pure deletion has no content to look for: its place holds only
        when every newer commit is known (an empty one may be binary) and none of them changed its neighbourhood.
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
        places = (
            at
            for at in range(len(lines) - length + 1)
            if lines[at] == wanted[0] and list(lines[at : at + length]) == wanted
        )
        found = list(islice(places, 2))
        return found[0] if len(found) == 1 else None

    def _mapped(self, hunk: ChangedHunk, age: int) -> int | None:
        """Carry the hunk's position forward through each newer commit's changes to the file, oldest of them first."""
        start: int | None = hunk.new_start - 1 if hunk.new_lines else hunk.new_start
        for changes in reversed(self._changes[:age]):
            shifts = changes.get(hunk.path)
            if shifts is not None and start is not None:
                start = shifts.carry(start, len(hunk.new_lines))
        return start if start is not None and start >= 0 else None


class _Shifts:
    """How one commit moved the lines of one file; positions are 0-based, in the version before the commit."""

    def __init__(self, hunks: Sequence[ChangedHunk]) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._sums = [0]
        for hunk in sorted(hunks, key=lambda item: item.old_start):
            first = hunk.old_start - 1 if hunk.old_lines else hunk.old_start
            self._firsts.append(first)
            self._lasts.append(first + len(hunk.old_lines))
            self._sums.append(self._sums[-1] + len(hunk.new_lines) - len(hunk.old_lines))

    def carry(self, start: int, length: int) -> int | None:
        """Return where a run of lines begins after the commit, or None when the commit changed it or cut it."""
        before = bisect.bisect_right(self._lasts, start)
        if length == 0 and before and self._firsts[before - 1] == start:
            return None  # lines were added at the very place that lines had been removed from
        if before < len(self._firsts) and self._firsts[before] < start + max(length, 1):
            return None
        return start + self._sums[before]
