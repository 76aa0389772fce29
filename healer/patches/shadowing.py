"""New files that would be imported in place of the standard library or of the test runner."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_RUNNERS = frozenset(
    {"pytest", "_pytest", "pluggy", "coverage", "hypothesis", "nose", "nose2", "tox", "nox", "mock", "xdist"}
)
_RESERVED = _RUNNERS | sys.stdlib_module_names


def shadowed_module(path: str, base_paths: Collection[str]) -> str | None:
    """Return the module that a new Python file would stand in front of when its directory is on the import path.

    A module inside of a package (`mypackage/json.py`) shadows nothing.
    """
    if not path.endswith((".py", ".pyi")):
        return None
    parts = path.split("/")
    for depth, part in enumerate(parts):
        name = part.partition(".")[0]
        directory = "/".join(parts[:depth])
        package = f"{directory}/__init__.py" if directory else "__init__.py"
        exists = depth < len(parts) - 1 and any(
            known.startswith(f"{directory}/{part}/".lstrip("/")) for known in base_paths
        )
        if name in _RESERVED and package not in base_paths and not exists:
            return name
    return None
