"""Which Python modules a repository has, by the paths of its files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Packages:
    """The Python files of a repository, as modules."""

    paths: tuple[str, ...]

    @cached_property
    def roots(self) -> frozenset[str]:
        """The first parts of the names that absolute imports of the repository's own modules have.

        A folder without `__init__.py` is where such names may begin; so `json` is not one because of `shop/json.py`.
        """
        packages = {path.removesuffix("/__init__.py") for path in self.paths if path.endswith("/__init__.py")}
        found: set[str] = set()
        for path in self.paths:
            parts = _stem(path).split("/")
            found.update(
                part for depth, part in enumerate(parts) if not depth or "/".join(parts[:depth]) not in packages
            )
        return frozenset(found)

    def has(self, dotted: str) -> bool:
        """Whether a dotted name may be that of a module here: `core.parse` is where a path ends in it."""
        return dotted.replace(".", "/") in self._tails

    @cached_property
    def _tails(self) -> frozenset[str]:
        parts = [_stem(path).split("/") for path in self.paths]
        return frozenset("/".join(each[start:]) for each in parts for start in range(len(each)))


def _stem(path: str) -> str:
    return path.removesuffix(".pyi").removesuffix(".py").removesuffix("/__init__")
