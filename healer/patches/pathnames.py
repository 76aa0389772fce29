"""Names of files that mean one file on every system, and nothing to a terminal, a runner or git."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from healer.invisible import is_invisible

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 400
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]) *(?:\..*)?",
    re.IGNORECASE,
)
_SHORT_NAME = re.compile(r"~\d")
_RESERVED = re.compile(r'[<>"|?*]')
_SEPARATING_CATEGORIES = frozenset({"Zl", "Zp"})
# Letters that look alike across these scripts; a component that mixes them reads as another name than it is (UTS 39).
_CONFUSABLE_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
_DOTLESS = str.maketrans({"\u0131": "i"})


def defect(path: str) -> str | None:
    """Say what is wrong with a path inside a repository, or None when it is plain."""
    if not path or len(path.encode("utf-8", "surrogatepass")) > LONGEST:
        return "it is empty or too long"
    if any(is_invisible(one) or unicodedata.category(one) in _SEPARATING_CATEGORIES for one in path):
        return "it holds control or invisible characters, or is not valid UTF-8"
    if unicodedata.normalize("NFC", path) != path:
        return "it is not in Unicode's composed form (NFC)"
    if path.startswith("/") or "\\" in path or ":" in path:
        return "it is absolute, or holds a backslash or a colon"
    if _RESERVED.search(path):
        return 'it holds one of < > " | ? *, which Windows reserves'
    return next(filter(None, map(_component_defect, path.split("/"))), None)


def _component_defect(component: str) -> str | None:
    if component in {"", ".", ".."}:
        return "it has an empty component, `.` or `..`"
    if component != component.strip() or component.endswith(".") or component.startswith(". "):
        return "a component of it starts or ends with a space, or ends with a dot"
    if _DEVICE.fullmatch(component):
        return f"{component} is the name of a device on Windows"
    if _SHORT_NAME.search(component):
        return f"{component} could be the short name of another file on Windows"
    return None


def disguise(path: str) -> str | None:
    """Say why the name of a new file could be taken for another one by a reader or an import, or None."""
    if unicodedata.normalize("NFKC", path) != path:
        return "it holds a compatibility character, for which Python's imports and some systems read another one"
    for component in path.split("/"):
        scripts = {unicodedata.name(one, "").split(" ")[0] for one in component if one.isalpha()}
        if len(scripts & _CONFUSABLE_SCRIPTS) > 1:
            return f"{component!a} mixes letters of scripts that look alike"
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
    """Return a path as file systems compare it that know neither case nor composition nor invisible characters."""
    if path.isascii():
        return path.lower()
    seen = "".join(one for one in path if not is_invisible(one)).translate(_DOTLESS)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
