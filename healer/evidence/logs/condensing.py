"""A log of any length in bounded memory: what stands around the signs of failure is kept, wherever they are.

A log that fits is kept whole. Of a longer one, lines around each sign of failure are kept. Signs have four ranks, each
with an account of its own, so that a program that logs a million errors cannot crowd out what a test framework or the
CI says of failing. An account that is full keeps its first windows and its last ones.
"""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.limits import LINE_CHARACTERS, OUTPUT_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BEFORE = 60
_ENDS = 1_000
"""Lines kept from the beginning and the end of the log whatever they say."""

_LINE_WEIGHT = 32
_OBJECT_BYTES = 75
_BLOCK = 256 * 1024
_LONGEST = 2 * LINE_CHARACTERS
_WINDOW = 16 * LINE_CHARACTERS

_RED = (
    *("##[error]", "##[group]Run ", "= FAILURES =", "= ERRORS =", "short test sum", "test session starts"),
    *(" failed in ", " errors in ", " error in ", "INTERNALERROR>", "Fatal Python error", "--- FAIL", "FAIL\t"),
    *(
        "test result: FAIL",
        "FAILURE!",
        "Failures:",
        "failures:",
        "BUILD FAIL",
        "panicked at",
        "[  FAILED  ]",
        "not ok ",
    ),
    *(
        "======\nFAIL: ",
        "======\nERROR: ",
        "FAILED (",
        "error[E",
        ": error TS",
        " \u25cf ",
        "\u2715",
        "\u2717",
        "\u2718",
    ),
)
_RESULTS = (
    *(
        " passed in ",
        "no tests ran in",
        "test result: ",
        "Tests run:",
        "Tests: ",
        "Tests  ",
        "examples, ",
        "% tests passed",
    ),
    *("\nRan ", "\u276f"),
)
_PROGRAMS = (
    *(
        "exit code",
        "exit status",
        "exited with",
        "::error ",
        "FAILED ",
        "FAIL:",
        "ERROR:",
        "panic: ",
        "Traceback (most",
    ),
    *("Segmentation fault", "Job failed", "npm ERR!", "npm error", "fatal error", ": error: ", "cancel", "timed out"),
)
_ANYTHING = ("rror", "ail", "xception", "ERR", "AIL", "atal", "FATAL", "enied", "illed", "undefined", "not found")
_COMMON = (
    *("rror", "ail", "AIL", "ERR", "##[", "pass", "session starts", "short test", "tests ran", "test result", "Tests"),
    *("examples, ", "not ok", "Ran ", "panic", "exit", "Traceback", "egmentation", "cancel", "timed out", "xception"),
    *("atal", "FATAL", "enied", "illed", "undefined", "not found", "\u25cf", "\u2715", "\u2717", "\u2718", "\u276f"),
)
"""What the signs have in common, for speed: a block without any of these holds no sign."""

_SIGNS = {
    common: tuple(
        (rank, word)
        for rank, words in enumerate((_RED, _RESULTS, _PROGRAMS, _ANYTHING))
        for word in words
        if common == next(one for one in _COMMON if one in word)
    )
    for common in _COMMON
}


@dataclass(frozen=True, slots=True)
class Condensed:
    """What is left of a log, and how many of its lines are not in it."""

    text: str
    lines_left_out: int = 0


