"""Names of files that mean one file on every system, and nothing to a terminal, a runner or git."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 400
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\..*)?",
    re.IGNORECASE,
)
_SHORT_NAME = re.compile(r"~\d")
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def defect(path: str) -> str | None:
    """Say what is wrong with a path inside a repository, or None when it is plain."""
    if not path or len(path.encode("utf-8", "surrogatepass")) > LONGEST:
        return "it is empty or too long"
    if any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in path):
        return "it holds control or invisible characters, or is not valid UTF-8"
    if unicodedata.normalize("NFC", path) != path:
        return "it is not in Unicode's composed form (NFC)"
    if path.startswith("/") or "\\" in path or ":" in path:
        return "it is absolute, or holds a backslash or a colon"
    return next(filter(None, map(_component_defect, path.split("/"))), None)


def _component_defect(component: str) -> str | None:
    if component in {"", ".", ".."}:
        return "it has an empty component, `.` or `..`"
    if component != component.strip(" ") or component.endswith(".") or component.startswith(". "):
        return "a component of it starts or ends with a space, or ends with a dot"
    if _DEVICE.fullmatch(component):
        return f"{component} is the name of a device on Windows"
    if _SHORT_NAME.search(component):
        return f"{component} could be the short name of another file on Windows"
    return None


def collision(path: str, others: Iterable[str]) -> str | None:
    """Return another path that a forgiving file system would take for this one or for a directory of it."""
    mine = {folded(path[: end if end >= 0 else None]) for end in _component_ends(path)}
    directories = {folded(path[:end]): path[:end] for end in _component_ends(path) if end >= 0}
    whole = folded(path)
    for other in others:
        if other == path:
            continue
        theirs = folded(other)
        if theirs == whole or theirs in mine or theirs.startswith(f"{whole}/"):
            return other
        for directory, spelt in directories.items():
            if theirs.startswith(f"{directory}/") and not other.startswith(f"{spelt}/"):
                return other
    return None


def _component_ends(path: str) -> list[int]:
    return [index for index, character in enumerate(path) if character == "/"] + [-1]


def folded(path: str) -> str:
    """Return a path as file systems compare it that know neither case nor composition."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())
