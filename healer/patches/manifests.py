"""Files that list dependencies among much else: whether a change of one is a change of those lists alone."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_PYPROJECT, _PACKAGE = "pyproject.toml", "package.json"
_BYTES, _LINE_BYTES = 200_000, 2_000
"""What is read at most: the time for TOML grows by the square of the dots in one line."""
_TABLES = (
    ("project", "dependencies"),
    ("project", "optional-dependencies"),
    ("dependency-groups",),
    ("build-system", "requires"),
    ("tool", "poetry", "dependencies"),
    ("tool", "poetry", "dev-dependencies"),
    ("tool", "poetry", "group", "*", "dependencies"),
    ("tool", "pdm", "dev-dependencies"),
    ("tool", "uv", "dev-dependencies"),
    ("tool", "uv", "constraint-dependencies"),
    ("tool", "uv", "override-dependencies"),
)
_MEMBERS = frozenset(
    {
        "dependencies", "devDependencies", "peerDependencies", "peerDependenciesMeta", "optionalDependencies",
        "bundleDependencies", "bundledDependencies", "overrides", "resolutions",
    }
)  # fmt: skip


def lists_dependencies(path: str) -> bool:
    """Whether a path is a manifest that holds dependencies and configuration, test configuration among it."""
    return path.rpartition("/")[2] in {_PYPROJECT, _PACKAGE}


def objection_to_manifest(path: str, before: bytes | None, after: bytes) -> str | None:
    """Say why such a file must not change like this, or None when nothing but its lists of dependencies differs."""
    if before is None:
        return f"{path} would be new; with it, tests may run differently: repair the code instead."
    try:
        rests = [_rest(path, data) for data in (before, after)]
    except (ValueError, RecursionError):
        return f"{path} could not be read before or after the change; keep it valid and change only its dependencies."
    if rests[0] != rests[1]:
        return (
            f"{path} configures more than dependencies, which tests run and how among it; only its lists of "
            "dependencies may change."
        )
    return None


def _rest(path: str, data: bytes) -> str:
    """Return everything but the lists of dependencies, in one spelling; raise ValueError for what cannot be read."""
    if len(data) > _BYTES or max(map(len, data.split(b"\n"))) > _LINE_BYTES:
        raise ValueError("it is too large")
    if path.endswith(_PACKAGE):
        return _rest_of_package(data)
    document = tomllib.loads(data.decode())
    for names in _TABLES:
        _take_out(document, names)
    return repr(document)


def _rest_of_package(data: bytes) -> str:
    # As pairs: a member that stands there twice means one thing to one reader and another to the next.
    members = json.loads(data, object_pairs_hook=tuple)
    kept = [one for one in members if one[0] not in _MEMBERS] if isinstance(members, tuple) else members
    return repr(kept)


def _take_out(table: dict[str, Any], names: Sequence[str]) -> None:
    """Remove what has this dotted name, and the tables on the way to it that hold nothing else."""
    first, *rest = names
    for name in [*table] if first == "*" else [first]:
        inner = table.get(name)
        if not rest or (isinstance(inner, dict) and _is_emptied(inner, rest)):
            table.pop(name, None)


def _is_emptied(table: dict[str, Any], names: Sequence[str]) -> bool:
    held = len(table)
    _take_out(table, names)
    return len(table) == 0 < held
