"""What changed lately, as diffs: what touches suspicious or shown code first, the rest in a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer import layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.engines.model.fencing import Fence
    from healer.models.code import ChangedHunk, Commit, Excerpt, Location
    from healer.ports import SourceTree

MAX_COMMITS = 4
MAX_OTHERS = 6
SURROUNDINGS = 8
LITTLE = 2
"""Lines around a change that nothing suspects."""
CHANGES_LIMIT = 3_000
"""Characters for changes to code that is suspicious or shown."""
ASIDE_LIMIT = 1_200
"""Characters for changes to other code."""
_LOOKED_AT = 12


def changes(
    commits: Sequence[Commit],
    source: SourceTree,
    excerpts: Sequence[Excerpt],
    ranked: Sequence[Location],
    fence: Fence,
) -> str:
    """Return what the newest commits changed, newest first: source before tests, the suspicious before the rest.

    A change to code that is not shown brings its surroundings along, so that it can be understood and repaired.
    """
    blocks: list[str] = []
    room = {True: CHANGES_LIMIT, False: ASIDE_LIMIT}
    for commit in commits[:MAX_COMMITS]:
        pieces: list[str] = []
        others: dict[str, int] = {}
        for hunk in sorted(commit.hunks, key=lambda hunk: (layout.is_test(hunk.path), not _matters(hunk, ranked))):
            is_code = layout.is_source(hunk.path) or layout.is_test(hunk.path)
            matters = _matters(hunk, ranked) or _is_shown(hunk, excerpts)
            size = SURROUNDINGS if matters else LITTLE
            fits = sum(map(len, (*hunk.old_lines, *hunk.new_lines))) <= room[matters]
            piece = _hunk(hunk, source, excerpts, fence, size) if is_code and fits else ""
            if piece and len(piece) <= room[matters]:
                pieces.append(piece)
                room[matters] -= len(piece)
            elif is_code:
                others[hunk.path] = others.get(hunk.path, 0) + max(len(hunk.old_lines), len(hunk.new_lines))
        if others:
            listed = [f"{fence.line(path)} ({lines} lines)" for path, lines in list(others.items())[:MAX_OTHERS]]
            more = f" and {len(others) - MAX_OTHERS} more files" if len(others) > MAX_OTHERS else ""
            pieces.append(f"[not shown: {', '.join(listed)}{more}]")
        if pieces:
            blocks.append("\n".join([f"commit {fence.line(commit.id, 10)} {fence.line(commit.subject, 120)}", *pieces]))
    return "\n\n".join(blocks)


def _matters(hunk: ChangedHunk, ranked: Sequence[Location]) -> bool:
    first, last = hunk.new_start, hunk.new_start + max(1, len(hunk.new_lines))
    return any(
        location.path == hunk.path and location.line <= last and first <= location.end_line
        for location in ranked[:_LOOKED_AT]
    )


def _is_shown(hunk: ChangedHunk, excerpts: Sequence[Excerpt]) -> bool:
    return any(excerpt.path == hunk.path and excerpt.line <= hunk.new_start <= excerpt.end_line for excerpt in excerpts)


def _hunk(hunk: ChangedHunk, source: SourceTree, excerpts: Sequence[Excerpt], fence: Fence, size: int) -> str:
    removed = ["-" + line.rstrip("\r\n") for line in hunk.old_lines]
    added = ["+" + line.rstrip("\r\n") for line in hunk.new_lines]
    before, after = _surroundings(hunk, source, excerpts, size)
    text = fence.clean("\n".join([*before, *removed, *added, *after]), CHANGES_LIMIT // 2)
    return f"{fence.line(hunk.path)} near line {hunk.new_start}:\n{text}"


def _surroundings(
    hunk: ChangedHunk, source: SourceTree, excerpts: Sequence[Excerpt], size: int
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the lines around a change as context lines; none where they are shown anyway, or have moved since."""
    if _is_shown(hunk, excerpts) or hunk.path not in source.paths or layout.is_test(hunk.path):
        return (), ()
    lines = source.read(hunk.path).decode("utf-8", "replace").split("\n")
    # A pure deletion names the line that it came after, everything else its own first line.
    first = hunk.new_start - 1 if hunk.new_lines else hunk.new_start
    last = first + len(hunk.new_lines)
    now = [line.rstrip("\r") for line in lines[first:last]]
    if now != [line.rstrip("\r\n") for line in hunk.new_lines]:
        return (), ()
    around = (lines[max(0, first - size) : first], lines[last : last + size])
    before, after = ([" " + line.rstrip("\r") for line in part] for part in around)
    return before, after
