"""Source files as lines to be shown: decoded, without secrets, and cut to what is worth reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from healer.localization.pysource import SourceIndex

TAB = 4
HIDDEN = "(this line is not shown: its file holds something like a private key)"


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive lines, the first of them `line` (1-based)."""

    line: int
    texts: tuple[str, ...]


class Sources:
    """The base's files, read on demand; none of them leaves with a secret in it."""

    def __init__(self, index: SourceIndex, redact: Callable[[str], str]) -> None:
        self.index = index
        self._redact = redact
        self._lines: dict[str, tuple[str, ...]] = {}

    def lines(self, path: str) -> tuple[str, ...]:
        """Return a file's lines without their ends; nothing where there is no such file."""
        if path not in self._lines:
            data = self.index.read(path)
            self._lines[path] = self.shown(data.decode("utf-8", "replace")) if data else ()
        return self._lines[path]

    def shown(self, text: str) -> tuple[str, ...]:
        """Return the lines of a text without secrets, as many as it has."""
        plain = text.replace("\r\n", "\n").removeprefix("\ufeff").removesuffix("\n")
        lines = tuple(self._redact(plain).split("\n"))
        count = plain.count("\n") + 1
        # A secret of several lines has gone: where each line stands would no longer be true.
        return lines if len(lines) == count else (HIDDEN,) * count

    def excerpt(
        self, path: str, first: int, last: int, wanted: Collection[int], *, most: int, around: int = 2
    ) -> tuple[Piece, ...]:
        """Return lines `first` to `last` whole where they are at most `most`, else those around the wanted ones.

        Where nothing is wanted, a long range is shown by its beginning.
        """
        lines = self.lines(path)
        first, last = max(first, 1), min(last, len(lines))
        if last - first < most:
            chosen = list(range(first, last + 1))
        else:
            near = {
                number for line in sorted(wanted) for number in range(line - around, line + around + 1)
            }  # fmt: skip
            inside = sorted(number for number in near if first <= number <= last)
            chosen = ([first] if inside else list(range(first, first + 2 * around + 1))) + [
                number for number in inside if number != first
            ]
        return _pieces(chosen, lines)


def _pieces(numbers: list[int], lines: tuple[str, ...]) -> tuple[Piece, ...]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return tuple(Piece(run[0], tuple(lines[number - 1] for number in run)) for run in runs)


def indentation(pieces: Sequence[Piece]) -> int:
    """Return how far all lines are indented, tabs counted as TAB blanks."""
    texts = [text.expandtabs(TAB) for piece in pieces for text in piece.texts if text.strip()]
    return min((len(text) - len(text.lstrip()) for text in texts), default=0)
