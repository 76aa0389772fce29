"""Pieces of source as a prompt shows them: file by file, top to bottom, those that touch in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from healer.engines.model.fencing import Fence
    from healer.engines.model.naming import Short
    from healer.models.code import Excerpt
    from healer.ports import SourceTree

BETWEEN = 2
"""Blank lines between two pieces that are shown as one, so that nobody has to guess what stands there."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines of a file as they are shown, with the reasons for each part; no line numbers of what stands nowhere."""

    path: str
    line: int
    end_line: int
    text: str
    reasons: tuple[tuple[int, int, str], ...]


def code(excerpts: Sequence[Excerpt], source: SourceTree, short: Short, fence: Fence, limit: int) -> str:
    """Return the pieces of source that there is room for, in order of worth; shown file by file, top to bottom.

    `limit` is in characters. Heads of definitions that are shown in full are left out.
    """
    taken: list[_Piece] = []
    room = limit
    for excerpt in excerpts:
        if len(excerpt.text) > 2 * room:
            continue  # cleaning does not halve it
        text = fence.clean(excerpt.text, limit)
        if len(text) <= room:
            reason = fence.line(short(excerpt.reason), 140)
            spans = ((excerpt.line, excerpt.end_line, reason),) if reason else ()
            taken.append(_Piece(excerpt.path, excerpt.line, excerpt.end_line, text, spans))
            room -= len(text)
    files = list(dict.fromkeys(piece.path for piece in taken))
    known = [piece if piece.line else _untold(piece, taken) for piece in taken]
    shown = sorted(filter(None, known), key=lambda piece: (files.index(piece.path), piece.line))
    return "\n\n".join(f"=== {_title(piece, fence)}\n{piece.text}" for piece in _joined(shown, source))


def _untold(heads: _Piece, taken: Iterable[_Piece]) -> _Piece | None:
    """Return heads of definitions without those that other pieces show; None where none is left."""
    told = {
        line.strip() for piece in taken if piece.line and piece.path == heads.path for line in piece.text.split("\n")
    }
    lines = [line for line in heads.text.split("\n") if line.strip() not in told]
    return _Piece(heads.path, 0, 0, "\n".join(lines), heads.reasons) if lines else None


def _joined(pieces: Iterable[_Piece], source: SourceTree) -> Iterator[_Piece]:
    """Yield pieces of a file that nothing but blank lines parts as one; each in its turn otherwise."""
    last: _Piece | None = None
    for piece in pieces:
        gap = _gap(last, piece, source) if last else None
        if last and gap is not None:
            text = f"{last.text}{chr(10) * (gap + 1)}{piece.text}"
            last = _Piece(last.path, last.line, piece.end_line, text, (*last.reasons, *piece.reasons))
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last


def _gap(last: _Piece, piece: _Piece, source: SourceTree) -> int | None:
    """Return how many blank lines part two pieces of a file; None where anything else does."""
    number = piece.line - last.end_line - 1
    if last.path != piece.path or not last.line or not 0 <= number <= BETWEEN or last.path not in source.paths:
        return None
    # Cleaning takes blank lines off the rims and may cut a text: lines are joined only where all of them are there.
    if any(one.text.count("\n") != one.end_line - one.line for one in (last, piece)):
        return None
    between = source.read(last.path).decode("utf-8", "replace").split("\n")[last.end_line : piece.line - 1]
    return number if not any(line.strip() for line in between) else None


def _title(piece: _Piece, fence: Fence) -> str:
    lines = f", lines {piece.line}-{piece.end_line}" if piece.line else ""
    told = {reason for _, _, reason in piece.reasons}
    if len(told) > 1:
        reason = "; ".join(f"{line}-{end_line} {reason}" for line, end_line, reason in piece.reasons)
    else:
        reason = "".join(told)
    return f"{fence.line(piece.path)}{lines}" + (f": {reason}" if reason else "")
