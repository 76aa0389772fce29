"""From a path as a report wrote it to a path of the repository, by names alone: nothing is ever opened."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Collection

_SCHEME = re.compile(
    r"^(?:file:/{2,9}(?:localhost/)?|webpack:/{2,9}(?:[^/]{0,100}/\./)?|[a-z][a-z0-9+.-]{1,15}:///?)", re.IGNORECASE
)
_DRIVE = re.compile(r"^/?[A-Za-z]:(?=[/\\])")
_INSTALLED = re.compile(r"(?:^|/)(?:site|dist)-packages/(.+)$")
_FOREIGN = re.compile(
    r"(?:^|/)lib(?:64)?/python\d|(?:^|/)node_modules/|^node:|^internal/|(?:^|/)\.rustup/|(?:^|/)\.cargo/registry/"
    r"|^/rustc/|^/usr/(?:local/)?(?:go|lib|include)/|(?:^|/)gems/[^/]+-\d|^(?:java|javax|jdk|sun|kotlin|scala)/|^org/junit/"
)
_SOURCE_ROOTS = frozenset({"", "src", "lib", "python"})


def normalised(file: str) -> tuple[str, bool]:
    r"""Return a reported path `/`-separated, without scheme, drive, `.` and `..`, and whether it was absolute.

    Percent-encoding is decoded in URIs only, since `%` is a legal character in a path.
    """
    text = file.strip()
    without_scheme = _SCHEME.sub("/", text)
    if without_scheme != text:
        text = unquote(without_scheme)
    text = _DRIVE.sub("/", text).replace("\\", "/")
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts), text.startswith("/")


@functools.lru_cache(maxsize=2048)
def is_foreign(file: str) -> bool:
    """Whether a reported path is plainly a language's library or an installed package, not the project."""
    text = file.replace("\\", "/")
    return text.startswith("<") or bool(_FOREIGN.search(text) or _INSTALLED.search(text))


class RepositoryPaths:
    """The repository's paths, indexed to be found by the longest matching suffix."""

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = frozenset(paths)
        self._by_name: dict[str, list[str]] = {}
        self._by_stem: dict[str, list[str]] = {}
        for path in sorted(self._paths):
            name = path.rpartition("/")[2]
            self._by_name.setdefault(name, []).append(path)
            self._by_stem.setdefault(name.partition(".")[0], []).append(path)

    def resolve(self, file: str) -> str | None:
        """Return the one path of the repository that is meant, or None when there is none or more than one.

        A path that shares only its base name with one in the repository is taken for it if all that the report
        wrote is that name, or if the repository has it at its root: half the world's files are called `utils.py`.
        """
        if not file or "\0" in file:
            return None
        path, absolute = normalised(file)
        if not absolute and path in self._paths:
            return path
        if installed := _INSTALLED.search(path):
            return self._installed(installed[1])
        if _FOREIGN.search(file.replace("\\", "/")) or file.startswith("<"):
            return None
        found = self._longest_suffix(path)
        if found is None and "%" in path:
            found = self._longest_suffix(unquote(path))
        if found is None and "/" not in path and path.count("."):
            found = self._dotted(path)
        return found

    def _installed(self, remainder: str) -> str | None:
        """Find the source of a file of the project that was installed before it was tested."""
        found = {root + remainder for root in ("", *(f"{root}/" for root in _SOURCE_ROOTS if root))} & self._paths
        return found.pop() if len(found) == 1 and "/" in remainder else None

    def _longest_suffix(self, path: str) -> str | None:
        wanted = path.split("/")
        best: list[str] = []
        longest = 0
        for candidate in self._by_name.get(wanted[-1], ()):
            parts = candidate.split("/")
            shared = _shared_suffix(wanted, parts)
            if shared == 1 and len(wanted) > 1 and len(parts) > 1:
                continue
            if shared > longest:
                best, longest = [candidate], shared
            elif shared == longest:
                best.append(candidate)
        return best[0] if len(best) == 1 else None

    def _dotted(self, name: str) -> str | None:
        """Find the file of a dotted class or module name (`com.acme.Outer$Inner`, `tests.unit.test_calc`)."""
        wanted = name.partition("$")[0].split(".")
        found = [
            path
            for path in self._by_stem.get(wanted[-1], ())
            if _shared_suffix(wanted, path.rpartition(".")[0].split("/")) == len(wanted)
        ]
        return found[0] if len(found) == 1 else None


def _shared_suffix(one: list[str], other: list[str]) -> int:
    """Count the components that two paths share at their ends."""
    shared = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        shared += 1
    return shared
