"""Reading the line spectra that a run's processes left in a folder that tests can write to as well."""

from __future__ import annotations

import itertools
import os
import stat
from typing import TYPE_CHECKING

from healer.evidence.spectra import parse_spectra

if TYPE_CHECKING:
    from pathlib import Path

    from healer.models.spectra import Spectra

MOST_FILES = 256
MOST_BYTES = 48 * 2**20
"""Of all files together; 48 MiB hold about four million lines."""


def read_spectra(folder: Path) -> Spectra | None:
    """Return what all of them say; None where there is nothing, too much, or what no recorder of ours would write."""
    documents: list[bytes] = []
    room = MOST_BYTES
    with os.scandir(folder) as entries:
        names = [entry.name for entry in itertools.islice(entries, MOST_FILES + 1)]
    if len(names) > MOST_FILES:
        return None
    for name in sorted(name for name in names if name.endswith(".json")):
        data = _read(folder / name, room)
        if data is None:
            return None
        room -= len(data)
        documents.append(data)
    return parse_spectra(documents)


def _read(path: Path, most: int) -> bytes | None:
    """Return a regular file's bytes, following no link; None for anything else, and for more bytes than that."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        data = stream.read(most + 1)
    return data if len(data) <= most else None
