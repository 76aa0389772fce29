"""What files in other languages than Python import: names that come from elsewhere, and files they lead to.

Read from text, and timid: a name is called foreign only where the code says that it is none of the repository's.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.localization.outline import Outline
    from healer.localization.pysource import SourceIndex

_MOST_MANIFESTS = 50
_SCANNED = 200_000
"""Characters of a file."""
_SCRIPTS = frozenset({"JavaScript", "TypeScript", "TypeScript with JSX"})
_ENDINGS = ("", ".js", ".ts", ".mjs", ".cjs", ".jsx", ".tsx", ".mts", ".cts", "/index.js", "/index.ts", "/index.mjs")
_REQUIRED = re.compile(
    r"\b(?:const|let|var)\s{1,9}(\w+|\{[^}]{0,1000}\})\s{0,9}=\s{0,9}require\(\s{0,9}['\"]([^'\"\n]{1,200})['\"]\s{0,9}\)(?!\s{0,9}\.)"
)
_IMPORTED = re.compile(
    r"^[ \t]*(?:import|export)\b([\w\s{},*$]{0,500}?)\bfrom\s{0,9}['\"]([^'\"\n]{1,200})['\"]", re.MULTILINE
)
_LED_TO = re.compile(r"(?:\brequire\(|\bimport\(|\bfrom)\s*['\"](\.[^'\"\n]{0,200})['\"]")
_GO_IMPORT = re.compile(
    r"^[ \t]*(?:import[ \t]+)?(?:([\w.]{1,100})[ \t]+)?\"([\w./~-]{1,200})\"[ \t]*(?://.*)?$", re.MULTILINE
)
_JAVA_IMPORT = re.compile(r"^[ \t]*import[ \t]+(static[ \t]+)?([\w.]{1,300})[ \t]*;", re.MULTILINE)
_RUST_USE = re.compile(r"^[ \t]*use[ \t]+(?:std|core|alloc)::([^;]{1,500});", re.MULTILINE)
_WORD = re.compile(r"[^\W\d]\w*")
_GO_MODULE = re.compile(rb"^module\s+(\S+)", re.MULTILINE)
_PACKAGE_NAME = re.compile(rb'"name"\s*:\s*"([^"\n]{1,200})"')


@lru_cache(maxsize=256)
def imports(index: SourceIndex, outline: Outline) -> Mapping[str, bool]:
    """Return the names that a file's imports give to things, and whether these are the repository's own."""
    text = "".join(outline.lines)[:_SCANNED]
    if outline.language in _SCRIPTS:
        return dict(_of_script(index, text))
    if outline.language == "Go":
        own = _own_packages(index)
        found = ((match[1] or _last(match[2]), match[2]) for match in _GO_IMPORT.finditer(_go_head(text)))
        return {name: any(path == one or path.startswith(one + "/") for one in own) for name, path in found}
    if outline.language == "Java":
        return dict(_of_java(index, text))
    if outline.language == "Rust":
        return {name: False for use in _RUST_USE.findall(text) for name in _WORD.findall(use)}
    return {}


@lru_cache(maxsize=256)
def linked(index: SourceIndex, outline: Outline) -> tuple[str, ...]:
    """Return the files that an outline's file leads to: what it imports by path, and in Go its own package."""
    paths = index.source.paths
    folder = outline.path.rpartition("/")[0]
    if outline.language == "Go":
        return tuple(path for path in index.others(frozenset({"Go"})) if path.rpartition("/")[0] == folder)
    if outline.language not in _SCRIPTS:
        return ()
    found: dict[str, None] = {}
    for said in _LED_TO.findall("".join(outline.lines)[:_SCANNED]):
        place = posixpath.normpath(posixpath.join(folder, said)).removeprefix("./")
        stems = (place, place.removesuffix(".js"))
        found |= dict.fromkeys(
            path for stem in stems for end in _ENDINGS if (path := f"{stem}{end}".lstrip("/")) in paths
        )
        if place in {".", ""}:
            found |= dict.fromkeys(path for end in _ENDINGS if (path := f"index{end}") in paths)
    return tuple(found)


def _of_script(index: SourceIndex, text: str) -> Iterator[tuple[str, bool]]:
    own = _own_packages(index)
    for pattern in (_REQUIRED, _IMPORTED):
        for names, origin in pattern.findall(text):
            first = origin.partition("/")[0]
            is_own = (
                origin.startswith((".", "/", "#", "~", "@/"))
                or any(origin == one or origin.startswith(one + "/") for one in own)
                or first in _folders(index)
            ) and not origin.startswith("node:")
            for part in names.strip("{} ").replace("{", ",").replace("}", ",").split(","):
                words = _WORD.findall(re.sub(r"\btype\b", "", part))
                if words:
                    yield words[-1], is_own


def _of_java(index: SourceIndex, text: str) -> Iterator[tuple[str, bool]]:
    for static, dotted in _JAVA_IMPORT.findall(text):
        parts = dotted.split(".")
        holder = parts[-2] if static and len(parts) > 1 else parts[-1]
        yield parts[-1], bool(index.called(holder))


def _go_head(text: str) -> str:
    return text.partition("\nfunc ")[0]


def _last(path: str) -> str:
    """Return what a Go package is called: the last part of its path that is no version."""
    parts = [part for part in path.split("/") if not re.fullmatch(r"v\d+", part)]
    return parts[-1].rpartition(".")[0] or parts[-1] if parts else path


@lru_cache(maxsize=8)
def _folders(index: SourceIndex) -> frozenset[str]:
    return frozenset(path.partition("/")[0] for path in index.source.paths if "/" in path)


@lru_cache(maxsize=8)
def _own_packages(index: SourceIndex) -> frozenset[str]:
    """Return the names that the repository's manifests give to what is in it."""
    found: set[str] = set()
    manifests = [path for path in index.source.paths if path.rpartition("/")[2] in {"package.json", "go.mod"}]
    for path in sorted(manifests, key=lambda one: (one.count("/"), one))[:_MOST_MANIFESTS]:
        data = index.source.read(path)[:_SCANNED]
        pattern = _GO_MODULE if path.endswith("go.mod") else _PACKAGE_NAME
        found.update(name.decode("utf-8", "replace").strip('"') for name in pattern.findall(data)[:1])
    return frozenset(found)
