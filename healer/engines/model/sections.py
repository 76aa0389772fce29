"""The parts of the evidence, each as the text between two marker lines; empty when there is nothing to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer import layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.engines.model.fencing import Fence
    from healer.models.code import ChangedHunk, Commit, Excerpt, Location
    from healer.models.evidence import Failure, FailureCluster
    from healer.models.outcome import Attempt
    from healer.ports import SourceTree

MAX_CLUSTERS = 8
MAX_NAMES = 5
MAX_LOCATIONS = 8
MAX_COMMITS = 4
MAX_ATTEMPTS = 4
SURROUNDINGS = 8
FAILURES_LIMIT = 6_000
CODE_LIMIT = 24_000
CHANGES_LIMIT = 3_000
ATTEMPT_LIMIT = 2_400


def failures(clusters: Sequence[FailureCluster], fence: Fence) -> str:
    """Each cause once: the test cases it fails, and one of them in full."""
    shown = clusters[:MAX_CLUSTERS]
    share = max(700, min(3_000, FAILURES_LIMIT // max(1, len(shown))))
    blocks = [_cluster(number, cluster, fence, share) for number, cluster in enumerate(shown, start=1)]
    if len(clusters) > len(shown):
        rest = sum(len(cluster.failures) for cluster in clusters[len(shown) :])
        blocks.append(f"and {rest} more failing test cases with {len(clusters) - len(shown)} other causes")
    return "\n\n".join(blocks)


def _cluster(number: int, cluster: FailureCluster, fence: Fence, limit: int) -> str:
    first = cluster.representative
    kind = fence.line(first.type or "") or ("assertion" if first.kind == "failed" else "error")
    lines = [f"[{number}] {fence.line(first.id)} ({first.kind}: {kind})"]
    others = [fence.line(failure.id) for failure in cluster.failures[1 : 1 + MAX_NAMES]]
    if others:
        more = len(cluster.failures) - 1 - len(others)
        lines.append(f"    same cause: {', '.join(others)}" + (f" and {more} more" if more else ""))
    return "\n".join([*lines, _account(first, fence, limit)])


def _account(failure: Failure, fence: Fence, limit: int) -> str:
    """Return the trace, led by the message where the trace does not already say it."""
    trace = fence.clean(failure.text, limit)
    message = fence.clean(failure.message, 600)
    if message and message.split("\n", 1)[0] not in trace:
        return f"{message}\n{trace}".rstrip("\n")
    return trace or message


def locations(ranked: Sequence[Location], source: SourceTree, fence: Fence) -> str:
    """Return the suspicious places, best first, with the reasons and, where it is a single line, the line itself."""
    lines = []
    for number, location in enumerate(ranked[:MAX_LOCATIONS], start=1):
        place = f"{fence.line(location.path)}:{location.line}"
        if location.end_line > location.line:
            place += f"-{location.end_line}"
        if location.function:
            place += f" in {fence.line(location.function, 100)}"
        reasons = "; ".join(fence.line(reason, 160) for reason in location.evidence[:3])
        lines.append(f"{number}. {place}" + (f": {reasons}" if reasons else ""))
        if location.end_line == location.line:
            lines.append(f"       {fence.line(_source_line(source, location), 160)}")
    return "\n".join(line for line in lines if line.strip())


def _source_line(source: SourceTree, location: Location) -> str:
    if location.path not in source.paths:
        return ""
    lines = source.read(location.path).decode("utf-8", "replace").splitlines()
    return lines[location.line - 1] if 0 < location.line <= len(lines) else ""


def code(excerpts: Sequence[Excerpt], fence: Fence) -> str:
    """Return the pieces of source that there is room for, in order of worth; shown file by file, top to bottom."""
    taken: list[tuple[Excerpt, str]] = []
    room = CODE_LIMIT
    for excerpt in excerpts:
        text = fence.clean(excerpt.text, CODE_LIMIT)
        if len(text) <= room:
            taken.append((excerpt, text))
            room -= len(text)
    files = list(dict.fromkeys(excerpt.path for excerpt, _ in taken))
    taken.sort(key=lambda item: (files.index(item[0].path), item[0].line))
    return "\n\n".join(f"=== {_title(excerpt, fence)}\n{text}" for excerpt, text in taken)


def _title(excerpt: Excerpt, fence: Fence) -> str:
    reason = f": {fence.line(excerpt.reason, 100)}" if excerpt.reason else ""
    return f"{fence.line(excerpt.path)}, lines {excerpt.line}-{excerpt.end_line}{reason}"


def changes(commits: Sequence[Commit], source: SourceTree, excerpts: Sequence[Excerpt], fence: Fence) -> str:
    """Return what the newest commits changed, as diffs: source before tests, and code that is shown before other code.

    A change to code that is not shown brings its surroundings along, so that it can be understood and repaired.
    """
    shown = {excerpt.path for excerpt in excerpts}
    blocks: list[str] = []
    room = CHANGES_LIMIT
    for commit in commits[:MAX_COMMITS]:
        hunks = [hunk for hunk in commit.hunks if layout.is_source(hunk.path) or layout.is_test(hunk.path)]
        hunks.sort(key=lambda hunk: (layout.is_test(hunk.path), hunk.path not in shown))
        pieces: list[str] = []
        for hunk in hunks:
            piece = _hunk(hunk, source, excerpts, fence)
            if len(piece) > room:
                pieces.append("[more changes left out]")
                break
            pieces.append(piece)
            room -= len(piece)
        if pieces:
            blocks.append("\n".join([f"commit {fence.line(commit.id, 10)} {fence.line(commit.subject, 120)}", *pieces]))
    return "\n\n".join(blocks)


def _hunk(hunk: ChangedHunk, source: SourceTree, excerpts: Sequence[Excerpt], fence: Fence) -> str:
    removed = ["-" + line.rstrip("\r\n") for line in hunk.old_lines]
    added = ["+" + line.rstrip("\r\n") for line in hunk.new_lines]
    before, after = _surroundings(hunk, source, excerpts)
    text = fence.clean("\n".join([*before, *removed, *added, *after]), CHANGES_LIMIT // 2)
    return f"{fence.line(hunk.path)} near line {hunk.new_start}:\n{text}"


def _surroundings(
    hunk: ChangedHunk, source: SourceTree, excerpts: Sequence[Excerpt]
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the lines around a change as context lines; none where they are shown anyway, or have moved since."""
    is_shown = any(
        excerpt.path == hunk.path and excerpt.line <= hunk.new_start <= excerpt.end_line for excerpt in excerpts
    )
    if is_shown or hunk.path not in source.paths or layout.is_test(hunk.path):
        return (), ()
    lines = source.read(hunk.path).decode("utf-8", "replace").split("\n")
    # A pure deletion names the line that it came after, everything else its own first line.
    first = hunk.new_start - 1 if hunk.new_lines else hunk.new_start
    last = first + len(hunk.new_lines)
    now = [line.rstrip("\r") for line in lines[first:last]]
    if now != [line.rstrip("\r\n") for line in hunk.new_lines]:
        return (), ()
    around = (lines[max(0, first - SURROUNDINGS) : first], lines[last : last + SURROUNDINGS])
    before, after = ([" " + line.rstrip("\r") for line in part] for part in around)
    return before, after


def attempts(tried: Sequence[Attempt], engine: str, fence: Fence) -> str:
    """Return what was tried and what came of it, this engine's own attempts before the others'."""
    made = [attempt for attempt in tried if attempt.verdict not in {"unavailable", "budget"}]
    own = [attempt for attempt in made if attempt.engine == engine]
    others = [attempt for attempt in made if attempt.engine != engine and attempt.diff]
    shown = own[-MAX_ATTEMPTS:] + others[: max(0, 2 - len(own))]
    blocks = []
    for number, attempt in enumerate(shown, start=1):
        by = "you" if attempt.engine == engine else f"another engine, {fence.line(attempt.engine, 40)}"
        lines = [f"[attempt {number}, by {by}]"]
        if attempt.diff:
            lines.append(fence.clean(attempt.diff, ATTEMPT_LIMIT))
        lines.append(f"result: {fence.line(attempt.verdict, 40)}. {fence.clean(attempt.why, ATTEMPT_LIMIT)}")
        blocks.append("\n".join(lines))
    if blocks and len(made) > len(shown):
        blocks.append(f"{len(made) - len(shown)} other attempts failed too")
    return "\n\n".join(blocks)
