"""Change-directed repair: put back the smallest piece of a recent change, then ever larger ones.

As delta debugging (Zeller 1999) isolates a failure-inducing change, but at the grain of tokens and as candidates.
"""

from __future__ import annotations

import difflib
import enum
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from healer import layout
from healer.engines.embedded.repair import Repair, Splice
from healer.localization.hunks import History, split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.localization.pysource import SourceIndex
    from healer.models.code import ChangedHunk, Commit, Diagnosis

_TOKEN = re.compile(
    r"\w+|\r?\n|[^\S\n]+|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
    r"|\*\*=?|//=?|<<=?|>>=?|[=!<>:+\-*/%&|^@]=|->|&&|\|\||.",
    re.DOTALL,
)
_MOST_TOKENS = 600
"""Per side of a hunk; beyond, only whole lines are paired."""
_MOST_CHARACTERS = 8000
"""Both sides of a hunk together; longer lines are data, or minified."""
_MOST_PAIRS = 250_000
"""Old lines times new lines of a hunk; beyond, it is put back whole only."""
_MOST_PIECES = 24
"""Per hunk, of each grain."""
_MOST_HUNKS = 400
AGE_COST = 0.75
"""Per commit back in time: a piece of an older commit must be this much more suspicious."""


class Grain(enum.IntEnum):
    """How much is put back."""

    EXPRESSION = 0
    LINE = 1
    HUNK = 2
    FILE = 3
    COMMIT = 4


