"""Where a repair may change anything at all: source of one's own, below the roots that are configured, if any."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from healer import layout
from healer.patches.shadowing import shadowed_module

if TYPE_CHECKING:
    from collections.abc import Collection

_FOREIGN = frozenset(
    {"vendor", "vendored", "_vendor", "third_party", "thirdparty", "node_modules", "bower_components", "site-packages"}
)
_GENERATED_NAME = re.compile(r"(_pb2(_grpc)?\.pyi?|\.pb\.(go|cc|h)|\.min\.[cm]?(js|css)|\.g\.dart|\.map)$")
# The Go convention (golang.org/s/generatedcode), which other generators have taken over, and Meta's.
_GENERATED_MARK = re.compile(rb"\bcode generated\b[^\n]{0,200}\bdo not edit\b|@generated\b", re.IGNORECASE)
_HEAD = 2_000


def outside(path: str, roots: Collection[str]) -> str | None:
    """Say why a path is nobody's source to repair, or None when it is within the territory.

    Without configured roots, the territory is what is source by layout and not somebody else's code.
    """
    if roots and not any(_is_below(path, root) for root in roots):
        return f"{path} is outside of the source roots that repairs are allowed in ({', '.join(sorted(roots))})."
    foreign = next((part for part in path.split("/")[:-1] if part.casefold() in _FOREIGN), None)
    if foreign:
        return f"{path} is below {foreign}/, a copy of other people's code; repair the code of this project instead."
    if _GENERATED_NAME.search(path):
        return f"{path} is generated, as its name says; repair what it is generated from."
    return None


def is_generated(data: bytes | None) -> bool:
    """Whether a file says in its head that a program wrote it and will write it anew."""
    return data is not None and bool(_GENERATED_MARK.search(data[:_HEAD]))


def homeless(path: str, base_paths: Collection[str]) -> str | None:
    """Say why a new file does not belong where it is put, or None when it stands beside source like it."""
    new = PurePosixPath(path)
    homes = {
        known.parent
        for known in map(PurePosixPath, base_paths)
        if known.suffix == new.suffix and layout.is_source(str(known))
    }
    is_hidden = any(part.startswith(".") for part in new.parts)
    is_at_home = new.parent in homes or any(home in homes for home in new.parents if home != PurePosixPath())
    if is_hidden or not new.suffix or not is_at_home:
        return f"{path} is new and not below a directory of source files like it; put new code beside existing code."
    if module := shadowed_module(path, base_paths):
        return f"{path} would be imported in place of the module {module}; choose another name."
    return None


def _is_below(path: str, root: str) -> bool:
    plain = root.removeprefix("./").rstrip("/")
    return plain in {"", "."} or path == plain or path.startswith(f"{plain}/")