def condensed(blocks: Iterator[str], limit: int = OUTPUT_CHARACTERS) -> Condensed:
    r"""Return the log whole if it has at most so many characters, else what stands around signs of failure.

    Each block is of whole lines and ends in `\n`. Of a log of wide characters fewer are kept.
    """
    held: list[str] = []
    size, width = 0, 1
    for block in blocks:
        held.append(block)
        size += _weight(block)
        # One emoji makes each character of a text four bytes wide.
        width = max(width, round((sys.getsizeof(block) - _OBJECT_BYTES) / len(block)))
        if size * width > limit:
            break
    else:
        return Condensed("".join(held))
    windows = _Windows(limit // width)
    held.reverse()
    while held:
        windows.add(held.pop())
    for block in blocks:
        windows.add(block)
    return windows.result()


@dataclass(slots=True, eq=False)
class _Rank:
    """Signs of one rank and the windows around them: the first `limit` characters, and as many of the last."""

    place: int
    after: int
    limit: int
    first: list[tuple[int, str]] = field(default_factory=list)
    last: deque[tuple[int, str]] = field(default_factory=deque)
    taken: int = 0
    held: int = 0
    here: tuple[str, ...] = ()
    """Those of the words that stand in the block at hand."""

    def keep(self, number: int, text: str) -> None:
        """Keep lines, of which the first has this number, at the cost of the oldest of the last ones."""
        weight = _weight(text)
        if self.taken + weight <= self.limit and not self.last:
            self.first.append((number, text))
            self.taken += weight
            return
        self.last.append((number, text))
        self.held += weight
        while self.held > self.limit:
            self.held -= _weight(self.last.popleft()[1])


class _Windows:
    """Lines around signs of failure, gathered block by block."""

    def __init__(self, limit: int) -> None:
        self._ranks = (
            _Rank(0, 200, limit // 4),
            _Rank(1, 60, limit // 8),
            _Rank(2, 100, limit // 16),
            _Rank(3, 20, limit // 16),
        )
        self._before: deque[str] = deque(maxlen=_BEFORE)
        self._end: deque[str] = deque(maxlen=_ENDS)
        self._number = 0
        self._rank = self._ranks[0]
        self._left = _ENDS
        self._window: list[str] = []
        self._size = 0

    def add(self, block: str) -> None:
        """Take the next whole lines of the log."""
        here = [sign for common, signs in _SIGNS.items() if common in block for sign in signs if sign[1] in block]
        for rank in self._ranks:
            rank.here = tuple(word.lstrip("=\n") for place, word in here if place == rank.place)
        is_plain = not here
        if is_plain and not self._left:
            self._pass_over(block)
            return
        for line in block[:-1].split("\n"):
            if not is_plain:
                self._look_at(line)
            self._take(f"{line[:_LONGEST]}\n")

    def result(self) -> Condensed:
        """Return what was kept, in order, with a word on each gap."""
        self._close()
        weight = sum(map(_weight, self._end))
        while weight > self._ranks[1].limit:
            weight -= _weight(self._end.popleft())
        self._ranks[0].keep(self._number - len(self._end), "".join(self._end))
        kept = sorted(window for rank in self._ranks for window in (*rank.first, *rank.last))
        return _joined(kept, self._number)

    def _look_at(self, line: str) -> None:
        for rank in self._ranks:
            if any(word in line for word in rank.here):
                if not self._left or self._rank.place >= rank.place:
                    self._open(rank)
                return

    def _open(self, rank: _Rank) -> None:
        """Begin or prolong a window of the rank, with the lines before that were not kept yet."""
        if rank is not self._rank or not self._left:
            self._close()
            self._rank = rank
            self._window = list(self._before)
            self._size = sum(map(len, self._window))
            self._before.clear()
        self._left = rank.after + 1

    def _close(self) -> None:
        if self._window:
            self._rank.keep(self._number - len(self._window), "".join(self._window))
        self._window, self._size = [], 0

    def _take(self, line: str) -> None:
        self._end.append(line)
        self._number += 1
        if not self._left:
            self._before.append(line)
            return
        self._window.append(line)
        self._size += len(line)
        self._left -= 1
        if not self._left or self._size > _WINDOW:
            self._close()

    def _pass_over(self, block: str) -> None:
        last = block[:-1].rsplit("\n", _ENDS)[-_ENDS:]
        self._before.extend(f"{line[:_LONGEST]}\n" for line in last[-_BEFORE:])
        self._end.extend(f"{line[:_LONGEST]}\n" for line in last)
        self._number += block.count("\n")


def _weight(text: str) -> int:
    """Return what a text costs those who read it line by line: empty lines are not for nothing."""
    return len(text) + _LINE_WEIGHT * text.count("\n")


def blocks_of(text: str) -> Iterator[str]:
    """Yield a text that is held already in blocks of whole lines."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _BLOCK) + 1 or len(text)
        yield text[start:end] if text[end - 1] == "\n" else f"{text[start:end]}\n"
        start = end


def _joined(kept: Iterable[tuple[int, str]], lines: int) -> Condensed:
    pieces = []
    following = left_out = 0
    for number, text in kept:
        count = text.count("\n")
        if number > following:
            pieces.append(f"[\u2026 {number - following} lines left out \u2026]\n")
            left_out += number - following
        pieces.append(text if number >= following else "\n".join(text.split("\n")[following - number :]))
        following = max(following, number + count)
    return Condensed("".join(pieces), left_out + lines - following)
