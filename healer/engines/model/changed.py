"""What changed: the part of a commit that experiment blames, else the newest commits, the suspicious ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer import layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from healer.engines.model.fencing import Fence
    from healer.models.code import ChangedHunk, Diagnosis, Excerpt, Location
    from healer.ports import SourceTree

MAX_COMMITS = 4
MAX_OTHERS = 6
MAX_RANGES = 6
SURROUNDINGS = 8
LITTLE = 2
"""Lines around a change that nothing suspects."""
CHANGES_LIMIT = 3_000
"""Characters for changes to code that is suspicious or shown."""
ASIDE_LIMIT = 1_200
"""Characters for changes to other code."""
_LOOKED_AT = 12
_REMARKS = ("//", "/*", "*", 3 * '"', 3 * "'")
_HASH_IS_CODE = (".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".rs", ".css", ".scss")


def changes(diagnosis: Diagnosis, source: SourceTree, excerpts: Sequence[Excerpt], fence: Fence) -> str:
    """Return what the newest commits changed, unless it is known which of them broke it: then nothing else matters.

    Newest first: source before tests, the suspicious before the rest. A change to code that is not shown brings its
    surroundings along, so that it can be understood and repaired.
    """
    if blamed(diagnosis, source, fence):
        return ""
    blocks: list[str] = []
    room = {True: CHANGES_LIMIT, False: ASIDE_LIMIT}
    ranked = diagnosis.locations
    for commit in diagnosis.commits[:MAX_COMMITS]:
        pieces: list[str] = []
        others: dict[str, int] = {}
        for hunk in sorted(commit.hunks, key=lambda hunk: (layout.is_test(hunk.path), not _matters(hunk, ranked))):
            if not (layout.is_source(hunk.path) or layout.is_test(hunk.path)):
                continue
            matters = _matters(hunk, ranked) or _is_shown(hunk, excerpts)
            size = SURROUNDINGS if matters else LITTLE
            is_told = matters or not _is_remark(hunk)
            fits = sum(map(len, (*hunk.old_lines, *hunk.new_lines))) <= room[matters]
            piece = _hunk(hunk, source, excerpts, fence, size) if is_told and fits else ""
            if piece and len(piece) <= room[matters]:
                pieces.append(piece)
                room[matters] -= len(piece)
            else:
                others[hunk.path] = others.get(hunk.path, 0) + max(len(hunk.old_lines), len(hunk.new_lines))
        if others:
            pieces.append(_not_shown(others, fence))
        if pieces:
            blocks.append("\n".join([f"commit {fence.line(commit.id, 10)} {fence.line(commit.subject, 120)}", *pieces]))
    return "\n\n".join(blocks)


def _not_shown(others: Mapping[str, int], fence: Fence) -> str:
    listed = [
        f"{fence.line(path)} ({lines} {'line' if lines == 1 else 'lines'})"
        for path, lines in list(others.items())[:MAX_OTHERS]
    ]
    more = f" and {len(others) - MAX_OTHERS} more files" if len(others) > MAX_OTHERS else ""
    return f"[not shown: {', '.join(listed)}{more}]"


def blamed(diagnosis: Diagnosis, source: SourceTree, fence: Fence) -> str:
    """Return the change that experiment found to have broken it; empty where none was found."""
    culprit = diagnosis.culprit
    if culprit is None or not culprit.changes:
        return ""
    commit = culprit.commit
    age = "commit" if culprit.age == 1 else "commits"
    told = f"{culprit.age} {age} before the newest" if culprit.age else "the newest commit"
    lines = [
        f"commit {fence.line(commit.id, 10)} {fence.line(commit.subject, 120)} ({told})",
        "By experiment: with just these lines put back to what they were (-), all that fails here passes.",
    ]
    for change in culprit.changes[:MAX_RANGES]:
        now = source.read(change.path).decode("utf-8", "replace").split("\n") if change.path in source.paths else []
        is_there = change.stood_after is None
        added = ["+" + line.rstrip("\r") for line in now[change.line - 1 : change.end_line] if is_there]
        removed = ["-" + line.rstrip("\r\n") for line in change.earlier]
        lines.append(f"{fence.line(change.path)} near line {change.line}:")
        lines.append(fence.clean("\n".join([*removed, *added]), CHANGES_LIMIT // 2))
    if len(culprit.changes) > MAX_RANGES:
        lines.append(f"[{len(culprit.changes) - MAX_RANGES} more places of it left out]")
    return "\n".join(lines)


def _is_remark(hunk: ChangedHunk) -> bool:
    """Whether a change touches nothing but comments and blank lines, as most languages write them."""
    marks = _REMARKS if hunk.path.endswith(_HASH_IS_CODE) else (*_REMARKS, "#")
    return all(not line.strip() or line.strip().startswith(marks) for line in (*hunk.old_lines, *hunk.new_lines))


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
