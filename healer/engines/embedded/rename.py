"""The other direction: the definition was misspelt, and its users are right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.engines.embedded.occurrences import Role, occurrences
from healer.engines.embedded.repair import Splice

if TYPE_CHECKING:
    from healer.localization.pysource import PythonModule, SourceIndex

_MOST_PLACES = 40


def uses(name: str, index: SourceIndex) -> int:
    """Count how often a word stands in the repository's Python files, tests included."""
    wanted = name.encode()
    word = re.compile(rb"\b" + re.escape(wanted) + rb"\b")
    files = (index.source.read(path) for path in index.python_paths)
    return sum(len(word.findall(data)) for data in files if wanted in data)


def renamed(old: str, new: str, home: PythonModule, index: SourceIndex) -> tuple[Splice, ...]:
    """Return the splices that give a name defined in `home` its right spelling, in every source file that uses it.

    Only code is changed, never strings. Other files are left alone unless the old name is a function or class of this
    file and of no other. Nothing is returned when the new name is taken, or there are too many places to be a slip.
    """
    if any(occurrence.role in {Role.DEFINITION, Role.STORE} for occurrence in occurrences(home, new)):
        return ()
    everywhere = index.paths_defining(old) == (home.path,)
    splices: list[Splice] = []
    for path, data in index.sources():
        if old.encode() not in data or not (everywhere or path == home.path):
            continue
        module = index.module(path)
        places = occurrences(module, old) if module else ()
        splices += [Splice(path, place.start, place.end, new.encode()) for place in places]
    return tuple(splices) if len(splices) <= _MOST_PLACES else ()
