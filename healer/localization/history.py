"""Recent commits and their hunks, from `git log -p -U0`."""

from __future__ import annotations

import re

from healer.models.code import ChangedHunk, Commit

LOG_FORMAT = "commit %H %s"
"""No line of a patch can begin with `commit `: patch lines begin with one of `+-@\\ ` or a known header word."""

_RANGE = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def parse_log(log: bytes) -> tuple[Commit, ...]:
    """Read the output of `git log --format=LOG_FORMAT -p -U0` into commits in the order given.

    Binary files, and paths that git had to quote, are left out. Lines are decoded as UTF-8 with surrogate escapes, so
    that encoding them the same way gives the file's bytes back.
    """
    commits: list[Commit] = []
    for block in re.split(rb"(?m)^(?=commit [0-9a-f]{40,64} ?)", log):
        header, _, body = block.partition(b"\n")
        if not header.startswith(b"commit "):
            continue
        _, commit_id, subject = (*header.decode("utf-8", "replace").split(" ", 2), "")[:3]
        commits.append(Commit(commit_id, subject, _hunks(body)))
    return tuple(commits)


def _hunks(body: bytes) -> tuple[ChangedHunk, ...]:
    hunks: list[ChangedHunk] = []
    old_path = path = ""
    lines = body.split(b"\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(b"diff --git "):
            old_path = path = ""
        elif line.startswith(b"--- "):
            old_path = _path(line[4:], b"a/")
        elif line.startswith(b"+++ "):
            path = _path(line[4:], b"b/") or old_path
        elif (found := _RANGE.match(line)) and path:
            old_count, new_count = (int(found[n]) if found[n] else 1 for n in (2, 4))
            old_lines, at = _take(lines, at, old_count, b"-")
            new_lines, at = _take(lines, at, new_count, b"+")
            hunks.append(ChangedHunk(path, int(found[1]), old_lines, int(found[3]), new_lines))
    return tuple(hunks)


def _path(name: bytes, prefix: bytes) -> str:
    """Return the path, or nothing for `/dev/null` and for names that git had to quote."""
    name = name.rstrip(b"\t")
    if not name.startswith(prefix):
        return ""
    return name.removeprefix(prefix).decode("utf-8", "replace")


def _take(lines: list[bytes], at: int, count: int, sign: bytes) -> tuple[tuple[str, ...], int]:
    """Read `count` signed lines from `at`, endings included; a "No newline" mark takes the last one's away."""
    taken: list[str] = []
    while len(taken) < count and at < len(lines) and lines[at].startswith(sign):
        taken.append(lines[at][1:].decode("utf-8", "surrogateescape") + "\n")
        at += 1
    if at < len(lines) and lines[at].startswith(b"\\"):
        if taken:
            taken[-1] = taken[-1].removesuffix("\n")
        at += 1
    return tuple(taken), at