WORTH = {Grain.EXPRESSION: 1.0, Grain.LINE: 0.99, Grain.HUNK: 0.9, Grain.FILE: 0.6, Grain.COMMIT: 0.5}
"""Large pieces undo intended work along with the fault, so they wait for small ones elsewhere."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A hunk with where its new lines stand in the base: 0-based line, and byte offsets of every line."""

    hunk: ChangedHunk
    at: int
    offsets: list[int]

    def splice(self, first: int, last: int, lines: Sequence[str]) -> Splice:
        """Replace the hunk's new lines `first` to `last` (exclusive)."""
        text = "".join(lines).encode("utf-8", "surrogateescape")
        return Splice(self.hunk.path, self.offsets[self.at + first], self.offsets[self.at + last], text)

    def whole(self) -> Splice:
        """Replace all of the new lines by the old ones."""
        return self.splice(0, len(self.hunk.new_lines), self.hunk.old_lines)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something that can be put back, and the 1-based line of the base it concerns."""

    grain: Grain
    splices: tuple[Splice, ...]
    path: str
    line: int
    what: str


def reverts(diagnosis: Diagnosis, index: SourceIndex) -> Iterator[Repair]:
    """Yield the pieces of recent changes, those at suspicious lines first, then small before large, new before old."""
    found: list[tuple[float, int, Grain, int, Repair]] = []
    history = History(diagnosis.commits)
    for age, commit in enumerate(diagnosis.commits):
        placed = _placed(commit, age, history, index)
        for order, piece in enumerate(_pieces(commit, placed, index)):
            score = _suspiciousness(diagnosis, piece) * WORTH[piece.grain] * AGE_COST**age
            repair = Repair(
                piece.splices,
                f"{commit.id[:7]} '{commit.subject}' changed line {piece.line} of {piece.path}",
                piece.what,
                min(0.9, 0.3 + score),
            )
            found.append((-round(score, 2), age, piece.grain, order, repair))
    found.sort(key=lambda item: item[:4])
    yield from (item[4] for item in found)


def _suspiciousness(diagnosis: Diagnosis, piece: _Piece) -> float:
    around = [
        place.suspiciousness
        for place in diagnosis.locations
        if place.path == piece.path and place.line <= piece.line <= place.end_line
    ]
    return max(around, default=0.05)


def _placed(commit: Commit, age: int, history: History, index: SourceIndex) -> list[_Placed]:
    placed = []
    texts: dict[str, tuple[list[str], list[int]]] = {}
    for hunk in commit.hunks[:_MOST_HUNKS]:
        data = index.read(hunk.path) if layout.is_source(hunk.path) else None
        if data is None:
            continue
        if hunk.path not in texts:
            split = split_lines(data)
            texts[hunk.path] = (split, _offsets(split))
        lines, offsets = texts[hunk.path]
        at = history.place(hunk, age, lines)
        if at is not None and not index.touches_test(hunk.path, at, at + len(hunk.new_lines)):
            placed.append(_Placed(hunk, at, offsets))
    return placed


def _offsets(lines: Sequence[str]) -> list[int]:
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line.encode("utf-8", "surrogateescape")))
    return offsets


def _pieces(commit: Commit, placed: list[_Placed], index: SourceIndex) -> Iterator[_Piece]:
    for item in placed:
        path, line = item.hunk.path, item.at + 1
        for grain, pieces in ((Grain.EXPRESSION, _expressions(item)), (Grain.LINE, _lines(item))):
            for number, (offset, splice, what) in enumerate(pieces):
                if number < _MOST_PIECES:
                    yield _Piece(grain, (splice,), path, line + offset, what)
        yield _Piece(Grain.HUNK, (item.whole(),), path, line, f"put back the {_count(item.hunk)} this change replaced")
    by_path: dict[str, list[_Placed]] = {}
    for item in placed:
        by_path.setdefault(item.hunk.path, []).append(item)
    for path, items in by_path.items():
        splices = tuple(item.whole() for item in items)
        yield _Piece(Grain.FILE, splices, path, items[0].at + 1, f"revert what {commit.id[:7]} did to {path}")
    restored = _deleted_files(commit, index)
    whole = tuple(item.whole() for item in placed)
    if whole or restored:
        path, line = (placed[0].hunk.path, placed[0].at + 1) if placed else (restored[0].path, 1)
        yield _Piece(Grain.COMMIT, (*whole, *restored), path, line, f"revert the source changes of {commit.id[:7]}")


def _deleted_files(commit: Commit, index: SourceIndex) -> tuple[Splice, ...]:
    """Return what brings back the source files that a commit deleted whole."""
    return tuple(
        Splice(hunk.path, 0, 0, "".join(hunk.old_lines).encode("utf-8", "surrogateescape"))
        for hunk in commit.hunks[:_MOST_HUNKS]
        if not hunk.new_lines
        and hunk.old_start == 1
        and hunk.path not in index.source.paths
        and layout.is_source(hunk.path)
    )


def _count(hunk: ChangedHunk) -> str:
    count = len(hunk.old_lines)
    return f"{count} line{'' if count == 1 else 's'}" if count else "nothing that was there before"


def _expressions(item: _Placed) -> Iterator[tuple[int, Splice, str]]:
    """Yield each run of changed tokens put back alone, then each two neighbouring runs of one line."""
    hunk = item.hunk
    if not hunk.old_lines or not hunk.new_lines:
        return
    if len(hunk.old_lines) == len(hunk.new_lines):
        for number, (old, new) in enumerate(zip(hunk.old_lines, hunk.new_lines, strict=True)):
            for text, what in _token_reverts(old, new):
                yield number, item.splice(number, number + 1, [text]), what
        return
    for text, what in _token_reverts("".join(hunk.old_lines), "".join(hunk.new_lines)):
        yield 0, item.splice(0, len(hunk.new_lines), [text]), what


def _token_reverts(old: str, new: str) -> Iterator[tuple[str, str]]:
    if len(old) + len(new) > _MOST_CHARACTERS:
        return
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(before), len(after)) > _MOST_TOKENS:
        return
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    runs = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    spans = [(run, run) for run in runs] + list(pairwise(runs))
    for (_, i1, _, j1, _), (_, _, i2, _, j2) in spans if len(runs) > 1 else [(run, run) for run in runs]:
        was, now = "".join(before[i1:i2]), "".join(after[j1:j2])
        text = "".join(after[:j1]) + was + "".join(after[j2:])
        if was.strip() or now.strip():
            yield text, f"put back {_shown(was)} for {_shown(now)}"


def _shown(text: str) -> str:
    plain = " ".join(text.split())
    return f"`{plain[:80]}`" if plain else "nothing"


def _lines(item: _Placed) -> Iterator[tuple[int, Splice, str]]:
    """Yield each changed line put back alone: a pair exchanged, an added one dropped, removed ones restored."""
    hunk = item.hunk
    if len(hunk.old_lines) * len(hunk.new_lines) > _MOST_PAIRS:
        return
    matcher = difflib.SequenceMatcher(None, hunk.old_lines, hunk.new_lines, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "replace" and i2 - i1 == j2 - j1:
            for step in range(i2 - i1):
                old = hunk.old_lines[i1 + step]
                yield j1 + step, item.splice(j1 + step, j1 + step + 1, [old]), f"put back {_shown(old)}"
        elif tag == "insert":
            for line in range(j1, j2):
                yield line, item.splice(line, line + 1, []), f"drop {_shown(hunk.new_lines[line])}"
        if tag != "equal" and (i2 - i1 > 1 or j2 - j1 > 1 or tag in {"delete", "replace"}):
            yield j1, item.splice(j1, j2, hunk.old_lines[i1:i2]), f"put back {_shown(''.join(hunk.old_lines[i1:i2]))}"
