"""From a path as a report wrote it to a path of the repository, by names alone: nothing is ever opened."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote

from healer.evidence.foreign import is_foreign, is_library_package, lies_elsewhere

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ("RepositoryPaths", "in_checkout", "is_foreign", "normalised")

_SCHEME = re.compile(
    r"^(?:file:/{1,9}(?:localhost/)?|webpack(?:-internal)?:/{2,9}(?:[^/]{0,100}/\./)?|[a-z][a-z0-9+.-]{1,15}:///?"
    r"|classpath:)",
    re.IGNORECASE,
)
_QUERY = re.compile(r"(?<=\w)\?(?:[\w=&%.,:-]{0,300})$")
_SERVED = re.compile(r"^https?://.{0,1024}?[?&]p=(.{1,1024})$")
_DART = re.compile(r"^package:([^/]{1,200})/")
_DRIVE = re.compile(r"^/?[A-Za-z]:(?=[/\\])")
_INSTALLED = re.compile(r"(?:^|/)(?:site|dist)-packages/(.+)$")
_SUITE_PARTS = re.compile(r"[/\\.:$\s]+")
_SOURCE_ROOTS = frozenset({"", "src", "lib", "python"})
_CHECKOUT = re.compile(
    r"(?:/(?:home|Users)/runner/work/[^/]{1,200}/[^/]{1,200}|/__w/[^/]{1,200}/[^/]{1,200}|/github/workspace"
    r"|[A-Za-z]:[\\/]a[\\/][^\\/]{1,200}[\\/][^\\/]{1,200})[\\/](?=.)"
)


def in_checkout(file: str) -> str:
    """Return a path as it is from the root of the repository, where it stands in a checkout of a GitHub runner.

    Jest, Vitest and Mocha write absolute paths into JSON, and relative ones everywhere else.
    """
    found = _CHECKOUT.match(file)
    return file[found.end() :].replace("\\", "/") if found else file


@functools.lru_cache(maxsize=2048)
def normalised(file: str) -> tuple[str, bool]:
    r"""Return a reported path `/`-separated, without scheme, drive, query, `.` and `..`, and whether it was absolute.

    Percent-encoding is decoded in URIs only, since `%` is a legal character in a path. Dart's `package:a/b.dart` is
    `a/lib/b.dart`.
    """
    text = file.strip()
    if served := _SERVED.match(text):
        text = served[1]
    without_scheme = _SCHEME.sub("/", text)
    if without_scheme != text:
        text = unquote(without_scheme)
    text = _DART.sub(r"\1/lib/", _QUERY.sub("", text))
    text = _DRIVE.sub("/", text).replace("\\", "/")
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts), text.startswith("/")


class RepositoryPaths:
    """The repository's paths, indexed to be found by the longest matching suffix."""

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = frozenset(paths)
        self._by_name: dict[str, list[str]] = {}
        self._by_folded_name: dict[str, list[str]] = {}
        self._by_stem: dict[str, list[str]] = {}
        for path in sorted(self._paths):
            name = path.rpartition("/")[2]
            self._by_name.setdefault(name, []).append(path)
            self._by_folded_name.setdefault(_folded(name), []).append(path)
            self._by_stem.setdefault(name.partition(".")[0], []).append(path)

    @functools.cached_property
    def packages(self) -> frozenset[str]:
        """The names that the repository's own top-level packages and modules are imported by."""
        found = set()
        for path in self._paths:
            if path.endswith(".py"):
                first, *others = path.split("/")
                found.add(others[0] if others and first in _SOURCE_ROOTS else first)
        return frozenset(name.removesuffix(".py") for name in found)

    def resolve(self, file: str, suite: str = "") -> str | None:
        """Return the one path of the repository that is meant, or None when there is none or more than one.

        A path that shares only its base name with one in the repository is taken for it if all that the report
        wrote is that name, or if the repository has it at its root: half the world's files are called `utils.py`.
        Upper and lower case and the forms of Unicode count as the same where nothing matches exactly. Where several
        match, the package or crate that is named by `suite` decides.
        """
        if not file or "\0" in file:
            return None
        path, absolute = normalised(file)
        is_bare = suite and path.endswith(".go") and "/" not in path  # Go leaves the directory out
        if not absolute and path in self._paths and not is_bare:
            return path
        if installed := _INSTALLED.search(path):
            return self._installed(installed[1])
        if is_library_package(file):
            return self._whole(path)
        return None if lies_elsewhere(file) else self._by_suffix(path, suite)

    def _whole(self, path: str) -> str | None:
        """Find the one file that ends in all of the path."""
        whole = [match for match, shared in self._longest(path) if shared == path.count("/") + 1]
        return whole[0] if len(whole) == 1 else None

    def _by_suffix(self, path: str, suite: str) -> str | None:
        spellings = [path, unquote(path)] if "%" in path else [path]
        for spelling in spellings:
            if found := self._longest(spelling) or self._longest(spelling, is_exact=False):
                return _chosen(found, suite)
        return self._dotted(path) if "/" not in path and "." in path else None

    def _installed(self, remainder: str) -> str | None:
        """Find the source of a file of the project that was installed before it was tested."""
        found = {root + remainder for root in ("", *(f"{root}/" for root in _SOURCE_ROOTS if root))} & self._paths
        return found.pop() if len(found) == 1 and "/" in remainder else None

    def _longest(self, path: str, *, is_exact: bool = True) -> list[tuple[str, int]]:
        """Return the paths that share most components with the end of the given one, and how many they share."""
        wanted = (path if is_exact else _folded(path)).split("/")
        names: Mapping[str, list[str]] = self._by_name if is_exact else self._by_folded_name
        best: list[tuple[str, int]] = []
        for candidate in names.get(wanted[-1], ()):
            parts = (candidate if is_exact else _folded(candidate)).split("/")
            shared = _shared_suffix(wanted, parts)
            if shared == 1 and len(wanted) > 1 and len(parts) > 1:
                continue
            if not best or shared > best[0][1]:
                best = [(candidate, shared)]
            elif shared == best[0][1]:
                best.append((candidate, shared))
        return best

    def _dotted(self, name: str) -> str | None:
        """Find the file of a dotted class or module name (`com.acme.Outer$Inner`, `tests.unit.test_calc`)."""
        wanted = name.partition("$")[0].split(".")
        found = [
            path
            for path in self._by_stem.get(wanted[-1], ())
            if _shared_suffix(wanted, path.rpartition(".")[0].split("/")) == len(wanted)
        ]
        return found[0] if len(found) == 1 else None


def _chosen(found: Sequence[tuple[str, int]], suite: str) -> str | None:
    """Return the only match, or of several the one whose directory the suite names: `a/b` of `host/a/b`, a crate."""
    if len(found) == 1 or not suite:
        return found[0][0] if len(found) == 1 else None
    named = [part for part in _SUITE_PARTS.split(suite[:1024]) if part]
    ranked = []
    for path, shared in found:
        above = path.split("/")[:-shared]
        stem = path.rpartition("/")[2].partition(".")[0]
        package = named[:-1] if named[-1:] == [stem] else named
        agreed = _shared_suffix(package, above)
        is_crate = bool(above and named and above[-1].replace("-", "_") == named[0].replace("-", "_"))
        ranked.append(((max(agreed, int(is_crate)), agreed == len(above)), path))
    best = max(rank for rank, _ in ranked)
    winners = [path for rank, path in ranked if rank == best]
    return winners[0] if len(winners) == 1 and best != (0, False) else None


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _shared_suffix(one: Sequence[str], other: Sequence[str]) -> int:
    """Count the components that two paths share at their ends."""
    shared = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        shared += 1
    return shared
