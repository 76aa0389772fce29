"""Whether a module that is missing was misspelt by the code, or is one that the environment lacks."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.layout import is_dependency_manifest, is_test_configuration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.code import Commit
    from healer.ports import SourceTree

_STATEMENT = re.compile(r"^[ \t]*(?:from[ \t]+([A-Za-z_][\w.]*)[ \t]+import\b|import[ \t]+([\w., \t]+))", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z][\w.-]*\w")
_LEAST = 3
"""The shortest name that is said to be misspelt: of shorter ones nearly all are an edit apart."""
_MOST_BYTES = 64 * 1024**2
_EXISTING = frozenset({"attr", "cjson", "glob2", "ipdb", "jsons", "pathlib2", "pudb", "ujson"})
"""Modules to be had from the index that are an edit away from one of the standard library, or from their own name."""
_GROWING = frozenset({"asyncio", "compression", "concurrent", "importlib", "pathlib", "string", "typing", "unittest"})
"""Packages of the standard library that later versions of Python added modules to."""


@dataclass(frozen=True, slots=True)
class Imports:
    """What a repository imports and needs: modules by the number of files that import them, and declared names."""

    files: Counter[str]
    """Full dotted names, and each package that they are in."""
    declared: frozenset[str]
    before: frozenset[str] = frozenset()
    """Modules that recent commits ceased to import."""

    def meant(self, missing: str) -> str | None:
        """Return which module was meant by the name of a missing one, when the code misspelt it; else None.

        That is when the repository itself imports it, once, declares no such dependency, and a module of the standard
        library, or one that the repository imports elsewhere or did until recently, is one edit away.
        """
        top, _, below = missing.partition(".")
        if below:
            if top in sys.stdlib_module_names and top not in _GROWING:
                return self._near(missing) or top
            return self._near(missing)
        is_real = top in _EXISTING or top in sys.stdlib_module_names or self._is_declared(top)
        if is_real or len(top) < _LEAST or self.files[top] != 1:
            return None
        return self._near(top)

    def _near(self, name: str) -> str | None:
        usual = [other for other in self.before | self.files.keys() if other != name]
        depth = name.count(".")
        known = [*usual, *sorted(sys.stdlib_module_names)]
        return next((other for other in known if other.count(".") == depth and is_one_edit(name, other)), None)

    def _is_declared(self, module: str) -> bool:
        name = _normal(module)
        return any(name == other or name in other.split("-") or other == f"py{name}" for other in self.declared)


def imports_of(source: SourceTree, commits: Sequence[Commit]) -> Imports:
    """Read what a repository imports and declares, and what its recent commits ceased to import."""
    files: Counter[str] = Counter()
    declared: set[str] = set()
    left = _MOST_BYTES
    for path in sorted(source.paths):
        is_code = path.endswith((".py", ".pyi"))
        if left > 0 and (is_code or is_dependency_manifest(path) or is_test_configuration(path)):
            data = source.read(path)
            left -= len(data)
            text = data.decode("utf-8", "replace")
            if is_code:
                files.update(set(_imported(text)))
            if not is_code or path.endswith("setup.py"):
                declared.update(map(_normal, _WORD.findall(text)))
    before = {
        name
        for commit in commits
        for hunk in commit.hunks
        if hunk.path.endswith((".py", ".pyi"))
        for name in _imported("".join(hunk.old_lines))
    }
    return Imports(files, frozenset(declared), frozenset(before))


def _imported(text: str) -> Iterator[str]:
    """Yield the modules that import statements name, and the packages that these are in."""
    for origin, listed in _STATEMENT.findall(text):
        names = [origin] if origin else [words[0] for part in listed.split(",") if (words := part.split())]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def is_one_edit(one: str, other: str) -> bool:
    """Whether two names differ by one letter that is missing, too much, another, or swapped with its neighbour."""
    if len(one) > len(other):
        one, other = other, one
    if one == other or len(other) - len(one) > 1:
        return False
    start = next((place for place, letter in enumerate(one) if letter != other[place]), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start : start + 2] == other[start : start + 2][::-1]
    return one[start + 1 :] == other[start + 1 :] or (swapped and one[start + 2 :] == other[start + 2 :])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
