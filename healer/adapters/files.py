"""Report files on disk: found without following links, opened without ever waiting, refused with a sentence."""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import stat
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from healer.errors import UsageError
from healer.evidence.limits import LOG_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_FILES = 2_000
_MOST_ENTRIES = 500_000
_DEEPEST = 64
_REPORT_SUFFIXES = (".xml", ".json", ".jsonl", ".ndjson", ".sarif", ".tap", ".trx")
_NEVER_ENTERED = frozenset({".git", "node_modules"})
_WILDCARD = re.compile(r"[*?\[]")
_KINDS = (
    (stat.S_ISDIR, "is a directory, not a report file"),
    (stat.S_ISFIFO, "is a named pipe (FIFO), not a regular file"),
    (stat.S_ISSOCK, "is a socket, not a regular file"),
    (stat.S_ISCHR, "is a device, not a regular file"),
    (stat.S_ISBLK, "is a device, not a regular file"),
)


def open_report(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file for reading; raise UsageError with what it is instead.

    The last component may not be a symbolic link, and nothing is waited for: a report may have been written by the code
    under test, which could leave a link to a secret or a pipe without a writer in its place.
    """
    name = os.fspath(path)
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        raise UsageError(f"{name!r} {_why_not(error)}", code="unreadable_report") from None
    try:
        return _checked(name, descriptor)
    except BaseException:
        os.close(descriptor)
        raise


def find_reports(patterns: Sequence[str], root: Path, *, most_entries: int = _MOST_ENTRIES) -> list[Path]:
    """Return the files that the patterns name below `root`, sorted, each once.

    `*`, `?` and `[…]` match inside one component, `**` matches any number of directories. A pattern that names a
    directory means every file below it that is named like a report (`.xml`, `.json`, `.sarif`, …). Links to
    directories, `.git` and `node_modules` are not entered. Raises UsageError for a pattern that matches nothing, or
    far too much, and where more than `most_entries` would have to be looked through.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        matches = sorted(islice(_matches(pattern, root, most_entries), _MOST_FILES + 1))
        if not matches:
            raise UsageError(
                f"no report matches {pattern!r} below {str(root)!r}; did the tests run, and did they write it there?",
                code="no_report",
            )
        found.update(dict.fromkeys(matches))
        if len(found) > _MOST_FILES:
            raise UsageError(f"{pattern!r} matches more than {_MOST_FILES} files; name the reports more narrowly")
    return list(found)


def _checked(name: str, descriptor: int) -> BinaryIO:
    status = os.fstat(descriptor)
    for is_kind, words in _KINDS:
        if is_kind(status.st_mode):
            raise UsageError(f"{name!r} {words}", code="unreadable_report")
    if status.st_size > LOG_BYTES:
        raise UsageError(f"{name!r} is larger than {LOG_BYTES // 2**20} MiB", code="unreadable_report")
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "rb")


def _why_not(error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "is no valid file name"
    if error.errno == errno.ELOOP:
        return "is a symbolic link, which is not followed"
    if error.errno == errno.ENXIO:
        return "is a socket or a device without a driver, not a regular file"
    if error.errno == errno.ENOENT:
        return "does not exist"
    return f"cannot be opened ({os.strerror(error.errno) if error.errno else error})"


def _matches(pattern: str, root: Path, most_entries: int) -> Iterator[Path]:
    parts = pattern.replace(os.sep, "/").rstrip("/").split("/")
    literal = next((number for number, part in enumerate(parts) if _WILDCARD.search(part)), len(parts))
    base = root / "/".join(parts[:literal]) if literal or not pattern.startswith("/") else Path("/")
    if pattern.startswith("/"):
        base = Path("/".join(parts[:literal]) or "/")
    if literal == len(parts):
        if os.path.isdir(base) and not os.path.islink(base):  # noqa: PTH112, PTH114 - a name too long is no error to them
            yield from (path for path in _walk(base, most_entries) if path.name.lower().endswith(_REPORT_SUFFIXES))
        elif os.path.lexists(base):
            yield base
        return
    wanted = [None if part == "**" else re.compile(fnmatch.translate(part)) for part in parts[literal:]]
    for path in _walk(base, most_entries):
        if _fits(wanted, path.relative_to(base).parts):
            yield path


def _fits(wanted: Sequence[re.Pattern[str] | None], components: Sequence[str]) -> bool:
    """Match component by component, keeping all places in the pattern that are still possible; None is `**`."""
    places = _reachable(wanted, {0})
    for component in components:
        stepped = set()
        for place in places:
            if place < len(wanted):
                expression = wanted[place]
                if expression is None:
                    stepped.add(place)
                elif expression.match(component):
                    stepped.add(place + 1)
        places = _reachable(wanted, stepped)
    return len(wanted) in places


def _reachable(wanted: Sequence[re.Pattern[str] | None], places: set[int]) -> set[int]:
    """Add the places behind each `**`, which may stand for nothing."""
    for place in range(len(wanted)):
        if place in places and wanted[place] is None:
            places.add(place + 1)
    return places


def _walk(base: Path, most_entries: int) -> Iterator[Path]:
    """Yield the files below a directory (links to files as well: opening refuses them with a sentence)."""
    waiting = [(base, 0)]
    seen = 0
    while waiting:
        directory, depth = waiting.pop()
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    seen += 1
                    if seen > most_entries:
                        raise UsageError(
                            f"{str(base)!r} holds more than {most_entries} files and directories; "
                            "name the reports more narrowly"
                        )
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in _NEVER_ENTERED and depth < _DEEPEST:
                            waiting.append((Path(entry.path), depth + 1))
                    elif not os.path.isdir(entry):  # noqa: PTH112 - a link to itself is no error to it
                        yield Path(entry.path)
        except (OSError, ValueError):  # it has gone, is closed to us, or there can be no such path
            continue
